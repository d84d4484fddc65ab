#!/usr/bin/env bash
# Makes a folder that runs on a machine with a GPU where nothing can be built, installed or downloaded: the programs, the
# libraries that machine may lack, networks, checks. It must have a driver, Python and torch's wheel.
#
#   scripts/gpu_bundle.sh [--out DIR] [--model FILE]... [--training-data PATH] [--programs DIR]
#
# --out            the folder to make [build/gpu_bundle]
# --model          one more network, with the card beside it; may be given again
# --training-data  a folder with CIFAR-10's binary files, or with test_batch.bin and a folder of JPEGs for each class, or a tar
#                  archive of one: goes to DIR_training in parts of 40 MB
# --programs       take certify, certify-torch, cohen_loop, cuda_kernel_tests and cuda_backend_tests from this folder instead of building them
# Fails when the folder is above 45 MiB, training data not counted.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/.."

limit=$((45 << 20)) part=40000000
die() { echo "gpu_bundle: $*" >&2; exit 1; }
from_here() { case $1 in /*) echo "$1" ;; *) echo "$here/$1" ;; esac; }

out=build/gpu_bundle programs='' training='' models=(models/weights/shapes_cnn_*.pt)
while [ $# -gt 0 ]; do
  case $1 in
    --out) out=$(from_here "${2:?}"); shift 2 ;;
    --model) models+=("$(from_here "${2:?}")"); shift 2 ;;
    --training-data) training=$(from_here "${2:?}"); shift 2 ;;
    --programs) programs=$(from_here "${2:?}"); shift 2 ;;
    -h|--help) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "unknown option $1 (see --help)" >&2; exit 64 ;;
  esac
done
for file in "${models[@]}" ${training:+"$training"}; do [ -e "$file" ] || die "there is no $file"; done
if [ -n "$(ls -A "$out" 2>/dev/null)" ] && ! [ -e "$out/torch_version" ]; then
  die "$out holds something else; give --out a new folder"
fi
need_patchelf() { command -v patchelf >/dev/null || die "needs patchelf (apt-get install patchelf)"; }

if [ -z "$programs" ]; then
  scripts/setup.sh --torch pip --bundle >/dev/null
  PATH=$PATH:/usr/local/cuda/bin \
    scripts/build.sh --preset cuda --torch pip certify cohen_loop cuda_kernel_tests cuda_backend_tests
  programs=build/cuda/bin
fi

rm -rf "$out"
mkdir -p "$out"/{bin,lib,models,scripts,tests/benchmarks}
is_elf() { [ "$(head -c 4 "$1" | tail -c 3)" = ELF ]; }

# Of a program's libraries those that come neither with a Linux nor with torch, CUDA or the driver.
carried() {
  ldd "$1" | awk '$2 == "=>" && $3 ~ "^/" { print $3 }' |
    grep -Ev '/(torch/lib|nvidia|cuda[^/]*)/|/lib(torch[^/]*|c10[^/]*|cuda|cudart)\.so' |
    grep -Ev '/lib(c|m|dl|rt|util|pthread|resolv|stdc\+\+|gcc_s|gomp)\.so' || true
}
for name in certify certify-torch cohen_loop cuda_kernel_tests cuda_backend_tests; do
  [ -x "$programs/$name" ] || die "there is no $programs/$name"
  program=$out/bin/$name
  cp -L "$programs/$name" "$program"
  is_elf "$program" || continue
  need_patchelf
  if missing=$(ldd "$programs/$name" 2>&1 | grep 'not found'); then die "$name: $missing"; fi
  while read -r library; do
    [ -z "$library" ] || cp -Ln "$library" "$out/lib/"
  done <<<"$(carried "$programs/$name")"
  strip "$program"
  # Instead of the folders of this machine. As RPATH, before LD_LIBRARY_PATH, and for the libraries' own needs as well.
  patchelf --force-rpath --set-rpath "\$ORIGIN/../lib" "$program"
done

for model in "${models[@]}"; do
  cp -L "$model" "$out/models/"
  card=${model%.pt}.json
  if [ -e "$card" ]; then cp -L "$card" "$out/models/"; fi
done
cp -L scripts/gpu_check.sh scripts/cifar10_batches.py "$out/scripts/"
cp -L tests/benchmarks/*.py "$out/tests/benchmarks/"
cp -L scripts/gpu_run.sh "$out/run.sh"
chmod +x "$out/run.sh"

newest() {  # GLIBC or GLIBCXX: the newest version of its symbols that anything here needs
  find "$out/bin" "$out/lib" -type f -exec objdump -T {} + 2>/dev/null | grep -o "(\?$1_[0-9.]*" | tr -d '(' |
    sort -Vu | tail -n 1
}
made=$("$programs/certify" --version | head -n 1)
echo "${made##*LibTorch }" >"$out/torch_version"
{
  echo "$made"
  echo "needs $(newest GLIBC) and $(newest GLIBCXX)"
} >"$out/about.txt"

if [ -n "$training" ]; then
  parts=${out}_training
  rm -rf "$parts"
  mkdir -p "$parts"
  name=$(basename "$training")
  if [ -d "$training" ]; then
    tar -C "$(dirname "$training")" -cz "$name" | split -d -b "$part" - "$parts/$name.tar.gz.part"
  else
    split -d -b "$part" "$training" "$parts/$name.part"
  fi
fi

size=$(find "$out" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
cat "$out/about.txt"
names() { find "$@" -type f -printf '%f\n' | sort | paste -sd ' '; }
echo "lib: $(names "$out/lib")"
echo "models: $(names "$out/models" -name '*.pt')"
echo "not carried: ResNet-50 and ResNet-110 with random weights; the bench step makes them with certify export --untrained"
if [ -n "$training" ]; then echo "$parts: $(names "$parts")"; fi
awk -v out="$out" -v size="$size" 'BEGIN { printf "%s: %.1f MiB of at most 45\n", out, size / 1048576 }'
[ "$size" -le "$limit" ] || die "too large: leave out a --model"
name=$(basename "$out")
cat <<END
Over there:
  $name/run.sh --only tests --out results/tests
  $name/run.sh --only bench --out results/bench   # --arch resnet50: that network alone
  $name/run.sh --only runs,sanitizer --limit 280 --out results/runs   # seconds for each of the two
  $name/run.sh --only train --out results/train --data ${name}_training/*   # again, until it no longer says SKIP
END
