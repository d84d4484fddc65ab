"""`certify` from Python: certified radii of a network that lies in a notebook.

    import certify_torch
    result = certify_torch.certify(model, images, labels, sigma=0.25, n=1000)
    print(result)

Needs torch (1.13 or newer) and the program `certify`; copy this file to where it is imported. `export` writes a network to a
file that `certify --model` takes.
"""
from __future__ import annotations

import contextlib
import copy
import csv
import filecmp
import functools
import hashlib
import math
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import warnings
import weakref
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple, Union

import torch

__all__ = ["export", "certify", "Report", "Result", "ExportError", "CertifyError"]

_TOLERANCE = 1e-4  # of what decides an image: see _difference()
_TRACED_BATCH = 16
_BATCHES = (1, 2, 5)
_EXAMPLES = 8  # of the images that are certified, with noise

Examples = List[Tuple[torch.Tensor, torch.Tensor]]  # images, and the model's logits for them

Network = Union[torch.nn.Module, Callable[[torch.Tensor], Any]]


class ExportError(ValueError):
    """The network cannot be written, or is none that can be certified; says why."""


class CertifyError(RuntimeError):
    """The program ended with an error. `code` is its exit code: 64 options, 65 data or model, 75 interrupted."""

    def __init__(self, message: str, code: int):
        super().__init__(message)
        self.code = code


