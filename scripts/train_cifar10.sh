#!/usr/bin/env bash
# Trains a network for CIFAR-10 at each size of a noise and puts it among the shipped models, in place of what stands
# there for that noise. Stopped anywhere, the same command goes on.
#
#   scripts/train_cifar10.sh DATA_DIR [ARCH [options of certify train, but not --out, --arch, --noise and sizes]]
#
# ARCH is resnet110 unless given. NOISE is gaussian, uniform or splitting, and SIGMAS or LAMBDAS are its sizes: those of
# Cohen et al. 2019 unless given. The two that ship: SIGMAS="0.12 0.25" scripts/train_cifar10.sh DIR resnet20 --epochs 10
# For ℓ1 radii: NOISE=splitting LAMBDAS="0.5 1 2 4" scripts/train_cifar10.sh DIR resnet20
set -euo pipefail
case ${1:-} in ''|-*) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 64 ;; esac
data=$(realpath "$1") arch=${2:-resnet110} noise=${NOISE:-gaussian}
shift $(($# < 2 ? 1 : 2))
cd "$(dirname "$0")/.."
scripts/build.sh certify >/dev/null
kind=$([ "$noise" = gaussian ] || printf _%s "$noise")
if [ -n "${LAMBDAS:-}" ]; then unit=lambda sizes=$LAMBDAS; else unit=sigma sizes=${SIGMAS:-0.12 0.25 0.5 1}; fi
for size in $sizes; do
  ending=$kind"_$unit$size" out=training/cifar10_$arch$kind"_$unit$size"
  build/bin/certify train --dataset cifar10 --data-dir "$data" --arch "$arch" --half --noise "$noise" "--$unit" "$size" --out "$out" "$@"
  find models/weights -regex "models/weights/cifar10_[^_]*$ending\.\(pt\|json\)" -delete
  for file in "$out"/cifar10_*.{pt,json}; do cp "$file" "models/weights/cifar10_$arch$ending.${file##*.}"; done
done
build/bin/certify models
