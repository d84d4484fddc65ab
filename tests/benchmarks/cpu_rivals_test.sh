#!/usr/bin/env bash
# The comparison with torch's compilers: its rows, how they are counted, and what is said of what it cannot start. A Python that answers
# as one with torch would stands in for 6 GB of it. How fast anything is, no test asks.
source "$(dirname "$0")/../cli/shell_test.sh"
programs=$1 repository=$scripts/..
mkdir -p torch/bin broken/bin
cat >torch/bin/python <<'END'
#!/usr/bin/env python3
import json, sys
if sys.argv[1:3] == ["-m", "pip"]:
    sys.exit("torch==2.15.*" not in sys.argv)
if sys.argv[1] == "-c":
    print("onednn_verbose,info,cpu,isa:Intel of a test")
    sys.exit()
assert "--rival" in sys.argv and "--folder" in sys.argv, sys.argv
speed = {"aoti-fp32": 10, "aoti-bf16": 20, "aoti-int8": 40, "torchscript": 5}[sys.argv[-1]]
print(json.dumps({"torch": {"torch": "2.15.0"}, "default_threads": 1}), flush=True)
for line in sys.stdin:
    batch = int(line.split()[0])
    faster = 2 if batch == 32 else 1  # the best of its sizes
    print(json.dumps({"samples": speed * faster, "seconds": 1, "cpu_seconds": 1}), flush=True)
END
printf '%s\n' '#!/bin/sh' 'exit 3' >broken/bin/python
chmod +x torch/bin/python broken/bin/python

rivals() {
  "$repository/tests/benchmarks/cpu_rivals.py" --model "$repository/models/weights/cifar10_resnet20_sigma0.25.pt" --arch resnet20 \
    --environment torch --seconds 0.02 --rounds 2 "$@"
}
rows() {  # workers: the rows of both.json
  python3 - "$1" <<'END'
import json, statistics, sys
workers = int(sys.argv[1])
result = json.load(open("both.json"))
rows = {row["key"]: row for row in result["rows"]}
assert list(rows) == ["own", "int8", "aoti-fp32", "aoti-bf16", "aoti-int8", "torchscript"], list(rows)
assert result["workers"] == workers and result["versions"] == {"torch": "2.15.0"}, result
assert result["rivals_isa"]["onednn"] == "Intel of a test", result["rivals_isa"]
assert rows["int8"]["precision"] == "int8" and rows["own"]["precision"] == "fp32"
for key, speed in {"aoti-fp32": 20, "aoti-bf16": 40, "aoti-int8": 80, "torchscript": 10}.items():
    assert rows[key]["batch"] == 32 and len(result["tried"][key]) == 9, rows[key]
    assert rows[key]["samples_per_s"] == speed * workers, rows[key]
    assert all(len(round) == workers for round in rows[key]["rounds"]), rows[key]
for key in ("own", "int8"):
    rates = [sum(one["samples"] / one["seconds"] for one in round) for round in rows[key]["rounds"]]
    assert len(rates) == 2 and rows[key]["samples_per_s"] == statistics.median(rates), rows[key]
    assert rows[key]["min"] == min(rates) and rows[key]["max"] == max(rates), rows[key]
for row in rows.values():
    for rival, ratio in row["over"].items():
        assert ratio == row["samples_per_s"] / rows[rival]["samples_per_s"], row
END
}
certify=$programs/certify
for workers in 1 2; do
  expect 0 "AOTInductor, int8" rivals --engine own="$certify" --engine int8="$certify:int8" --workers $workers --json both.json
  rows $workers || fail "not the rows wanted"
done
expect 1 "--engine own: expected NAME=PROGRAM" rivals --engine own
expect 1 "with a NAME that no rival has" rivals --engine torchscript="$certify"
expect 1 "./no-program: cannot be started" rivals --engine own=./no-program
expect 1 "exit status 3" rivals --engine own="$certify" --environment broken
echo "all as expected"
