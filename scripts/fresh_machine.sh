#!/usr/bin/env bash
# Tries this checkout, as committed, on a machine that had only git: makes one in a folder (debootstrap), clones into it, runs
# scripts/demo.sh and scripts/test.sh there, and prints times and sizes. On demand: it takes root, debootstrap, 12 GB below
# $TMPDIR and an hour or two.
#
#   scripts/fresh_machine.sh bookworm|trixie [demo|tests]
#
# demo, tests      only one of the two [both, in this order]
# $DEBIAN_MIRROR   where packages come from [Debian's place among the sources of this machine's apt]
# build/fresh/RELEASE keeps what was said, and the demo's samples.jsonl; its counts are compared with those of other releases.
# Exit status: 0 when all that was run succeeded, 64 when it was called wrongly.
set -euo pipefail
usage() { echo "fresh_machine: $* (see --help)" >&2; exit 64; }
die() { echo "fresh_machine: $*" >&2; exit 1; }

case ${1:-} in
  -h|--help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
  bookworm|trixie) release=$1 ;;
  *) usage "${1:-nothing}: expected bookworm or trixie" ;;
esac
case ${2:-all} in
  all) steps=(demo tests) ;;
  demo|tests) steps=("$2") ;;
  *) usage "$2: expected demo or tests" ;;
esac
[ $# -le 2 ] || usage "too many words: $3"
declare -A script=([demo]=scripts/demo.sh [tests]=scripts/test.sh)

cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || die "needs root: debootstrap, chroot and mount are root's"
command -v debootstrap >/dev/null || die "needs debootstrap (apt-get install debootstrap)"
# shellcheck disable=SC2016  # apt's own variables
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(ORIGIN)/$(LABEL) $(SITE)' 'Created-By: Packages' |
                            sed -n 's#^Debian/Debian ##p' | head -n 1)}
[ -n "$mirror" ] || die "apt has no source of Debian's here: set DEBIAN_MIRROR"
[ -z "$(git status --porcelain)" ] || echo "fresh_machine: what is not committed will not be there" >&2

results=$PWD/build/fresh/$release
machine=$(mktemp -d -t "certify-$release.XXXXXX")
chmod 755 "$machine"  # its root: users that packages make must get in
rm -rf "$results"
mkdir -p "$results"

# What runs as root runs in namespaces: however this script ends, those processes do, and with the last of them their mounts.
apart() {
  unshare --mount --uts --pid --fork --kill-child "$@" &
  wait $!
}
inside() {
  # shellcheck disable=SC2016
  apart bash -euc '
    machine=$1 command=$2
    hostname fresh
    mount -t proc proc "$machine/proc"
    mount --rbind /sys "$machine/sys"
    mount -t tmpfs tmpfs "$machine/dev/shm"
    exec chroot "$machine" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 bash -euc "$command"
  ' - "$machine" "$1"
}
# shellcheck disable=SC2317  # the trap's
finish() {
  jobs -p | xargs -r kill -KILL  # unshare heeds no other signal
  wait
  rm -rf --one-file-system "$machine"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

kilobytes() { du -sk "$1" | cut -f 1; }
fetched() {  # apt-get keeps packages there
  local kept=$machine/var/cache/apt/archives
  if [ -e "$kept" ]; then kilobytes "$kept"; else echo 0; fi
}
rows=()
# step NAME COMMAND...: runs it, and keeps what it said and a row of what it took.
step() {
  local name=$1 status=0 packages disk real user kernel TIMEFORMAT='%R %U %S'
  shift
  packages=$(fetched) disk=$(kilobytes "$machine")
  echo "$name: $* (what it says: $results/$name.log)" >&2
  { time "$@" >"$results/$name.log" 2>&1; } 2>"$results/time" || status=$?
  read -r real user kernel <"$results/time"
  rows+=("$(awk -v name="$name" -v real="$real" -v user="$user" -v kernel="$kernel" \
    -v packages=$(($(fetched) - packages)) -v disk=$(($(kilobytes "$machine") - disk)) 'BEGIN {
      printf "%-8s %8.1f %10.1f %10.0f %10.0f", name, real / 60, (user + kernel) / 60, packages / 1024, disk / 1024
    }')")
  [ $status = 0 ] || { tail -n 15 "$results/$name.log" >&2; echo "fresh_machine: $name ended with $status" >&2; }
  return $status
}

# shellcheck disable=SC2317  # called by its name
make_machine() {
  apart debootstrap --variant=minbase --include=git,ca-certificates "$release" "$machine" "$mirror" &&
    echo "127.0.0.1 localhost fresh" >"$machine/etc/hosts" &&
    git clone --quiet --no-hardlinks . "$machine/opt/certify" &&
    git -C "$machine/opt/certify" rev-parse --short HEAD >"$results/commit"
}

counts() { sed 's/,"seconds":.*//' "$1"; }  # of samples.jsonl; what follows them is the time, and a sum over all

failed=0
step machine make_machine || die "no machine"
for name in "${steps[@]}"; do
  step "$name" inside "cd /opt/certify; ${script[$name]} --torch debian" || failed=1
done

samples=opt/certify/runs/demo/samples.jsonl
[ ! -e "$machine/$samples" ] || cp "$machine/$samples" "$results/"
{
  echo "$release, $(cat "$results/commit"), $(nproc) cores ($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1))"
  # shellcheck disable=SC2016
  inside 'dpkg-query -W -f "\${Package} \${Version}\n" libtorch-dev g++ cmake libfmt-dev libspdlog-dev nlohmann-json3-dev' || true
  printf '%-8s %8s %10s %10s %10s\n' step minutes processor 'MB fetched' 'MB on disk'
  printf '%s\n' "${rows[@]}"
  [ ! -e "$results/tests.log" ] || tail -n 1 "$results/tests.log"
  for other in build/fresh/*/samples.jsonl; do
    if ! [ -e "$results/samples.jsonl" ] || [ "$other" -ef "$results/samples.jsonl" ]; then continue; fi
    if cmp -s <(counts "$other") <(counts "$results/samples.jsonl"); then echo "the demo's counts are those of $other"
    else echo "THE DEMO'S COUNTS ARE NOT THOSE OF $other"; failed=1; fi
  done
} >"$results/summary.txt"
cat "$results/summary.txt"
exit $failed
