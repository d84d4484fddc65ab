#!/bin/bash
# certify sweep --launcher slurm on a real Slurm: arrays and the job behind them, a task told to stop, a node that goes
# down, a worker that is killed. Every time the bytes of the sweep that ran here.
#
#   slurm_sweep_test.sh CERTIFY
set -u
certify=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin
skip() { echo "SKIPPED, and nothing of Slurm was tested: $*" >&2; exit 77; }
for tool in munged mungekey slurmctld slurmd sbatch scontrol; do
  command -v "$tool" >/dev/null || skip "no $tool (apt-get install slurmctld slurmd slurm-client munge)"
done
# Its daemons listen on the address of the machine's name. Without one they end, and sinfo waits for minutes.
timeout 20 getent hosts "$(uname -n)" >/dev/null || skip "the name of this machine, $(uname -n), does not resolve (/etc/hosts)"
work=$(mktemp -d)
chmod 755 "$work"
export SLURM_CONF=$work/cluster/etc/slurm.conf
trap '"$here/cluster.sh" down "$work/cluster"; rm -rf "$work"' EXIT
cd "$work" || exit 1

fail() {
  echo "FAILED: $*" >&2
  squeue >&2
  tail -n 5 ./*/logs/* cluster/log/* >&2
  exit 1
}
wait_for() {  # SECONDS COMMAND…
  local tenths=$(($1 * 10))
  shift
  for _ in $(seq "$tenths"); do "$@" && return 0; sleep 0.1; done
  return 1
}
queue_is_empty() { [ -z "$(squeue -h)" ]; }
has_samples() { [ -s "$(echo "$1"/samples/*.shards/"$2"/samples.jsonl)" ]; }
# Without waiting for the credentials of the first start to expire.
start_now() { for job in "$@"; do scontrol update "JobId=$job" StartTime=now 2>/dev/null; done; }
same_as_whole() {
  for file in curves.tsv curves.svg radii.tsv runs/{cohen,li}/curve.tsv; do
    cmp "whole/$file" "$1/$file" || fail "$1/$file is not that of the whole"
  done
}
submit() { "$certify" sweep sharded.json --launcher slurm --out "$1"; }
ids() { sed -n 's/.*: job \([0-9]*\).*/\1/p' "$1"; }

cat >whole.json <<J
{"title": "T", "dataset": "shapes", "model": "$(realpath "$here/../../models/weights/shapes_cnn_sigma0.25.pt")", "sigma": 0.25,
 "skip": 25, "n": 4000, "n0": 20, "workers": 1, "grid": {"method": ["cohen", "li"]},
 "outputs": {"curves": {}, "radii": {"kind": "table", "x": "method", "y": "average-radius"}}}
J
echo '{"include": "whole.json", "shards": 6, "slurm": {"gres": "gpu:1", "cpus": 1}}' >sharded.json
echo '{"include": "sharded.json", "slurm": {"partition": "nowhere"}}' >refused.json
"$certify" sweep whole.json --out whole --quiet >/dev/null || fail "the sweep here"

"$here/cluster.sh" up "$work/cluster" || fail "no cluster"

"$certify" sweep sharded.json --launcher slurm --dry-run --out dry >dry.txt 2>dry.err || fail "dry run: $(cat dry.err)"
grep -q 'sweep job' dry.txt && grep -q 'to start at' dry.err && [ ! -e dry ] || fail "dry run said $(cat dry.txt dry.err)"
"$certify" sweep refused.json --launcher slurm --out refused 2>refused.err && fail "a refusal by sbatch is an error"
grep -qi 'partition' refused.err && queue_is_empty || fail "the refusal of sbatch is not passed on: $(cat refused.err)"

echo "A task is told to stop, a node goes down, both in mid-run"
submit A >A.out || fail "submission"
mapfile -t a < <(ids A.out)
[ ${#a[@]} = 3 ] || fail "six tasks need two arrays of five, and a job behind them: $(cat A.out)"
wait_for 60 has_samples A 0of6 || fail "the first task does not sample"
scancel --signal=USR1 --batch "${a[0]}_0"
submit A >/dev/null 2>again.err && fail "submitted twice"
grep -q 'in the queue' again.err || fail "no word of the queue: $(cat again.err)"
node=$(squeue -h -t R -o %N --jobs="${a[0]}_1" | head -n 1)
[ -z "$node" ] || scontrol update NodeName="$node" State=DOWN Reason=test
sleep 1
scontrol update NodeName=n1,n2 State=RESUME 2>/dev/null
"$certify" sweep status A >status.txt || fail "status"
grep -q "^slurm ${a[0]}" status.txt || fail "status does not know the jobs: $(cat status.txt)"
sleep 1
start_now "${a[0]}"_{0,1,2,3,4} "${a[1]}_0"
wait_for 120 queue_is_empty || fail "jobs stay in the queue"
grep -q 'stopped' A/logs/slurm-"${a[0]}"_0.log || grep -q '"restarts": 1' A/samples/*.shards/0of6/manifest.json ||
  fail "the first task was not interrupted"
same_as_whole A
"$certify" sweep status A | grep -q '^9 of 9 jobs are done' || fail "not all done: $("$certify" sweep status A)"

echo "B: a worker is killed; the same command submits what is missing"
submit B >B.out || fail "submission"
mapfile -t b < <(ids B.out)
wait_for 60 has_samples B 2of6 || fail "the third task does not sample"
killed=
for pid in $(pgrep -f -- '--shard 2/6 --out samples'); do
  [ "$(readlink "/proc/$pid/cwd")" = "$work/B" ] && kill -KILL "$pid" && killed=yes
done
[ -n "$killed" ] || fail "no worker to kill"
wait_for 120 queue_is_empty || fail "jobs stay in the queue"
[ ! -e B/curves.tsv ] || fail "results without all samples"
scontrol show job "${b[2]}" | grep -q 'JobState=CANCELLED' || fail "the last job is not given up"
submit B >B2.out || fail "second submission"
grep -q ', 1 tasks' B2.out || fail "more than the missing part: $(cat B2.out)"
wait_for 120 queue_is_empty || fail "jobs stay in the queue"
same_as_whole B

echo "C: who cancels is obeyed"
submit C >C.out || fail "submission"
mapfile -t c < <(ids C.out)
wait_for 60 has_samples C 0of6 || fail "the first task does not sample"
scancel "${c[@]}"
wait_for 60 queue_is_empty || fail "cancelled jobs stay in the queue"
sleep 2
queue_is_empty || fail "cancelled jobs come back"
submit C >C2.out || fail "submission after scancel: $(cat C2.out)"
wait_for 120 queue_is_empty || fail "jobs stay in the queue"
same_as_whole C
echo "passed"
