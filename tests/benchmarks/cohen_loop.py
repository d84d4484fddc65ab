#!/usr/bin/env python3
"""The sampling loop of Cohen et al. 2019 (Smooth._sample_noise of smoothing/core.py), timed.

    cohen_loop.py --model FILE --shape C,H,W [--sigma S] [--device cpu|cuda:K]

says which torch it runs on, then answers each line "BATCH THREADS SECONDS" of its input with a JSON object:
samples, seconds, cpu_seconds, peak_mb. compare.py asks it in turns with everything else.
"""
import argparse
import json
import sys
import time
from math import ceil

import numpy as np
import torch


class Loop:
    def __init__(self, model, sigma, shape, device):
        self.device = torch.device(device)
        if self.device.type == "cpu":  # operation by operation, as published and as in cohen_loop.cpp
            torch._C._jit_set_texpr_fuser_enabled(False)
        self.model = torch.jit.load(model, map_location=self.device).eval()
        self.x = torch.rand(shape, device=self.device)
        self.sigma = sigma
        with torch.no_grad():
            self.num_classes = self.model(self.x[None]).shape[1]

    def sample_noise(self, num, batch_size):
        """As published, but for the words `cuda` and `base_classifier`."""
        with torch.no_grad():
            counts = np.zeros(self.num_classes, dtype=int)
            for _ in range(ceil(num / batch_size)):
                this_batch_size = min(batch_size, num)
                num -= this_batch_size
                batch = self.x.repeat((this_batch_size, 1, 1, 1))
                noise = torch.randn_like(batch, device=self.device) * self.sigma
                predictions = self.model(batch + noise).argmax(1)
                counts += self.count_arr(predictions.cpu().numpy(), self.num_classes)
            return counts

    def count_arr(self, arr, length):
        counts = np.zeros(length, dtype=int)
        for idx in arr:
            counts[idx] += 1
        return counts

    def measure(self, batch, threads, seconds):
        torch.set_num_threads(threads)
        on_gpu = self.device.type == "cuda"
        if on_gpu:  # the first run of a batch's size allocates, the second compiles what the first saw
            self.sample_noise(2 * batch, batch)
        reset_peak()
        wall, cpu, samples = time.perf_counter(), time.process_time(), 0
        while samples == 0 or time.perf_counter() - wall < seconds:
            assert self.sample_noise(batch, batch).sum() == batch
            samples += batch
        measured = {
            "samples": samples,
            "seconds": time.perf_counter() - wall,
            "cpu_seconds": time.process_time() - cpu,
            "peak_mb": peak_mb(),
        }
        if on_gpu:  # for the other rows' turns
            torch.cuda.empty_cache()
        return measured


def reset_peak():
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def peak_mb():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) * 1024e-6


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--shape", required=True)
    parser.add_argument("--sigma", type=float, default=0.25)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    default_threads = torch.get_num_threads()  # before anything runs
    shape = [int(size) for size in options.shape.split(",")]
    loop = Loop(options.model, options.sigma, shape, options.device)
    print(json.dumps({"torch": torch.__version__, "default_threads": default_threads}), flush=True)
    for line in sys.stdin:
        batch, threads, seconds = line.split()
        print(json.dumps(loop.measure(int(batch), int(threads), float(seconds))), flush=True)


if __name__ == "__main__":
    main()
