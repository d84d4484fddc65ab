#!/bin/bash
# A Slurm cluster of its own for a test: one controller and two nodes on loopback, two pretended GPUs each, everything
# below a folder.
#
#   cluster.sh up DIR     then: export SLURM_CONF=DIR/etc/slurm.conf
#   cluster.sh down DIR
set -u
here=$(cd "$(dirname "$0")" && pwd)
dir=$2
export SLURM_CONF=$dir/etc/slurm.conf

up() {
  mkdir -p "$dir"/{etc,log,run,state,spool,dev,munge} && chmod 755 "$dir" "$dir/munge" || return 1
  for i in 0 1 2 3; do ln -sf /dev/null "$dir/dev/nvidia$i"; done  # Slurm wants a character device
  sed "s#@DIR@#$dir#g; s#@USER@#$(id -un)#g" "$here/slurm.conf.in" >"$SLURM_CONF"
  printf 'NodeName=n1 Name=gpu File=%s/dev/nvidia[0-1]\nNodeName=n2 Name=gpu File=%s/dev/nvidia[2-3]\n' \
    "$dir" "$dir" >"$dir/etc/gres.conf"
  echo "CgroupPlugin=cgroup/v1" >"$dir/etc/cgroup.conf"
  mungekey --create --keyfile="$dir/munge/key" --bits=1024 || return 1
  munged --key-file="$dir/munge/key" --socket="$dir/munge/socket" --pid-file="$dir/run/munged.pid" \
    --log-file="$dir/log/munged.log" --seed-file="$dir/munge/seed" || return 1
  slurmctld -f "$SLURM_CONF" -L "$dir/log/slurmctld.log" || return 1
  for node in n1 n2; do
    slurmd -f "$SLURM_CONF" -N "$node" -L "$dir/log/slurmd.$node.log" || return 1
  done
  for _ in $(seq 300); do
    [ "$(sinfo -h -N -o %t 2>/dev/null | sort -u)" = idle ] && return 0
    sleep 0.1
  done
  sinfo -N -l
  return 1
}

down() {  # daemons are ended by what they wrote down, so that no other cluster is touched
  local pids=() name
  [ -e "$SLURM_CONF" ] && timeout 10 scancel --user="$(id -un)" 2>/dev/null
  for name in slurmd.n1 slurmd.n2 slurmctld munged; do
    [ -s "$dir/run/$name.pid" ] && pids+=("$(cat "$dir/run/$name.pid")")
  done
  [ ${#pids[@]} -gt 0 ] || return 0
  kill "${pids[@]}" 2>/dev/null
  for _ in $(seq 100); do
    kill -0 "${pids[@]}" 2>/dev/null || return 0
    sleep 0.1
  done
  for name in "${pids[@]}"; do kill -9 "$name" 2>/dev/null; done
  return 0
}

"$1"
