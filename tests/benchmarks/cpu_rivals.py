#!/usr/bin/env python3
"""Samples a second of several builds or precisions of `certify bench` beside what torch's compilers make of the same
network on this CPU: AOTInductor in fp32, bf16 and int8, and frozen TorchScript. All rows take turns in one run.

    cpu_rivals.py --model FILE --arch resnet110|resnet20|resnet50 [--engine NAME=PROGRAM[:PRECISION]]...
                  [--workers 1|2] [--seconds S] [--rounds R] [--environment DIR] [--isa NAME] [--json FILE]

--model        TorchScript with its normalisation inside; `certify export --untrained --arch resnet50 --out FILE` makes
               one. Its weights are what the rivals compile, and their logits are compared with its own first
--engine       a row: a certify and the --precision of its bench [what it takes by itself]
--workers      threads of the engine; of a rival as many processes, which measure at the same time [1]
--seconds      for each row and round [2]
--rounds       all rows take turns this often, and ratios are of medians [5]
--environment  where a Python with torch is, or is made; it takes 6 GB [certify/cpu-rivals in the user's cache]
--isa          the most that the rivals' oneDNN may use, such as AVX512_CORE_BF16 to keep off AMX [all there is]
--json         write all rounds, and what was tried, here

The engine's samples include noise and votes. A rival's are its forward pass alone, on one thread, of noise that was
drawn before, in channels_last, at the best of three sizes of batch. Nine networks are compiled, a minute each; it
takes a C++ compiler. int8 goes through AOTInductor, too: torch.compile makes the same code and was no faster.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

from compare import Engine, Loop, die, print_aligned, rate

SCRIPT = pathlib.Path(__file__).resolve()
REQUIREMENTS = ["torch==2.15.*", "torchao==0.18.*", "numpy"]
BATCHES = [16, 32, 64]
SIGMA = 0.25
RIVALS = {"aoti-fp32": "AOTInductor, fp32", "aoti-bf16": "AOTInductor, bf16", "aoti-int8": "AOTInductor, int8",
          "torchscript": "TorchScript, frozen, fp32"}
# Of oneDNN, which passes over in silence what it does not know.
ISAS = ["SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX512_CORE", "AVX512_CORE_VNNI", "AVX512_CORE_BF16", "AVX512_CORE_FP16",
        "AVX512_CORE_AMX", "DEFAULT"]


def variables(isa):
    """ATen and Inductor know three kinds; Inductor uses AMX in templates only, which are off."""
    if isa == "DEFAULT":
        return {"ONEDNN_MAX_CPU_ISA": isa}
    kind = next((kind for kind in ("avx512", "avx2") if isa.lower().startswith(kind)), "default")
    return {"ONEDNN_MAX_CPU_ISA": isa, "ATEN_CPU_CAPABILITY": kind}


class Rival:
    """The process of a row: it compiles the network for a batch when that is first asked for."""

    def __init__(self, options):
        import torch
        import torch_resnet
        self.torch, self.kind, self.folder = torch, options.rival, pathlib.Path(options.folder)
        torch.set_num_threads(1)  # Inductor writes code for as many
        self.use_own_libraries()
        self.script = torch.jit.load(options.model).eval()
        net = torch_resnet.ResNet(options.arch)
        self.eager = torch_resnet.normalized(options.arch, net).eval().to(memory_format=torch.channels_last)
        self.shape = shape_of(options.arch)
        self.take_weights(net, options)
        self.ready = {}

    def use_own_libraries(self):
        """Inductor links with Python's folder of libraries before torch's. Debian's has another libtorch, if any."""
        import sysconfig
        sysconfig.get_config_vars()["LIBDIR"] = os.path.join(os.path.dirname(self.torch.__file__), "lib")

    def take_weights(self, net, options):
        """Layers have other names in some files, but one order."""
        wanted, given = net.state_dict(), self.script.state_dict()
        wanted = {name: value for name, value in wanted.items() if not name.endswith("num_batches_tracked")}
        given = [value for name, value in given.items() if not name.endswith(("num_batches_tracked", ".mean", ".std"))]
        if [value.shape for value in given] != [value.shape for value in wanted.values()]:
            die(f"{options.model}: its weights are not those of {options.arch}")
        net.load_state_dict(dict(zip(wanted, given)), strict=False)
        x = self.noisy(2)
        difference = self.difference(self.eager(x), self.script(x))
        if not difference < 1e-3:
            die(f"{options.model}: its logits are not those of {options.arch}: {difference} relative")

    def noisy(self, batch):
        x = 0.5 + SIGMA * self.torch.randn(batch, *self.shape)
        return x.contiguous(memory_format=self.torch.channels_last)

    def difference(self, found, expected):
        return ((found.float() - expected).abs().max() / expected.abs().max()).item()

    def package(self, batch, network, x):
        """Of the first process that asks, for the others of its row too."""
        import torch._inductor as inductor
        path = self.folder / f"{self.kind}-{batch}.pt2"
        if not path.exists():
            inductor.config.freezing = True  # without it oneDNN is not given its weights in its own order
            inductor.aoti_compile_and_package(self.torch.export.export(network, (x,)), package_path=str(path))
        return inductor.aoti_load_package(str(path))

    def quantized(self, x):
        from torchao.quantization.pt2e import move_exported_model_to_eval
        from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e
        # This import also gives Inductor its int8 convolutions.
        from torchao.quantization.pt2e.quantizer import x86_inductor_quantizer as x86
        quantizer = x86.X86InductorQuantizer().set_global(x86.get_default_x86_inductor_quantization_config())
        network = prepare_pt2e(self.torch.export.export(self.eager, (x,)).module(), quantizer)
        for _ in range(4):
            network(self.noisy(len(x)))
        return move_exported_model_to_eval(convert_pt2e(network))

    def compiled(self, batch, x):
        if self.kind == "torchscript":
            return self.torch.jit.freeze(self.script.to(memory_format=self.torch.channels_last))
        if self.kind == "aoti-int8":
            return self.package(batch, self.quantized(x), x)
        return self.package(batch, self.eager.to(x.dtype), x)

    def prepare(self, batch):
        x = self.noisy(batch)
        expected = self.script(x)
        if self.kind == "aoti-bf16":
            x = x.bfloat16()
        network = self.compiled(batch, x)
        found = network(x)
        about = {"difference": self.difference(found, expected),
                 "same_class": (found.argmax(1) == expected.argmax(1)).float().mean().item()}
        for _ in range(3):
            network(x)
        return network, x, about

    def measure(self, batch, seconds):
        if batch not in self.ready:
            self.ready[batch] = self.prepare(batch)
        network, x, about = self.ready[batch]
        started, cpu_started, samples = time.perf_counter(), time.process_time(), 0
        while True:
            network(x)
            samples += batch
            passed, cpu_passed = time.perf_counter() - started, time.process_time() - cpu_started
            if passed >= seconds:
                return {"samples": samples, "seconds": passed, "cpu_seconds": cpu_passed, **about}

    def versions(self):
        import importlib.metadata
        built_with = self.torch.__config__.show()
        return {"python": sys.version.split()[0], "torch": self.torch.__version__,
                "torchao": importlib.metadata.version("torchao"),
                "onednn": re.search(r"MKL-DNN v(\S+)", built_with).group(1)}


