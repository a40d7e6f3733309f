#!/usr/bin/env bash
# Checks the direction of imports (.dependency-cruiser.cjs). A run that saw no module checked nothing,
# which dependency-cruiser itself calls a success.
set -euo pipefail
cd "$(dirname "$0")/.."
said=$(npx depcruise src test --config .dependency-cruiser.cjs --output-type err-long) || {
  printf '%s\n' "$said"
  exit 1
}
printf '%s\n' "$said"
grep -qE '[1-9][0-9]+ modules' <<<"$said"
