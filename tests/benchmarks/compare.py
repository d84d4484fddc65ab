#!/usr/bin/env python3
"""Samples a second of `certify bench` beside the loop of Cohen et al. in Python and in C++, and beside each step of the
way from that loop to the engine.

    compare.py --model FILE [--python PYTHON] [--programs DIR] [--seconds S] [--rounds R] [--json FILE]
               [OPTIONS OF certify bench]

--python    a Python with torch: its loop is timed too, and ratios are over it
--programs  the folder with certify and cohen_loop [build/bin]
--seconds   for each row and round [2]
--rounds    all rows take turns this often, and ratios are of medians [5]
--json      write all rounds, and the settings that were tried, here

The loops are timed at the batch of 1000 that the published script has, and at the best of six batches, on a CPU with one
thread and with one a core.
"""
# Rows take turns because a machine is never quiet for as long as a benchmark takes. Each loop is a process of its own,
# so that it runs under LibTorch's own switches, which the engine changes.
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PUBLISHED_BATCH = 1000  # of certify.py


def die(what):
    sys.exit(f"{os.path.basename(sys.argv[0])}: {what}")


class Loop:
    """A program that measures when it is asked to, and waits while others are measured."""

    def __init__(self, *command):
        self.name = " ".join(map(str, command[:2]))
        try:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        except OSError as error:
            die(f"{command[0]}: cannot be started: {error.strerror}")
        greeting = self.answer()
        self.torch, self.default_threads = greeting["torch"], greeting["default_threads"]

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            die(f"{self.name}: ended early; its reason is above")
        return json.loads(line)

    def measure(self, batch, threads, seconds):
        try:
            self.process.stdin.write(f"{batch} {threads} {seconds}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # answer() says so
        return self.answer()


class LoopRow:
    def __init__(self, key, what, loop, batch, threads):
        self.loop = loop
        self.row = {"key": key, "what": what, "batch": batch, "threads": threads, "rounds": []}

    def measure(self, seconds):
        return self.loop.measure(self.row["batch"], self.row["threads"], seconds)


class Engine:
    """`certify bench`, one round at a time."""

    def __init__(self, program, arguments):
        self.command = [program, "bench", *arguments]

    def bench(self, seconds):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "bench.json")
            options = ["--rounds", "1", "--seconds", str(seconds), "--json", file]
            try:
                result = subprocess.run(self.command + options, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        text=True)
            except OSError as error:
                die(f"{self.command[0]}: cannot be started: {error.strerror}")
            if result.returncode != 0:
                sys.stderr.write(result.stderr)
                die(f"certify bench: exit status {result.returncode}")
            with open(file) as text:
                return json.load(text)


def rate(measurement):
    return measurement["samples"] / measurement["seconds"]


def best_setting(loop, on_gpu, seconds, tried):
    """Batch and threads at which the loop is fastest."""
    cores = os.cpu_count()
    threads = [1] if on_gpu else sorted({1, cores})
    batches = [100, 200, 400, 1000, 2000, 4000] if on_gpu else [10, 25, 50, 100, 200, 400]
    for t in threads:
        for batch in batches:
            found = rate(loop.measure(batch, t, seconds))
            tried.append({"batch": batch, "threads": t, "samples_per_s": found})
    best = max(tried, key=lambda at: at["samples_per_s"])
    return best["batch"], best["threads"]


def two_rows(key, language, loop, best):
    return [LoopRow(f"{key}-default", f"Cohen's loop in {language}, batch {PUBLISHED_BATCH}", loop, PUBLISHED_BATCH,
                    loop.default_threads),
            LoopRow(f"{key}-best", f"Cohen's loop in {language}, best batch and threads", loop, *best)]


