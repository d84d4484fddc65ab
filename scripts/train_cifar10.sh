#!/usr/bin/env bash
# Trains a network for CIFAR-10 at each sigma of Cohen et al. 2019 and puts it among the shipped models, in place
# of what stands there for that sigma. Stopped anywhere, the same command goes on.
#
#   scripts/train_cifar10.sh DATA_DIR [ARCH [options of certify train, but not --out, --arch, --sigma]]
#
# ARCH is resnet110 unless given. The two that ship: SIGMAS="0.12 0.25" scripts/train_cifar10.sh DIR resnet20 --epochs 10
set -euo pipefail
case ${1:-} in ''|-*) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 64 ;; esac
data=$(realpath "$1") arch=${2:-resnet110}
shift $(($# < 2 ? 1 : 2))
cd "$(dirname "$0")/.."
scripts/build.sh certify >/dev/null
for sigma in ${SIGMAS:-0.12 0.25 0.5 1}; do
  name=cifar10_${arch}_sigma$sigma
  build/bin/certify train --dataset cifar10 --data-dir "$data" --arch "$arch" --half --sigma "$sigma" --out "training/$name" "$@"
  cp "training/$name/$name".{pt,json} models/weights/
  find models/weights -name "cifar10_*_sigma$sigma.*" ! -name "$name.*" -delete
done
build/bin/certify models
