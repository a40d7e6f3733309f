#!/usr/bin/env bash
# Runs runtime/tests inside an image (default: the slim one), as it was built, and the tests of
# submission_benchmark/ and matching/ on the working copy. What needs PyTorch, which the slim image lacks, is
# tested in one of its own.
# The reference implementation's answers are tested too where they are: VSC_ORACLES, or ../shared.
set -euo pipefail
cd "$(dirname "$0")/.."
image=${1:-meta-vsc-descriptor-runtime:slim-local}
oracles=${VSC_ORACLES:-../shared/oracles}
mounts=(-v "$PWD/test/fixtures:/fixtures:ro" -e VSC_FIXTURES=/fixtures)
for folder in submission_benchmark matching scripts/background test/submission_benchmark test/matching; do
  mounts+=(-v "$PWD/$folder:/project/$folder:ro")
done
if [ -d "$oracles" ]; then
  mounts+=(-v "$(realpath "$oracles"):/oracles:ro" -e VSC_ORACLES=/oracles)
else
  echo "No oracles at $oracles: the tests against the reference implementation do not run."
fi
run() {
  docker run --rm --network none -e SKIP_GPU "${mounts[@]}" --entrypoint python3 "$1" \
    -m pytest -q -p no:cacheprovider "$2"
}
for tests in /opt/vsc_runtime/tests /project/test/submission_benchmark /project/test/matching; do
  run "$image" "$tests"
done
if [ $# = 0 ]; then
  bash scripts/torch-image.sh
  run vsc-test-torch /opt/vsc_runtime/tests/test_gpu_scan.py
fi
