#!/usr/bin/env python3
"""Names the tests that failed or were skipped, the latter with their reason, and counts all.

  scripts/count_tests.py FILE…   what `ctest --output-junit FILE` wrote

The last line is "N passed, N failed, N skipped". Ends with 1 if a test failed or a file has no test.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree


def reason(said):
    """Why a test was skipped: GoogleTest's message, or the last words of a test that ended with 77."""
    message = re.search(r": Skipped\n(.*?)\n*\[  SKIPPED \]", said, re.DOTALL)
    words = message[1] if message else said.strip().rpartition("\n")[2]
    return " ".join(words.split()) or "no reason given"


def outcome(case):
    """("passed" | "failed" | "skipped", why). A test that could not be started has failed."""
    status, said = case.get("status"), case.findtext("system-out") or ""
    if status == "disabled":
        return "skipped", "disabled"
    if status == "notrun":
        skip = case.find("skipped")
        itself = skip is not None and (skip.get("message") or "").startswith("SKIP_")  # the property of ctest that it met
        return ("skipped", reason(said)) if itself else ("failed", " ".join(said.split()))
    return ("passed", "") if status == "run" else ("failed", "")


def main(files):
    count = {"passed": 0, "failed": 0, "skipped": 0}
    empty = []
    for file in files:
        cases = ElementTree.parse(file).getroot().findall("testcase") if pathlib.Path(file).exists() else []
        if not cases:
            empty.append(file)
        for case in cases:
            kind, why = outcome(case)
            count[kind] += 1
            if kind != "passed":
                print(f"{kind}: {case.get('name')}{': ' + why if why else ''} ({file})")
    for file in empty:
        print(f"no test ran: {file}")
    print(", ".join(f"{number} {kind}" for kind, number in count.items()))
    return 1 if count["failed"] or empty else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
