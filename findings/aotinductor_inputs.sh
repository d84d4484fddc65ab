#!/usr/bin/env bash
# An AOTInductor package of torch 2.15.0 (CPU) does not look at its input, and takes other batches than were declared.
# Expected: with dynamic_shapes Dim("batch", min=1, max=1024) a package takes 1 to 1024 images; an input in another
# memory format is converted or refused, as eager torch does.
# Seen: 1. The check in the package's C++ source depends on the example: made with 3 images it takes from 2 to 15,
# made with 64 from 16 to 1024. torch.export says nothing. 2. An image batch in channels_last is read as if it were
# contiguous: another answer, no error. 3. Both are told only with AOTI_RUNTIME_CHECK_INPUTS=1 in the environment, which
# packages look for since torch 2.7 (cpp_wrapper_cpu.py of 2.6.0 does not name it).
# certify therefore sets that variable, reads the bounds in the source, and cuts or fills up batches.
# Exits non-zero when any of this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install -q torch==2.15.0 numpy==2.4.6
cat >make.py <<'PYTHON'
import torch
print("torch", torch.__version__)
torch.manual_seed(0)
network = torch.nn.Sequential(torch.nn.Conv2d(3, 16, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(16, 16, 3),
                              torch.nn.Flatten(), torch.nn.Linear(16 * 14 * 14, 10)).eval()
for rows in 3, 64:
    shapes = ({0: torch.export.Dim("batch", min=1, max=1024)},)
    with torch.no_grad():
        program = torch.export.export(network, (torch.rand(rows, 3, 16, 16),), dynamic_shapes=shapes)
    torch._inductor.aoti_compile_and_package(program, package_path=f"{rows}.pt2")
torch.save(network, "network.pt")
PYTHON
cat >ask.py <<'PYTHON'
import torch
network = torch.load("network.pt", weights_only=False)
package = torch._inductor.aoti_load_package("3.pt2").loader
images = torch.rand(3, 3, 16, 16)
with torch.no_grad():
    expected = network(images)
for name, given in ("contiguous", images), ("channels_last", images.contiguous(memory_format=torch.channels_last)):
    try:
        right = torch.allclose(package.boxed_run([given])[0], expected, atol=1e-4)
        print(name, "right" if right else "wrong")
    except RuntimeError:
        print(name, "refused")
PYTHON
env/bin/python make.py 2>/dev/null
bounds() { unzip -p "$1.pt2" '*.wrapper.cpp' | grep -oE 'expected (it )?to be [<>]= [0-9]+' | grep -oE '[<>]= [0-9]+' | tr '\n' ' '; }
three=$(bounds 3)
many=$(bounds 64)
unchecked=$(env/bin/python ask.py 2>/dev/null | tr '\n' ' ')
checked=$(AOTI_RUNTIME_CHECK_INPUTS=1 env/bin/python ask.py 2>/dev/null | tr '\n' ' ')
echo "made with 3 images: $three; with 64: $many"
echo "unchecked: $unchecked; checked: $checked"
[ "$three" = ">= 2 <= 15 " ] && [ "$many" = ">= 16 <= 1024 " ] &&
  [ "$unchecked" = "contiguous right channels_last wrong " ] && [ "$checked" = "contiguous right channels_last refused " ]
