#!/usr/bin/env bash
# scripts/setup.sh with stand-ins for apt: it says beforehand what comes, keeps quiet, and shows the end of the log of what fails;
# and the words that scripts/fresh_machine.sh refuses.
source "$(dirname "$0")/shell_test.sh"
mkdir -p bin torch/share/cmake/Torch tmp
touch torch/share/cmake/Torch/TorchConfig.cmake
export PATH=$work/bin:$PATH TMPDIR=$work/tmp
stand_in() { printf '#!/bin/bash\n%s\n' "$2" >"bin/$1"; chmod +x "bin/$1"; }
stand_in dpkg-query 'exit 1'   # nothing is installed
stand_in sudo '"$@"'
stand_in apt-cache 'printf "Package: %s\n" "${@:3}"'
stand_in apt-get 'case "$*" in
  update*) echo "Hit:1" ;;
  *--print-uris*) printf "%s\n" "Need to get 1,234 kB/326 MB of archives." "After this operation, 1452 MB of additional disk space will be used." ;;
  *groff*) for i in {1..40}; do echo "line $i"; done; echo "E: no such package"; exit 100 ;;
  install*) touch installed; echo "Unpacking much" ;;
esac'

folder=$work/torch/share/cmake/Torch
expect 0 "1,234 kB to fetch, 1452 MB on disk" "$scripts/setup.sh" --torch "$work/torch"
if grep -q Unpacking said; then fail "dpkg is heard"; fi
[ -e installed ] || fail "nothing was installed"
[ -z "$(ls tmp)" ] || fail "a log is left where all went well"
[ "$("$scripts/setup.sh" --torch "$work/torch" 2>/dev/null)" = "$folder" ] || fail "stdout has more than the folder"

expect 0 "NO GROFF HERE" "$scripts/setup.sh" --torch "$work/torch" --tests
says "E: no such package"
log=$(sed -n 's/.*(all that was said: \(.*\))$/\1/p' said)
grep -qx "line 1" "$log" || fail "no log at $log"
if grep -qx "line 1" said; then fail "the whole log is shown"; fi

stand_in apt-cache 'printf "Package: %s\n" "${@:3}" | grep -v libtorch'
expect 1 "this release has no libtorch-dev: --torch pip" "$scripts/setup.sh" --torch debian
stand_in apt-cache 'printf "Package: %s\n" "${@:3}"'

stand_in apt-get 'echo "E: no lock"; exit 100'
expect 1 "E: no lock" "$scripts/setup.sh" --torch "$work/torch"

expect 64 "expected bookworm or trixie" "$scripts/fresh_machine.sh" sid
expect 64 "expected demo or tests" "$scripts/fresh_machine.sh" trixie all-of-it
expect 0 "scripts/fresh_machine.sh bookworm|trixie" "$scripts/fresh_machine.sh" --help
echo "all as expected"
