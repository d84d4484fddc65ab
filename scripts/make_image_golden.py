#!/usr/bin/env python3
"""Makes the pictures in tests/data/images/fixtures and what Pillow reads in them, tests/data/images/golden.json.

  python3 -m venv V && V/bin/pip install pillow && V/bin/python scripts/make_image_golden.py [IMAGENET_VAL]

Pixels are kept as SHA-256 of the RGB bytes (HWC). With a folder of ImageNet images, theirs are added too.
The rounding of sizes and offsets is torchvision's (transforms/functional.py), written out.
"""
import hashlib
import io
import json
import pathlib
import sys

import PIL
from PIL import Image

from image_fixtures import fixtures, other_kinds

HERE = pathlib.Path(__file__).resolve().parent.parent / "tests" / "data" / "images"
STRETCHED = [(224, 224), (9, 40)]  # height, width: sides out of proportion, as KITTI is read
FRAMINGS = [(0, 224, 224), (256, 224, 224), (16, 16, 16), (16, 24, 13), (0, 20, 31), (40, 33, 20)]


def resize(image, shorter):
    w, h = image.size
    if shorter == 0:
        return image
    short, long = (w, h) if w <= h else (h, w)
    new_long = int(shorter * long / short)
    size = (shorter, new_long) if w <= h else (new_long, shorter)
    return image if image.size == size else image.resize(size, Image.BILINEAR)


def stretch(image, height, width):
    """Rows first, then columns, as Pillow did up to 12.3; 13.0 turns the order where one side grows and the other shrinks."""
    return image.resize((width, image.height), Image.BILINEAR).resize((width, height), Image.BILINEAR)


def centre_crop(image, height, width):
    w, h = image.size
    if width > w or height > h:  # torchvision pads with zeros
        left, top = max((width - w) // 2, 0), max((height - h) // 2, 0)
        padded = Image.new("RGB", (max(w, width), max(h, height)))
        padded.paste(image, (left, top))
        image, (w, h) = padded, padded.size
    top, left = int(round((h - height) / 2.0)), int(round((w - width) / 2.0))
    return image.crop((left, top, left + width, top + height))


def sha(image):
    return hashlib.sha256(image.tobytes()).hexdigest()


def main():
    folder = HERE / "fixtures"
    folder.mkdir(parents=True, exist_ok=True)
    golden = {"pillow": PIL.__version__, "fixtures": {}, "other kinds": {}, "imagenet": {}}
    for name, content in fixtures().items():
        (folder / name).write_bytes(content)
        image = Image.open(io.BytesIO(content)).convert("RGB")
        golden["fixtures"][name] = {
            "size": list(image.size),
            "pixels": sha(image),
            "framed": {f"{r} {h}x{w}": sha(centre_crop(resize(image, r), h, w)) for r, h, w in FRAMINGS},
            "stretched": {f"{h}x{w}": sha(stretch(image, h, w)) for h, w in STRETCHED},
        }
    for name, content in other_kinds().items():
        (folder / name).write_bytes(content)
        image = Image.open(io.BytesIO(content)).convert("RGB")
        golden["other kinds"][name] = {"size": list(image.size), "pixels": sha(image)}
    if len(sys.argv) > 1:
        root = pathlib.Path(sys.argv[1])
        for file in sorted(root.glob("*/*.JPEG")):
            image = centre_crop(resize(Image.open(file).convert("RGB"), 256), 224, 224)
            golden["imagenet"][str(file.relative_to(root))] = sha(image)
    text = json.dumps(golden, indent=1)
    (HERE / "golden.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
