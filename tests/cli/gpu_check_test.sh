#!/usr/bin/env bash
# The checks for a GPU machine, with stand-ins for programs, GPU and Python: options, limits, what is left behind.
source "$(dirname "$0")/shell_test.sh"
check=$scripts/gpu_check.sh
export TMPDIR=$work/tmp
mkdir tmp tools programs

stand_in() { { echo '#!/usr/bin/env bash'; cat; } >"$1"; chmod +x "$1"; }
of_step() {  # step check result: whether one line of the summary says so; every line must be JSON
  python3 - "$@" <<'END'
import json, sys
out, step, check, result = sys.argv[1:]
lines = [json.loads(line) for line in open(out + "/summary.jsonl")]
sys.exit(not any(l["step"] == step and check in l["check"] and l["result"] == result for l in lines))
END
}

stand_in tools/nvidia-smi <<'END'
case $* in
  *query*) echo 'Stand-in "H0", 1.0' ;;
  -L) echo 'GPU 0: Stand-in' ;;
  *) echo table ;;
esac
END
for name in cuda_kernel_tests cuda_backend_tests; do
  stand_in programs/$name <<END
echo '[       OK ] $name.Good (3 ms)'
[ -z "\${SKIPPING:-}" ] || echo '[  SKIPPED ] $name.Left (0 ms)'
[ -z "\${FAILING:-}" ] || { echo '[  FAILED  ] $name.Bad, where GetParam() = "x" (2 ms)'; }
echo '[==========] 2 tests from 1 test suite ran. (5 ms total)'
[ -z "\${FAILING:-}" ]
END
done
stand_in programs/certify-torch <<<'exit 1'  # only certify starts it
# Of a run it makes the samples, whatever the options; of a training the network.
stand_in programs/certify <<'END'
echo "certify $*" >>"$WORK/calls"
[ -z "${SLOW:-}" ] || sleep 30
out= json= sigma=
for ((i = 1; i <= $#; ++i)); do
  next=$((i + 1))
  case ${!i} in --out) out=${!next} ;; --json) json=${!next} ;; --sigma) sigma=${!next} ;; esac
done
case $1 in
  --version) echo 'certify 0, LibTorch 2.11.0' ;;
  bench) echo 'engine                    1024        1  300000.5  299000.0  301000.0      900'
    echo '{"shape": [3, 32, 32], "sigma": 0.25, "device": "cuda:0", "rows": [{"key": "engine", "what": "engine",
      "batch": 1024, "threads": 1, "rounds": [{"samples": 600001, "seconds": 2, "peak_mb": 900}]}]}' >"$json" ;;
  export) echo network >"$out" ;;
  train)
    name=${out##*/}
    mkdir -p "$out"
    echo "epoch,$sigma" >"$out/log.csv"
    [ "$sigma" != "${STOPPING:-}" ] || exit 75
    echo network >"$out/$name.pt"
    echo card >"$out/$name.json" ;;
  verify) exit "${UNVERIFIED:-0}" ;;
  *)
    mkdir -p "$out"
    for index in 0 50; do
      votes=$index
      case $* in *"${OTHERWISE:-nothing}"*) votes=1$index ;; esac
      echo "{\"index\":$index,\"selection\":[$votes],\"estimation\":[$votes],\"seconds\":$RANDOM}"
    done >"$out/samples.jsonl"
    echo '{}' >"$out/manifest.json" ;;
esac
END
stand_in programs/cohen_loop <<'END'
echo '{"torch": "2.11.0", "default_threads": 1}'
while read -r batch; do echo '{"samples": 50000, "seconds": 1, "peak_mb": 900}'; done
END
stand_in tools/python <<'END'
case $1 in
  *cohen_loop.py) exec "$WORK/programs/cohen_loop" ;;
  *compiled_loop.py) while [ $# -gt 1 ]; do [ "$1" != --json ] || printf '{\n "samples_per_s": 200000.5\n}\n' >"$2"; shift; done ;;
  *) exec python3 "$@" ;;
esac
END
export PATH=$work/tools:$PATH WORK=$work
run() { "$check" --programs programs --models models --python tools/python "$@"; }

# Options that mean nothing are refused before anything is done.
expect 64 "unknown option --fast" run --fast
expect 64 "--only tets: no such step" run --only tets
expect 64 "--only needs a value" run --only
expect 64 "--limit soon: not a number" run --limit soon
expect 64 "--arch vgg" run --arch vgg
expect 64 "--data needs a path" run --data
expect 64 "no certify there" "$check" --programs tools --out nowhere
[ ! -e nowhere ] || fail "a folder was made"

