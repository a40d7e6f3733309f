"""The stages of a run and their order. Which of them run depends on the subcommand.

`run` does everything in one container. `execute` (untrusted code) and `score`
(no code of the submission's) are the same in two. What is checked and what comes
of it is the track's (`tracks.py`).
"""

import os
import shutil
import tempfile
import traceback
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from . import handover, sandbox
from .errors import EXIT_BUG, EnvironmentFailure, RunFailure, SubmissionFailure
from .files import NotCopied, copy_regular, remove_if_there, remove_whatever, written_whole
from .findings import Finding
from .metadata import read_dataset
from .progress import Progress
from .report import Report, write_report
from .results import write_results
from .say import say
from .unpack import check_room, entries, open_submission, unpack, unpack_one

MAIN = "main.py"


@dataclass(frozen=True)
class Options:
    """The track's class, folders, files and switches of a run.

    `environment` is what main.py gets, `results` the archive to write (None: none),
    `subset` the file to score, or `handed` the stream on which that will come, and `output` the
    folder for the subset's file, if any; `progress` tells how far the scoring is.
    """

    track: type
    data: Path
    code: Path
    submission: Path
    environment: dict
    report: Path
    results: "Path | None" = None
    phase2: bool = False
    subset: "Path | None" = None
    handed: "BinaryIO | None" = None
    output: "Path | None" = None
    progress: Progress = Progress()


def start(stages, options):
    """Run one of `run`, `execute`, `score` and return the exit code; the report is written in any case."""
    report = Report(options.track.counts, options.track.packages)
    code = 0
    with sandbox.interruptible():
        try:
            _remove_stale(options)
            # mkdtemp: nobody but this user can look in.
            with tempfile.TemporaryDirectory(prefix="vsc-") as trusted:
                stages(options, report, Path(trusted))
        except RunFailure as failure:
            report.fail("start", failure.kind, failure.message, failure.findings)
            for finding in failure.findings:
                say(str(finding))
            say(failure.message)
            code = failure.exit_code
        except Exception as error:
            report.fail("start", "bug", f"{type(error).__name__}: {error}")
            traceback.print_exc()
            code = EXIT_BUG
    content = report.content()
    options.progress.ended(content)
    try:
        write_report(content, options.report)
    except OSError as error:
        say(f"{options.report} can't be written: {error.strerror}")
    return code


def run(options, report, trusted):
    """Everything in one container: unpack, validate, main.py, validate again, write the results."""
    user = sandbox.unprivileged_user()
    with report.stage("unpack"):
        track = _track(options, report)
        has_main = _unpack_all(options, track, user, trusted)
    full = _validate_full(track, trusted)
    subset = None
    if has_main:
        _run_main(options, report, user)
        written = partial(_copy_subset, track, options.code / track.subset_file, f"{MAIN} wrote", trusted)
        subset = _validate_subset(track, written, trusted, full)
    _write(options, track, full, subset)


def execute(options, report, trusted):
    """The first of two containers: unpack and run main.py."""
    user = sandbox.unprivileged_user()
    with report.stage("unpack"):
        track = _track(options, report)
        has_main = _unpack_all(options, track, user, None)
    if not has_main:
        return
    _run_main(options, report, user)
    if options.output:
        with report.stage("copy"):
            copy = _copy_subset(track, options.code / track.subset_file, f"{MAIN} wrote", trusted)
            with open(copy, "rb") as source, written_whole(options.output / track.subset_file) as target:
                shutil.copyfileobj(source, target, 1 << 20)


def score(options, report, trusted):
    """The second of two containers: validate and write the results; nothing of the submission's runs."""
    size = _announced(options.handed) if options.handed else 0
    with report.stage("unpack"):
        if options.phase2 and not options.subset and not options.handed:
            raise SubmissionFailure("missing-main", f"phase 2 needs {options.track.subset_file}, and none was handed over")
        track = _track(options, report, alone=True)
        with open_submission(options.submission / "submission.zip") as archive:
            unpack_full(archive, entries(archive), trusted, track)
    full = _validate_full(track, trusted)
    subset = None
    if options.handed:
        subset = _validate_subset(track, partial(_take_subset, track, options.handed, size, trusted), trusted, full)
    elif options.subset:
        handed = partial(_copy_subset, track, options.subset, "handed over as", trusted)
        subset = _validate_subset(track, handed, trusted, full)
    _write(options, track, full, subset)


def _remove_stale(options):
    try:
        remove_if_there(options.report)
        if options.results:
            remove_if_there(options.results)
    except OSError as error:
        raise EnvironmentFailure(f"{error.filename} of an earlier run can't be removed: {error.strerror}") from error


