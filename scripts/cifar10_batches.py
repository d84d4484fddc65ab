#!/usr/bin/env python3
"""Makes CIFAR-10's five binary files of training images that lie in one folder a class.

    scripts/cifar10_batches.py FOLDERS OUT

FOLDERS/airplane … FOLDERS/truck hold 50,000 pictures of 32 × 32 pixels; OUT gets data_batch_1.bin to
data_batch_5.bin. Pictures of all classes are mixed, in the same order each time. Needs Pillow and NumPy.
"""
import pathlib
import sys

import numpy as np
from PIL import Image

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folders, out = map(pathlib.Path, sys.argv[1:])
    records = []
    for label, name in enumerate(CLASSES):
        for file in sorted((folders / name).iterdir()):
            pixels = np.asarray(Image.open(file).convert("RGB"))
            if pixels.shape != (32, 32, 3):
                sys.exit(f"{file}: {pixels.shape[1]} x {pixels.shape[0]} pixels, expected 32 x 32")
            records.append(bytes([label]) + pixels.transpose(2, 0, 1).tobytes())
    if len(records) != 50000:
        sys.exit(f"{folders}: {len(records)} pictures, expected 50000")
    order = np.random.default_rng(10).permutation(len(records))
    for batch in range(5):
        chosen = order[batch * 10000 : (batch + 1) * 10000]
        (out / f"data_batch_{batch + 1}.bin").write_bytes(b"".join(records[i] for i in chosen))


main()
