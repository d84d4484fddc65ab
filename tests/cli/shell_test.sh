# What tests written in shell share. Sourced first: makes $work, a temporary folder, and goes there.
set -euo pipefail
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../scripts" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() { echo "FAILED: $*" >&2; sed 's/^/  /' "$work/said" >&2; exit 1; }
expect() {  # exit status, words of what is said, command
  local status=0
  "${@:3}" >"$work/said" 2>&1 || status=$?
  [ "$status" = "$1" ] || fail "exit status $status instead of $1: ${*:3}"
  says "$2"
}
says() { grep -qF -e "$1" "$work/said" || fail "no \"$1\""; }
