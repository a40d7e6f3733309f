#!/usr/bin/env bash
# Runs the quickstart in an image (default: the slim one), on sample videos that it makes in a temporary folder, as
# on the server: without a network. CPU_OR_GPU and SKIP_GPU count as always.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
image=${1:-meta-vsc-descriptor-runtime:slim-local}
project=$(mktemp -d "${TMPDIR:-/tmp}/vsc-quickstart.XXXXXX")
trap 'rm -rf "$project"' EXIT

vsc() { node "$here/dist/main.js" -C "$project" "$@"; }

export DATASET=train SUBSET_PROPORTION=0.2
vsc sample-data --image "$image"
vsc data-subset
vsc pack-quickstart
vsc test-submission --block-internet --image "$image"
