#!/usr/bin/env bash
# certify without LibTorch, and certify-torch that it becomes: as built, installed, and called through a symlink.
#
#   two_programs_test.sh CERTIFY BUILD_FOLDER
certify=$1 build=$2
source "$(dirname "$0")/shell_test.sh"

# The program that starts links no LibTorch, and lists every subcommand all the same.
for library in $(readelf -d "$certify" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p'); do
  case $library in libtorch* | libc10*) fail "certify needs $library" ;; esac
done
expect 0 "LibTorch" "$certify" --version
for list in --help help; do
  for name in predict train export learn-sigma attack bench completion sweep recertify curve verify report show; do
    expect 0 "  $name " "$certify" "$list"
  done
done

# What needs a network works wherever the pair lies, and wherever it is called from.
works() {
  expect 0 "--arch" "$1" train --help
  expect 0 "--arch" "$1" help train
  expect 0 "complete -F" "$1" completion bash
  expect 0 "" "$1" --dataset shapes --sigma 0.25 --n 20 --skip 500 --out "$work/run" --fresh
  expect 0 "" "$1" verify "$work/run"
  expect 65 "not a file of one tensor" "$1" show --sigma-map "$work/no.pt"
}
echo nothing >no.pt
works "$certify"
cmake --install "$build" --prefix "$work/installed" >installed.log
mkdir elsewhere
ln -s ../installed/bin/certify elsewhere/link
cd elsewhere
works ./link
mv "$work/installed" "$work/moved"
expect 0 "shapes_cnn_sigma0.25" ../moved/bin/certify models
works ../moved/bin/certify

# A run's typed options are checked first. Without certify-torch the error says what to do.
rm ../moved/libexec/certify/certify-torch
expect 64 "--sigma" ../moved/bin/certify --dataset shapes --sigma many
expect 74 "build the target certify-torch" ../moved/bin/certify --dataset shapes --sigma 0.25
expect 0 "cannot be used" ../moved/bin/certify doctor
expect 64 "stands before the subcommand" ../moved/bin/certify --sigma 0.25 train
echo passed
