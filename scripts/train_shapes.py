#!/usr/bin/env python3
"""Train the small classifiers that ship with certify, from the embedded data set alone.

  certify datasets --export build/shapes --dataset shapes
  PYTHONHASHSEED=0 /usr/bin/python3 scripts/train_shapes.py --data build/shapes --sigma 0.25

Gaussian noise of the given sigma (in units of the [0,1] input) is added to the training images, as
in Cohen et al. (2019); a quarter of every batch gets less, down to none, without which the network
would know images only through noise and do badly on clean ones.

Writes models/weights/shapes_cnn_sigma0.25.pt (TorchScript: [B,3,32,32] in [0,1] to [B,10] logits, with the
channel normalisation inside) and its model card, a .json beside it. Runs on one CPU thread in a few
minutes. The same seed, torch and machine give the same file (PYTHONHASHSEED=0 because torch writes
some attributes in the order of Python's sets). Use Debian's torch 1.13, so that the files load
there and in every later version.
"""

import argparse
import hashlib
import io
import json
import math
import pathlib
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

RECORD = 1 + 3 * 32 * 32
CLASSES = 10
MODELS = pathlib.Path(__file__).resolve().parent.parent / "models" / "weights"


class Normalize(nn.Module):
    """Channel normalisation as part of the network, so that its input stays in [0,1]."""

    def __init__(self, mean: torch.Tensor, std: torch.Tensor):
        super().__init__()
        self.register_buffer("mean", mean.view(1, 3, 1, 1))
        self.register_buffer("std", std.view(1, 3, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x - self.mean) / self.std


def conv(inputs, outputs, size, stride):
    return [nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
            nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]


def network(mean, std):
    """2.8 million multiply-adds an image, 76,000 weights."""
    return nn.Sequential(Normalize(mean, std),
                         *conv(3, 24, 7, 2), *conv(24, 32, 3, 2), *conv(32, 32, 3, 1),
                         *conv(32, 64, 3, 2), *conv(64, 64, 3, 1),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, CLASSES))


def load(path):
    """CIFAR-10's binary records as (images [N,3,32,32] in [0,1], labels [N])."""
    raw = np.fromfile(path, dtype=np.uint8)
    if raw.size == 0 or raw.size % RECORD:
        raise SystemExit(f"{path}: {raw.size} bytes, expected a multiple of {RECORD}")
    rows = torch.from_numpy(raw.reshape(-1, RECORD))
    return rows[:, 1:].float().div(255).view(-1, 3, 32, 32), rows[:, 0].long()


def augment(x, generator):
    """A figure keeps its class when mirrored, turned by a right angle or moved by two pixels."""
    turns = int(torch.randint(0, 4, (1,), generator=generator))
    mirrored = torch.rand(1, generator=generator) < 0.5
    dy, dx = torch.randint(0, 5, (2,), generator=generator).tolist()
    x = F.pad(x, (2, 2, 2, 2), mode="reflect")[:, :, dy:dy + 32, dx:dx + 32]
    x = torch.rot90(x, turns, (2, 3))
    return x.flip(3) if mirrored else x


def noisy(x, sigma, generator):
    return x + sigma * torch.randn(x.shape, generator=generator)


def noisy_batch(x, sigma, generator):
    """Full noise for three quarters of a shuffled batch, a level in 0..sigma for the others."""
    sigmas = torch.full((len(x), 1, 1, 1), sigma)
    part = len(x) // 4
    sigmas[:part] *= torch.rand((part, 1, 1, 1), generator=generator)
    return noisy(x, sigmas, generator)


@torch.no_grad()
def accuracy(net, images, labels, sigma, generator, draws=1):
    net.eval()
    right = 0
    for _ in range(draws):
        for x, y in zip(images.split(250), labels.split(250)):
            if sigma > 0:
                x = noisy(x, sigma, generator)
            right += (net(x).argmax(1) == y).sum().item()
    net.train()
    return right / (draws * len(labels))