def be_rival(options):
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    warnings.simplefilter("ignore")
    os.environ.update(variables(options.isa), TMPDIR=options.folder,
                      TORCHINDUCTOR_CACHE_DIR=os.path.join(options.folder, "inductor"))
    rival = Rival(options)

    def answer(what):
        print(json.dumps(what), file=answers, flush=True)

    answer({"torch": rival.versions(), "default_threads": 1})
    with rival.torch.no_grad():
        for line in sys.stdin:
            batch, _, seconds = line.split()
            answer(rival.measure(int(batch), float(seconds)))


class RivalRow:
    def __init__(self, key, command, workers):
        self.loops = [Loop(*command, "--rival", key) for _ in range(workers)]
        self.row = {"key": key, "what": RIVALS[key], "batch": None, "rounds": []}

    def choose_batch(self, seconds):
        """Where it is fastest in any of three turns, so that no disturbance decides."""
        for batch in BATCHES:
            self.loops[0].measure(batch, 1, 0)  # compiles it
        found = [{"batch": batch, **self.loops[0].measure(batch, 1, seconds)} for _ in range(3) for batch in BATCHES]
        self.row["batch"] = max(found, key=rate)["batch"]
        for loop in self.loops[1:]:
            loop.measure(self.row["batch"], 1, 0)  # takes what the first one compiled
        return [{**one, "samples_per_s": rate(one)} for one in found]

    def measure(self, seconds):
        with concurrent.futures.ThreadPoolExecutor(len(self.loops)) as pool:
            return list(pool.map(lambda loop: loop.measure(self.row["batch"], 1, seconds), self.loops))


class EngineRow:
    def __init__(self, option, options):
        name, equals, program = option.partition("=")
        program, _, precision = program.partition(":")
        if not (name and equals and program) or name in RIVALS:
            die(f"--engine {option}: expected NAME=PROGRAM or NAME=PROGRAM:PRECISION, with a NAME that no rival has")
        arguments = ["--model", options.model, "--shape", ",".join(map(str, shape_of(options.arch))),
                     "--sigma", str(SIGMA), "--device", "cpu", "--workers", str(options.workers)]
        self.engine = Engine(program, arguments + (["--precision", precision] if precision else []))
        # Program, network and options are looked at before anything is compiled.
        found = self.engine.bench(options.seconds / 4)
        self.row = {"key": name, "what": f"certify bench, {found['precision']}", "batch": self.row_of(found)["batch"],
                    **{key: found[key] for key in ("certify", "commit", "libtorch", "precision")}, "rounds": []}

    def row_of(self, result):
        return next(row for row in result["rows"] if row["key"] == "engine")

    def measure(self, seconds):
        return self.row_of(self.engine.bench(seconds))["rounds"]


