"""Command line of the runtime: `python -m vsc_runtime [run | execute | score] [--track TRACK]`."""

import argparse
import os
import sys
from pathlib import Path

from .handover import STANDARD_INPUT
from .say import say
from .tracks import DEFAULT, TRACKS, scoring_named, track_named

WORK = Path("/code_execution")


def parser():
    """Return the parser; without a subcommand it is `run`."""
    top = argparse.ArgumentParser(prog="vsc_runtime", description="Runs and scores a submission in its container.")
    commands = top.add_subparsers(dest="command")
    for name, text in (
        ("run", "everything in one container (the default)"),
        ("execute", "only unpack and run main.py"),
        ("score", "only validate and write the results; no code of the submission's runs"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--track", choices=TRACKS, help=f"default: what TRACK says, or {DEFAULT}")
        command.add_argument("--data", type=Path, default=Path("/data"), help="folder of the CSV files")
        command.add_argument("--code", type=Path, default=WORK, help="folder to unpack into and run main.py in")
        command.add_argument("--submission", type=Path, default=WORK / "submission", help="folder of submission.zip")
        command.add_argument("--report", type=Path, help="the report; default: run_report.json where results go")
        if name == "execute":
            command.add_argument("--output", type=Path, help="folder for what main.py wrote")
        if name == "score":
            command.add_argument("--subset", help=f"what main.py wrote; {STANDARD_INPUT}: wait for it on standard input")
            command.add_argument("--progress", type=int, metavar="FD", help="open file for lines that tell how far it is")
    return top


def main(arguments):
    """Parse, run, and return the exit code."""
    # Names in a zip may hold what no encoding has; a line about them is printed all the same.
    sys.stdout.reconfigure(errors="backslashreplace")
    options = parser().parse_args(_with_command(arguments))
    environment = dict(os.environ)
    # The search has a thread per core of its own. BLAS reads this when numpy is
    # imported, which is therefore below; main.py gets the environment as it was.
    for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ[variable] = "1"
    from . import pipeline
    from .progress import Progress

    try:
        phase2 = _setting(environment, "PHASE2", ("true", "false"), "false")
        track = options.track or _setting(environment, "TRACK", TRACKS, DEFAULT)
    except ValueError as error:
        say(str(error))
        return 2
    output, subset = getattr(options, "output", None), getattr(options, "subset", None)
    waits = subset == STANDARD_INPUT
    return pipeline.start(getattr(pipeline, options.command), pipeline.Options(
        track=(track_named if options.command == "execute" else scoring_named)(track),
        data=options.data,
        code=options.code,
        submission=options.submission,
        environment=environment,
        report=options.report or (output or options.submission) / "run_report.json",
        results=None if options.command == "execute" else options.submission / "submission.tar.gz",
        phase2=phase2 == "true",
        subset=Path(subset) if subset and not waits else None,
        handed=sys.stdin.buffer if waits else None,
        output=output,
        progress=Progress(getattr(options, "progress", None)),
    ))


def _with_command(arguments):
    """Return the arguments with a subcommand in front; those that ask for help need none."""
    needs_none = arguments and (arguments[0] in ("-h", "--help") or not arguments[0].startswith("-"))
    return arguments if needs_none else ["run", *arguments]


def _setting(environment, name, allowed, default):
    """Return a variable's value, `default` where it is unset or empty; ValueError when it isn't allowed."""
    value = environment.get(name) or default
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}; allowed: {', '.join(allowed)}")
    return value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