# Tests: each on a line. What is skipped on a machine with a GPU confirms nothing.
expect 0 "4 passed, 0 failed" run --only tests --out o
of_step o tests cuda_kernel_tests.Good PASS || fail "a test is missing"
of_step o tests driver PASS || fail "the GPU's name"
expect 1 "FAIL cuda_backend_tests.Bad" env FAILING=1 "$check" --programs programs --only tests --out f
expect 1 "FAIL cuda_kernel_tests.Left (skipped)" env SKIPPING=1 "$check" --programs programs --only tests --out f
stand_in programs/cuda_kernel_tests.kept <programs/cuda_kernel_tests
stand_in programs/cuda_kernel_tests <<<'echo "[       OK ] A.B (1 ms)"; kill -SEGV $$'
expect 1 "FAIL cuda_kernel_tests (ended early" run --only tests --out f
says "PASS A.B"
stand_in programs/cuda_kernel_tests <programs/cuda_kernel_tests.kept

# Without a GPU nothing fails, and nothing is said to be confirmed.
cp tools/nvidia-smi tools/kept
stand_in tools/nvidia-smi <<<'exit 9'
expect 0 "SKIP cuda_kernel_tests.Left (no GPU)" env SKIPPING=1 "$check" --programs programs --only tests,bench,train --out n
says "SKIP bench (no GPU)"
says "SKIP train (no GPU)"
cp tools/kept tools/nvidia-smi

# A step that runs into its limit says so and leaves what it had; what other steps left stays.
began=$SECONDS
expect 1 "ran past its limit of 2 s" env SLOW=1 "$check" --programs programs --only bench --limit 2 --out o
[ $((SECONDS - began)) -lt 25 ] || fail "the limit did not end it"
of_step o tests cuda_kernel_tests.Good PASS || fail "what the step before left is gone"
of_step o bench "" FAIL || fail "the step that was cut off says nothing"
run --only bench --out o >said
! of_step o bench "" FAIL || fail "what an earlier run of the step said is still there"
of_step o tests cuda_kernel_tests.Good PASS || fail "what another step left is gone"

# Bench: both networks at all precisions, beside torch.compile.
expect 0 "PASS bench resnet110 fp16 (300000.5 samples/s at batch 1024)" run --only bench --out o
says "PASS torch.compile resnet50 (200000 samples/s)"
for name in resnet{110,50}-{fp32,tf32,fp16,bf16,compiled}; do [ -s "o/bench-$name.json" ] || fail "no bench-$name.json"; done
grep -q 'bench .*--precision fp16 .*--shape 3,224,224 .*--batch 1024' calls || fail "the batch found first is not kept"
grep -q '"python-best"' o/bench-resnet50-fp16.json || fail "Cohen's loop was not asked for"
grep -q "Cohen's loop in Python, best" o/bench-resnet110-fp16.txt || fail "no table of the comparison"
rm -r o calls
expect 0 "PASS bench resnet50 tf32" run --only bench --arch resnet50 --out o
! grep -q resnet110 said || fail "the other network too"
mkdir models
touch models/my_resnet110.pt
expect 0 "PASS bench" run --only bench --arch resnet110 --out o
grep -q -- '--model models/my_resnet110.pt' calls || fail "another network than the one given"

# Runs: counts are compared.
expect 0 "PASS certify --deterministic gives the same counts twice" run --only runs --out o
says "SKIP a run that is killed and resumed counts as one that was not (it was done before"
expect 1 "FAIL certify --precision fp32 (2 of 2 images" env OTHERWISE="--precision fp32" "$check" --programs programs --only runs --out o
expect 1 "FAIL certify --deterministic" env OTHERWISE="/twice" "$check" --programs programs --only runs --out o
expect 1 "FAIL certify --method first-order" env UNVERIFIED=1 "$check" --programs programs --only runs --out o

# Training: parts of an archive may come in several calls; networks come out as they are made.
mkdir -p cifar
for name in data_batch_{1..5}.bin test_batch.bin; do head -c 100000 /dev/urandom >"cifar/$name"; done
tar -czf images.tar.gz cifar
split -d -b 300000 images.tar.gz images.tar.gz.part
expect 1 "parts are no whole archive yet" run --only train --work w --out t --data images.tar.gz.part00
expect 0 "PASS train at sigma 1" run --only train --work w --out t --data images.tar.gz.part0[1-9]
cmp cifar/data_batch_5.bin w/cifar10/data_batch_5.bin || fail "images were lost"
for sigma in 0.12 0.25 0.5 1; do [ -s t/cifar10_resnet110_sigma$sigma.pt ] || fail "no network at $sigma"; done
expect 0 "SKIP train at sigma 0.25 (stopped at the limit; the same command goes on)" \
  env STOPPING=0.25 "$check" --programs programs --only train --work w --out t
says "PASS train at sigma 0.12"
! grep -q "sigma 0.5" said || fail "went on behind a training that is not done"
expect 1 "no training images" run --only train --work other --out t
rm -r cifar/test_batch.bin w
tar -czf images.tar.gz cifar
expect 1 "no test_batch.bin in it" run --only train --work w --out t --data images.tar.gz
[ -z "$(ls tmp)" ] || fail "something is left in the temporary folder: $(ls tmp)"
echo "all as expected"
