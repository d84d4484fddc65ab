#!/usr/bin/env python3
"""Tries real architectures, as Python's newest torch writes them, in the LibTorch of this program's builds, and writes the
table of docs/networks.md.

  tests/architectures/table.py WORK build/release/bin/network_logits build/cuda/bin/network_logits [--write docs/networks.md]

makes an environment with torch, torchvision, timm and transformers in WORK/env (or takes --python), has it write the
networks to WORK/networks (make_networks.py; an hour on two cores; it and the table go on where they were stopped), asks each build for their
logits, and prints the table. A cell is the largest difference of a logit to Python's, relative to the image's largest
logit.
"""
import argparse
import array
import json
import pathlib
import re
import subprocess
import sys
import venv

PACKAGES = ["torch==2.15.0", "torchvision==0.29.2", "timm==1.0.31", "transformers==5.24.0"]
FORMS = {"script": ".script.pt", "trace": ".trace.pt", "aoti": ".aoti.pt2"}
MARKS = ("<!-- architectures: begin -->", "<!-- architectures: end -->")
HERE = pathlib.Path(__file__).resolve().parent


def environment(work):
    folder = work / "env"
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def read_array(path):
    """Shape and float32 values of a .npy file that make_networks.py wrote."""
    data = path.read_bytes()
    length = int.from_bytes(data[8:10], "little")
    header = eval(data[10:10 + length].decode(), {"__builtins__": {}})  # a literal dict
    assert header["descr"] == "<f4" and not header["fortran_order"], path
    values = array.array("f")
    values.frombytes(data[10 + length:])
    return header["shape"], values


def difference(expected, found, classes):
    """The largest over the images; relative to the image's largest logit."""
    assert len(expected) == len(found), (len(expected), len(found))
    worst = 0.0
    for first in range(0, len(expected), classes):
        row, other = expected[first:first + classes], found[first:first + classes]
        worst = max(worst, max(abs(a - b) for a, b in zip(row, other)) / max(map(abs, row)))
    return worst


def try_network(program, network, stem, scratch):
    """What stands in the cell, and why it is refused."""
    shape, images = read_array(pathlib.Path(f"{stem}.images.npy"))
    (_, classes), expected = read_array(pathlib.Path(f"{stem}.logits.npy"))
    (scratch / "images").write_bytes(images.tobytes())
    run = subprocess.run([program, network, *map(str, shape[1:]), scratch / "images", scratch / "logits"],
                         capture_output=True, text=True)
    if run.returncode != 0:
        said = run.stderr.strip() or f"ended with {run.returncode}"
        return "refused", said.replace(str(network), network.name)
    found = array.array("f")
    found.frombytes((scratch / "logits").read_bytes())
    return f"{difference(expected, found, classes):.0e}", ""


class Cells:
    """Cells that were asked for before: a table of hundreds takes a while, and goes on where it was stopped."""

    def __init__(self, work, only_known=False):
        self.work, self.file, self.only_known = work, work / "cells.json", only_known
        self.known = json.loads(self.file.read_text()) if self.file.exists() else {}

    def ask(self, version, program, network, stem):
        key = f"{version} {network.name} {network.stat().st_mtime_ns} {program.stat().st_mtime_ns}"
        if key not in self.known:
            if self.only_known:
                return "not tried", ""
            self.known[key] = try_network(program, network, stem, self.work)
            self.file.write_text(json.dumps(self.known, indent=0))
        return self.known[key]


def libtorch_of(program):
    said = subprocess.run([program, "--version"], capture_output=True, text=True)
    return said.stdout.strip()


def rows_of(work, programs, only_known):
    rows, reasons, known = [], {}, Cells(work, only_known)
    for note in sorted((work / "networks").glob("*.json")):
        facts = json.loads(note.read_text())
        stem = str(note)[:-len(".json")]
        cells = [facts["name"]]
        for form, ending in FORMS.items():
            if facts.get(form, "not tried"):
                cells += ["–" if form in facts else "not tried"] * len(programs)
                if form in facts:
                    why = re.sub(r"<function .*? at 0x\w+>", "a configuration", facts[form])
                    reasons.setdefault(f"torch writes no {form}: {why}", []).append(facts["name"])
                continue
            for version, program in programs.items():
                cell, why = known.ask(version, program, pathlib.Path(stem + ending), stem)
                cells.append(cell)
                if why:
                    why = why.split(": ", 1)[-1]
                    reasons.setdefault(f"{form}, LibTorch {version}: {why}", []).append(facts["name"])
        print(" | ".join(cells), file=sys.stderr, flush=True)
        rows.append(cells)
    return rows, reasons


def table(rows, reasons, programs, made_by):
    head = ["architecture"] + [f"{form}, {version}" for form in FORMS for version in programs]
    lines = [f"Written by torch {made_by} (tests/architectures/table.py). A number is the largest difference of a logit to Python's, "
             "relative to the image's largest. Weights are random. *–*: torch cannot write it. *not tried*: left out of this table.", "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    lines.append("")
    for why, names in reasons.items():
        who = ", ".join(n.split("/")[1] for n in names) if len(names) < 8 else f"all {len(names)}"
        lines.append(f"- *{who}*: {why}")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("programs", nargs="+", type=pathlib.Path, help="network_logits of each build")
    parser.add_argument("--python", help="that has the packages [an environment in WORK]")
    parser.add_argument("--as-they-are", action="store_true", help="of what was written and asked so far")
    parser.add_argument("--write", type=pathlib.Path, help="page whose table is replaced")
    o = parser.parse_args()
    o.work.mkdir(parents=True, exist_ok=True)
    python = o.python or (not o.as_they_are and environment(o.work))
    if not o.as_they_are:
        subprocess.run([python, HERE / "make_networks.py", o.work / "networks"], check=True)
    programs = {libtorch_of(p.resolve()): p.resolve() for p in o.programs}
    rows, reasons = rows_of(o.work, programs, o.as_they_are)
    made_by = json.loads(next((o.work / "networks").glob("*.json")).read_text())["torch"].split("+")[0]
    text = table(rows, reasons, programs, made_by)
    if o.write:
        page = o.write.read_text()
        begin, end = page.index(MARKS[0]) + len(MARKS[0]), page.index(MARKS[1])
        o.write.write_text(f"{page[:begin]}\n{text}\n{page[end:]}")
    else:
        print(text)


if __name__ == "__main__":
    main()
