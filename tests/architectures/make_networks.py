#!/usr/bin/env python3
"""Writes real architectures with random weights as TorchScript (script, trace) and AOTInductor packages, and what Python
answers.

For each name NAME in FOLDER: NAME.script.pt, NAME.trace.pt, NAME.aoti.pt2 as far as torch can make them, NAME.json
with the shape of the images and, form by form, what went wrong, and NAME.images.npy [B,3,H,W], NAME.logits.npy
[B,m]. What is there is kept, so a second call goes on.

Needs torch, torchvision, timm and transformers; table.py makes the environment.
"""
import argparse
import json
import os
import pathlib
import sys
import time
import warnings

import numpy as np
import torch

warnings.filterwarnings("ignore")
BATCH = 3  # not the batch of the trace
TRACED = 2

TORCHVISION = """alexnet vgg11_bn resnet18 resnet50 wide_resnet50_2 resnext50_32x4d densenet121 googlenet inception_v3
squeezenet1_1 mobilenet_v2 mobilenet_v3_small mnasnet1_0 shufflenet_v2_x1_0 efficientnet_b0 efficientnet_v2_s regnet_y_400mf
convnext_tiny vit_b_16 swin_t swin_v2_t maxvit_t""".split()
TIMM = """deit_tiny_patch16_224 vit_tiny_patch16_224 beit_base_patch16_224 eva02_tiny_patch14_224
cait_xxs24_224 xcit_nano_12_p16_224 pvt_v2_b0 poolformer_s12 levit_128s efficientformer_l1 mobilevit_xxs tiny_vit_5m_224
fastvit_t8 coatnet_nano_rw_224 gcvit_xxtiny twins_svt_small mixer_s16_224 resmlp_12_224 convnextv2_atto edgenext_xx_small resnetv2_50
nf_resnet26 repvgg_a0 ghostnet_100 hrnet_w18_small dpn68 rexnet_100 mobilenetv4_conv_small visformer_tiny""".split()
TRANSFORMERS = {  # configuration: few layers, or a test would take a gigabyte each
    "ViT": dict(hidden_size=192, num_hidden_layers=4, num_attention_heads=3, intermediate_size=768),
    "DeiT": dict(hidden_size=192, num_hidden_layers=4, num_attention_heads=3, intermediate_size=768),
    "Beit": dict(hidden_size=192, num_hidden_layers=4, num_attention_heads=3, intermediate_size=768,
                 use_relative_position_bias=True, out_indices=[1, 2, 3, 4]),
    "Dinov2": dict(hidden_size=192, num_hidden_layers=4, num_attention_heads=3, image_size=224),
    "Swin": dict(embed_dim=48, depths=[2, 2, 2, 2], num_heads=[3, 6, 12, 24]),
    "ConvNext": dict(hidden_sizes=[40, 80, 160, 320], depths=[2, 2, 6, 2]),
    "ResNet": dict(),
}
NAMES = ([f"torchvision/{n}" for n in TORCHVISION] + [f"timm/{n}" for n in TIMM] +
         [f"transformers/{n}" for n in TRANSFORMERS])


def build(name):
    """The network in evaluation mode, and the side of its images."""
    source, kind = name.split("/")
    torch.manual_seed(0)
    if source == "torchvision":
        import torchvision
        settings = dict(init_weights=True) if kind in ("googlenet", "inception_v3") else {}
        model = torchvision.models.get_model(kind, weights=None, **settings)
        side = 299 if kind == "inception_v3" else 224
    elif source == "timm":
        import timm
        model = timm.create_model(kind, pretrained=False)
        side = model.pretrained_cfg["input_size"][1]
    else:
        import transformers
        config = getattr(transformers, kind + "Config")(num_labels=1000, **TRANSFORMERS[kind])
        model = getattr(transformers, kind + "ForImageClassification")(config)
        side = 224
    with torch.no_grad():
        for parameter in model.parameters():  # a last layer of zeros answers the same to everything
            if parameter.dim() >= 2 and not parameter.any():
                parameter.normal_(0, 0.02)
        norms = [m for m in model.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
        momenta = [norm.momentum for norm in norms]
        for norm in norms:  # to the mean of what it sees: else deep networks overflow, or answer the same to everything
            norm.momentum = None
        if norms:
            model.train()
            for _ in range(4):
                model(torch.rand(4, 3, side, side))
        for norm, momentum in zip(norms, momenta):
            norm.momentum = momentum
    return model.eval(), side


def logits_of(answer):
    if hasattr(answer, "logits"):
        answer = answer.logits
    return answer[0] if isinstance(answer, tuple) else answer


class Logits(torch.nn.Module):
    """For packages, whose answers have to be one tensor."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return logits_of(self.model(x))


def write_script(model, images, path):
    torch.jit.script(model).save(path)


def write_trace(model, images, path):
    torch.jit.trace(model, images[:TRACED], check_trace=False, strict=False).save(path)


def write_aoti(model, images, path):
    batch = torch.export.Dim("batch", min=1, max=1024)
    program = torch.export.export(Logits(model), (images,), dynamic_shapes=({0: batch},))
    torch._inductor.aoti_compile_and_package(program, package_path=path)


FORMS = {"script": (write_script, ".script.pt"), "trace": (write_trace, ".trace.pt"), "aoti": (write_aoti, ".aoti.pt2")}


def make(name, folder, forms):
    stem = folder / name.replace("/", "_")
    note = pathlib.Path(f"{stem}.json")
    facts = json.loads(note.read_text()) if note.exists() else {}
    missing = [form for form in forms if form not in facts]
    if not missing:
        return
    try:
        model, side = build(name)
    except Exception as error:
        print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
        return
    images = torch.rand(BATCH, 3, side, side, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        answer = logits_of(model(images))
        np.save(f"{stem}.images.npy", images.numpy())
        np.save(f"{stem}.logits.npy", answer.float().numpy())
        for form in missing:
            write, ending = FORMS[form]
            started = time.time()
            try:
                write(model, images, f"{stem}{ending}")
                error = ""
            except Exception as failure:
                lines = [line.strip() for line in str(failure).splitlines() if line.strip()]
                error = f"{type(failure).__name__}: {lines[0] if lines else ''}"[:300]
            facts = {"name": name, "side": side, "torch": torch.__version__, **facts, form: error}
            note.write_text(json.dumps(facts, indent=1))
            print(f"{name} {form}: {error or 'written'} ({time.time() - started:.0f} s)", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--forms", default="script,trace,aoti")
    parser.add_argument("--only", default="", help="names that contain this")
    o = parser.parse_args()
    o.folder.mkdir(parents=True, exist_ok=True)
    os.environ["HF_HUB_OFFLINE"] = "1"
    torch.set_num_threads(1)
    for name in NAMES:
        if o.only in name:
            make(name, o.folder, o.forms.split(","))


if __name__ == "__main__":
    main()
