import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from conftest import RUNTIME

SCRIPT = RUNTIME / "entrypoint.sh"


@pytest.fixture
def fake(tmp_path):
    """A PATH whose python3 is a small script, to see what the entry point makes of it; its filter is none."""
    def make(body):
        confine = 'if [ "$3" = vsc_runtime.confine ]; then shift 3; exec "$@"; fi'
        (tmp_path / "python3").write_text(f"#!/bin/bash\n{confine}\n{body}\n")
        (tmp_path / "python3").chmod(0o755)
        return {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    return make


def run(environment, *arguments):
    return subprocess.run([SCRIPT, *arguments], env=environment, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("arguments, given", [
    ([], "-I -m vsc_runtime run"),
    (["run"], "-I -m vsc_runtime run"),
    (["--track", "matching"], "-I -m vsc_runtime run --track matching"),
    (["score", "--subset", "a b"], "-I -m vsc_runtime score --subset a b"),
])
def test_the_pipeline_runs_isolated_with_all_arguments(fake, arguments, given):
    assert run(fake('echo "$@"'), *arguments).stdout == given + "\n"


@pytest.mark.parametrize("arguments, words", [
    ([], ["run"]),
    (["--track", "matching"], ["run", "--track", "matching"]),
    (["execute", "--report", "a b"], ["execute", "--report", "a b"]),
])
def test_where_code_runs_the_script_starts_again_under_the_filter(fake, arguments, words):
    environment = fake("exit 1")
    python = Path(environment["PATH"].split(":")[0]) / "python3"
    python.write_text('#!/bin/bash\nprintf "%s\\n" "$@"\n')
    lines = run(environment, *arguments).stdout.splitlines()
    assert lines == ["-I", "-m", "vsc_runtime.confine", str(SCRIPT), "confined", *words]


def test_a_scoring_that_was_killed_still_has_its_memory_told(fake):
    body = 'case "$3" in vsc_runtime) kill -KILL $$ ;; vsc_runtime.report) echo "report to $4" >&2 ;; esac'
    done = run(fake(body), "score")
    assert done.returncode == 137
    assert "report to /code_execution/submission/run_report.json" in done.stderr
    assert "report to" not in run(fake(body), "execute").stderr


def test_any_other_command_is_run_as_it_is(fake):
    done = run(fake("exit 9"), "bash", "-c", 'echo "$0" "$1"; exit 5', "a", "b c")
    assert (done.returncode, done.stdout) == (5, "a b c\n")


def test_all_output_and_the_exit_code_arrive(fake):
    done = run(fake("for i in {1..20000}; do echo $i; done; printf 'err\\n' >&2; printf 'no newline\\r'; exit 3"))
    assert done.returncode == 3
    assert done.stdout.endswith("19999\n20000\nerr\nno newline\n")  # text mode turns \r into \n
    assert len(done.stdout.splitlines()) == 20002


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_reach_the_pipeline_whose_exit_code_counts(fake, number):
    body = f"trap 'echo bye; exit 42' {number.name[3:]}; echo ready; for i in {{1..100}}; do sleep 0.1; done"
    # A shell's background jobs ignore SIGINT and can't trap it; Python can set a handler all the same.
    if number == signal.SIGINT:
        body = (
            "exec /usr/bin/env -S PATH=/usr/bin:/usr/local/bin:/opt/conda/envs/condaenv/bin python3 -c '\n"
            "import signal, sys, time\n"
            "signal.signal(2, lambda *_: (print(\"bye\"), sys.exit(42)))\n"
            "print(\"ready\", flush=True); time.sleep(10)'"
        )
    process = subprocess.Popen([SCRIPT], env=fake(body), stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    started = time.monotonic()
    process.send_signal(number)
    output, _ = process.communicate(timeout=10)
    assert (process.returncode, output) == (42, "bye\n")
    assert time.monotonic() - started < 2


def test_a_process_that_holds_the_output_does_not_hang_the_end(fake):
    started = time.monotonic()
    done = subprocess.run(
        [SCRIPT], env=fake("(exec sleep 20) & echo done"), stdout=subprocess.DEVNULL, timeout=15
    )
    assert done.returncode == 0
    assert time.monotonic() - started < 8


@pytest.mark.parametrize("command, asked, channel", [
    ("score", "true", "how far\n"),
    ("score", "false", ""),
    ("score", None, ""),
    ("execute", "true", ""),
    ("run", "true", ""),
])
def test_only_a_scoring_that_is_asked_tells_how_far_it_is_and_beside_its_output(fake, command, asked, channel):
    environment = fake('echo "$@"; [ "${*: -2}" != "--progress 4" ] || echo how far >&4')
    environment.pop("VSC_PROGRESS", None)
    if asked:
        environment["VSC_PROGRESS"] = asked
    done = run(environment, command)
    assert done.stdout.startswith(f"-I -m vsc_runtime {command}") and "how far" not in done.stdout
    assert done.stderr == channel
