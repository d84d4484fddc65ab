#!/usr/bin/env bash
# Confirms and measures on a machine with an NVIDIA GPU what cannot be without one. It builds and installs nothing. Each
# step ends by its own limit, so that a machine that is lent for ten minutes a command is enough. Results are written as
# they come: a step that is cut off leaves what it had.
#
#   scripts/gpu_check.sh [--only STEP[,STEP]] [--out DIR] [options]
#
# --only STEPS     of tests, bench, runs, sanitizer, train [all but train]
# --out DIR        where results go; what other steps left there stays [build/gpu_check]
# --programs DIR   certify, certify-torch, cohen_loop, cuda_kernel_tests, cuda_backend_tests [../bin beside this script, else build/cuda/bin]
# --models DIR     networks; ResNet-110 and ResNet-50 with random weights are made where there are none: they are as fast
# --python FILE    a Python with torch, for the loops that the engine is measured beside [python3]
# --limit SECONDS  of each step [500]
# --data PATH...   training images, for train: a folder with CIFAR-10's binary files, or an archive of one, whole or in
#                  parts of `split`, which may come in several calls
# --arch ARCH      bench this network alone: resnet110 or resnet50
# --epochs N       of each training [20]
# --work DIR       what train goes on from at its next call [certify-gpu-work in $TMPDIR or /tmp]
#
# One line of PASS, FAIL or SKIP for each check; the last line counts them. Exit status 1 if any failed.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
rivals=$here/../tests/benchmarks
usage() { echo "gpu_check: $*" >&2; exit 64; }

steps=tests,bench,runs,sanitizer out=build/gpu_check programs='' models=$here/../models/weights python=python3 limit=500
epochs=20 only_arch='' work=${TMPDIR:-/tmp}/certify-gpu-work data=()
while [ $# -gt 0 ]; do
  case $1 in
    -h|--help) sed -n '2,22s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    --only|--out|--programs|--models|--python|--limit|--epochs|--work|--arch)
      [ $# -ge 2 ] || usage "$1 needs a value"
      name=${1#--}
      case $name in only) name=steps ;; arch) name=only_arch ;; esac
      printf -v "$name" %s "$2"; shift 2 ;;
    --data)
      shift
      while [ $# -gt 0 ] && [[ $1 != --* ]]; do data+=("$1"); shift; done
      [ ${#data[@]} -gt 0 ] || usage "--data needs a path" ;;
    *) usage "unknown option $1 (see --help)" ;;
  esac
done
IFS=, read -ra chosen <<<"$steps"
[ ${#chosen[@]} -gt 0 ] || usage "--only needs a step"
case $only_arch in ''|resnet110|resnet50) ;; *) usage "--arch $only_arch: resnet110 or resnet50" ;; esac
for step in "${chosen[@]}"; do
  case $step in tests|bench|runs|sanitizer|train) ;; *) usage "--only $step: no such step (see --help)" ;; esac
done
[[ $limit =~ ^[1-9][0-9]*$ ]] || usage "--limit $limit: not a number of seconds"
[[ $epochs =~ ^[1-9][0-9]*$ ]] || usage "--epochs $epochs: not a number"
if [ -z "$programs" ]; then
  programs=$here/../build/cuda/bin
  if [ -x "$here/../bin/certify" ]; then programs=$here/../bin; fi
fi
for name in certify certify-torch cohen_loop cuda_kernel_tests cuda_backend_tests; do
  [ -x "$programs/$name" ] || usage "--programs $programs: no $name there"
done
programs=$(cd "$programs" && pwd -P)
mkdir -p "$out" || exit 74
out=$(cd "$out" && pwd -P)
scratch=$(mktemp -d) || exit 74  # runs and networks: too much to send back
trap 'rm -rf "$scratch"' EXIT
export XDG_CACHE_HOME=$scratch/cache  # a batch that was found for another program must not be taken

