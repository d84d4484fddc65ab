#!/usr/bin/env bash
# The folder for a GPU machine, with stand-ins for programs, torch and checks: what it carries, what it refuses.
source "$(dirname "$0")/shell_test.sh"

# Programs, and a torch, that only look like it.
mkdir -p programs site/torch/lib site/nvidia/{cudnn,cu13}/lib
for name in certify certify-torch cohen_loop cuda_kernel_tests cuda_backend_tests; do
  printf '#!/bin/sh\necho "certify 0, LibTorch 2.11.0"\n' >programs/$name
  chmod +x programs/$name
done
touch site/torch/__init__.py
torch_is() { echo "__version__ = '$1'" >site/torch/version.py; }
export PYTHONPATH=$work/site PYTHONDONTWRITEBYTECODE=1
torch_is 2.11.0+cu130

# It carries what is needed, and training data in parts beside it.
mkdir cifar
echo batch >cifar/data_batch_1.bin
truncate -s 45M images.tar
expect 0 "of at most 45" "$scripts/gpu_bundle.sh" --programs programs --out b --training-data cifar
for file in bin/{certify,certify-torch,cohen_loop,cuda_kernel_tests,cuda_backend_tests} scripts/{gpu_check.sh,cifar10_batches.py} \
    tests/benchmarks/{compare.py,cohen_loop.py,compiled_loop.py,torch_resnet.py} \
    models/shapes_cnn_sigma0.25.pt models/shapes_cnn_sigma0.25.json run.sh; do
  if ! [ -f "b/$file" ] || [ -L "b/$file" ]; then fail "no $file in it"; fi
done
[ "$(cat b_training/cifar.tar.gz.part* | tar -xzO cifar/data_batch_1.bin)" = batch ] || fail "training data lost"
expect 0 "images.tar.part00 images.tar.part01" \
  "$scripts/gpu_bundle.sh" --programs programs --out b --training-data images.tar
cat b_training/images.tar.part* | cmp - images.tar || fail "training data lost"

# It fails when it is too large, and removes no folder of somebody else's.
truncate -s 46M large.pt
expect 1 "too large" "$scripts/gpu_bundle.sh" --programs programs --out large --model large.pt
expect 1 "holds something else" "$scripts/gpu_bundle.sh" --programs programs --out cifar
expect 1 "there is no" "$scripts/gpu_bundle.sh" --programs programs --out b --model none.pt
[ -e cifar/data_batch_1.bin ] || fail "a folder was removed"

# run.sh passes on what it is given, from any folder, and puts torch's libraries before others.
# shellcheck disable=SC2016
printf 'printf "%%s\\n" "$@" "path $LD_LIBRARY_PATH"\n' >b/scripts/gpu_check.sh
mv b moved
mkdir elsewhere
export LD_LIBRARY_PATH=/before
cd elsewhere
expect 0 "path $work/site/torch/lib:$work/site/nvidia/cu13/lib:$work/site/nvidia/cudnn/lib:/before" \
  ../moved/run.sh --only train --out o --data a.part00 /b.part01 --any-torch
printf '%s\n' --programs "$work/moved/bin" --models "$work/moved/models" --python "$(command -v python3)" \
  --out gpu_check --only train --out o --data a.part00 /b.part01 >wanted
sed -n '/^--programs/,/^path/p' "$work/said" | grep -v '^path' | diff wanted - || fail "other arguments than given"
export -n LD_LIBRARY_PATH

# It refuses a torch of another version, or none, or one that lacks a library.
cd "$work"
torch_is 2.10.0+cu130
expect 69 "torch is 2.10.0+cu130 here, the programs were built with 2.11.0" moved/run.sh --only tests
expect 0 "--only" moved/run.sh --only tests --any-torch
torch_is 2.11.0
expect 69 "no nowhere here" env CERTIFY_PYTHON=nowhere moved/run.sh
expect 69 "has no torch" env CERTIFY_PYTHON=/bin/false moved/run.sh
mkdir tools
printf '#!/bin/sh\necho "libcudart.so.13 => not found"\n' >tools/ldd
chmod +x tools/ldd
expect 69 "libcudart.so.13 => not found" env PATH="$work/tools:$PATH" moved/run.sh

# A real program finds the libraries that were carried with it.
if command -v patchelf >/dev/null && ldd /bin/ls | grep -q 'libselinux.*=> /'; then
  cp /bin/ls programs/certify
  expect 0 "libselinux.so.1" "$scripts/gpu_bundle.sh" --programs programs --out real
  expect 0 "$work/real/bin/../lib/libselinux.so.1" ldd real/bin/certify
fi
echo passed
