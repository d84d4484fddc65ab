#!/usr/bin/env bash
# Installs, builds, and certifies 100 images of the embedded data set with a shipped model.
#
#   scripts/demo.sh [--torch debian|pip|DIR]
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh "$@" certify certify_shell  # the second: what an installation has beside it
build/bin/certify --dataset shapes --sigma 0.25 --n 1000 --skip 10 --out runs/demo --fresh
echo "open it: $PWD/runs/demo/report.html"
