#!/bin/bash
# worker.sh --node NODE --gpus GPUS FOLDER: what tests have schedulers run in place of "vsc run-task". Notes that it
# began, and becomes the folder's run.sh.
cd "$5" || exit 1
printf '%s|%s|%s\n' "$2" "$4" $$ >>began
exec sh ./run.sh
