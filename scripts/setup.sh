#!/usr/bin/env bash
# Installs what the build needs; seconds when nothing is missing. Prints the folder of LibTorch's CMake
# package on stdout (for -DTorch_DIR), everything else on stderr: how much will be fetched, and the end of the log of
# what fails.
#
#   scripts/setup.sh [--torch debian|pip|DIR] [--tests] [--bundle]
#
# --tests installs what tests alone need, too: Python, and a Slurm of their own, a browser, groff, Python's torch. Where
# the last four cannot be had, their tests are skipped. --bundle installs what scripts/gpu_bundle.sh alone needs.
# LibTorch: $Torch_DIR if set; else, with an NVIDIA driver, the PyPI wheel (CUDA) in a virtual environment
# of this project's; else Debian's libtorch-dev. --torch overrides. $CERTIFY_TORCH_VERSION chooses the wheel's.
# The wheel's CUDA compiler comes from PyPI, too, where the machine has none of that version.
set -euo pipefail

torch_version=${CERTIFY_TORCH_VERSION:-2.11.0}
torch_venv=${CERTIFY_TORCH_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/certify/torch-$torch_version}
packages=(build-essential cmake ninja-build git ccache libcli11-dev libspdlog-dev libfmt-dev
          nlohmann-json3-dev libboost-dev libssl-dev libjpeg-dev libpng-dev libtiff-dev libwebp-dev zlib1g-dev
          libdeflate-dev
          libgtest-dev libgmock-dev libbenchmark-dev)

say() { echo "setup: $*" >&2; }
die() { say "$*"; exit 1; }

choice= tests= bundle=
while [ $# -gt 0 ]; do
  case $1 in
    --torch) [ $# -ge 2 ] || die "--torch needs debian, pip or a folder"; choice=$2; shift 2 ;;
    --tests) tests=yes; shift ;;
    --bundle) bundle=yes; shift ;;
    -h|--help) sed -n '2,15s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) die "unknown option $1 (see --help)" ;;
  esac
done
if [ -z "$choice" ]; then
  if [ -n "${Torch_DIR:-}" ]; then choice=$Torch_DIR
  elif [ -e /proc/driver/nvidia/version ] || [ -e /dev/nvidiactl ]; then choice=pip
  else choice=debian
  fi
fi

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# What installs speaks to a log. It stays where something failed.
log=$(mktemp -t certify-setup.XXXXXX) failed=
trap 'if [ $? = 0 ] && [ -z "$failed" ] || ! [ -s "$log" ]; then rm -f "$log"; fi' EXIT
quietly() {
  "$@" >>"$log" 2>&1 </dev/null && return
  failed=yes
  tail -n 15 "$log" >&2
  say "failed: $* (all that was said: $log)"
  return 1
}

missing_of() {
  local package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done
}

