#!/usr/bin/env bash
# The whole way once, in a temporary folder: sample videos, a submission that finds copies, its rehearsal and score.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
project=$(mktemp -d "${TMPDIR:-/tmp}/vsc-demo.XXXXXX")

vsc() { node "$here/dist/main.js" -C "$project" "$@"; }

show() {
  printf '\n\033[1m$ %s\033[0m\n' "$*"
  # What stands before "vsc" sets variables, as a user would type it.
  local settings=()
  while [[ $1 == *=* ]]; do settings+=("$1"); shift; done
  shift
  (for setting in "${settings[@]+"${settings[@]}"}"; do export "${setting?}"; done; vsc "$@")
}

printf 'A project in %s\n' "$project"
show vsc init
show vsc build --slim
show vsc sample-data
show SUBSET_PROPORTION=0.2 vsc data-subset
show vsc pack-benchmark
show BLOCK_INTERNET=true vsc test-submission
show vsc score
show vsc report

printf '\nDone. Look around in %s, or delete it.\n' "$project"
