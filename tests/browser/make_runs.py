#!/usr/bin/env python3
"""Makes runs of `certify` without a network: votes as those of a classifier of CIFAR-10 might be.

  make_runs.py PROGRAM FOLDER [--runs 2] [--images 300]

FOLDER/run00, run01, … differ in sigma and method, two methods of each sigma; PROGRAM certifies them.
For tests of the report and for its times in docs/benchmarks.md.
"""
import argparse
import json
import pathlib
import random
import subprocess
import zlib

METHODS = ["cohen", "two-sided"]
CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
N0, N = 100, 100_000


def settings(sigma, method):
    return {
        "dataset": "cifar10", "split": "test", "dataset_sha256": "d" * 64, "shape": [3, 32, 32], "classes": 10,
        "start": 0, "skip": 1, "count": -1, "shard": "0/1", "model": f"cifar10_synthetic_sigma{sigma}",
        "model_sha256": "e" * 64, "normalize": "none", "sigma": sigma, "n0": N0, "n": N, "seed": 0,
        "method": method, "select": "n0", "alpha": 0.001, "lipschitz": 0.0, "scores": "none",
        "score_link": "softmax", "temperature": 1.0, "score_bins": 1024, "stop_at": [], "gradient": False,
        "device": "cpu", "precision": "fp32", "deterministic": False, "batch": 100,
        "noise": "philox4x32-10/box-muller-32/hwc/v1", "libtorch": "1.13.0"}


def record(index, sigma):
    chance = random.Random(f"{index} {sigma}")
    label = index % 10
    share = min(0.99999, chance.betavariate(1.6, 0.35 + sigma))
    first = label if chance.random() < 0.9 - sigma / 2 else (label + 3) % 10
    second = (first + 1) % 10
    top = round(N * max(share, 0.34))
    runner = round((N - top) * 0.8)
    votes = {first: top, second: runner, (first + 2) % 10: N - top - runner}
    votes = {str(c): v for c, v in sorted(votes.items()) if v > 0}
    body = json.dumps({"index": index, "label": label, "selection": {str(first): N0}, "estimation": votes,
                       "invalid": [0, 0], "seconds": round(0.5 + chance.random() / 10, 6)},
                      separators=(",", ":"))[:-1]
    return f'{body},"crc":"{zlib.crc32(body.encode()):08x}"}}\n'


def make_run(program, folder, images, sigma, method):
    folder.mkdir(parents=True)
    manifest = {
        "schema": 1, "state": "complete", "images": images, "restarts": 0, "invalid_samples": 0,
        "settings": settings(sigma, method), "model_file": "model.pt", "data_dir": "", "class_names": CLASSES,
        "sessions": [{"started": "2026-01-01T00:00:00Z", "finished": "2026-01-01T01:00:00Z", "images": images,
                      "seconds": 3600.0, "environment": {"workers": 2}}]}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    (folder / "samples.jsonl").write_text("".join(record(i, sigma) for i in range(images)))
    subprocess.run([program, "recertify", str(folder), "--method", method, "--out", str(folder / "again")],
                   check=True, stdout=subprocess.DEVNULL)
    (folder / "again" / f"certificates-{method}.tsv").rename(folder / "certificates.tsv")
    for left in (folder / "again").iterdir():
        left.unlink()
    (folder / "again").rmdir()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--images", type=int, default=300)
    wanted = parser.parse_args()
    for i in range(wanted.runs):
        sigma = [0.25, 0.5, 1.0, 0.12][i // 2 % 4]
        make_run(wanted.program, wanted.folder / f"run{i:02}", wanted.images, sigma, METHODS[i % 2])


if __name__ == "__main__":
    main()
