#!/usr/bin/env python3
"""certify curve on forty logs in the ten dialects that lie on people's disks, against a count of its own.

  public_logs_test.py CERTIFY
"""
import gzip
import math
import pathlib
import random
import re
import subprocess
import sys
import tempfile
from fractions import Fraction

RADII = ["0", "0.1", "0.25", "0.5", "1", "2.5"]
COHEN = ["idx", "label", "predict", "radius", "correct", "time"]
MOHAPATRA = "idx label count predict radiusR radius_L1 radius_L2 radius_cohen correct time".split()


def count(file, column):
    """What certify curve must say of a log: accuracies, mean, abstentions and images, and radii that prove nothing."""
    data = file.read_bytes()
    text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()
    rows = [[field.strip() for field in line.split("\t")] for line in text.splitlines() if line.strip()]
    head, rows = rows[0], [row for row in rows[1:] if row != rows[0] and len(row) == len(rows[0])]
    certified, abstained, unproven = [], 0, 0
    for row in rows:
        row = dict(zip(head, row))
        proven = 0 <= float(row[column]) < math.inf
        unproven += not proven
        if int(row["predict"]) < 0 or not proven:
            abstained += 1
        elif row["predict"] == row["label"]:
            certified.append(Fraction(row[column]))
    def thousandths(share):
        return f"{math.floor(share * 1000) / 1000:.3f}"
    shares = [Fraction(sum(r >= Fraction(radius) for r in certified), len(rows)) for radius in RADII]
    mean = Fraction(sum(certified), len(rows))
    return [*map(thousandths, shares), mean, str(abstained), str(len(rows))], unproven


def images(rng, unproven=()):
    """Made-up images: index, label, prediction, radius as Cohen's code prints it."""
    for i in range(rng.randrange(60, 90)):
        label = rng.randrange(10)
        predict = rng.choice([label, label, label, rng.randrange(10), -1])
        radius = "0.0" if predict < 0 else f"{rng.choice([0.1, 0.25, 0.5, 1.0, rng.expovariate(2)]):.3}"
        if unproven and rng.random() < 0.2:
            radius = rng.choice(unproven).format(rng.random())
        yield 20 * i, label, predict, radius


def cells(columns, rng, correct, rows):
    """Lines of a log. What a dialect has beside Cohen's columns is filled with numbers that mean nothing."""
    lines = ["\t".join(columns)]
    for index, label, predict, radius in rows:
        known = {"idx": index, "label": label, "predict": predict, "correct": correct(predict == label),
                 "radius": radius, "radius_cohen": radius, "time": f"0:00:{rng.uniform(10, 50):09.6f}"}
        lines.append("\t".join(str(known.get(name, f"{9 + rng.random():.3}")) for name in columns))
    return lines


class RunningCount:
    def __init__(self, form):
        self.right, self.form = 0, form

    def __call__(self, right):
        self.right += right
        return self.form(self.right)


def log_of(dialect, rng, number):
    """The bytes of a log."""
    columns, correct, rows = COHEN, int, images(rng)
    if dialect == "ancer":
        columns = [*COHEN[:4], "radius_proxy", "min_sigma", *COHEN[4:]]
    if dialect == "iss":
        columns = [*COHEN[:3], "pA", "samplesize", *COHEN[3:]]
    if dialect == "mohapatra":
        columns = MOHAPATRA
    if dialect == "tss":
        correct, rows = bool, images(rng, ["-{:.3}", "inf", "-inf"])
    if dialect == "dds":
        correct = RunningCount(float if number % 2 else int)
    if dialect == "ars":
        rows = images(rng, ["-{:.4}"])
    lines = cells(columns, rng, correct, rows)
    if dialect == "ars":
        lines = [line.replace("\t", " \t " if number % 2 else "\t ") + " " for line in lines]
    if dialect == "smoothadv":
        lines.insert(len(lines) // 2, lines[0])
    if dialect == "summary":
        lines += ["", "clean accuracy: 0.42", "ACR\t0.17"]
    text = "".join(line + ("\r\n" if dialect == "smoothadv" else "\n") for line in lines)
    return gzip.compress(text.encode(), mtime=0) if dialect == "gzipped" else text.encode()


def write_logs(folder):
    rng = random.Random(20261129)
    files = {}
    for dialect in ["cohen", "ancer", "iss", "mohapatra", "tss", "dds", "ars", "smoothadv", "gzipped", "summary"]:
        for number in range(4):
            file = folder / f"{dialect}-{number}.tsv{'.gz' if dialect == 'gzipped' else ''}"
            file.write_bytes(log_of(dialect, rng, number))
            files.setdefault(dialect, []).append(file)
    return files


def cells_under(head, row):
    """Names and cells of a printed line. All columns but the first end where their names end."""
    ends = [name.end() for name in re.finditer(r"\S+(?: \S+)*", head)]
    for start, end in zip([0, *ends], ends):
        yield head[start:end].strip(), (row[start:end].split() or [""])[-1]


def check(certify, files, column):
    """Compares what the program prints of the logs, one row each, with the count."""
    command = [certify, "curve", *map(str, files), "--radii", ",".join(RADII)]
    if column != "radius":
        command += ["--radius-column", column]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    head, _, *rows = done.stdout.splitlines()
    if "ACR" not in head:  # few logs stand side by side: one column each
        sys.exit("expected a row for each log")
    # What else is printed of each log has tests of its own.
    names = [f"{float(radius):.2f}" for radius in RADII] + ["ACR", "abstained", "images"]
    rows = [[cell for name, cell in cells_under(head, row) if name in names] for row in rows]
    assert len(rows) == len(files), done.stdout
    for file, row in zip(files, rows):
        expected, unproven = count(file, column)
        printed, mean = row, expected[len(RADII)]
        # Rounded down, and a sum of doubles may fall short of a round number.
        assert 0 <= mean - Fraction(printed[len(RADII)]) < 0.001 + 1e-9, f"{file.name}: {row}, counted {mean}"
        expected[len(RADII)] = printed[len(RADII)]
        assert printed == expected, f"{file.name}: {printed}, counted {expected}"
        note = f"{file}: {unproven} image(s) with a negative or infinite {column}"
        assert (note in done.stderr) == (unproven > 0), f"{file.name}: {unproven} unproven\n{done.stderr}"
        counts = f"{file}: `correct` is a running count" in done.stderr
        assert counts == file.name.startswith("dds"), f"{file.name}\n{done.stderr}"


def main(certify):
    with tempfile.TemporaryDirectory() as folder:
        files = write_logs(pathlib.Path(folder))
        assert any(count(file, "radius")[1] > 2 for file in files["tss"]), "the logs try nothing"
        check(certify, files.pop("mohapatra") * 3, "radius_cohen")  # enough for one row a log
        check(certify, sum(files.values(), []), "radius")


main(sys.argv[1])