def shape_of(arch):
    return [3, 224, 224] if arch == "resnet50" else [3, 32, 32]


def call(*command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, **options)
    if result.returncode != 0:
        die(f"{' '.join(map(str, command[:4]))}: exit status {result.returncode}")
    return result.stdout


def python_with_torch(folder):
    python = folder / "bin/python"
    if not python.exists():
        print(f"making a Python with torch in {folder}", file=sys.stderr)
        call(sys.executable, "-m", "venv", folder)
    call(python, "-m", "pip", "install", "--quiet", *REQUIREMENTS)  # does nothing where they are
    return python


def onednn_uses(python, isa):
    """In its own words, for the processor has a say in it too."""
    network = "import torch; torch.nn.Conv2d(64, 64, 3)(torch.rand(32, 64, 32, 32))"
    said = call(python, "-c", network, env={**os.environ, **variables(isa), "ONEDNN_VERBOSE": "1"})
    return re.search(r"cpu,isa:(.*)", said).group(1)


def processor():
    return re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text()).group(1)


def print_table(rows):
    rivals = [row for row in rows if row["key"] in RIVALS]
    table = [["", "", "batch", "samples/s", "min", "max", *(f"x {rival['key']}" for rival in rivals)]]
    for r in rows:
        table.append([r["key"], r["what"], f"{r['batch']}",
                      *(f"{r[key]:.1f}" for key in ("samples_per_s", "min", "max")),
                      *(f"{r['over'][rival['key']]:.2f}" for rival in rivals)])
    print_aligned(table)


def summarize(rows):
    for row in rows:
        rates = [sum(map(rate, processes)) for processes in row["rounds"]]
        row.update(samples_per_s=statistics.median(rates), min=min(rates), max=max(rates))
    for row in rows:
        row["over"] = {rival["key"]: row["samples_per_s"] / rival["samples_per_s"] for rival in rows
                       if rival["key"] in RIVALS}


def compare(options, folder):
    engines = [EngineRow(option, options) for option in options.engine]
    python = python_with_torch(options.environment)
    onednn = onednn_uses(python, options.isa)
    command = [python, SCRIPT, "--model", options.model, "--arch", options.arch, "--isa", options.isa,
               "--folder", folder]
    rivals, tried = [], {}
    for key, what in RIVALS.items():
        print(f"compiling, and looking for the best batch: {what}", file=sys.stderr)
        rivals.append(RivalRow(key, command, options.workers))
        tried[key] = rivals[-1].choose_batch(options.seconds / 2)
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        for row in engines + rivals:
            row.row["rounds"].append(row.measure(options.seconds))
    rows = [row.row for row in engines + rivals]
    summarize(rows)
    return {"processor": processor(), "cores": os.cpu_count(), "model": os.path.basename(options.model),
            "arch": options.arch, "shape": shape_of(options.arch), "workers": options.workers,
            "seconds": options.seconds, "versions": rivals[0].loops[0].torch,
            "rivals_isa": {"variables": variables(options.isa), "onednn": onednn}, "tried": tried, "rows": rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     allow_abbrev=False, usage=argparse.SUPPRESS)
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    parser.add_argument("--model", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--arch", required=True, choices=["resnet110", "resnet20", "resnet50"], help=argparse.SUPPRESS)
    parser.add_argument("--engine", action="append", default=[], help=argparse.SUPPRESS)
    parser.add_argument("--workers", type=int, choices=[1, 2], default=1, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=2, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=5, help=argparse.SUPPRESS)
    parser.add_argument("--environment", type=pathlib.Path, default=cache / "certify/cpu-rivals",
                        help=argparse.SUPPRESS)
    parser.add_argument("--isa", choices=ISAS, default="DEFAULT", help=argparse.SUPPRESS)
    parser.add_argument("--json", help=argparse.SUPPRESS)
    # A process of a rival's row is this script again, in the environment.
    parser.add_argument("--rival", choices=RIVALS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.rival:
        be_rival(options)
        return
    with tempfile.TemporaryDirectory() as folder:
        result = compare(options, folder)
    print_table(result["rows"])
    if options.json:
        with open(options.json, "w") as file:
            json.dump(result, file, indent=1)


if __name__ == "__main__":
    main()
