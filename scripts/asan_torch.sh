#!/usr/bin/env bash
# Runs what calls LibTorch under the address and undefined-behaviour sanitizers. On demand: it takes half an hour on two
# cores. scripts/test.sh does the same for the rest.
#
#   scripts/asan_torch.sh [PROGRAM…]   test programs; all that need LibTorch if none is named
set -euo pipefail
cd "$(dirname "$0")/.."

programs=("$@")
[ $# -gt 0 ] || programs=(models_tests fusion_tests networks_tests network_gradient_tests training_tests
                          run_command_tests attack_command_tests bench_command_tests learn_sigma_command_tests
                          training_command_tests)
# LibTorch is not instrumented: its libraries define some globals twice, and it frees by a base class what it allocated
# as a derived one. Tests ask for more memory than there is. What it keeps until the process ends is in lsan.supp.
export ASAN_OPTIONS=detect_odr_violation=0:new_delete_type_mismatch=0:allocator_may_return_null=1
export LSAN_OPTIONS=suppressions=$PWD/tests/support/lsan.supp:print_suppressions=0
export UBSAN_OPTIONS=print_stacktrace=1

cmake --preset asan-torch -DTorch_DIR="$(scripts/setup.sh --torch debian --tests)" >/dev/null
cmake --build --preset asan-torch --target "${programs[@]}" >&2
failed=()
for program in "${programs[@]}"; do
  echo "== $program"
  # A limit of memory leaves the sanitizer none.
  build/asan-torch/bin/"$program" --gtest_brief=1 --gtest_filter=-MainJob.WithoutMemoryItSaysWhatNeedsLess || failed+=("$program")
done
echo "$((${#programs[@]} - ${#failed[@]})) programs passed, ${#failed[@]} failed${failed[*]:+: ${failed[*]}}"
[ ${#failed[@]} = 0 ]
