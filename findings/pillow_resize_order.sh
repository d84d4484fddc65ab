#!/usr/bin/env bash
# Pillow 13.0.0 resizes another way round than 12.3.0, and gives other pixels.
#
# Image.resize(…, BILINEAR) is two passes, along rows and along columns, each rounded to 8 bits. Up to 12.3.0 the rows came
# first, always. 13.0.0 begins with the columns where the width grows and the height shrinks: fewer pixels to compute, and
# other roundings. Guessed before the run: the same pixels, as nothing in the call says which pass is first.
# So a data set that is brought to a size out of proportion has other pixels, and a network other counts, from one version to the next.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/resize.py" <<'PYTHON'
import random, sys
import PIL
from PIL import Image
draw = random.Random(0)
image = Image.frombytes("RGB", (40, 60), bytes(draw.randrange(256) for _ in range(40 * 60 * 3)))
rows_first = lambda size: image.resize((size[0], image.height), Image.BILINEAR).resize(size, Image.BILINEAR)
for what, size in ("wider and lower", (70, 20)), ("narrower and lower", (20, 30)), ("wider and higher", (70, 90)):
    once, twice = image.resize(size, Image.BILINEAR).tobytes(), rows_first(size).tobytes()
    far = max(abs(a - b) for a, b in zip(once, twice))
    print(f"Pillow {PIL.__version__}: {what}: {sum(a != b for a, b in zip(once, twice))} of {len(once)} values differ from rows first, by up to {far}")
PYTHON
for version in 12.3.0 13.0.0; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install -q "pillow==$version"
  "$folder/$version/bin/python" "$folder/resize.py"
done | tee "$folder/seen"
grep -q "Pillow 12.3.0: wider and lower: 0 of" "$folder/seen"
grep -q "Pillow 13.0.0: wider and lower: [1-9]" "$folder/seen"
[ "$(grep -c "narrower and lower: 0 of\|wider and higher: 0 of" "$folder/seen")" = 4 ]
