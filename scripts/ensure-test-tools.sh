#!/usr/bin/env bash
# Makes the programs be there that only tests need, a line each: command (or shared library), then Debian package.
# Does nothing where they are; as root on Debian and Ubuntu it installs them; elsewhere it says what
# to install. A missing one is a failure, never a skipped test.
#
#   ensure-test-tools.sh [COMMAND...]   of these alone; of all where none is named
set -euo pipefail
PATH=$PATH:/usr/sbin

tools=(
  'chromium chromium'
  'docker-registry docker-registry'
  'git git'
  'zip zip'
  'unzip unzip'
  'openssl openssl'
  'sshd openssh-server'
  'ssh openssh-client'
  'zsh zsh'
  'fish fish'
  'man man-db'
  'groff groff-base'
  'mandoc mandoc'
  'slurmctld slurmctld'
  'slurmd slurmd'
  'sbatch slurm-client'
  'munged munge'
  # Of Node 26, on which the tests run too.
  'libatomic.so.1 libatomic1'
)
# As people have it: with what it recommends, such as the init of its containers.
podman=('podman podman' 'catatonit catatonit')

wanted=" $* "
# The packages of those of its arguments whose command is wanted and missing, one a line.
missing_of() {
  local command package
  while read -r command package; do
    [[ $wanted == '  ' || $wanted == *" $command "* ]] || continue
    command -v "$command" >/dev/null || ldconfig -p 2>/dev/null | grep -F "	$command " >/dev/null || printf '%s\n' "$package"
  done < <(printf '%s\n' "$@")
}
mapfile -t plain < <(missing_of "${tools[@]}")
mapfile -t recommending < <(missing_of "${podman[@]}")
missing=("${plain[@]}" "${recommending[@]}")
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  printf 'The tests need these programs: install %s and try again.\n' "${missing[*]}" >&2
  exit 3
fi
printf 'Installing %s from the distribution, for the tests.\n' "${missing[*]}" >&2

# No service of theirs (a registry, remote logins, …) is to start because tests were run.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi

install() {
  [ $# -gt 1 ] || return 0
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q -o DPkg::Lock::Timeout=300 "$@" >&2
}
apt-get update -q >&2
# Chromium would bring a printing system along, and announce this machine on its network.
install --no-install-recommends "${plain[@]}"
install --install-recommends "${recommending[@]}"
