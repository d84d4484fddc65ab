#!/usr/bin/env bash
# Confirms on a machine with an NVIDIA GPU what cannot be confirmed without one: noise bits, votes, graphs,
# fused kernels, memory errors, counts against the CPU, speed. One line of PASS or FAIL each; the last line says how
# many failed, and the exit status whether any did. Raw results as JSON go to a folder.
#
#   scripts/gpu_check.sh [--torch pip|DIR] [--programs DIR] [--out DIR]
#
# --torch     LibTorch to build against [the one that `python3 -c 'import torch'` finds, else pip]
# --programs  test these instead of building: the folder of certify, cuda_kernel_tests, cuda_backend_tests
# --out       where results go [build/gpu_check]
set -uo pipefail
cd "$(dirname "$0")/.."

torch= programs= out=build/gpu_check
while [ $# -gt 0 ]; do
  case $1 in
    --torch) torch=${2:?}; shift 2 ;;
    --programs) programs=${2:?}; shift 2 ;;
    --out) out=${2:?}; shift 2 ;;
    -h|--help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "unknown option $1 (see --help)" >&2; exit 64 ;;
  esac
done
rm -rf "$out" && mkdir -p "$out" || exit 74
PATH=$PATH:/usr/local/cuda/bin

passed=0 failed=0 left_out=0
report() {  # PASS|FAIL|SKIP name [detail]
  local detail=${3:-}
  printf '%-4s %s%s\n' "$1" "$2" "${detail:+ ($detail)}"
  printf '{"check":"%s","result":"%s","detail":"%s"}\n' "$2" "$1" "${detail//[\"\\]/}" >>"$out/summary.jsonl"
  case $1 in PASS) passed=$((passed + 1)) ;; FAIL) failed=$((failed + 1)) ;; *) left_out=$((left_out + 1)) ;; esac
}
finish() {
  echo "$passed passed, $failed failed, $left_out left out; results in $out"
  [ "$failed" = 0 ]
  exit
}

if nvidia-smi >"$out/nvidia-smi.txt" 2>&1; then
  report PASS "driver and GPU" "$(nvidia-smi --query-gpu=name,driver_version --format=csv,noheader | head -n 1)"
else
  report FAIL "driver and GPU" "nvidia-smi does not run here"
  finish
fi

if [ -z "$programs" ]; then
  if [ -z "$torch" ]; then
    torch=$(python3 -c 'import torch, os; assert torch.version.cuda; print(os.path.dirname(torch.__file__))' \
      2>/dev/null) || torch=pip
  fi
  if scripts/build.sh --preset cuda --torch "$torch" certify cuda_kernel_tests cuda_backend_tests \
      >"$out/build.log" 2>&1; then
    report PASS build "LibTorch: $torch"
  else
    report FAIL build "see $out/build.log"
    finish
  fi
  programs=build/cuda/bin
fi

# (1) Every test of a GoogleTest program on a line of its own; a skipped one confirms nothing.
tests() {  # program
  local log=$out/$1.log result name
  "$programs/$1" --gtest_output="json:$out/$1.json" >"$log" 2>&1
  local status=$?
  while read -r result name; do
    case $result in
      OK) report PASS "$name" ;;
      SKIPPED) report FAIL "$name" skipped ;;
      *) report FAIL "$name" "see $log" ;;
    esac
  done < <(sed -n 's/^\[ *\(OK\|FAILED\|SKIPPED\) *\] \([^ ,]*\) (.*/\1 \2/p' "$log")
  grep -q '^\[==========\].* ran\.' "$log" || report FAIL "$1" "ended early with status $status, see $log"
}
tests cuda_kernel_tests
tests cuda_backend_tests

# (2) Our kernels under the sanitizer: out-of-bounds and uninitialised accesses, races.
for tool in memcheck racecheck; do
  if ! command -v compute-sanitizer >/dev/null; then
    report SKIP "compute-sanitizer $tool" "not installed"
    continue
  fi
  for run in 'cuda_kernel_tests *' 'cuda_backend_tests *Packed*:*MadeRoom*:*BringsLogits*:*AveragesOfTheNoise*'; do
    log=$out/$tool-${run%% *}.log
    if compute-sanitizer --tool "$tool" --error-exitcode 9 \
        "$programs/${run%% *}" --gtest_filter="${run#* }" >"$log" 2>&1; then
      report PASS "compute-sanitizer $tool ${run%% *}"
    else
      report FAIL "compute-sanitizer $tool ${run%% *}" "see $log"
    fi
  done
done

# (3) The real program: the same noise on CPU and GPU, so votes differ only where logits all but tie.
job=(--dataset shapes --sigma 0.25 --n 1000 --skip 50 --model-dir models --quiet)
votes() { sed 's/.*\("index":[0-9]*\).*\("selection".*\),"seconds".*/\1 \2/' "$1/samples.jsonl"; }
certify() { "$programs/certify" "${job[@]}" "$@" >>"$out/certify.log" 2>&1; }
if certify --device cpu --out "$out/cpu"; then
  for precision in fp32 tf32 fp16 bf16; do
    run=$out/$precision
    if ! certify --device cuda --precision "$precision" --out "$run"; then
      report FAIL "certify --precision $precision" "see $out/certify.log"
      continue
    fi
    differing=$(diff <(votes "$out/cpu") <(votes "$run") | grep -c '^>') images=$(wc -l <"$run/samples.jsonl")
    result=PASS
    if [ "$precision" = fp32 ] && [ $((5 * differing)) -gt "$images" ]; then result=FAIL; fi
    report $result "certify --precision $precision" "$differing of $images images count otherwise than on the CPU"
  done
  same=(--device cuda --deterministic --batch 256)
  if certify "${same[@]}" --out "$out/once" && certify "${same[@]}" --out "$out/twice" &&
      diff <(votes "$out/once") <(votes "$out/twice") >/dev/null; then
    report PASS "certify --deterministic gives the same counts twice"
  else
    report FAIL "certify --deterministic gives the same counts twice"
  fi
  if certify "${same[@]}" --method first-order --out "$out/first-order" &&
      "$programs/certify" verify "$out/first-order" >>"$out/certify.log" 2>&1 &&
      diff <(votes "$out/once") <(votes "$out/first-order") >/dev/null; then
    report PASS "certify --method first-order is verified, and counts as without averages of the noise"
  else
    report FAIL "certify --method first-order is verified, and counts as without averages of the noise"
  fi
  gpus=$(nvidia-smi -L | wc -l)
  if [ "$gpus" -lt 2 ]; then
    report SKIP "certify --device cuda:all counts as one GPU does" "there is one GPU"
  elif certify "${same[@]}" --device cuda:all --out "$out/all" &&
      diff <(votes "$out/once") <(votes "$out/all") >/dev/null; then
    report PASS "certify --device cuda:all counts as one GPU does" "$gpus GPUs"
  else
    report FAIL "certify --device cuda:all counts as one GPU does"
  fi
else
  report FAIL "certify --device cpu" "see $out/certify.log"
fi

# (4) Speed.
if "$programs/certify" --help 2>&1 | grep -q '^ *bench '; then
  if "$programs/certify" bench --device cuda --json "$out/bench.json" >"$out/bench.txt" 2>"$out/bench.log"; then
    report PASS "certify bench"
    cat "$out/bench.txt"
  else
    report FAIL "certify bench" "see $out/bench.log"
  fi
else
  report SKIP "certify bench" "this program has none"
fi
finish
