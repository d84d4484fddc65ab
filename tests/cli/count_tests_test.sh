#!/usr/bin/env bash
# The last lines of scripts/test.sh, from a stand-in for what ctest writes.
source "$(dirname "$0")/shell_test.sh"
count=$scripts/count_tests.py

suite() { { echo '<?xml version="1.0" encoding="UTF-8"?><testsuite name="stand-in">'; cat; echo '</testsuite>'; } >"$1"; }
last_line_is() { [ "$(tail -n 1 "$work/said")" = "$1" ] || fail "the last line is not \"$1\""; }

suite good.xml <<'XML'
  <testcase name="A.Passes" status="run"><system-out>[       OK ] A.Passes (0 ms)
</system-out></testcase>
  <testcase name="A.LacksData" status="notrun"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/><system-out>noise
/a/test.cpp:5: Skipped
no folder
of data

[  SKIPPED ] A.LacksData (0 ms)
[  PASSED  ] 0 tests.
</system-out></testcase>
  <testcase name="A.SaysNothing" status="notrun"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/><system-out>
/a/test.cpp:6: Skipped

[  SKIPPED ] A.SaysNothing (0 ms)
</system-out></testcase>
  <testcase name="Shell.LacksSlurm" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/><system-out>begins
SKIPPED: no &lt;sbatch&gt;
</system-out></testcase>
  <testcase name="A.Off" status="disabled"><system-out>Disabled</system-out></testcase>
XML
expect 0 "skipped: A.LacksData: no folder of data (good.xml)" "$count" good.xml
says "skipped: A.SaysNothing: no reason given (good.xml)"
says "skipped: Shell.LacksSlurm: SKIPPED: no <sbatch> (good.xml)"
says "skipped: A.Off: disabled (good.xml)"
last_line_is "1 passed, 0 failed, 4 skipped"

# What could not be started has failed, although ctest's file calls it skipped.
suite bad.xml <<'XML'
  <testcase name="B.Passes" status="run"><system-out></system-out></testcase>
  <testcase name="B.Fails" status="fail"><failure message=""/><system-out></system-out></testcase>
  <testcase name="b_tests_NOT_BUILT" status="notrun"><skipped message="Unable to find executable"/><system-out>Unable to find executable: b_tests_NOT_BUILT</system-out></testcase>
  <testcase name="B.LacksItsSetUp" status="notrun"><skipped message="Fixture dependency failed"/><system-out>Failed test dependencies: B.SetUp</system-out></testcase>
XML
expect 1 "failed: B.Fails (bad.xml)" "$count" good.xml bad.xml
says "failed: b_tests_NOT_BUILT: Unable to find executable: b_tests_NOT_BUILT (bad.xml)"
says "failed: B.LacksItsSetUp: Failed test dependencies: B.SetUp (bad.xml)"
last_line_is "2 passed, 3 failed, 4 skipped"

# A run that wrote nothing, or had no test, is no success.
suite none.xml </dev/null
for file in gone.xml none.xml; do
  expect 1 "no test ran: $file" "$count" good.xml "$file"
  last_line_is "1 passed, 0 failed, 4 skipped"
done
