#!/usr/bin/env bash
# Runs the quickstart in an image (default: the slim one), on made-up videos in a temporary folder, as
# on the server: without a network. CPU_OR_GPU and SKIP_GPU count as always.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
image=${1:-meta-vsc-descriptor-runtime:slim-local}
project=$(mktemp -d "${TMPDIR:-/tmp}/vsc-quickstart.XXXXXX")
trap 'rm -rf "$project"' EXIT

vsc() { node "$here/dist/main.js" -C "$project" "$@"; }

mkdir -p "$project/competition_data/train"
tar -cf - -C "$here/scripts" sample_data.py |
  docker run --rm -i --network none --entrypoint bash "$image" -c \
    'tar -xf - -C /tmp && python3 /tmp/sample_data.py /tmp/train >&2 && tar -cf - -C /tmp/train .' |
  tar -xf - -C "$project/competition_data/train" --no-same-owner

export DATASET=train SUBSET_PROPORTION=0.2
vsc data-subset
vsc pack-quickstart
vsc test-submission --block-internet --image "$image"
