#!/usr/bin/env bash
# Installs what is missing, says how long it will take and builds a preset; build/bin then points at its programs.
#
#   scripts/build.sh [--torch debian|pip|DIR] [--preset release|cuda] [--werror] [TARGET…]
set -euo pipefail
cd "$(dirname "$0")/.."

preset=release setup_options=() options=() targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --torch) setup_options=("$1" "${2:-}"); shift 2 ;;
    --preset) preset=${2:-}; shift 2 ;;
    --werror) options=(-DCERTIFY_WERROR=ON); shift ;;  # for developers
    -h|--help) sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) targets+=("$1"); shift ;;
  esac
done

torch_dir=$(scripts/setup.sh "${setup_options[@]}")
cache=build/$preset/CMakeCache.txt
again=()  # what was found for one LibTorch must not be mixed with another
if [ -e "$cache" ] && ! grep -q "^Torch_DIR:[A-Z]*=$torch_dir\$" "$cache"; then again=(--fresh); fi
log=$(mktemp)
cmake --preset "$preset" "${again[@]}" "${options[@]}" -DTorch_DIR="$torch_dir" >"$log" 2>&1 ||
  { cat "$log" >&2; rm -f "$log"; exit 1; }
rm -f "$log"
build() { cmake --build --preset "$preset" ${targets[@]+--target "${targets[@]}"} "$@"; }
steps=$(build -- -n | grep -c '^\[') || true
# Without ccache a step was measured to take 3.4 s of one core (the demo's) to 5.3 s (all).
minutes=$((steps * 5 / $(nproc) / 60))
[ $minutes -lt 2 ] || echo "building in $steps steps: about $minutes minutes on $(nproc) cores (docs/fresh-machines.md)" >&2
build >&2
ln -sfn "$preset/bin" build/bin
