#!/usr/bin/env bash
# A Slurm cluster of three nodes on this machine, for tests: loopback only, without systemd, as root. All of it
# is in one folder.
#
#   slurm-cluster.sh up [FOLDER [KEY=VALUE...]]   makes it and starts it; prints SLURM_CONF=..., for those who
#                                                 use it. KEY=VALUE is for slurm.conf
#   slurm-cluster.sh down [FOLDER]                ends all its processes, its jobs' too, and removes FOLDER
#   slurm-cluster.sh kill-node K [FOLDER]         as if node K, from 1, lost its power
#   slurm-cluster.sh cut-node K [FOLDER]          as if its network were cut: what runs there goes on
#   slurm-cluster.sh start-node K [FOLDER]
#   slurm-cluster.sh kill-controller [FOLDER]
#   slurm-cluster.sh start-controller [FOLDER]
#
# FOLDER is vsc-slurm in the temporary folder where it is not said. Several clusters may stand side by side.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
ulimit -c 0 # a daemon that is killed leaves nothing where it was started
scripts=$(dirname "$(realpath "$0")")
nodes=3

usage() {
  sed -n '/^# *slurm-cluster/s/^# *//p' "$0" >&2
  exit 2
}

say() { printf '%s\n' "$*" >&2; }

verb=${1:-} node=''
shift || usage
case $verb in
  kill-node | cut-node | start-node)
    node=node${1:-}
    shift || usage
    ;;
  up | down | kill-controller | start-controller) ;;
  *) usage ;;
esac
folder=$(realpath -m "${1:-${TMPDIR:-/tmp}/vsc-slurm}")
shift || true
export SLURM_CONF=$folder/slurm.conf
munge_socket=$folder/munge.sock

# --- What it is made of ---