def _track(options, report, alone=False):
    dataset = read_dataset(options.data)
    report.counts.update(
        queries=len(dataset.queries),
        references=len(dataset.references),
        subset_queries=len(dataset.subset),
    )
    return options.track(dataset, report, options.progress, alone)


def _unpack_all(options, track, user, trusted):
    """Unpack for main.py and, unless `trusted` is None, the full files there too; tell if main.py is there."""
    with open_submission(options.submission / "submission.zip") as archive:
        found = entries(archive)
        has_main = MAIN in found and not found[MAIN].is_folder
        if not has_main and options.phase2:
            raise SubmissionFailure("missing-main", f"phase 2 needs a {MAIN} in submission.zip{_hint(found, MAIN)}")
        if trusted:
            unpack_full(archive, found, trusted, track)
        count = unpack(archive, options.code, user)
    say(f"Unpacked submission.zip: {count:,} files")
    if not has_main:
        say(f"No {MAIN}{_hint(found, MAIN)}: full {track.outcome} only")
    elif os.geteuid() == 0 and user is None:
        say(f"No user \"{sandbox.USER}\" to run {MAIN} as: it runs as root")
    return has_main


def unpack_full(archive, found, trusted, track):
    """Unpack the track's full files into the folder `trusted`; `found` is what `entries` gave."""
    files = track.full_files()
    for file in files:
        size = found[file.name].size if file.name in found else 0
        if size > file.max_bytes:
            raise SubmissionFailure("invalid", f"{file.name} has {size:,} bytes; allowed {file.max_bytes:,}{file.basis}")
    names = [file.name for file in files]
    check_room([found[name] for name in names if name in found], trusted)
    for name in names:
        if name not in found or found[name].is_folder:
            raise SubmissionFailure("invalid", f"{name} is not in submission.zip{_hint(found, name)}", [
                Finding(name, "unreadable", "the file is not in submission.zip")
            ])
        unpack_one(archive, found[name], trusted / name)


def _hint(found, name):
    """Tell where else in the zip the file is: most often the folder was zipped, not its contents."""
    elsewhere = [entry for entry in found if entry.endswith("/" + name)]
    return f" (but {elsewhere[0]} is: zip from inside its folder)" if elsewhere else ""


def _validate_full(track, trusted):
    with track.report.stage("validate_full"):
        return track.validate_full(trusted)


def _validate_subset(track, bring, trusted, full):
    """Check the subset's file, once `bring` has put it into the folder `trusted`."""
    with track.report.stage("validate_subset"):
        bring()
        subset = track.validate_subset(trusted, full)
    track.compare(full, subset)
    return subset


def _run_main(options, report, user):
    with report.stage("main"):
        remove_whatever(options.code / options.track.subset_file)
        say(f"Running {MAIN} for {report.counts['subset_queries']:,} queries")
        try:
            exit_code = sandbox.run_main(options.code, options.environment, user)
        finally:
            # In a folder that everybody may write to, main.py could plant results of its own.
            for path in (options.report, options.results):
                if path:
                    remove_whatever(path)
        report.main = {"exit_code": exit_code}
        if exit_code:
            raise SubmissionFailure("main-failed", f"{MAIN} exited with code {exit_code}")


def _copy_subset(track, source, origin, trusted):
    """Copy what main.py wrote to where nobody else writes, and return where."""
    name = track.subset_file
    try:
        copy_regular(source, trusted / name, track.max_subset_bytes())
    except FileNotFoundError:
        raise SubmissionFailure("no-output", f"{name} is missing: {source} was not written") from None
    except NotCopied as error:
        raise SubmissionFailure("no-output", f"{name} ({origin} {source}) is refused: {error}") from error
    return trusted / name


def _announced(stream):
    """Wait for what main.py made, and return how many bytes it has."""
    try:
        return handover.announced(stream)
    except handover.NotHandedOver as error:
        raise EnvironmentFailure(f"The scoring has waited in vain: {error}") from error


def _take_subset(track, stream, size, trusted):
    """Take what main.py made from the stream to where nobody else writes."""
    name, allowed = track.subset_file, track.max_subset_bytes()
    if size > allowed:
        raise SubmissionFailure("no-output", f"{name} is refused: it has {size:,} bytes; allowed {allowed:,}")
    try:
        handover.take(stream, size, trusted / name)
    except handover.NotHandedOver as error:
        raise EnvironmentFailure(f"{name} did not arrive: {error}") from error


def _write(options, track, full, subset):
    results = track.results(full, subset)
    with track.report.stage("write"):
        try:
            write_results(options.results, results)
        except OSError as error:
            raise EnvironmentFailure(f"{options.results} can't be written: {error.strerror}") from error
        say(f"Wrote {options.results.name}")
