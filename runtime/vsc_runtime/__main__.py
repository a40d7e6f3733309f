"""Command line of the runtime: `python -m vsc_runtime [run | execute | score]`."""

import argparse
import os
import sys
from pathlib import Path

from .say import say
from .tracks import DEFAULT, track_named

WORK = Path("/code_execution")


def parser():
    """Return the parser; without a subcommand it is `run`."""
    top = argparse.ArgumentParser(prog="vsc_runtime", description="Runs and scores a submission in its container.")
    commands = top.add_subparsers(dest="command")
    for name, text in (
        ("run", "everything in one container (the default)"),
        ("execute", "only unpack and run main.py"),
        ("score", "only validate and search; no code of the submission's runs"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--data", type=Path, default=Path("/data"), help="folder of the CSV files")
        command.add_argument("--code", type=Path, default=WORK, help="folder to unpack into and run main.py in")
        command.add_argument("--submission", type=Path, default=WORK / "submission", help="folder of submission.zip")
        command.add_argument("--report", type=Path, help="the report; default: run_report.json where results go")
        if name == "execute":
            command.add_argument("--output", type=Path, help="folder for subset_query_descriptors.npz")
        if name == "score":
            command.add_argument("--subset", type=Path, help="the subset_query_descriptors.npz of main.py")
    return top


def main(arguments):
    """Parse, run, and return the exit code."""
    # Names in a zip may hold what no encoding has; a line about them is printed all the same.
    sys.stdout.reconfigure(errors="backslashreplace")
    options = parser().parse_args(arguments or ["run"])
    environment = dict(os.environ)
    # The search has a thread per core of its own. BLAS reads this when numpy is
    # imported, which is therefore below; main.py gets the environment as it was.
    for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ[variable] = "1"
    from . import pipeline

    phase2 = environment.get("PHASE2", "false")
    if phase2 not in ("true", "false", ""):
        say(f"PHASE2 is {phase2!r}; allowed: true, false")
        return 2
    output = getattr(options, "output", None)
    return pipeline.start(getattr(pipeline, options.command), pipeline.Options(
        track=track_named(DEFAULT),
        data=options.data,
        code=options.code,
        submission=options.submission,
        environment=environment,
        report=options.report or (output or options.submission) / "run_report.json",
        results=None if options.command == "execute" else options.submission / "submission.tar.gz",
        phase2=phase2 == "true",
        subset=getattr(options, "subset", None),
        output=output,
    ))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
