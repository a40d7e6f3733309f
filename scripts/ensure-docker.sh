#!/usr/bin/env bash
# Makes a container engine answer, and the base of the slim image be there.
# Does nothing where both are so already. On Debian and Ubuntu, as root, it installs and starts what
# is missing; elsewhere it says what to install. Needs dist/, which "npm ci" builds.
# With --tests also what only the tests need: a registry to pull from.
set -euo pipefail
cd "$(dirname "$0")/.."

base=debian:bookworm-slim
log=/var/log/vsc-dockerd.log

say() { printf '%s\n' "$*" >&2; }

engine_answers() { node dist/main.js --json 2>/dev/null | grep -q '"engine":"'; }

give_up() {
  say "$1"
  say 'Install Docker (https://docs.docker.com/engine/install/), start it, and try again.'
  exit 3
}

install_packages() {
  local missing=()
  command -v dockerd >/dev/null || missing+=(docker.io)
  command -v iptables >/dev/null || missing+=(iptables)
  command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing ${missing[*]} from the distribution."
  apt-get update -q >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
}

start_engine() {
  if [ -d /run/systemd/system ]; then
    systemctl start docker
  else
    # A pid file of an engine that died with its machine would keep a new one from starting.
    if [ -f /var/run/docker.pid ] && ! pgrep -x dockerd >/dev/null; then rm -f /var/run/docker.pid; fi
    say "Starting dockerd; its log is $log."
    setsid nohup dockerd >"$log" 2>&1 </dev/null &
  fi
  for _ in $(seq 60); do
    engine_answers && return 0
    sleep 0.5
  done
  [ -f "$log" ] && tail -n 20 "$log" >&2
  give_up 'The Docker engine was started but does not answer.'
}

can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

if ! engine_answers; then
  [ -z "${DOCKER_HOST:-}${DOCKER_CONTEXT:-}" ] || give_up 'No container engine answers where DOCKER_HOST or DOCKER_CONTEXT points to.'
  can_install || give_up 'No container engine answers.'
  install_packages
  start_engine
fi

if [ "${1:-}" = --tests ] && ! command -v docker-registry >/dev/null; then
  if can_install; then
    say 'Installing docker-registry from the distribution, for the tests of "vsc pull".'
    apt-get update -q >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends docker-registry >&2
    # The tests start one of their own; the package's need not run.
    [ ! -d /run/systemd/system ] || systemctl disable -q --now docker-registry
  else
    say 'The tests of "vsc pull" need the program docker-registry: sudo apt-get install docker-registry'
  fi
fi

# Without the docker command there is no way to look; the build then fetches the base itself.
command -v docker >/dev/null || exit 0
docker image inspect "$base" >/dev/null 2>&1 && exit 0
timeout 120 docker pull -q --platform linux/amd64 "$base" >&2 && exit 0
can_install || give_up "$base can't be pulled."
install_packages
say "$base can't be pulled: making it from the distribution's packages."
mmdebstrap --quiet --variant=minbase bookworm - | docker import - "$base" >&2
