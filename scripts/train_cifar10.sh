#!/usr/bin/env bash
# Trains a network for CIFAR-10 at each sigma of Cohen et al. 2019 and puts it among the shipped models, in place
# of what stands there for that sigma. Stopped anywhere, the same command goes on.
#
#   scripts/train_cifar10.sh DATA_DIR [--arch resnet20 --epochs 10, or other options of certify train]
#
# The two that ship were trained on a CPU with --arch resnet20 --epochs 10 and SIGMAS="0.12 0.25".
set -euo pipefail
case ${1:-} in ''|-*) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 64 ;; esac
data=$(realpath "$1"); shift
cd "$(dirname "$0")/.."
scripts/build.sh certify >/dev/null
for sigma in ${SIGMAS:-0.12 0.25 0.5 1}; do
  out=training/cifar10_sigma$sigma
  build/bin/certify train --dataset cifar10 --data-dir "$data" --arch resnet110 --half --sigma "$sigma" --out "$out" "$@"
  rm -f models/cifar10_*_sigma"$sigma".pt models/cifar10_*_sigma"$sigma".json
  cp "$out"/cifar10_*.pt "$out"/cifar10_*.json models/
done
build/bin/certify models
