#!/usr/bin/env bash
# The whole way once, on made-up videos in a temporary folder: data, a submission, its rehearsal.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
project=$(mktemp -d "${TMPDIR:-/tmp}/vsc-demo.XXXXXX")
image=meta-vsc-descriptor-runtime:slim-local

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
if ! vsc --json | grep -q '"tags":\["'; then show vsc build --slim; fi

printf '\nMaking 40 queries and 80 references, a few seconds each, into competition_data/train.\n'
mkdir -p "$project/competition_data/train"
runner=$image
docker image inspect "$runner" >/dev/null 2>&1 || show vsc build --slim
tar -cf - -C "$here/scripts" sample_data.py |
  docker run --rm -i --network none --entrypoint bash "$runner" -c \
    'tar -xf - -C /tmp && python3 /tmp/sample_data.py /tmp/train && tar -cf - -C /tmp/train .' |
  tar -xf - -C "$project/competition_data/train" --no-same-owner

show SUBSET_PROPORTION=0.2 vsc data-subset
show vsc pack-quickstart
show BLOCK_INTERNET=true vsc test-submission

printf '\nDone. Look around in %s, or delete it.\n' "$project"
