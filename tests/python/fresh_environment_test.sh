#!/usr/bin/env bash
# certify_torch.py with the newest torch: fresh_environment_test.sh CERTIFY. Makes an environment in a temporary folder (or takes
# $CERTIFY_TEST_PYTHON), copies the one file beside a script of a user's, and certifies a torchvision ResNet-18 and a timm
# ViT with random weights; then runs the tests of the file.
set -euo pipefail
certify=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python=${CERTIFY_TEST_PYTHON:-}
if [ -z "$python" ]; then
  python3 -m venv "$folder/env"
  "$folder/env/bin/pip" install -q torch==2.15.0 torchvision==0.29.2 timm==1.0.31
  python=$folder/env/bin/python
fi
cp "$here/../../scripts/certify_torch.py" "$folder"
cd "$folder"
cat >user.py <<'PYTHON'
import timm, torch, torchvision
import certify_torch
torch.manual_seed(0)
images, labels = torch.rand(2, 3, 224, 224), torch.tensor([1, 2])
for model in torchvision.models.resnet18(num_classes=10), timm.create_model("deit_tiny_patch16_224", num_classes=10):
    result = certify_torch.certify(model, images, labels, sigma=0.25, n0=10, n=100)
    assert len(result.rows) == 2 and result.rows[0]["n"] == 100, result.rows
    print(type(model).__name__, result.report, result, sep="\n")
PYTHON
CERTIFY_PROGRAM=$certify "$python" user.py
"$python" "$here/certify_torch_test.py" "$certify"
