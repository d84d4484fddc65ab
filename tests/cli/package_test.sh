#!/usr/bin/env bash
# AOTInductor packages, compiled here and certified: package_test.sh CERTIFY. On demand: makes an environment with the newest
# torch (or takes $CERTIFY_TEST_PYTHON) and needs a C++ compiler. Of a certify whose LibTorch has no loader, checks that it
# says so.
set -euo pipefail
certify=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python=${CERTIFY_TEST_PYTHON:-}
if [ -z "$python" ]; then
  python3 -m venv "$folder/env"
  "$folder/env/bin/pip" install -q torch==2.15.0
  python=$folder/env/bin/python
fi
cd "$folder"
cat >make.py <<'PYTHON'
import sys
import torch
torch.manual_seed(0)
torch.set_num_threads(1)

class Small(torch.nn.Module):
    kind = ""
    def __init__(self):
        super().__init__()
        self.conv, self.last = torch.nn.Conv2d(3, 16, 3), torch.nn.Linear(16, 10)
    def forward(self, x):
        if self.kind == "random": x = x + 0.1 * torch.rand_like(x)
        if self.kind == "bf16": x = x.bfloat16()
        y = self.last(torch.relu(self.conv(x)).mean((2, 3))).float() * 9
        if self.kind == "batch": y = y - y.mean(0)
        return (y, x) if self.kind == "tuple" else y

small = Small().eval()
torch.jit.trace(small, torch.rand(2, 3, 32, 32)).save("plain.pt")
for name, rows in ("plain", 32), ("few", 3), ("fixed", 4), ("random", 32), ("batch", 32), ("tuple", 32), ("bf16", 32):
    small.kind = name
    small.bfloat16() if name == "bf16" else small.float()
    batch = None if name == "fixed" else ({0: torch.export.Dim("batch", min=1, max=512)},)
    with torch.no_grad():
        program = torch.export.export(small, (torch.rand(rows, 3, 32, 32),), dynamic_shapes=batch)
    torch._inductor.aoti_compile_and_package(program, package_path=name + ".pt2")
torch.export.save(program, "program.pt2")

# One channel, whose images are contiguous in any order of their axes.
grey = torch.nn.Sequential(torch.nn.Conv2d(1, 8, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(8 * 36, 10)).eval()
images = torch.rand(32, 1, 8, 8)
torch.jit.trace(grey, images[:2]).save("grey.pt")
with torch.no_grad():
    program = torch.export.export(grey, (images,), dynamic_shapes=({0: torch.export.Dim("batch", min=1, max=512)},))
torch._inductor.aoti_compile_and_package(program, package_path="grey.pt2")
small.kind = ""
class Rare(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.small = small.float()
    def forward(self, x):
        y = self.small(x)
        return torch.cond(x.max() > 1000, lambda y: y + torch.poisson(y.abs()), lambda y: y.clone(), (y,))
with torch.no_grad():
    program = torch.export.export(Rare().eval(), (torch.rand(32, 3, 32, 32),),
                                  dynamic_shapes=({0: torch.export.Dim("batch", min=1, max=512)},))
torch._inductor.aoti_compile_and_package(program, package_path="rare.pt2")
sys.path.insert(0, sys.argv[1])
import certify_torch, pathlib
certify_torch._write_npy((images[:3] * 255).byte(), pathlib.Path("images.npy"))
certify_torch._write_npy(torch.arange(3), pathlib.Path("labels.npy"))
PYTHON
"$python" make.py "$here/../../scripts" >made.log 2>&1 || { tail -n 20 made.log >&2; exit 1; }

fail() { echo "FAILED: $*" >&2; exit 1; }
# job NETWORK RUN [OPTION]…: a small run; its stderr is in `said`.
job() { "$certify" --dataset shapes --skip 60 --sigma 0.25 --n0 20 --n 300 --device cpu --model "$1" --out "$2" "${@:3}" >out 2>said; }
refused() { if job "$1" refused "${@:3}"; then fail "$1 was taken"; fi; grep -q -- "$2" said || fail "$1: $(cat said)"; [ ! -e refused ] || fail "$1 left a run"; }
counts() { sed -E 's/"seconds":[0-9.]+|,"crc":"[0-9a-f]+"//g' "$1/samples.jsonl"; }

if ! job plain.pt2 A --allow-native-code; then
  grep -q "2.6 and newer have" said || fail "$(cat said)"
  echo "this LibTorch has no loader, and says so"
  exit 0
fi
refused plain.pt2 "--allow-native-code"
refused program.pt2 "aoti_compile_and_package"
job plain.pt B
grep -q '"network": "AOTInductor package"' A/manifest.json || fail "the manifest does not say what it is"
job few.pt2 C --allow-native-code
job fixed.pt2 D --allow-native-code
grep -q '"network_batch": 4' D/manifest.json || fail "no fixed batch"
job tuple.pt2 E --allow-native-code
for run in A C D E; do [ "$(counts $run)" = "$(counts B)" ] || fail "other counts in $run than of TorchScript"; done
job bf16.pt2 F --allow-native-code
grep -q '"precision": "own"' F/manifest.json || fail "precision of bf16"
refused random.pt2 "draws random numbers" --allow-native-code
refused rare.pt2 "draws random numbers" --allow-native-code  # an operator that is called by its name
refused batch.pt2 "other images of the batch" --allow-native-code
arrays() { "$certify" --dataset arrays --images images.npy --labels labels.npy --sigma 0.25 --n0 20 --n 300 --device cpu --model "$1" --out "$2" "${@:3}" >out 2>said; }
arrays grey.pt G
arrays grey.pt2 H --allow-native-code || fail "$(cat said)"
[ "$(counts G)" = "$(counts H)" ] || fail "other counts of one channel"
if arrays plain.pt2 refused --allow-native-code; then fail "images of another size were taken"; fi
grep -q "compiled for images of \[3,32,32\]" said || fail "$(cat said)"
head -n 2 A/samples.jsonl >kept && cp kept A/samples.jsonl
job plain.pt2 A --allow-native-code
grep -q resuming said || fail "not resumed"
[ "$(counts A)" = "$(counts B)" ] || fail "other counts after resuming"
"$certify" verify A --resample 2 --allow-native-code >out 2>&1 || fail "$(cat out)"
if "$certify" verify A --resample 2 >out 2>&1; then fail "verify loads native code unasked"; fi
if "$certify" attack A >out 2>&1; then fail "attacked without a gradient"; fi
grep -q "write the network as TorchScript" out || fail "$(cat out)"
"$certify" bench --model plain.pt --beside plain.pt2 --allow-native-code --shape 3,32,32 --device cpu --seconds 0.1 --rounds 1 >out 2>&1
grep -q '^plain.pt2' out || fail "$(cat out)"
echo "packages are certified as TorchScript is"
