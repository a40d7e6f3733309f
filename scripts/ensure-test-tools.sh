#!/usr/bin/env bash
# Makes the programs be there that only tests need, a line each: command, then Debian package.
# Does nothing where they are; as root on Debian and Ubuntu it installs them; elsewhere it says what
# to install. A missing one is a failure, never a skipped test.
set -euo pipefail
PATH=$PATH:/usr/sbin

tools=(
  'chromium chromium'
  'docker-registry docker-registry'
  'podman podman'
  'sshd openssh-server'
  'ssh openssh-client'
  'zsh zsh'
  'fish fish'
)

missing=()
for tool in "${tools[@]}"; do
  read -r command package <<<"$tool"
  command -v "$command" >/dev/null || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  printf 'The tests need these programs: install %s and try again.\n' "${missing[*]}" >&2
  exit 3
fi
printf 'Installing %s from the distribution, for the tests.\n' "${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >&2
apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}" >&2
