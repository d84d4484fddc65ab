"""The residual networks of this project in torch's own modules: what the C++ ones are held against, and what
torch.compile, which takes no TorchScript, is timed on.

Written after the code that Cohen's checkpoints come from (cifar_resnet.py, torchvision's
resnet50): the names of their layers are what a checkpoint holds.
"""
import torch
from torch import nn
from torch.nn import functional as F

STATISTICS = {"cifar": ([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010]),
              "imagenet": ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])}


class Normalize(nn.Module):
    """As in Cohen's code: mean and std are no part of the state."""

    def __init__(self, mean, std):
        super().__init__()
        for name, values in ("mean", mean), ("std", std):
            self.register_buffer(name, torch.tensor(values).view(3, 1, 1), persistent=False)

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
            depth = int(arch.removeprefix("cifar_").removeprefix("resnet"))
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


def normalized(arch, net):
    """As Cohen's code wraps it: inputs in [0,1]."""
    return nn.Sequential(Normalize(*STATISTICS["imagenet" if arch == "resnet50" else "cifar"]), net)
