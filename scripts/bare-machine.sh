#!/usr/bin/env bash
# What a newcomer's machine makes of the project: runs a README command, or any other, in a clone of the
# committed tree, as root in a new container of bare Debian. It has Node and nothing else of this machine: no
# engine (one can be installed and started inside), no Python, no git. Everything is removed afterwards.
#
#   bare-machine.sh demo|test      [docker run arguments...]
#   bare-machine.sh run 'COMMAND'  [docker run arguments...]
#
# The arguments say what else the machine is given, e.g. -e CI=true, or its way to a mirror of the packages:
# -v "$HOME/.npmrc:/root/.npmrc:ro". Ends with the command's exit code.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
base=debian:bookworm-slim

usage() {
  sed -n '/^# *bare-machine/s/^# *//p' "$0" >&2
  exit 2
}

case ${1:-} in
  demo) commands=('npm ci' 'npm run demo') ;;
  test) commands=('npm ci' 'npm test') ;;
  run)
    [ $# -ge 2 ] || usage
    commands=("$2")
    shift
    ;;
  *) usage ;;
esac
shift

say() { printf '\n[bare machine] %s\n' "$*"; }
give_up() { say "$1" >&2; exit 3; }

[ -f "$here/dist/main.js" ] || give_up 'Run "npm ci" first: making an engine answer needs dist/.'
bash "$here/scripts/ensure-docker.sh"
command -v docker >/dev/null || give_up 'The docker command is missing.'

# The program itself, not what stands on the PATH, which a version manager may have put there.
node=$(node -p process.execPath)
npm=$(dirname "$(dirname "$(realpath "$(command -v npm)")")")
[ -f "$npm/bin/npm-cli.js" ] || npm=$(npm root -g)/npm
[ -f "$npm/bin/npm-cli.js" ] || give_up "npm's own folder is neither $npm nor where $(command -v npm) leads."

name=vsc-bare-machine-$$-$RANDOM
clone=$(mktemp -d "${TMPDIR:-/tmp}/vsc-bare-machine.XXXXXX")
cleanup() {
  rm -rf "$clone"
  docker rm -f -v "$name" >/dev/null 2>&1 || true
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

say "Making $name from $base, with a clone of $(git -C "$here" log -1 --format='%h, "%s"')."
[ -z "$(git -C "$here" status --porcelain)" ] || say 'What is not committed is not in it.'
git clone -q --no-hardlinks "$here" "$clone/project"

# Runs inside, as the first process.
script='
ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
cd /srv/project
for command; do
  printf "\n[bare machine] \$ %s\n" "$command"
  began=$SECONDS
  bash -c "$command" && code=0 || code=$?
  printf "\n[bare machine] %s: exit code %s after %s s\n" "$command" "$code" $((SECONDS - began))
  [ "$code" = 0 ] || exit "$code"
done'

# What an engine needs to run in a container: all rights but SYS_RESOURCE (without which many a CI machine
# has to do, too), cgroups, and storage that is not a layer of a container. Docker makes the volumes without
# names and removes them with the container.
docker create --name "$name" --hostname bare-machine \
  --cap-add ALL --cap-drop SYS_RESOURCE \
  --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
  --device-cgroup-rule 'a *:* rwm' --cgroupns host -v /sys/fs/cgroup:/sys/fs/cgroup \
  -v /var/lib/docker -v /var/lib/containers -v /srv \
  --tmpfs /run:exec --tmpfs /tmp:exec \
  -v "$node:/usr/local/bin/node:ro" -v "$npm:/usr/local/lib/node_modules/npm:ro" \
  "$@" "$base" bash -c "$script" bash "${commands[@]}" >/dev/null
docker cp "$clone/project" "$name:/srv/"

# In the background: bash obeys a signal while it waits, not while a program runs in front.
docker start -a "$name" </dev/null &
wait $! || true
# The engine knows it; the command above also ends, with 0, when it is ended itself.
read -r state code < <(docker inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$name")
[ "$state" = exited ] || give_up "The machine is $state, and its output no longer comes."
say "Done after $SECONDS s, with exit code $code; removing the machine."
exit "$code"