def train(net, images, labels, args, generator):
    steps = args.epochs * (len(labels) // args.batch)
    optimizer = torch.optim.AdamW(net.parameters(), lr=args.lr, weight_decay=0.02)
    warmup = steps // 20 + 1
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min((s + 1) / warmup, 0.5 * (1 + math.cos(math.pi * s / steps))))
    started = time.time()
    for epoch in range(args.epochs):
        total = 0.0
        for rows in torch.randperm(len(labels), generator=generator).split(args.batch):
            if len(rows) < args.batch:
                continue  # BatchNorm wants batches of one size
            # Parts of the batch are turned and moved differently.
            x = torch.cat([augment(part, generator) for part in images[rows].split(16)])
            loss = F.cross_entropy(net(noisy_batch(x, args.sigma, generator)), labels[rows])
            if not torch.isfinite(loss):
                raise SystemExit(f"training diverged in epoch {epoch + 1}")
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(rows)
        seconds = time.time() - started
        print(f"epoch {epoch + 1:3d}  loss {total / len(labels):.4f}  {seconds:.0f} s", flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True,
                        help="folder written by certify datasets --export")
    parser.add_argument("--sigma", type=float, required=True,
                        help="noise, in units of the [0,1] input")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--lr", type=float, default=0.004)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=pathlib.Path, default=MODELS)
    args = parser.parse_args()
    if not 0 < args.sigma < math.inf or args.epochs < 1 or args.batch < 2:
        parser.error("sigma must be positive and finite, epochs at least 1, batch at least 2")
    return args


def torchscript(net):
    """The network as the bytes of a TorchScript file, without the debug records: those name this
    script's folder, so that the same training would give other bytes elsewhere."""
    scripted = io.BytesIO()  # not a file: its name would become part of the bytes
    torch.jit.save(torch.jit.script(net), scripted)
    scripted.seek(0)
    reader = torch._C.PyTorchFileReader(scripted)
    stripped = io.BytesIO()
    writer = torch._C.PyTorchFileWriter(stripped)
    for name in reader.get_all_records():
        if name != "version" and not name.endswith(".debug_pkl"):  # the writer adds the version
            content = reader.get_record(name)
            writer.write_record(name, content, len(content))
    writer.write_end_of_file()
    return stripped.getvalue()


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def model_card(name, net, model_bytes, args, generator):
    test = load(args.data / "test_batch.bin")
    return {
        "schema": 1, "name": name, "dataset": "shapes", "architecture": "cnn5: 24-32-32-64-64",
        "sigma": args.sigma, "input": [3, 32, 32], "classes": CLASSES, "normalization": "inside",
        "sha256": sha256(model_bytes),
        "train_data_sha256": sha256((args.data / "data_batch_1.bin").read_bytes()),
        "test_data_sha256": sha256((args.data / "test_batch.bin").read_bytes()),
        "trained_by": "scripts/train_shapes.py", "torch": torch.__version__,
        "epochs": args.epochs, "batch": args.batch, "lr": args.lr, "seed": args.seed,
        "accuracy_clean": round(accuracy(net, *test, 0, generator), 4),
        "accuracy_noisy": round(accuracy(net, *test, args.sigma, generator, draws=10), 4),
    }


def main():
    args = parse_arguments()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(args.seed)  # initial weights
    generator = torch.Generator().manual_seed(args.seed)

    images, labels = load(args.data / "data_batch_1.bin")
    net = network(images.mean((0, 2, 3)), images.std((0, 2, 3)))
    train(net, images, labels, args, generator)

    net.eval()
    model_bytes = torchscript(net)
    name = f"shapes_cnn_sigma{args.sigma:.2f}"
    card = json.dumps(model_card(name, net, model_bytes, args, generator), indent=2)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / f"{name}.pt").write_bytes(model_bytes)
    (args.out / f"{name}.json").write_text(card + "\n")
    print(card)


if __name__ == "__main__":
    main()
