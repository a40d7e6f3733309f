#!/usr/bin/env bash
# Builds vsc-test-torch, the slim image with PyTorch, in which the search of a GPU is tested on the processor.
set -euo pipefail
cd "$(dirname "$0")/.."
docker build --quiet --build-arg VARIANT=slim-torch --tag vsc-test-torch --file runtime/Dockerfile.slim runtime