passed=0 failed=0 left_out=0
json() {  # a string, quoted
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  printf '"%s"' "$(tr '\000-\037' ' ' <<<"$text" | sed 's/ *$//')"
}
report() {  # PASS|FAIL|SKIP check [detail]
  local detail=${3:-}
  printf '%-4s %s%s\n' "$1" "$2" "${detail:+ ($detail)}"
  printf '{"step":%s,"check":%s,"result":"%s","detail":%s,"seconds":%d}\n' "$(json "$step")" "$(json "$2")" "$1" \
    "$(json "$detail")" $((SECONDS - step_began)) >>"$out/summary.jsonl"
  case $1 in PASS) passed=$((passed + 1)) ;; FAIL) failed=$((failed + 1)) ;; *) left_out=$((left_out + 1)) ;; esac
}
left() { echo $((limit - (SECONDS - step_began))); }
# Runs a command in what is left of the step's time. TERM first: a training writes its checkpoint then.
within() {
  local seconds
  seconds=$(left)
  [ "$seconds" -gt 0 ] || return 124
  timeout --kill-after=15 "$seconds" "$@"
}
why() {  # status log: why a command failed, in a line
  case $1 in
    124|137) echo "ran past its limit of $limit s" ;;
    *) echo "status $1: $(grep -v '^ *$' "$2" 2>/dev/null | tail -n 1 | cut -c1-200 | iconv -c -f utf-8 -t utf-8)" ;;
  esac
}
check() {  # name log command...: PASS where the command succeeds
  local name=$1 log=$2 status
  shift 2
  within "$@" >"$log" 2>&1
  status=$?
  if [ $status = 0 ]; then report PASS "$name"; else report FAIL "$name" "$(why $status "$log")"; fi
  return $status
}

# A skipped test confirms nothing where there is a GPU.
googletest() {
  local program=$1 log=$out/$1.log status result name before=$failed
  within "$programs/$program" --gtest_output="json:$out/$program.json" >"$log" 2>&1
  status=$?
  while read -r result name; do
    case $result in
      OK) report PASS "$name" ;;
      FAILED) report FAIL "$name" "see ${log##*/}" ;;
      *) if [ -n "$gpu" ]; then report FAIL "$name" skipped; else report SKIP "$name" "no GPU"; fi ;;
    esac
  done < <(sed -n 's/^\[ *\(OK\|FAILED\|SKIPPED\) *\] \([^ ,]*\).* ([0-9]* ms)$/\1 \2/p' "$log")
  grep -q '^\[==========\].* ran\.' "$log" || report FAIL "$program" "ended early, $(why $status "$log")"
  [ $status = 0 ] || [ "$failed" -gt "$before" ] || report FAIL "$program" "$(why $status "$log")"
}
step_tests() {
  if [ -n "$gpu" ]; then report PASS "driver and GPU" "$gpu"; else report SKIP "driver and GPU" "no GPU"; fi
  check "the program starts" "$out/version.txt" "$programs/certify" --version
  googletest cuda_kernel_tests
  googletest cuda_backend_tests
}

# Speed does not look at the weights, so random ones do.
network() {  # architecture dataset: sets $model
  model=$(find "$models" -maxdepth 1 -name "*$1*.pt" 2>/dev/null | sort | head -n 1)
  [ -z "$model" ] || return 0
  model=$scratch/$2_$1_untrained.pt
  within "$programs/certify" export --untrained --arch "$1" --dataset "$2" --sigma 0.25 --out "$model" \
    >"$out/bench-$1-network.log" 2>&1 </dev/null
}
step_bench() {
  local arch dataset shape batches precision
  while read -r arch dataset shape batches; do
    [ -z "$only_arch" ] || [ "$arch" = "$only_arch" ] || continue
    if network "$arch" "$dataset"; then :; else
      report FAIL "network $arch" "$(why $? "$out/bench-$arch-network.log")"
      continue
    fi
    # Cohen's loop has one precision, so it is timed once, in turns with the engine at its fastest.
    bench fp16 3 "$python" "$rivals/compare.py" --programs "$programs" --python "$python"
    compiled
    for precision in fp32 bf16 tf32; do bench $precision 1 "$programs/certify" bench; done
  done <<'END'
resnet110 cifar10 3,32,32 1024,2048
resnet50 imagenet 3,224,224 256
END
}
bench() {  # precision rounds command...
  local precision=$1 rounds=$2 name=bench-$arch-$1 status
  shift 2
  within "$@" --device cuda --precision "$precision" --model "$model" --shape "$shape" \
    --seconds 1 --rounds "$rounds" --json "$out/$name.json" >"$out/$name.txt" 2>"$out/$name.log" </dev/null
  status=$?
  if [ $status = 0 ]; then
    report PASS "bench $arch $precision" "$(sed -n 's/^engine  *\([0-9]*\)  *[0-9]*  *\([0-9.]*\) .*/\2 samples\/s at batch \1/p' "$out/$name.txt")"
  else
    report FAIL "bench $arch $precision" "$(why $status "$out/$name.log")"
  fi
}
# The best that torch gives a Python user: what the engine has to beat.
compiled() {
  local name=bench-$arch-compiled status
  within "$python" "$rivals/compiled_loop.py" --arch "$arch" --model "$model" --shape "$shape" --batches "$batches" \
    --json "$out/$name.json" >"$out/$name.log" 2>&1 </dev/null
  status=$?
  if [ $status = 0 ]; then
    report PASS "torch.compile $arch" "$(sed -n 's/^ "samples_per_s": \([0-9]*\).*/\1 samples\/s/p' "$out/$name.json")"
  else
    report FAIL "torch.compile $arch" "$(why $status "$out/$name.log")"
  fi
}

