#!/usr/bin/env bash
# Installs, builds and runs all tests: the torch-free layers under the address and undefined-behaviour sanitizers (but for the
# simulations of coverage: the same few functions, some million times), then the whole program.
# The last lines name each test that failed or was skipped, and why it was skipped; the last one counts:
# "N passed, N failed, N skipped".
# On demand: long tests, ctest --test-dir build/release -L on-demand; LibTorch's callers under the sanitizers, scripts/asan_torch.sh
#
#   scripts/test.sh [--torch debian|pip|DIR]
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh --tests "$@" >/dev/null
scripts/build.sh --werror "$@"
cmake --preset asan >/dev/null
cmake --build --preset asan >&2

results=(build/asan/tests.xml build/release/tests.xml)
rm -f "${results[@]}"
# A failure is counted below, and the second run follows in any case. What is left out stands in the presets: beside one, -LE
# leaves out a test only where both do (CMake 3.25, 3.31). The sanitizers' preset switches off the copies of stack frames, which
# GCC 14.2 does not align for vectors of 64 bytes; GCC 12 makes none.
ctest --preset asan -j "$(nproc)" --output-junit tests.xml || true
ctest --preset release -j "$(nproc)" --output-junit tests.xml || true
scripts/count_tests.py "${results[@]}"