def loop_rows(options, setting, tried):
    """Of each language, then the steps that add up to what the engine does."""
    on_gpu = setting["device"] != "cpu"
    about = ["--model", options.model, "--shape", ",".join(map(str, setting["shape"])), "--sigma", str(setting["sigma"]),
             "--device", setting["device"]]
    program = options.programs / "cohen_loop"
    python = Loop(options.python, HERE / "cohen_loop.py", *about) if options.python else None
    loop = Loop(program, *about)
    steps = [("frozen", "+ frozen, BatchNorm folded"), ("channels-last", "+ channels_last"),
             ("half", "+ fp16") if on_gpu else ("own-noise", "+ own noise, written once")]
    step_loops = [Loop(program, *about, *(f"--{key}" for key, _ in steps[:i + 1])) for i in range(len(steps))]

    print("looking for the loop's best batch and threads", file=sys.stderr)
    rows = []
    if python:
        best = best_setting(python, on_gpu, options.seconds / 4, tried.setdefault("python", []))
        rows += two_rows("python", "Python", python, best)
    best = best_setting(loop, on_gpu, options.seconds / 4, tried.setdefault("loop", []))
    rows += two_rows("loop", "C++", loop, best)
    rows += [LoopRow(key, what, step, *best) for (key, what), step in zip(steps, step_loops)]
    setting["python_torch"] = python.torch if python else None
    return rows


def summarize(row):
    rates = [rate(m) for m in row["rounds"]]
    row.update(samples_per_s=statistics.median(rates), min=min(rates), max=max(rates),
               peak_mb=max(m["peak_mb"] for m in row["rounds"]))


def print_table(rows):
    table = [["", "batch", "threads", "samples/s", "min", "max", "x best", "x default", "peak MB"]]
    for r in rows:
        table.append([r["what"], f"{r['batch']}", f"{r['threads']}", f"{r['samples_per_s']:.1f}", f"{r['min']:.1f}",
                      f"{r['max']:.1f}", f"{r['over_best']:.2f}", f"{r['over_default']:.2f}", f"{r['peak_mb']:.0f}"])
    print_aligned(table)


def print_aligned(table):
    widths = [max(map(len, column)) for column in zip(*table)]
    for first, *others in table:
        print("  ".join([first.ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(others, widths[1:])]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     allow_abbrev=False, usage=argparse.SUPPRESS)
    parser.add_argument("--model", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--python", help=argparse.SUPPRESS)
    parser.add_argument("--programs", type=pathlib.Path, default=HERE.parents[1] / "build/bin", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=2, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=5, help=argparse.SUPPRESS)
    parser.add_argument("--batch", help=argparse.SUPPRESS)
    parser.add_argument("--json", help=argparse.SUPPRESS)
    options, others = parser.parse_known_args()

    arguments = ["--model", options.model, *others]
    if options.batch:
        arguments += ["--batch", options.batch]
    # Options, network and image are looked at before anything is measured.
    setting = Engine(options.programs / "certify", arguments).bench(options.seconds / 4)
    engine_rows = setting.pop("rows")
    if setting["device"] != "cpu" and not options.batch:  # found once, it holds for all rounds
        arguments += ["--batch", str(engine_rows[0]["batch"])]
    engine = Engine(options.programs / "certify", arguments)
    for row in engine_rows:
        row["rounds"] = []
    tried = {}
    loops = loop_rows(options, setting, tried)

    for loop in loops:
        loop.measure(0)  # warm-up
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        for loop in loops:
            loop.row["rounds"].append(loop.measure(options.seconds))
        for row, measured in zip(engine_rows, engine.bench(options.seconds)["rows"]):
            row["rounds"] += measured["rounds"]

    rows = [loop.row for loop in loops] + engine_rows
    by_key = {row["key"]: row for row in rows}
    base = "python" if options.python else "loop"
    for row in rows:
        summarize(row)
    for row in rows:
        row["over_best"] = row["samples_per_s"] / by_key[f"{base}-best"]["samples_per_s"]
        row["over_default"] = row["samples_per_s"] / by_key[f"{base}-default"]["samples_per_s"]
    print_table(rows)
    if options.json:
        setting.update(seconds=options.seconds, rounds=options.rounds, tried=tried, best_loop=f"{base}-best",
                       default_loop=f"{base}-default", rows=rows)
        with open(options.json, "w") as file:
            json.dump(setting, file, indent=1)


if __name__ == "__main__":
    main()
