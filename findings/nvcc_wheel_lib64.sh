#!/usr/bin/env bash
# nvcc 13.0 from PyPI cannot link with the CUDA runtime that its own release installs beside it.
# Expected: pip install nvidia-cuda-nvcc==13.0.88 with what it requires compiles and links an empty program.
# Seen: the package's bin/nvcc.profile names nvidia/cu13/lib64, and every package of the release installs
# into nvidia/cu13/lib. The linker then takes a libcudart_static.a of the system or finds none. nvcc 13.2.86
# names lib. scripts/setup.sh therefore makes the link lib64 -> lib.
# Exits non-zero when either of the two behaves otherwise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo 'int main() { return 0; }' >empty.cu

# Prints the CUDA runtime that nvcc of release $1 links: its own, another or none.
linked_runtime() {
  python3 -m venv "venv-$1"
  "venv-$1/bin/pip" install -q --no-deps "nvidia-cuda-nvcc==$1" "nvidia-nvvm==$1" "nvidia-cuda-crt==$1" \
    "nvidia-cuda-runtime==$2" >&2
  local root
  root=$(echo "$folder/venv-$1"/lib/python3*/site-packages/nvidia/cu13)
  "$root/bin/nvcc" --version | tail -n 2 >&2
  [ -e "$root/lib/libcudart_static.a" ]
  grep '^LIBRARIES' "$root/bin/nvcc.profile" >&2
  if ! "$root/bin/nvcc" -Xlinker --trace -o empty empty.cu >trace 2>&1; then
    grep 'cannot find' trace >&2
    echo none
  elif grep -q "^$folder/.*libcudart_static.a" trace; then echo its own
  else grep 'libcudart_static.a' trace | head -n 1 >&2; echo another
  fi
}

old=$(linked_runtime 13.0.88 13.0.96)
echo "nvcc 13.0.88 links: $old"
new=$(linked_runtime 13.2.86 13.2.86)
echo "nvcc 13.2.86 links: $new"
[ "$old" != "its own" ] && [ "$new" = "its own" ]