# Ports of the loopback that nobody listens on, below those that the system itself gives away.
free_ports() {
  local taken port
  taken=$(awk 'FNR > 1 { sub(/.*:/, "", $2); print $2 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null)
  shuf -i 10000-30000 | while read -r port; do
    grep -qix "$(printf '%04x' "$port")" <<<"$taken" || printf '%s\n' "$port"
  done | head -n "$1"
}

# How it is set up: short waits, so that what takes minutes elsewhere takes seconds here. A folder's cluster has
# a name that no other has: its tasks are known by it.
configuration() {
  local ports host i
  mapfile -t ports < <(free_ports $((nodes + 1)))
  host=$(hostname -s)
  cat <<CONF
ClusterName=vsc$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=${ports[0]}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$munge_socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool.%n
SlurmctldPidFile=$folder/run/slurmctld.own.pid
SlurmdPidFile=$folder/run/%n.own.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
TmpFS=${TMPDIR:-/tmp}
GresTypes=gpu
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
MailProg=/bin/true
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=500
SlurmdParameters=config_overrides
ReturnToService=1
SlurmdTimeout=5
SlurmctldTimeout=10
MessageTimeout=5
KillWait=20
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=2,bf_interval=1
CONF
  for ((i = 1; i <= nodes; i++)); do
    printf 'NodeName=node%s NodeHostname=%s NodeAddr=127.0.0.1 Port=%s CPUs=2 RealMemory=8000 Gres=gpu:%s\n' \
      "$i" "$host" "${ports[$i]}" $((i == 1))
  done
  printf 'PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n'
  # What a task can't get is to be told, too.
  printf 'PartitionName=small Nodes=node3 MaxTime=10 MaxCPUsPerNode=1 MaxMemPerNode=1000 State=UP\n'
  printf 'PartitionName=theirs Nodes=node3 AllowAccounts=them State=UP\n'
  printf 'PartitionName=closed Nodes=node3 State=DOWN\n'
}

# In the place of a key's line where there is one.
configure() {
  local setting
  for setting; do
    [[ $setting == *=* ]] || usage
    sed -i "/^${setting%%=*}=/d" "$SLURM_CONF"
    printf '%s\n' "$setting" >>"$SLURM_CONF"
  done
}

# --- Its processes ---

# Whether one of its daemons runs. Pids are given away anew, so it is known by its environment, too.
runs() {
  local pid
  pid=$(cat "$folder/run/$1.pid" 2>/dev/null) && grep -qzsxF "SLURM_CONF=$SLURM_CONF" "/proc/$pid/environ"
}

# start NAME COMMAND...: in the foreground of a session of its own, so that its pid is known.
start() {
  local name=$1
  shift
  ! runs "$name" || return 0
  setsid "$@" >>"$folder/log/$name.out" 2>&1 </dev/null &
  printf '%s\n' "$!" >"$folder/run/$name.pid"
}

start_munge() {
  start munged munged --foreground --num-threads=2 --socket="$munge_socket" --key-file="$folder/munge.key" \
    --seed-file="$folder/munge.seed" --log-file="$folder/log/munged.log" --pid-file="$folder/run/munged.own.pid"
  await 'munged' test -S "$munge_socket"
}

# Slurm's own listen at the address that this machine's name stands for, and in their eyes it is the loopback.
# What is mounted later they see, too.
start_slurm() {
  local name=$1
  shift
  start "$name" unshare --mount --propagation slave \
    sh -c 'mount --bind "$1" /etc/hosts && shift && exec "$@"' sh "$folder/hosts" "$@"
}

start_controller() { start_slurm slurmctld slurmctld -D; }
start_node() { start_slurm "$1" slurmd -D -N "$1"; }

# Ends a daemon at once.
kill_daemon() {
  ! runs "$1" || kill -KILL "$(cat "$folder/run/$1.pid")" 2>/dev/null || true
  while runs "$1"; do sleep 0.05; done
  rm -f "$folder/run/$1.pid"
}

# Pids of what the slurmd of one node, or of all, started: the programs that watch over tasks, whose environment
# can't be read but who write to slurmd's log, and the tasks.
started_by() {
  local cluster process
  cluster=$(sed -n 's/^ClusterName=//p' "$SLURM_CONF")
  {
    find /proc/[0-9]*/fd -lname "$folder/log/$1.log"
    grep -lzsxF "SLURM_CLUSTER_NAME=$cluster" /proc/[0-9]*/environ | while read -r process; do
      [ "$1" = '*' ] || grep -qzsxF "SLURMD_NODENAME=$1" "$process" || continue
      printf '%s\n' "$process"
    done
  } 2>/dev/null | cut -d/ -f3 | sort -u || true # some have ended meanwhile
}

kill_started_by() {
  local pids
  while mapfile -t pids < <(started_by "$1") && [ ${#pids[@]} -gt 0 ]; do
    kill -KILL "${pids[@]}" 2>/dev/null || true
    sleep 0.05
  done
}

# await WHAT COMMAND...: until the command succeeds, at most half a minute.
await() {
  local what=$1
  shift
  for _ in $(seq 300); do
    ! "$@" || return 0
    sleep 0.1
  done
  say "Waited 30 s for $what, in vain."
  tail -n 5 "$folder"/log/* >&2
  return 1
}

controller_answers() { scontrol ping 2>/dev/null | grep -q 'is UP'; }
all_idle() { [ "$(sinfo -h -N -p main -o %T 2>/dev/null | grep -cx idle)" = "$nodes" ]; }

# --- What can be asked for ---

up() {
  [ "$(id -u)" = 0 ] || { say 'The cluster has to be started as root.'; exit 3; }
  bash "$scripts/ensure-test-tools.sh" slurmctld slurmd sbatch munged
  [ ! -e "$folder" ] || { say "$folder is there already. To end what is in it: bash $0 down $folder"; exit 3; }
  mkdir -p "$folder"/{run,log,state}
  chmod 755 "$folder" # munge has to be within everybody's reach
  trap down EXIT
  configuration >"$SLURM_CONF"
  configure "$@"
  printf 'NodeName=node1 Name=gpu File=/dev/null\n' >"$folder/gres.conf"
  printf '127.0.0.1 localhost %s\n' "$(hostname -s)" >"$folder/hosts"
  (umask 077 && head -c 128 /dev/urandom >"$folder/munge.key")
  start_munge
  start_controller
  for ((i = 1; i <= nodes; i++)); do start_node "node$i"; done
  await 'all nodes to be idle' all_idle
  trap - EXIT
  printf 'SLURM_CONF=%s\n' "$SLURM_CONF"
}

down() {
  [ -f "$SLURM_CONF" ] || return 0
  local i
  kill_daemon slurmctld
  for ((i = 1; i <= nodes; i++)); do kill_daemon "node$i"; done
  kill_started_by '*'
  kill_daemon munged
  rm -rf "$folder"
}

case $verb in
  up) up "$@" ;;
  down) down ;;
  *) [ -f "$SLURM_CONF" ] || { say "There is no cluster in $folder."; exit 3; } ;;&
  kill-node) kill_daemon "$node" && kill_started_by "$node" ;;
  cut-node) kill_daemon "$node" ;;
  start-node) start_node "$node" ;;
  kill-controller) kill_daemon slurmctld ;;
  start-controller) start_controller && await 'the controller' controller_answers ;;
esac
