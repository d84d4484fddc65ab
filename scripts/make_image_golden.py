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
import random
import struct
import sys
import zlib

import PIL
from PIL import Image

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


def picture(mode, width, height, seed):
    """Slopes, edges and grain, so that every stage of a decoder has something to do."""
    draw = random.Random(seed)
    bands = len(mode) if mode != "CMYK" else 4
    out = bytearray()
    for y in range(height):
        for x in range(width):
            for b in range(bands):
                value = (x * (5 + b) + y * (3 + 2 * b)) % 256 if (x // 7 + y // 5) % 2 else 40 + 60 * b
                out.append(min(255, max(0, value + draw.randrange(-20, 21))))
    return Image.frombytes(mode, (width, height), bytes(out))


def jpeg(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def png(image, **options):
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return file.getvalue()


def raw_png(width, height, depth, colours, rows):
    """A PNG of a kind that Pillow reads and does not write."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def fixtures():
    colour, small = picture("RGB", 61, 47, 1), picture("RGB", 9, 12, 2)
    cmyk = jpeg(picture("CMYK", 30, 25, 3), quality=90)
    adobe = cmyk.index(b"Adobe")
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by 90 degrees, which torchvision's loader does not
    palette = colour.quantize(17)
    draw = random.Random(4)
    rows16 = [draw.randbytes(11 * 6) for _ in range(7)]
    return {
        "colour_420.jpg": jpeg(colour, quality=85),
        "colour_422.jpg": jpeg(colour, quality=85, subsampling="4:2:2"),
        "colour_444.jpg": jpeg(colour, quality=95, subsampling="4:4:4"),
        "progressive.jpg": jpeg(colour, quality=80, progressive=True),
        "exif_rotated.jpg": jpeg(colour, quality=80, exif=exif),
        "grey.jpg": jpeg(picture("L", 33, 50, 5), quality=85),
        "cmyk_adobe.jpg": cmyk,
        "cmyk_plain.jpg": cmyk[:adobe - 4] + cmyk[adobe + 12:],
        "ycck.jpg": cmyk[:adobe + 11] + b"\2" + cmyk[adobe + 12:],
        "small.jpg": jpeg(small, quality=90),
        "one_pixel.jpg": jpeg(picture("RGB", 1, 1, 6)),
        "thin.jpg": jpeg(picture("RGB", 5, 300, 7)),
        "png_called.jpg": png(small),
        "colour.png": png(colour),
        "alpha.png": png(picture("RGBA", 20, 14, 8)),
        "grey.png": png(picture("L", 20, 15, 9)),
        "grey_alpha.png": png(picture("LA", 12, 15, 10)),
        "palette.png": png(palette),
        "palette_alpha.png": png(palette, transparency=3),
        "bits_1.png": png(colour.convert("1")),
        "grey_2_bits.png": raw_png(11, 7, 2, 0, [draw.randbytes(3) for _ in range(7)]),
        "grey_alpha_16_bits.png": raw_png(11, 7, 16, 4, [draw.randbytes(44) for _ in range(7)]),
        "colour_16_bits.png": raw_png(11, 7, 16, 2, rows16),
    }


def main():
    folder = HERE / "fixtures"
    folder.mkdir(parents=True, exist_ok=True)
    golden = {"pillow": PIL.__version__, "fixtures": {}, "imagenet": {}}
    for name, content in fixtures().items():
        (folder / name).write_bytes(content)
        image = Image.open(io.BytesIO(content)).convert("RGB")
        golden["fixtures"][name] = {
            "size": list(image.size),
            "pixels": sha(image),
            "framed": {f"{r} {h}x{w}": sha(centre_crop(resize(image, r), h, w)) for r, h, w in FRAMINGS},
            "stretched": {f"{h}x{w}": sha(image.resize((w, h), Image.BILINEAR)) for h, w in STRETCHED},
        }
    if len(sys.argv) > 1:
        root = pathlib.Path(sys.argv[1])
        for file in sorted(root.glob("*/*.JPEG")):
            image = centre_crop(resize(Image.open(file).convert("RGB"), 256), 224, 224)
            golden["imagenet"][str(file.relative_to(root))] = sha(image)
    text = json.dumps(golden, indent=1)
    (HERE / "golden.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
