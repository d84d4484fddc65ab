#!/usr/bin/env bash
# torch.jit.freeze (torch 2.15.0, CPU) makes a module that cannot run where the executor's optimisations are off.
# torch.jit.optimized_execution(False), torch::jit::setGraphExecutorOptimize(false) in C++, says how graphs are executed.
# Expected: freezing is no execution, so the frozen module answers as the module does.
# Seen: freeze() returns without an error or a warning, and the first call fails: "Couldn't find method: 'forward' on
# class". Calls of the module itself are put in, those of its parts are not, and the methods of all of them are removed:
# a module with one level of parts is right. Where it is frozen decides, not where it runs.
# torch 2.11.0 does the same. Debian's LibTorch 1.13.1 gives that error in C++, too. certify freezes no network in a
# process that trains one.
# Exits non-zero when any of this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install -q torch==2.15.0 numpy==2.4.6
cat >freeze.py <<'PY'
import torch


class Part(torch.nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x) * 2


one_level = Part(torch.nn.Flatten())
two_levels = Part(one_level)
x = torch.ones(2, 3)
for name, part in (("one level", one_level), ("two levels", two_levels)):
    module = torch.jit.script(part.eval())
    for at_freezing in (True, False):
        for at_running in (True, False):
            with torch.jit.optimized_execution(at_freezing):
                frozen = torch.jit.freeze(module)
            with torch.jit.optimized_execution(at_running):
                try:
                    seen = "right" if torch.equal(frozen(x), module(x)) else "wrong"
                except RuntimeError as error:
                    missing = "Couldn't find method: 'forward' on class" in str(error)
                    seen = "no forward" if missing else str(error).strip()
            print(f"{name}, optimised at freezing {at_freezing}, at running {at_running}: {seen}")
PY
seen=$(env/bin/python -W ignore freeze.py)
printf 'torch 2.15.0\n%s\n' "$seen"
[ "$seen" = "one level, optimised at freezing True, at running True: right
one level, optimised at freezing True, at running False: right
one level, optimised at freezing False, at running True: right
one level, optimised at freezing False, at running False: right
two levels, optimised at freezing True, at running True: right
two levels, optimised at freezing True, at running False: right
two levels, optimised at freezing False, at running True: no forward
two levels, optimised at freezing False, at running False: no forward" ]