# Says before the first package comes what all of them cost. One that this release does not have is told of later.
announce() {
  local missing known size
  mapfile -t missing < <(missing_of "$@")
  if [ ${#missing[@]} = 0 ] || ! command -v apt-get >/dev/null; then return 0; fi
  quietly as_root apt-get update -q || true  # with the lists that are here
  mapfile -t known < <(apt-cache show --no-all-versions "${missing[@]}" 2>/dev/null | sed -n 's/^Package: //p')
  [ ${#known[@]} -gt 0 ] || return 0
  # --print-uris installs nothing. "Need to get 371 MB of archives." or "… 0 B/371 MB …", "After this operation, 1,906 MB of …"
  size=$(LC_ALL=C apt-get install --print-uris --no-install-recommends "${known[@]}" 2>/dev/null |
           sed -n 's/^Need to get \([^/]*B\).* of archives.*/\1 to fetch/p
                   s/^After this operation, \(.*B\) of additional disk space.*/\1 on disk/p') || true
  [ -z "$size" ] || say "packages, all together: ${size//$'\n'/, }"
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_of "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || { say "missing, and there is no apt-get to install them: ${missing[*]}"; return 1; }
  say "installing ${missing[*]}"
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

install_wheel() {
  local python=$torch_venv/bin/python
  if ! [ -e "$torch_venv/.complete" ]; then
    say "installing torch==$torch_version in $torch_venv"
    rm -rf "$torch_venv"
    quietly /usr/bin/python3 -m venv "$torch_venv" || die "no virtual environment at $torch_venv"
    quietly "$python" -m pip install -q "torch==$torch_version" numpy ||
      die "torch==$torch_version could not be installed"  # set -e does not reach into $(…)
    touch "$torch_venv/.complete"
  fi
  "$python" -c 'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])'
}

# A node with a GPU has the driver, seldom the toolkit: what compiles for the wheel's CUDA joins the wheel.
install_compiler() {
  local torch=$1 cuda nvcc root library name
  cuda=$(sed -n "s/^cuda.*= '\(.*\)'$/\1/p" "$torch/version.py")
  [ -n "$cuda" ] || return 0  # a wheel for the CPU
  for nvcc in "${CUDACXX:-}" "${CUDA_HOME:-}/bin/nvcc" "${CUDA_PATH:-}/bin/nvcc" "$(command -v nvcc)" \
              /usr/local/cuda/bin/nvcc; do
    if [ -x "$nvcc" ] && [[ $("$nvcc" --version) == *"release $cuda,"* ]]; then return 0; fi
  done
  if ! [ -e "$torch_venv/.compiler" ]; then
    say "installing the compiler of CUDA $cuda"
    # The wheel pins its toolkit: pip keeps that one and adds the parts of the same release.
    quietly "$torch_venv/bin/python" -m pip install -q "cuda-toolkit[nvcc,nvvm,crt,cccl,cudart]==$cuda.*"
    touch "$torch_venv/.compiler"
  fi
  root=$(dirname "$torch")/nvidia/cu${cuda%%.*}
  [ -x "$root/bin/nvcc" ] || die "PyPI's compiler of CUDA $cuda is not at $root/bin/nvcc"
  ln -sfn lib "$root/lib64"  # where nvcc 13.0 looks for what its wheel puts into lib
  for library in "$root"/lib/*.so.*; do  # a wheel has no names to link by
    name=${library##*/}
    ln -sfn "$name" "$root/lib/${name%%.so.*}.so"
  done
}

extras=()  # packages, and what is said where they cannot be had
if [ -n "$bundle" ]; then packages+=(patchelf); fi
if [ -n "$tests" ]; then
  packages+=(python3)
  extras=("slurmctld slurmd slurm-client munge|NO SLURM HERE: its test will be skipped"
          "chromium|NO CHROMIUM HERE: the report's page will not be tested in it"
          "strace|NO STRACE HERE: how often a run opens its files will not be counted"
          "groff|NO GROFF HERE: the manual page will not be set"
          "python3-torch|NO TORCH IN PYTHON HERE: networks will not be compared with its own")
fi
case $choice in
  debian) # OpenBLAS, or linear layers run on the reference BLAS, some 25 times slower; of its variants the one
          # that obeys OpenMP's number of threads, as LibTorch sets it for each worker.
          packages+=(libtorch-dev libopenblas0-openmp) ;;
  pip)    if ! [ -e "$torch_venv/.complete" ]; then
            packages+=(python3-venv)
            say "torch==$torch_version and its CUDA: 2.8 GB to fetch, 4.7 GB on disk (2.11.0)"
          fi ;;
esac

read -ra names <<<"${extras[*]%%|*}"
announce "${packages[@]}" "${names[@]}"
# Ubuntu 24.04 has none.
if [ "$choice" = debian ] && [ -n "$(missing_of libtorch-dev)" ] && command -v apt-cache >/dev/null &&
   ! apt-cache show --no-all-versions libtorch-dev 2>/dev/null | grep -q '^Package:'; then
  die "this release has no libtorch-dev: --torch pip takes PyTorch's wheel (2.8 GB to fetch, 4.7 GB on disk), --torch DIR a" \
      "LibTorch that is here"
fi
install_packages "${packages[@]}"
for extra in "${extras[@]}"; do
  read -ra names <<<"${extra%%|*}"
  install_packages "${names[@]}" || say "${extra##*|}"
done
case $choice in
  debian) torch_dir=/usr/lib/$(gcc -print-multiarch)/cmake/Torch ;;
  pip)    torch=$(install_wheel)
          install_compiler "$torch"
          torch_dir=$torch/share/cmake/Torch ;;
  *)      torch_dir=$choice
          for inside in share/cmake/Torch lib/cmake/Torch; do  # a LibTorch folder will do as well
            if [ -e "$choice/$inside/TorchConfig.cmake" ]; then torch_dir=$choice/$inside; fi
          done ;;
esac
[ -e "$torch_dir/TorchConfig.cmake" ] || die "no LibTorch at $torch_dir (TorchConfig.cmake is missing)"
say "LibTorch: $torch_dir"
echo "$torch_dir"
