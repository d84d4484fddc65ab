#!/usr/bin/env python3
"""The fastest that PyTorch gives a user who samples in Python, timed: torch.compile(mode="max-autotune"),
channels_last, fp16, votes counted on the device.

    compiled_loop.py --arch resnet110 [--model FILE] [--shape C,H,W] [--device cuda|cpu]
                     [--dtype fp16|bf16|fp32] [--batches 1024,2048] [--seconds S] [--rounds R]
                     [--json FILE]

prints one JSON object, or writes it to --json after each batch: the best batch, and all batches with their
rounds and the time to compile, which is not counted. A TorchScript file cannot be compiled, so the network is
that of torch_resnet.py. --model gives its weights, and its logits are compared with the file's first.
"""
import argparse
import json
import sys
import time

import torch

from torch_resnet import ResNet, normalized


def load(arch, file, shape, device):
    net = ResNet(arch)
    network = normalized(arch, net).eval().to(device)
    if not file:
        return network
    script = torch.jit.load(file, map_location=device).eval()
    weights = {name: value.float() for name, value in script.state_dict().items()}
    net.load_state_dict({name: weights.get(name, value) for name, value in net.state_dict().items()})
    x = torch.rand(2, *shape, device=device)
    with torch.no_grad():
        expected, found = script(x).float(), network(x)
    difference = (expected - found).abs().max().item() / expected.abs().max().item()
    if not difference < 0.01:  # TF32 may be on
        sys.exit(f"{file}: its logits are not those of {arch}: {difference} relative")
    return network


def synchronize(device):
    if device.type == "cuda":
        torch.cuda.synchronize()


def sample(network, x, sigma, batch, counts):
    noise = torch.empty(batch, *x.shape, device=x.device, dtype=x.dtype,
                        memory_format=torch.channels_last).normal_(std=sigma)
    noisy = x + noise
    votes = network(noisy).argmax(1)
    counts += torch.bincount(votes, minlength=counts.numel())


def measure(network, x, sigma, batch, seconds, counts):
    counts.zero_()
    synchronize(x.device)
    started, samples = time.perf_counter(), 0
    while True:
        for _ in range(4):
            sample(network, x, sigma, batch, counts)
            samples += batch
        synchronize(x.device)
        passed = time.perf_counter() - started
        if passed >= seconds:
            break
    assert counts.sum().item() == samples
    return {"samples": samples, "seconds": passed}


def results(options, shape, tried):
    best = max(tried, key=lambda t: t["samples_per_s"])
    cuda = options.device.startswith("cuda")
    return {
        "what": "torch.compile max-autotune, channels_last", "torch": torch.__version__,
        "device": torch.cuda.get_device_name() if cuda else "cpu", "arch": options.arch,
        "dtype": options.dtype, "shape": shape, "batch": best["batch"],
        "samples_per_s": best["samples_per_s"], "tried": tried}


def report(options, shape, tried):
    """What is there must outlast a limit that ends the next batch."""
    if options.json:
        with open(options.json, "w") as file:
            json.dump(results(options, shape, tried), file, indent=1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--arch", required=True)
    parser.add_argument("--model")
    parser.add_argument("--shape", default="3,32,32")
    parser.add_argument("--sigma", type=float, default=0.25)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--dtype", default="fp16", choices=["fp16", "bf16", "fp32"])
    parser.add_argument("--batches", default="1024,2048")
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json")
    options = parser.parse_args()
    device = torch.device(options.device)
    dtype = {"fp16": torch.float16, "bf16": torch.bfloat16, "fp32": torch.float32}[options.dtype]
    shape = [int(size) for size in options.shape.split(",")]
    torch.backends.cudnn.benchmark = True
    eager = load(options.arch, options.model, shape, device)
    eager = eager.to(dtype=dtype, memory_format=torch.channels_last)
    classes = eager[1].fc.out_features
    x = torch.rand(shape, device=device).to(dtype)
    counts = torch.zeros(classes, dtype=torch.int64, device=device)
    tried = []
    with torch.no_grad():
        for batch in map(int, options.batches.split(",")):
            torch._dynamo.reset()  # one shape a compilation, none of them dynamic
            network = torch.compile(eager, mode="max-autotune", dynamic=False)
            started = time.perf_counter()
            try:
                for _ in range(3):
                    sample(network, x, options.sigma, batch, counts)
                synchronize(device)
                compiled = time.perf_counter() - started
                rounds = [measure(network, x, options.sigma, batch, options.seconds, counts)
                          for _ in range(options.rounds)]
            except RuntimeError as error:  # OutOfMemoryError is one, and Inductor wraps it in others
                if "out of memory" not in str(error):
                    raise
                break
            rounds.sort(key=lambda r: r["samples"] / r["seconds"])
            middle = rounds[len(rounds) // 2]
            tried.append({"batch": batch, "compile_seconds": compiled, "rounds": rounds,
                          "samples_per_s": middle["samples"] / middle["seconds"]})
            report(options, shape, tried)
    if not tried:
        sys.exit("no batch fits")
    if not options.json:
        print(json.dumps(results(options, shape, tried)))


if __name__ == "__main__":
    main()
