#!/usr/bin/env bash
# How many files know the format of a network's file. A new format touches these and no others:
#   models/formats/NAME.h, models/formats/NAME.cpp   how it is recognised, loaded and run
#   models/network_formats.cpp                       the table
#   models/CMakeLists.txt
#   tests/models/NAME_test.cpp, tests/models/CMakeLists.txt
#   core/configs/option_table.cpp, docs/networks.md  what --model takes
# The count is of the format that there is: files that name its class or its header, and files of the
# product that load it.
set -euo pipefail
cd "$(dirname "$0")/../.."
most=8

sources=(--include='*.h' --include='*.cpp' --include=CMakeLists.txt --exclude-dir=build .)
files=$({ grep -rlE 'TorchScript[A-Z]|kTorchScript|formats/torchscript' "${sources[@]}"
          grep -rlF 'jit::load(' --exclude-dir=tests "${sources[@]}"; } | sort -u)
count=$(wc -l <<<"$files")
sed 's/^/  /' <<<"$files"
echo "$count files know TorchScript, of $most at most"
for file in models/formats/torchscript.h models/formats/torchscript.cpp models/network_formats.cpp; do
  grep -qxF "./$file" <<<"$files" || { echo "FAILED: $file is not found by these words"; exit 1; }
done
[ "$count" -le "$most" ] || { echo "FAILED: too many"; exit 1; }
