#!/usr/bin/env bash
# A progressive JPEG that properly ends before its last scans has other pixels in libjpeg-turbo 3 than in 2.1.
#
# Such files are what a program leaves that closed a download. Missing coefficients are smoothed; libjpeg-turbo 3 looks at
# more neighbours for it. Pillow's wheels bring the library: 9.3.0 has 2.1, 10.4.0 and 13.0.0 have 3.x. Guessed before the run:
# the same pixels, as complete files have been the same bit by bit through all these releases.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/write.py" <<'PYTHON'
import io, math, sys
from PIL import Image
size = 96
image = Image.new("RGB", (size, size))
image.putdata([(int(127 + 120 * math.sin(x * y / 90)), (x * 5 + y * 2) % 256, 255 if (x - 48) ** 2 + (y - 48) ** 2 < 900 else 20)
               for y in range(size) for x in range(size)])
out = io.BytesIO()
image.save(out, "JPEG", progressive=True, quality=85)
whole = out.getvalue()
scans = [i for i in range(len(whole) - 1) if whole[i:i + 2] == b"\xff\xda"]
open(sys.argv[1] + "/whole.jpg", "wb").write(whole)
open(sys.argv[1] + "/early.jpg", "wb").write(whole[:scans[2]] + b"\xff\xd9")  # two scans, and a proper end
PYTHON
cat >"$folder/read.py" <<'PYTHON'
import sys
from PIL import Image, features
for name in "whole", "early":
    open(f"{sys.argv[1]}/{name}-{sys.argv[2]}", "wb").write(Image.open(f"{sys.argv[1]}/{name}.jpg").convert("RGB").tobytes())
print("Pillow", sys.argv[2], "has libjpeg-turbo", features.version("libjpeg_turbo"))
PYTHON
for version in 13.0.0 10.4.0 9.3.0; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install -q "pillow==$version"
  [ -e "$folder/whole.jpg" ] || "$folder/$version/bin/python" "$folder/write.py" "$folder"
  "$folder/$version/bin/python" "$folder/read.py" "$folder" "$version"
done
python3 - "$folder" <<'PYTHON'
import sys
read = lambda name, version: open(f"{sys.argv[1]}/{name}-{version}", "rb").read()
for version in "10.4.0", "9.3.0":
    for name in "whole", "early":
        new, old = read(name, "13.0.0"), read(name, version)
        apart = [abs(a - b) for a, b in zip(new, old)]
        print(f"{name}: 13.0.0 and {version} differ in {sum(d > 0 for d in apart)} of {len(apart)} values, by up to {max(apart)}")
        assert (max(apart) > 0) == (name == "early" and version == "9.3.0")
PYTHON
