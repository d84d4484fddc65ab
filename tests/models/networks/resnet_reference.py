#!/usr/bin/env python3
"""Residual networks in torch's own modules, to hold the C++ ones against.

  resnet_reference.py save ARCH [--plain]   random network -> saved.pth.tar, logits.pt
  resnet_reference.py compare ARCH          model.pt against logits.pt: equal to 1e-5?

Written after the code that Cohen's checkpoints come from (cifar_resnet.py, torchvision's
resnet50): the names of their layers are what a checkpoint holds.
"""

import argparse

import torch
from torch import nn
from torch.nn import functional as F

STATISTICS = {"cifar": ([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010]),
              "imagenet": ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])}


class Normalize(nn.Module):
    """As in Cohen's code: mean and std are no part of the state."""

    def __init__(self, mean, std):
        super().__init__()
        self.mean, self.std = torch.tensor(mean).view(3, 1, 1), torch.tensor(std).view(3, 1, 1)

    def forward(self, x):
        return (x - self.mean) / self.std


class Block(nn.Module):
    def __init__(self, inputs, width, stride, expansion):
        super().__init__()
        outputs = width * expansion
        if expansion == 1:
            shapes = [(inputs, width, 3, stride), (width, width, 3, 1)]
        else:
            shapes = [(inputs, width, 1, 1), (width, width, 3, stride), (width, outputs, 1, 1)]
        self.depth = len(shapes)
        for i, (i_channels, o_channels, kernel, s) in enumerate(shapes, 1):
            setattr(self, f"conv{i}",
                    nn.Conv2d(i_channels, o_channels, kernel, s, kernel // 2, bias=False))
            setattr(self, f"bn{i}", nn.BatchNorm2d(o_channels))
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False),
                                            nn.BatchNorm2d(outputs))
        else:
            self.downsample = nn.Identity()

    def forward(self, x):
        y = x
        for i in range(1, self.depth + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            if i < self.depth:
                y = F.relu(y)
        return F.relu(y + self.downsample(x))


class ResNet(nn.Module):
    def __init__(self, arch):
        super().__init__()
        self.imagenet = arch == "resnet50"
        if self.imagenet:
            blocks, width, expansion, classes = [3, 4, 6, 3], 64, 4, 1000
        else:
            depth = int(arch.removeprefix("cifar_resnet"))
            blocks, width, expansion, classes = [(depth - 2) // 6] * 3, 16, 1, 10
        kernel, stride = (7, 2) if self.imagenet else (3, 1)
        self.conv1 = nn.Conv2d(3, width, kernel, stride, kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        inputs, self.stages = width, len(blocks)
        for stage, count in enumerate(blocks):
            layers = []
            for i in range(count):
                layers.append(Block(inputs, width << stage, 2 if stage and not i else 1, expansion))
                inputs = (width << stage) * expansion
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        if self.imagenet:
            x = F.max_pool2d(x, 3, 2, 1)
        for stage in range(self.stages):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc(x.mean((2, 3)))


def random_network(arch):
    torch.manual_seed(0)
    net = ResNet(arch)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.3, 0.7)
            nn.init.uniform_(module.bias, -0.3, 0.3)
            nn.init.uniform_(module.running_mean, -0.3, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    if arch == "resnet50":
        return nn.Sequential(Normalize(*STATISTICS["imagenet"]), nn.DataParallel(net)).eval()
    return nn.Sequential(Normalize(*STATISTICS["cifar"]), net).eval()


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
