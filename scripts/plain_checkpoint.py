#!/usr/bin/env python3
"""Rewrite a checkpoint so that `certify export` can read it.

  scripts/plain_checkpoint.py checkpoint.pth.tar plain.pth
  certify export --checkpoint plain.pth --out cifar10_resnet110_sigma0.25.pt

Python's pickles may hold any object, so a program that is not Python reads only plain ones. This
keeps a checkpoint's `arch` and `state_dict`, as a dictionary of tensors, and drops the rest. Without
--trust it refuses files that could run code of their own when loaded.
"""

import argparse
import pathlib
import pickle

import torch


def load(path, trust):
    try:
        return torch.load(path, map_location="cpu", weights_only=not trust)
    except pickle.UnpicklingError as error:
        raise SystemExit(f"{path}: {str(error).splitlines()[0]}\n"
                         "If you trust where it comes from: --trust") from None


def plain(checkpoint):
    state = checkpoint.get("state_dict", checkpoint)
    tensors = {name: value.detach().clone() for name, value in state.items()
               if isinstance(value, torch.Tensor)}
    if not tensors:
        raise SystemExit("no tensors in its state_dict")
    return {"arch": str(checkpoint.get("arch", "")), "state_dict": tensors}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--trust", action="store_true", help="run what code the file holds")
    args = parser.parse_args()
    checkpoint = load(args.checkpoint, args.trust)
    if not isinstance(checkpoint, dict):
        raise SystemExit(f"{args.checkpoint}: no dictionary")
    torch.save(plain(checkpoint), args.out)


if __name__ == "__main__":
    main()