# The same noise on CPU and GPU, so votes differ only where logits all but tie.
votes() { sed 's/.*\("index":[0-9]*\).*\("selection".*\),"seconds".*/\1 \2/' "$1/samples.jsonl"; }
same_votes() { diff <(votes "$1") <(votes "$2") >/dev/null; }
certify() {  # name options...
  local name=$1
  shift
  within "$programs/certify" --dataset shapes --sigma 0.25 --n 1000 --skip 50 --model-dir "$models" --quiet \
    --out "$scratch/$name" "$@" >>"$out/runs.log" 2>&1
  local status=$?
  cp "$scratch/$name/manifest.json" "$out/runs-$name-manifest.json" 2>/dev/null
  return $status
}
judge() {  # check command...: PASS where it succeeds
  local name=$1
  shift
  if "$@"; then report PASS "$name"; else report FAIL "$name" "see runs.log"; fi
}
killed_and_resumed() {
  local name="a run that is killed and resumed counts as one that was not"
  local n=(--device cuda --deterministic --batch 256 --n 100000) stored=0 waiting
  certify whole "${n[@]}" || { report FAIL "$name" "see runs.log"; return; }
  certify killed "${n[@]}" &
  waiting=$!
  while kill -0 $waiting 2>/dev/null && [ "$stored" -lt 2 ]; do
    sleep 0.02
    stored=$(cat "$scratch/killed/samples.jsonl" 2>/dev/null | wc -l)
  done
  pkill -KILL -f -- "--out $scratch/killed " || true
  wait $waiting
  stored=$(cat "$scratch/killed/samples.jsonl" 2>/dev/null | wc -l)
  local images
  images=$(wc -l <"$scratch/whole/samples.jsonl")
  if ! certify killed "${n[@]}" || ! same_votes "$scratch/whole" "$scratch/killed"; then
    report FAIL "$name" "see runs.log"
  elif [ "$stored" -ge "$images" ]; then
    report SKIP "$name" "it was done before it could be killed"
  else
    report PASS "$name" "behind $stored of $images images"
  fi
}
first_order() {
  certify first-order --device cuda --deterministic --batch 256 --method first-order &&
    within "$programs/certify" verify "$scratch/first-order" >>"$out/runs.log" 2>&1 &&
    same_votes "$scratch/once" "$scratch/first-order"
}
step_runs() {
  local precision gpus same=(--device cuda --deterministic --batch 256)
  if ! certify cpu --device cpu; then
    report FAIL "certify --device cpu" "see runs.log"
    return
  fi
  for precision in fp32 tf32 fp16 bf16; do
    if ! certify $precision --device cuda --precision $precision; then
      report FAIL "certify --precision $precision" "see runs.log"
      continue
    fi
    local differing images result=PASS
    differing=$(diff <(votes "$scratch/cpu") <(votes "$scratch/$precision") | grep -c '^>')
    images=$(wc -l <"$scratch/$precision/samples.jsonl")
    if [ $precision = fp32 ] && [ $((5 * differing)) -gt "$images" ]; then result=FAIL; fi
    report $result "certify --precision $precision" "$differing of $images images count otherwise than on the CPU"
  done
  twice() { certify once "${same[@]}" && certify twice "${same[@]}" && same_votes "$scratch/once" "$scratch/twice"; }
  judge "certify --deterministic gives the same counts twice" twice
  judge "certify --method first-order is verified, and counts as without averages of the noise" first_order
  killed_and_resumed
  gpus=$(nvidia-smi -L | wc -l)
  all() { certify all "${same[@]}" --device cuda:all && same_votes "$scratch/once" "$scratch/all"; }
  if [ "$gpus" -lt 2 ]; then
    report SKIP "certify --device cuda:all counts as one GPU does" "there is one GPU"
  else
    judge "certify --device cuda:all counts as one GPU does" all
  fi
}

