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


class PreActBlock(nn.Module):
    """Of WideResNets as the TRADES code names its parts, and of PreActResNets as pytorch-cifar does."""

    def __init__(self, inputs, outputs, stride, wide):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn2, self.conv2 = nn.BatchNorm2d(outputs), nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.other = None
        if inputs != outputs or (stride != 1 and not wide):
            self.other = "convShortcut" if wide else "shortcut"
            conv = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            setattr(self, self.other, conv if wide else nn.Sequential(conv))

    def forward(self, x):
        out = torch.relu(self.bn1(x))
        shortcut = getattr(self, self.other)(out) if self.other else x
        out = self.conv1(out)
        return self.conv2(torch.relu(self.bn2(out))) + shortcut


class Stage(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        self.layer = nn.Sequential(*blocks)

    def forward(self, x):
        return self.layer(x)


class PreActivated(nn.Module):
    def __init__(self, arch):
        super().__init__()
        self.wide = arch.startswith("wrn")
        if self.wide:
            depth, widening = map(int, arch.split("-")[1:])
            stem, widths, count = 16, [16 * widening << i for i in range(3)], (depth - 4) // 6
        else:
            stem, widths, count = 64, [64, 128, 256, 512], 2
        self.conv1, self.names = nn.Conv2d(3, stem, 3, 1, 1, bias=False), []
        for i, width in enumerate(widths):
            blocks = [PreActBlock(stem if j == 0 else width, width, 2 if i and not j else 1, self.wide) for j in range(count)]
            self.names.append(f"{'block' if self.wide else 'layer'}{i + 1}")
            setattr(self, self.names[-1], Stage(blocks) if self.wide else nn.Sequential(*blocks))
            stem = width
        if self.wide:
            self.sub_block1 = Stage([PreActBlock(16, 16, 1, True)])  # the TRADES code has one that it does not use
            self.bn1, self.fc = nn.BatchNorm2d(stem), nn.Linear(stem, 10)
        else:
            self.bn, self.linear = nn.BatchNorm2d(stem), nn.Linear(stem, 10)

    def forward(self, x):
        x = self.conv1(x)
        for name in self.names:
            x = getattr(self, name)(x)
        x = torch.relu((self.bn1 if self.wide else self.bn)(x))
        x = nn.functional.avg_pool2d(x, x.shape[-1]).flatten(1)
        return (self.fc if self.wide else self.linear)(x)


def is_pre_activated(arch):
    return arch.startswith(("wrn", "preact"))


def random_network(arch):
    torch.manual_seed(0)
    net = PreActivated(arch) if is_pre_activated(arch) else ResNet(arch)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.3, 0.7)
            nn.init.uniform_(module.bias, -0.3, 0.3)
            nn.init.uniform_(module.running_mean, -0.3, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    if is_pre_activated(arch):
        return nn.Sequential(nn.Identity() if arch.startswith("wrn") else normalized("cifar", net)[0], net).eval()
    return normalized(arch, nn.DataParallel(net) if arch == "resnet50" else net).eval()


def images(arch):
    side = 64 if arch == "resnet50" else 8 if arch.startswith("wrn") else 32
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
