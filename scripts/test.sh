#!/usr/bin/env bash
# Installs, builds and runs all tests: the torch-free layers under the address and undefined-behaviour sanitizers (but for the
# simulations of coverage: the same few functions, some million times), then the whole program.
# Long tests on demand: ctest --test-dir build/release -L on-demand
#
#   scripts/test.sh [--torch debian|pip|DIR]
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh --tests "$@" >/dev/null
scripts/build.sh "$@"
cmake --preset asan >/dev/null
cmake --build --preset asan >&2

log=build/tests.log
set +e
{ ctest --preset asan -LE "on-demand|coverage" -j "$(nproc)" && ctest --preset release -j "$(nproc)"; } 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
set -e
total=$(sed -n 's/.*tests failed out of \([0-9]*\)$/\1/p' "$log" | awk '{s += $1} END {print s + 0}')
failed=$(sed -n 's/.*, \([0-9]*\) tests failed out of .*/\1/p' "$log" | awk '{s += $1} END {print s + 0}')
echo "$((total - failed)) passed, $failed failed"
exit "$status"