# Our kernels: out-of-bounds accesses, races.
step_sanitizer() {
  local sanitizer tool run
  sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda/bin/compute-sanitizer 2>/dev/null)
  if [ -z "$sanitizer" ]; then
    report SKIP compute-sanitizer "not installed"
    return
  fi
  for tool in memcheck racecheck; do
    for run in 'cuda_kernel_tests *' 'cuda_backend_tests *Packed*:*MadeRoom*:*BringsLogits*:*AveragesOfTheNoise*'; do
      check "compute-sanitizer $tool ${run%% *}" "$out/$tool-${run%% *}.log" \
        "$sanitizer" --tool $tool --error-exitcode 9 "$programs/${run%% *}" --gtest_filter="${run#* }"
    done
  done
}

# Sets $images to a folder with CIFAR-10's binary files, made of what has come so far.
training_images() {
  images=$work/cifar10
  [ ! -e "$images/complete" ] || return 0
  if [ ${#data[@]} = 1 ] && [ -d "${data[0]}" ]; then
    images=${data[0]}
    return 0
  fi
  mkdir -p "$work/parts" "$images"
  if [ ${#data[@]} -gt 0 ]; then cp "${data[@]}" "$work/parts/" || return; fi
  local parts=("$work"/parts/*)
  [ -e "${parts[0]}" ] || { why_not="no training images: --data names them"; return 1; }
  # An archive that lacks a part does not unpack to its end.
  local how=-xzf
  case ${parts[0]} in *.tar.zst*) how='--zstd -xf' ;; *.tar.gz*|*.tgz*) ;; *.tar*) how=-xf ;; esac
  # shellcheck disable=SC2086  # two words
  if ! cat "${parts[@]}" | within tar -C "$images" $how - 2>"$out/train-data.log"; then
    why_not="${#parts[@]} parts are no whole archive yet: send the others"
    return 1
  fi
  local jpegs name
  jpegs=$(find "$images" -type d -name airplane | head -n 1)
  if [ -n "$jpegs" ]; then
    within "$python" "$here/cifar10_batches.py" "$(dirname "$jpegs")" "$images" >"$out/train-data.log" 2>&1 ||
      { why_not="see train-data.log"; return 1; }
  fi
  find "$images" -mindepth 2 -name '*_batch*.bin' -exec mv -t "$images" {} +
  for name in data_batch_1.bin test_batch.bin; do
    [ -e "$images/$name" ] || { why_not="no $name in it"; return 1; }
  done
  touch "$images/complete"
}
step_train() {
  local images sigma why_not='' name status
  if ! training_images; then
    report FAIL "training images" "$why_not"
    return
  fi
  for sigma in 0.12 0.25 0.5 1; do
    name=cifar10_resnet110_sigma$sigma
    within "$programs/certify" train --dataset cifar10 --data-dir "$images" --arch resnet110 --half --sigma $sigma \
      --epochs "$epochs" --device cuda --out "$work/$name" >>"$out/train-$sigma.log" 2>&1
    status=$?
    cp "$work/$name/log.csv" "$out/$name-log.csv" 2>/dev/null
    cp "$work/$name/$name".{pt,json} "$out/" 2>/dev/null
    case $status in
      0) report PASS "train at sigma $sigma" "$(tail -n 1 "$work/$name/log.csv" 2>/dev/null)" ;;
      75|124|137)
        report SKIP "train at sigma $sigma" "stopped at the limit; the same command goes on"
        return ;;
      *) report FAIL "train at sigma $sigma" "$(why $status "$out/train-$sigma.log")" ;;
    esac
  done
}

gpu=''
if nvidia-smi >"$out/nvidia-smi.txt" 2>&1; then
  gpu=$(nvidia-smi --query-gpu=name,driver_version --format=csv,noheader | head -n 1)
fi
for step in "${chosen[@]}"; do
  step_began=$SECONDS
  # What the same step said before is of another run.
  if [ -e "$out/summary.jsonl" ]; then
    grep -v "^{\"step\":\"$step\",\"check\":\".*$only_arch" "$out/summary.jsonl" >"$scratch/kept"
    cp "$scratch/kept" "$out/summary.jsonl"
  fi
  [ "$step" != runs ] || rm -f "$out/runs.log"
  if [ -z "$gpu" ] && [ "$step" != tests ]; then
    report SKIP "$step" "no GPU"
  else
    "step_$step"
  fi
done
echo "$passed passed, $failed failed, $left_out left out; results in $out"
[ "$failed" = 0 ]
