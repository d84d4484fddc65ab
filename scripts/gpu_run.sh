#!/usr/bin/env bash
# Starts the checks of this folder with the torch of this machine. It builds, installs and downloads nothing.
#
#   run.sh [--any-torch] [OPTIONS OF scripts/gpu_check.sh]
#
#   run.sh --only tests --out results/tests
#
# --out            where results go [gpu_check]
# --any-torch      start although torch is of another version than the programs were built with
# $CERTIFY_PYTHON  the Python that has torch [python3]
# Exit status: that of gpu_check.sh, or 69 when this machine lacks what the programs need.
set -euo pipefail
bundle=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
die() { echo "run.sh: $*" >&2; exit 69; }

any_torch='' arguments=()
for argument in "$@"; do
  case $argument in
    -h|--help) sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    --any-torch) any_torch=yes ;;
    *) arguments+=("$argument") ;;
  esac
done

python=$(command -v "${CERTIFY_PYTHON:-python3}") || die "no ${CERTIFY_PYTHON:-python3} here: set CERTIFY_PYTHON"
found=$("$python" -c '
import glob, importlib.util, os, runpy, sys
sys.path = [place for place in sys.path if place]  # not the folder one happens to be in
torch = importlib.util.find_spec("torch")
if torch is None or torch.origin is None: sys.exit(1)
folder = os.path.dirname(torch.origin)
print(runpy.run_path(os.path.join(folder, "version.py"))["__version__"])
print(os.path.join(folder, "lib"))
nvidia = importlib.util.find_spec("nvidia")
for place in nvidia.submodule_search_locations if nvidia else []:
    print(*sorted(glob.glob(os.path.join(place, "*", "lib"))), sep="\n")
') || die "$python has no torch: set CERTIFY_PYTHON to a Python that has"

version=${found%%$'\n'*} built_with=$(cat "$bundle/torch_version")
if [ "${version%%+*}" != "$built_with" ] && [ -z "$any_torch" ]; then
  die "torch is $version here, the programs were built with $built_with (--any-torch starts them all the same)"
fi
# The programs find lib/ by themselves: Python must not be given our libcrypto.
libraries=$(sed -e 1d -e '/^$/d' <<<"$found" | paste -sd :)
export LD_LIBRARY_PATH=$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}

chmod +x "$bundle"/bin/* 2>/dev/null || true  # not every way of copying keeps it
for program in "$bundle"/bin/*; do  # a symbol's version that is missing reads "not found", too
  if missing=$(ldd "$program" 2>&1 | grep 'not found'); then
    die "$(printf '%s does not start with torch %s of %s:\n%s' "${program##*/}" "$version" "$python" "$missing")"
  fi
done
cat "$bundle/about.txt"
echo "torch $version of $python"
exec bash "$bundle/scripts/gpu_check.sh" --programs "$bundle/bin" --models "$bundle/models" --python "$python" \
  --out gpu_check ${arguments[@]+"${arguments[@]}"}
