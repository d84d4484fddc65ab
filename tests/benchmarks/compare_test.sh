#!/usr/bin/env bash
# The comparison with the loop of Cohen et al.: the rows there are, and what is said of them. How fast anything is, no test asks.
source "$(dirname "$0")/../cli/shell_test.sh"
programs=$1 repository=$scripts/..
compare() {
  "$repository/tests/benchmarks/compare.py" --programs "$programs" --model "$repository/models/weights/shapes_cnn_sigma0.25.pt" \
    --device cpu --workers 2 --seconds 0.02 --rounds 2 "$@"
}
rows() {  # base key...: the rows of both.json, their rounds and quotients
  python3 - "$@" <<'END'
import json, statistics, sys
base, *keys = sys.argv[1:]
result = json.load(open("both.json"))
rows = {row["key"]: row for row in result["rows"]}
def rate(row): return statistics.median(m["samples"] / m["seconds"] for m in row["rounds"])
assert list(rows) == keys, list(rows)
assert result["device"] == "cpu" and result["machine"]["cores"] >= 1
assert result["best_loop"] == base + "-best" and result["default_loop"] == base + "-default"
assert rows["loop-default"]["batch"] == 1000 and rows["engine"]["threads"] == 2
for row in rows.values():
    assert len(row["rounds"]) == 2 and row["samples_per_s"] == rate(row), row
    assert row["min"] <= row["samples_per_s"] <= row["max"] and row["peak_mb"] > 1, row
    assert row["over_best"] == rate(row) / rate(rows[base + "-best"]), row
    assert row["over_default"] == rate(row) / rate(rows[base + "-default"]), row
END
}
loops=(loop-default loop-best frozen channels-last own-noise) engine=(engine-one-worker engine engine-small-n)

expect 0 "Cohen's loop in C++, batch 1000" compare --json both.json
rows loop "${loops[@]}" "${engine[@]}" || fail "not the rows wanted"

# A Python that answers as one with torch would.
printf '%s\n' '#!/usr/bin/env python3' 'import sys' \
  'print("{\"torch\": \"2.0\", \"default_threads\": 1}", flush=True)' \
  'for line in sys.stdin: print("{\"samples\": 9, \"seconds\": 3, \"cpu_seconds\": 3, \"peak_mb\": 7}", flush=True)' >python
chmod +x python
expect 0 "Cohen's loop in Python, best batch and threads" compare --python ./python --json both.json
rows python python-default python-best "${loops[@]}" "${engine[@]}" || fail "not the rows wanted"

expect 1 "./no-python: cannot be started" compare --python ./no-python
expect 1 "ended early" compare --python true
expect 1 "--precision fp16: on the CPU there" compare --precision fp16
echo "all as expected"
