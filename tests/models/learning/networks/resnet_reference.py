#!/usr/bin/env python3
"""Residual networks in torch's own modules, to hold the C++ ones against.

  resnet_reference.py save ARCH [--plain]   random network -> saved.pth.tar, logits.pt
  resnet_reference.py compare ARCH          model.pt against logits.pt: equal to 1e-5?
"""

import argparse
import pathlib
import sys

import torch
from torch import nn

sys.path.append(str(pathlib.Path(__file__).resolve().parents[4] / "tests/benchmarks"))
from torch_resnet import ResNet, normalized  # noqa: E402

def random_network(arch):
    torch.manual_seed(0)
    net = ResNet(arch)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.3, 0.7)
            nn.init.uniform_(module.bias, -0.3, 0.3)
            nn.init.uniform_(module.running_mean, -0.3, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return normalized(arch, nn.DataParallel(net) if arch == "resnet50" else net).eval()


def images(arch):
    side = 64 if arch == "resnet50" else 32
    return torch.rand((2, 3, side, side), generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def save(arch, plain):
    net = random_network(arch)
    logits = (nn.Sequential(net[0], net[1].module) if arch == "resnet50" else net)(images(arch))
    torch.save(logits, "logits.pt")
    if plain:
        torch.save({"arch": arch, "state_dict": dict(net.state_dict())}, "saved.pth.tar")
        return
    optimizer = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9)
    torch.save({"epoch": 90, "arch": arch, "state_dict": net.state_dict(),
                "optimizer": optimizer.state_dict()}, "saved.pth.tar")


@torch.no_grad()
def compare(arch):
    expected = torch.load("logits.pt")
    found = torch.jit.load("model.pt")(images(arch))
    difference = ((found - expected).abs().max() / expected.abs().max()).item()
    if not difference <= 1e-5:
        raise SystemExit(f"{arch}: logits differ by {difference} of the largest")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["save", "compare"])
    parser.add_argument("arch")
    parser.add_argument("--plain", action="store_true")
    args = parser.parse_args()
    if args.what == "save":
        save(args.arch, args.plain)
    else:
        compare(args.arch)


if __name__ == "__main__":
    main()
