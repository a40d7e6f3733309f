#!/usr/bin/env bash
# leave-nothing.sh COMMAND...: runs a command with a temporary folder of its own, and fails if it left
# something: a file there, a process, a container, an image, a volume or a network.
# Ends with the command's exit code if that isn't 0.
set -euo pipefail
shopt -s inherit_errexit

temporary=$(mktemp -d "${TMPDIR:-/tmp}/vsc-tests.XXXXXX")
before=$(mktemp "$temporary.XXXXXX")
trap 'rm -rf "$temporary" "$before"' EXIT
chmod 1777 "$temporary" # as /tmp: some tests become other users

engine_has() {
  "$1" ps -a --format "$1 container {{.Names}} of {{.Image}}"
  "$1" images --format "$1 image {{.ID}} {{.Repository}}:{{.Tag}}"
  "$1" volume ls --format "$1 volume {{.Name}}"
  "$1" network ls --format "$1 network {{.Name}}"
}

# What is there, a line each. As this machine's other programs go on meanwhile, only those processes
# count that were given the command's temporary folder, and the shared folders only in CI.
look() {
  local folders=("$temporary") process
  [ -z "${CI:-}" ] || folders+=(/tmp /var/tmp /dev/shm)
  ! command -v docker >/dev/null || engine_has docker
  # The tests use Podman as root only.
  ! command -v podman >/dev/null || [ "$(id -u)" != 0 ] || engine_has podman
  grep -lzsxF "TMPDIR=$temporary" /proc/[0-9]*/environ | while read -r process; do
    process=${process%/environ}
    printf 'process %s %s\n' "${process#/proc/}" "$(tr '\0' ' ' <"$process/cmdline" 2>/dev/null)"
  done || true
  # Not counted: where Node keeps what it compiled.
  find "${folders[@]}" -mindepth 1 -maxdepth 1 ! -path "$temporary" ! -path "$before" ! -name node-compile-cache
}

left() {
  local now
  now=$(look | sort)
  comm -13 "$before" - <<<"$now"
}

look | sort >"$before"
code=0
TMPDIR=$temporary "$@" || code=$?
# What is just ending may do so.
for _ in $(seq 10); do
  left=$(left)
  [ -n "$left" ] || exit "$code"
  sleep 0.5
done
printf 'These were left behind:\n%s\n' "$left" >&2
[ "$code" != 0 ] || code=1
exit "$code"