@dataclass
class Report:
    """What `export` did."""

    path: pathlib.Path
    form: str  # "script" or "trace"
    classes: int
    difference: float  # largest, of a logit to the model's; see _difference()
    output: str = ""  # which tensor of several has the logits
    fixed_batch: int = 0  # the only batch that the file takes; 0: any
    notes: List[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{self.path}: {self.form}, {self.classes} classes, logits within {self.difference:.1e} of the model's"]
        if self.output:
            lines.append(f"  of several outputs, '{self.output}' has the logits")
        if self.fixed_batch:
            lines.append(f"  takes batches of {self.fixed_batch} only; certify cuts and fills up others")
        return "\n".join(lines + [f"  {note}" for note in self.notes])


def export(model: Network, shape: Sequence[int], path: Union[str, os.PathLike], *, output: Optional[Union[str, int]] = None,
           examples: Optional[torch.Tensor] = None, quiet: bool = False) -> Report:
    """Writes `model` as TorchScript.

    model   maps images [B,C,H,W] in [0,1] to logits [B,m], alone or in a tuple, list, dict or an object with fields. A module
            is copied, brought to the CPU and into evaluation mode; the caller's is left as it is. A function is taken as it
            is: call .eval() on the modules in it.
    shape   (C, H, W) of an image
    output  the number (from 0) or name of the logits, where several tensors have the shape of logits
    examples  at most 16 images [B,C,H,W], as the file will get them: with noise, that is

    Scripts the model if it can, else traces it, and holds the file's logits against the model's on images and batches that
    were not traced with, and on the examples. Raises ExportError for a model that answers the same images differently, that
    mixes the images of a batch, or of which neither form agrees with it.
    """
    shape = tuple(int(size) for size in shape)
    if len(shape) != 3 or min(shape) < 1:
        raise ExportError(f"shape {shape}: expected (channels, height, width) of an image")
    path = pathlib.Path(path)
    with torch.no_grad(), _plain_attention():
        picked, notes = _picked(model, shape, output)
        expected = _expected_logits(picked, shape, examples)
        report = _write_first_that_agrees(picked, shape, expected, path)
    report.notes = notes + report.notes
    if not quiet:
        print(report)
    return report


# ---- the network ----


class _Function(torch.nn.Module):
    """A function, with the modules that it calls as its own: else a trace would not know their weights."""

    def __init__(self, function: Callable[[torch.Tensor], Any]):
        super().__init__()
        self.function = function
        self.called = torch.nn.ModuleList(_modules_of(function))

    def forward(self, images: torch.Tensor) -> Any:
        return self.function(images)


class _Picked(torch.nn.Module):
    """The logits alone."""

    def __init__(self, module: torch.nn.Module, name: str, place: int):
        super().__init__()
        self.module, self.name, self.place = module, name, place

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return _as_rows(_tensors(self.module(images))[self.place][1])


def _modules_of(function: Any) -> List[torch.nn.Module]:
    """Those that it reaches: by names in its text and in what it calls, in lists, dicts, objects and functools.partial."""
    found: List[torch.nn.Module] = []
    seen = set()

    def names_in(code: Any) -> Iterator[str]:
        yield from code.co_names
        for constant in code.co_consts:  # comprehensions
            if hasattr(constant, "co_names"):
                yield from names_in(constant)

    def look(value: Any, depth: int) -> None:
        if id(value) in seen or depth > 6:
            return
        seen.add(id(value))
        if isinstance(value, torch.nn.Module):
            found.append(value)
        elif isinstance(value, functools.partial):
            for part in (value.func, *value.args, *value.keywords.values()):
                look(part, depth + 1)
        elif isinstance(value, (list, tuple, set)) and len(value) <= 1000:
            for part in value:
                look(part, depth + 1)
        elif isinstance(value, dict) and len(value) <= 1000:
            for part in value.values():
                look(part, depth + 1)
        elif hasattr(value, "__self__") and hasattr(value, "__func__"):  # a bound method
            look(value.__self__, depth + 1)
            look(value.__func__, depth + 1)
        elif hasattr(value, "__code__"):
            for cell in value.__closure__ or ():
                with contextlib.suppress(ValueError):  # not yet filled
                    look(cell.cell_contents, depth + 1)
            for name in names_in(value.__code__):
                look(value.__globals__.get(name), depth + 1)
        elif hasattr(value, "__dict__") and not isinstance(value, (type, type(os))):
            look(vars(value), depth + 1)
            look(getattr(type(value), "__call__", None), depth + 1)

    look(function, 0)
    return found


def _picked(model: Network, shape: Tuple[int, ...], output: Optional[Union[str, int]]) -> Tuple[_Picked, List[str]]:
    """The model's logits, and what was done to it."""
    module = _prepared(model)
    kinds = {value.dtype for value in module.parameters() if value.is_floating_point()} - {torch.float32}
    try:
        return _Picked(module, *_find_output(module, shape, output)), []
    except ExportError:
        if not kinds or isinstance(module, _Function):
            raise
    module = module.float()
    note = f"its weights ({', '.join(sorted(str(kind) for kind in kinds))}) are brought to torch.float32"
    return _Picked(module, *_find_output(module, shape, output)), [note]


def _prepared(model: Network) -> torch.nn.Module:
    model = getattr(model, "_orig_mod", model)  # of torch.compile
    if isinstance(model, torch.nn.Module):
        try:
            module = copy.deepcopy(model)
        except Exception as error:
            raise ExportError(f"the model cannot be copied ({error}); give a function that calls it, as in "
                              "lambda x: model(x), after model.eval()") from error
        return module.cpu().eval()  # its parameters keep their precision
    if isinstance(model, dict):
        raise ExportError("weights alone are no network: make the module, module.load_state_dict(weights), then export the module")
    if not callable(model):
        raise ExportError(f"expected a module or a function of images, not a {type(model).__name__}")
    function = _Function(model)
    for called in function.called:
        if called.training:
            raise ExportError(f"the function calls a {type(called).__name__} that is in training mode: call its .eval() first")
    return function


def _tensors(answer: Any, name: str = "") -> List[Tuple[str, torch.Tensor]]:
    """All tensors of an answer with their names, in the order in which `certify --output` counts them."""

    def below(key: Any) -> str:
        return f"{name}.{key}" if name else str(key)

    if isinstance(answer, torch.Tensor):
        return [(name, answer)]
    if isinstance(answer, dict) or hasattr(answer, "items"):
        parts = [(below(key), value) for key, value in answer.items()]
    elif hasattr(answer, "_fields"):
        parts = [(below(key), getattr(answer, key)) for key in answer._fields]
    elif isinstance(answer, (tuple, list)):
        parts = [(below(i), value) for i, value in enumerate(answer)]
    elif hasattr(answer, "__dataclass_fields__"):
        parts = [(below(key), getattr(answer, key)) for key in answer.__dataclass_fields__]
    else:
        return []
    return [tensor for key, value in parts for tensor in _tensors(value, key)]


def _as_rows(tensor: torch.Tensor) -> torch.Tensor:
    """[B,m,1,1] as [B,m]."""
    if tensor.dim() > 2 and all(size == 1 for size in tensor.shape[2:]):
        return tensor.flatten(1)
    return tensor


def _is_logits(tensor: torch.Tensor, rows: int) -> bool:
    tensor = _as_rows(tensor)
    return tensor.dim() == 2 and tensor.shape[0] == rows and tensor.shape[1] >= 2 and tensor.is_floating_point()


def _find_output(module: torch.nn.Module, shape: Tuple[int, ...], output: Optional[Union[str, int]]) -> Tuple[str, int]:
    rows = 2
    images = _images(shape, rows, seed=1)
    try:
        found = _tensors(module(images.clone()))
    except Exception as error:
        last = shape[2] in (1, 3) and shape[0] not in (1, 3)
        hint = "; the channels are last: give images.permute(0, 3, 1, 2)" if last else ""
        raise ExportError(f"the model does not take a batch {list(images.shape)}: {_first_line(error)}{hint}") from error
    listed = ", ".join(f"{name or 'one tensor'} {list(tensor.shape)}" for name, tensor in found) or "no tensor"
    if output is not None:
        places = [i for i, (name, _) in enumerate(found) if name == str(output)] or (
            [int(output)] if str(output).isdigit() and int(output) < len(found) else [])
        if not places:
            raise ExportError(f"output {output!r}: the model returns {listed}")
    else:
        places = [i for i, (_, tensor) in enumerate(found) if _is_logits(tensor, rows)]
        if len(places) > 1:
            raise ExportError(f"the model returns {listed} for {rows} images; say by output= which of them are the logits")
    if not places or not _is_logits(found[places[0]][1], rows):
        raise ExportError(f"the model returns {listed} for {rows} images, and that is not [{rows},m] logits")
    return found[places[0]][0], places[0]


@contextlib.contextmanager
def _plain_attention() -> Iterator[None]:
    """Encoder layers of their modules, not of the one fused operator that has no derivative."""
    switch = getattr(torch.backends, "mha", None)
    was = switch.get_fastpath_enabled() if switch is not None else None
    if switch is not None:
        switch.set_fastpath_enabled(False)
    try:
        yield
    finally:
        if switch is not None:
            switch.set_fastpath_enabled(was)


# ---- comparing ----


def _images(shape: Tuple[int, ...], rows: int, seed: int) -> torch.Tensor:
    """Noise in [0,1], noise around it, and from the third on a gray, a black and a white image; each seed has them at other
    places of the batch."""
    images = torch.rand(rows, *shape, generator=torch.Generator().manual_seed(seed))
    if rows > 1:
        images[1] = images[1] * 3 - 1
    for row, value in zip(range(2, rows), (0.5, 0.0, 1.0)):
        images[row] = value
    return images.roll(seed, 0)


def _difference(found: torch.Tensor, expected: torch.Tensor) -> float:
    """The largest difference of a logit, relative to how far apart its image's two largest are, or how far the largest
    moves from image to image, or to its own size: a class that is masked with a huge negative logit excuses nothing."""
    if found.shape != expected.shape:
        return float("inf")
    found, expected = found.double(), expected.double()
    largest = expected.topk(2, dim=1).values
    moves = (largest[:, :1] - largest[:, :1].t()).abs().median(dim=1).values
    spread = torch.maximum(largest[:, 0] - largest[:, 1], moves).unsqueeze(1)
    scale = torch.maximum(spread, 0.1 * expected.abs()).clamp_min(1e-30)
    worst = ((found - expected).abs() / scale).max().item()
    return worst if worst == worst else float("inf")


def _expected_logits(network: torch.nn.Module, shape: Tuple[int, ...], examples: Optional[torch.Tensor]) -> Examples:
    def ask(images: torch.Tensor) -> torch.Tensor:
        return network(images.clone())  # it may write to them

    sets = [_images(shape, rows, seed=2) for rows in _BATCHES] + ([] if examples is None else [examples[:_TRACED_BATCH]])
    expected = [(images, ask(images)) for images in sets]
    for images, logits in expected:
        if not torch.isfinite(logits).all():
            raise ExportError("the model's logits are not finite")
        if _difference(ask(images), logits) > _TOLERANCE:
            raise ExportError("the model answers the same images differently from time to time: it is random")
        order = torch.arange(len(images)).flip(0)
        turned = ask(images[order])
        alone = torch.cat([ask(images[i:i + 1]) for i in range(len(images))])
        if max(_difference(turned[order], logits), _difference(alone, logits)) > _TOLERANCE:
            raise ExportError("the model's answer for an image depends on the other images of the batch")
    return expected


def _compare(network: Callable[[torch.Tensor], Any], expected: Examples, batch: int = 0) -> float:
    """The largest difference. batch: the only one that the network takes, filled up."""
    worst = 0.0
    for images, logits in expected:
        rows = len(images)
        if batch:
            images = torch.cat([images, images[-1:].expand(batch - rows, *images.shape[1:])])
        worst = max(worst, _difference(_as_rows(network(images.clone()))[:rows], logits))
    return worst


# ---- writing ----


def _script(network: _Picked) -> Any:
    if network.name or isinstance(network.module, _Function):
        raise ExportError("a script would return all outputs" if network.name else "a function is traced")
    return torch.jit.script(network.module)


def _write_first_that_agrees(network: _Picked, shape: Tuple[int, ...], expected: Examples, path: pathlib.Path) -> Report:
    def trace(module: _Picked) -> Any:
        return torch.jit.trace(module, _images(shape, _TRACED_BATCH, seed=3), check_trace=False, strict=False)

    reasons = []
    for form, make in ("script", _script), ("trace", trace):
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                made = make(network)
            except Exception as error:
                reasons.append(f"{form}: {_first_line(error)}")
                continue
            for batch in (0, _TRACED_BATCH) if form == "trace" else (0,):
                try:
                    difference = _compare(made, expected, batch)
                except Exception as error:
                    reasons.append(f"{form}: {_first_line(error)}")
                    continue
                if difference <= _TOLERANCE:
                    _save(made, path)
                    return Report(path, form, expected[0][1].shape[1], difference, network.name, batch, _branches(warned))
                reasons.append(f"{form}: logits differ from the model's by {difference:.1e} of what decides an image")
                reasons += _branches(warned)
    why = "; ".join(dict.fromkeys(reasons))
    if "requires grad" in why:
        why += "; weights that are not seen from here: put the modules into one torch.nn.Module, or call .requires_grad_(False) on them"
    raise ExportError(f"neither a script nor a trace of it answers as the model does ({why})")


def _branches(warned: Sequence[warnings.WarningMessage]) -> List[str]:
    """Where a trace keeps the way that its example took."""
    lines = [f"{pathlib.Path(w.filename).name}:{w.lineno}" for w in warned
             if issubclass(w.category, torch.jit.TracerWarning) and re.search(r"to a Python (boolean|float|number)", str(w.message))]
    lines = list(dict.fromkeys(lines))
    if not lines:
        return []
    more = f" and {len(lines) - 4} more" if len(lines) > 4 else ""
    return [f"Python code that looks at values or sizes ({', '.join(lines[:4])}{more}) is kept as it ran once: what is certified is the file"]


def _save(made: Any, path: pathlib.Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    made.save(str(part))
    os.replace(part, path)


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else ''}"


# ---- certifying ----


@dataclass
class Result:
    """A finished run."""

    path: pathlib.Path  # its folder: certificates.tsv, report.html, …
    rows: List[Dict[str, Any]]  # of certificates.tsv, or with method="predict" of predictions.tsv
    summary: str  # what the program printed
    report: Optional[Report] = None  # of the export, where there was one

    def curve(self) -> List[Tuple[float, float]]:
        """(radius, certified accuracy), at every radius where it changes."""
        radii = sorted((row["radius_full"] for row in self.rows if row["correct"]), reverse=True)
        return [(radius, (i + 1) / len(self.rows)) for i, radius in enumerate(radii)][::-1]

    def accuracy_at(self, radius: float) -> float:
        """The part of all images that are right and certified at this radius."""
        return sum(bool(row["correct"]) and row["radius_full"] >= radius for row in self.rows) / max(len(self.rows), 1)

    @property
    def acr(self) -> float:
        """The average certified radius, wrong and abstained images at 0."""
        return sum(row["radius_full"] for row in self.rows if row["correct"]) / max(len(self.rows), 1)

    def to_pandas(self) -> Any:
        import pandas
        return pandas.DataFrame(self.rows)

    def __repr__(self) -> str:
        if self.rows and "radius_full" not in self.rows[0]:  # method="predict"
            return f"{len(self.rows)} images predicted\n{self.summary}"
        right = sum(bool(row["correct"]) for row in self.rows)
        return (f"{len(self.rows)} images, {right} right and certified, average certified radius "
                f"{math.floor(1000 * self.acr) / 1000:.3f}\n"
                f"report: {self.path / 'report.html'}")

    def _repr_html_(self) -> str:
        drawing = self.path / "curve.svg"
        return drawing.read_text(encoding="utf-8") if drawing.exists() else f"<pre>{self!r}</pre>"


def certify(model: Union[Network, str, os.PathLike], images: Any, labels: Any, sigma: Optional[float] = None, *,
            out: Optional[Union[str, os.PathLike]] = None, program: Optional[str] = None, output: Optional[Union[str, int]] = None,
            **options: Any) -> Result:
    """Certifies `model` on images under Gaussian noise of standard deviation sigma, in units of the [0,1] input, or of those in
    the file sigma_map=.

    model    a network as in `export`, or the path of a file that `certify --model` takes
    images   [N,C,H,W], uint8 or floats in [0,1]; labels: N integers
    out      folder of the run; the same call goes on where it was stopped. None: a temporary one, as long as the result lives
    program  `certify` [$CERTIFY_PROGRAM; the PATH; where this file's build or installation has it]
    options  those of `certify --help` by their long names: n=1000, alpha=0.001, method="two-sided", stop_at=[0.25], …

    Raises ExportError, and CertifyError with what the program said.
    """
    if out is not None:
        return _certify_in(pathlib.Path(out), model, images, labels, sigma, program, output, options)
    folder = tempfile.mkdtemp(prefix="certify-")
    try:
        result = _certify_in(pathlib.Path(folder) / "run", model, images, labels, sigma, program, output, options)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(result, shutil.rmtree, folder, ignore_errors=True)
    return result


def _certify_in(run: pathlib.Path, model: Union[Network, str, os.PathLike], images: Any, labels: Any, sigma: Optional[float],
                program: Optional[str], output: Optional[Union[str, int]], options: Dict[str, Any]) -> Result:
    inputs = run.with_name(run.name + "-inputs")
    inputs.mkdir(parents=True, exist_ok=True)
    pixels = torch.as_tensor(images).detach().cpu().contiguous()
    if pixels.dim() != 4:
        raise ExportError(f"images {list(pixels.shape)}: expected [N,C,H,W]")
    if pixels.dtype not in (torch.uint8, torch.float32):
        pixels = pixels.float()
    classes = torch.as_tensor(labels).detach().cpu().contiguous()
    if classes.is_floating_point() or classes.is_complex():
        raise ExportError(f"labels are {classes.dtype}: expected whole numbers")
    classes = classes.long()
    fresh = bool(options.get("fresh"))
    goes_on = (run / "manifest.json").exists() and not fresh
    report = None
    if isinstance(model, (str, os.PathLike)):
        file = pathlib.Path(model)
        options = {**options, **({} if output is None else {"output": output})}
    else:
        file = inputs / "model.pt"
        report = _export_once(model, tuple(pixels.shape[1:]), file, output, _noisy(pixels, sigma), goes_on, fresh)
    _write_npy(pixels, inputs / "images.npy", goes_on)
    _write_npy(classes, inputs / "labels.npy", goes_on)
    command = [_program(program), "--dataset", "arrays", "--images", inputs / "images.npy", "--labels", inputs / "labels.npy",
               "--model", file, "--out", run, *_arguments({"sigma": None if sigma is None else repr(float(sigma)), **options})]
    summary = _run([str(part) for part in command])
    certificates = run / "certificates.tsv"
    return Result(run, _read_rows(certificates if certificates.exists() else run / "predictions.tsv"), summary, report)


def _noisy(pixels: torch.Tensor, sigma: Optional[float]) -> torch.Tensor:
    """Some of the images, as the network will see them."""
    some = pixels[::max(1, len(pixels) // _EXAMPLES)][:_EXAMPLES]
    some = some.float() / 255 if some.dtype == torch.uint8 else some.float()
    return some + (sigma or 0.25) * torch.randn(some.shape, generator=torch.Generator().manual_seed(0))


def _export_once(model: Network, shape: Tuple[int, ...], file: pathlib.Path, output: Optional[Union[str, int]],
                 examples: torch.Tensor, goes_on: bool, fresh: bool) -> Optional[Report]:
    """TorchScript of one model has other bytes each time, and a run goes on with the file that it was begun with."""
    known = file.with_suffix(".sha256")  # of the model's weights: saturated logits do not tell two models apart
    with torch.no_grad(), _plain_attention(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that TorchScript is deprecated
        picked, _ = _picked(model, shape, output)
        weights = _hash_of_weights(picked)
        if file.exists() and known.exists() and known.read_text() == weights and not fresh:
            expected = _expected_logits(picked, shape, examples)
            written = torch.jit.load(str(file))
            for batch in 0, _TRACED_BATCH:
                with contextlib.suppress(Exception):
                    if _compare(written, expected, batch) <= _TOLERANCE:
                        return None
    if goes_on:
        raise CertifyError(f"{file.parent}: holds another model than this; fresh=True starts over, out= goes elsewhere", 65)
    with contextlib.suppress(FileNotFoundError):
        known.unlink()  # until the file is whole
    report = export(model, shape, file, output=output, examples=examples)
    known.write_text(weights)
    return report


def _hash_of_weights(module: torch.nn.Module) -> str:
    digest = hashlib.sha256()
    for name, value in module.state_dict().items():
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        digest.update(_bytes_of(value))
    return digest.hexdigest()


def _bytes_of(tensor: torch.Tensor) -> bytes:
    flat = tensor.detach().contiguous().flatten().view(torch.uint8)
    return bytes(flat.numpy()) if _has_numpy() else bytes(flat.tolist())


def _write_npy(tensor: torch.Tensor, path: pathlib.Path, keep: bool = False) -> None:
    """NumPy's format, version 1.0. keep: a run was begun with what is there."""
    kind = {torch.uint8: "|u1", torch.float32: "<f4", torch.int64: "<i8"}[tensor.dtype]
    shape = f"({', '.join(map(str, tensor.shape))}{',' if tensor.dim() == 1 else ''})"
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    part = path.with_name(path.name + ".part")
    with open(part, "wb") as out:
        out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        out.write(_bytes_of(tensor))
    if keep and path.exists() and not filecmp.cmp(part, path, shallow=False):
        part.unlink()
        raise CertifyError(f"{path}: a run was begun with others; fresh=True starts over, out= goes elsewhere", 65)
    os.replace(part, path)


def _has_numpy() -> bool:
    try:
        import numpy  # noqa: F401
        return True
    except ImportError:
        return False


def _program(typed: Optional[str]) -> str:
    here = pathlib.Path(__file__).resolve().parent
    built, installed = here.parent / "build" / "bin" / "certify", here.parent.parent / "bin" / "certify"
    beside = [path for path in (built, installed) if path.exists()]
    for candidate in (typed, os.environ.get("CERTIFY_PROGRAM"), shutil.which("certify"), *beside):
        if candidate:
            return str(candidate)
    raise CertifyError("no program `certify`: give program=, set CERTIFY_PROGRAM, or put it on the PATH", 69)


def _arguments(options: Dict[str, Any]) -> List[str]:
    arguments = []
    for name, value in options.items():
        if value is None or value is False:
            continue
        arguments.append("--" + name.replace("_", "-"))
        if value is not True:
            arguments.append(",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value))
    return arguments


def _run(command: List[str]) -> str:
    """Passes on what the program says of its progress; an error is what this raises, and is not said twice. In a session of its
    own, so that Ctrl-C reaches it once."""
    said: List[str] = []
    errors: List[str] = []
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
            try:
                for line in process.stderr:
                    text = line.decode(errors="replace")
                    if text.startswith("error") or (errors and text.startswith("  ")):  # it and what it lists
                        errors.append(text)
                        continue
                    said.append(text.strip())
                    sys.stderr.write(text)
                    sys.stderr.flush()
                out = process.stdout.read().decode(errors="replace")
            except KeyboardInterrupt:
                process.send_signal(signal.SIGINT)
                process.communicate()
                raise
        code = process.returncode
    except OSError as error:
        raise CertifyError(f"{command[0]}: {error.strerror}", 69) from error
    if code != 0:
        reason = [text.strip() for text in errors] or said[-2:]
        raise CertifyError(" ".join(reason).replace("error: ", "", 1) or f"ended with {code}", code)
    sys.stderr.write("".join(errors))
    return out


def _read_rows(path: pathlib.Path) -> List[Dict[str, Any]]:
    def value(name: str, text: str) -> Any:
        if name in ("correct",):
            return text == "1"
        for kind in (int, float):
            with contextlib.suppress(ValueError):
                return kind(text)
        return text

    with open(path, encoding="utf-8", newline="") as file:
        return [{name: value(name, text) for name, text in row.items()} for row in csv.DictReader(file, delimiter="\t")]
