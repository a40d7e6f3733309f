#!/bin/bash
# Entry point of the image. A run of the pipeline (run, which is the default, execute, score) also
# goes to submission/log.txt; any other command takes this script's place.
set -u

case "${1:-}" in
  "" | --*) set -- run "$@" ;;
esac

case "$1" in
  # Where code of the submission's runs, this script itself starts again under a filter.
  run | execute) exec python3 -I -m vsc_runtime.confine "$0" confined "$@" ;;
  confined) shift ;;
  score) ;;
  *) exec "$@" ;;
esac

log=/code_execution/submission/log.txt
if [ -L "$log" ] || ! { : >"$log"; } 2>/dev/null; then
  log=/dev/null
fi
if [ -f "$log" ] && [ "$(id -u)" = 0 ]; then
  chown --reference="${log%/*}" "$log" 2>/dev/null
fi

# tee has to outlive the pipeline, and a Ctrl-C that reaches the whole group.
exec 3> >(trap '' INT TERM; exec tee "$log")
tee=$!

# How far the scoring is goes to our own standard error: nothing else does, and none of it to the log.
if [ "$1" = score ] && [ "${VSC_PROGRESS:-}" = true ]; then
  exec 4>&2
  set -- "$@" --progress 4
fi

# A signal may come before there is a pipeline to pass it on to.
early='' pipeline=''
pass_on() {
  signalled=1
  if [ -n "$pipeline" ]; then kill -"$1" "$pipeline" 2>/dev/null; else early=$1; fi
}
trap 'pass_on TERM' TERM
trap 'pass_on INT' INT

# -I: nothing in the current folder, which is the submission's, is ever imported.
# bash would have a job in the background read nothing.
python3 -I -m vsc_runtime "$@" <&0 >&3 2>&1 3>&- &
pipeline=$!
exec 3>&- 4>&-
[ -z "$early" ] || kill -"$early" "$pipeline" 2>/dev/null

# A trapped signal ends `wait` early, while the pipeline goes on: wait again.
signalled=1
while [ "$signalled" = 1 ]; do
  signalled=0
  wait "$pipeline"
  status=$?
done

# Killed, the scoring could not say how much memory it took; this process still can.
if [ "$1" = score ] && [ "$status" = 137 ]; then
  python3 -I -m vsc_runtime.report /code_execution/submission/run_report.json
fi

# Let the last of the output through, but don't hang on whoever else holds the pipe.
(sleep 5; kill -KILL "$tee") >/dev/null 2>&1 &
wait "$tee" 2>/dev/null
exit "$status"
