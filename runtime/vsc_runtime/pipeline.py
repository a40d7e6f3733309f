"""The stages of a run and their order. Which of them run depends on the subcommand.

`run` does everything in one container. `execute` (untrusted code) and `score`
(no code of the submission's) are the same in two.
"""

import os
import shutil
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path

from . import sandbox, validation
from .errors import EXIT_BUG, EnvironmentFailure, RunFailure, SubmissionFailure
from .files import NotCopied, copy_regular, remove_if_there, remove_whatever, written_whole
from .metadata import read_dataset
from .rankings import write_rankings
from .report import Report
from .reproduction import NotComparable, compare
from .search import search
from .unpack import check_room, entries, open_submission, unpack, unpack_one
from .validation import MAX_DIMENSIONS, QUERY_FILE, REFERENCE_FILE, SUBSET_FILE

MAIN = "main.py"
# Beside four bytes per value, a vector has an id and two timestamps; the rest is headers.
_BYTES_PER_VECTOR = (MAX_DIMENSIONS + 1) * 4 + 64
_SLACK_BYTES = 1 << 20
# A full set may come in float64 or with more arrays; what is larger by far isn't unpacked.
_SET_FACTOR = 4
_SET_SLACK_BYTES = 64 << 20


@dataclass(frozen=True)
class Options:
    """Folders, files and switches of a run.

    `environment` is what main.py gets, `rankings` the archive to write (None: none),
    `subset` the file to score and `output` the folder for the subset's file, if any.
    """

    data: Path
    code: Path
    submission: Path
    environment: dict
    report: Path
    rankings: "Path | None" = None
    phase2: bool = False
    subset: "Path | None" = None
    output: "Path | None" = None


def start(stages, options):
    """Run one of `run`, `execute`, `score` and return the exit code; the report is written in any case."""
    report = Report()
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
    try:
        report.write(options.report)
    except OSError as error:
        say(f"{options.report} can't be written: {error.strerror}")
    return code


def say(line):
    """Print one line of our own, at once: what can't be seen in it, as an id may hold it, as escapes."""
    shown = "".join(character if character.isprintable() else ascii(character)[1:-1] for character in line)
    sys.stdout.write(shown + "\n")
    sys.stdout.flush()


def run(options, report, trusted):
    """Everything in one container: unpack, validate, main.py, validate again, search, write."""
    user = sandbox.unprivileged_user()
    with report.stage("unpack"):
        dataset = _dataset(options, report)
        has_main = _unpack_all(options, user, trusted, dataset)
    query, reference = _validate_full(report, trusted, dataset)
    subset = None
    if has_main:
        _run_main(options, report, user)
        with report.stage("validate_subset"):
            _copy_subset(options.code / SUBSET_FILE, trusted, dataset, f"{MAIN} wrote")
            subset = _validate_subset(report, trusted, reference, dataset)
        _compare(report, query, subset, dataset)
    _search_and_write(options, report, query, reference, subset)


def execute(options, report, trusted):
    """The first of two containers: unpack and run main.py."""
    user = sandbox.unprivileged_user()
    with report.stage("unpack"):
        dataset = _dataset(options, report)
        has_main = _unpack_all(options, user, None, dataset)
    if not has_main:
        return
    _run_main(options, report, user)
    if options.output:
        with report.stage("copy"):
            _copy_subset(options.code / SUBSET_FILE, trusted, dataset, f"{MAIN} wrote")
            with open(trusted / SUBSET_FILE, "rb") as source, written_whole(options.output / SUBSET_FILE) as target:
                shutil.copyfileobj(source, target, 1 << 20)


def score(options, report, trusted):
    """The second of two containers: validate and search; nothing of the submission's runs."""
    with report.stage("unpack"):
        if options.phase2 and not options.subset:
            raise SubmissionFailure("missing-main", f"phase 2 needs {SUBSET_FILE}, and none was handed over")
        dataset = _dataset(options, report)
        with open_submission(options.submission / "submission.zip") as archive:
            found = entries(archive)
            _unpack_sets(archive, found, trusted, dataset)
    query, reference = _validate_full(report, trusted, dataset)
    subset = None
    if options.subset:
        with report.stage("validate_subset"):
            _copy_subset(options.subset, trusted, dataset, "handed over as")
            subset = _validate_subset(report, trusted, reference, dataset)
        _compare(report, query, subset, dataset)
    _search_and_write(options, report, query, reference, subset)


def _remove_stale(options):
    try:
        remove_if_there(options.report)
        if options.rankings:
            remove_if_there(options.rankings)
    except OSError as error:
        raise EnvironmentFailure(f"{error.filename} of an earlier run can't be removed: {error.strerror}") from error


def _dataset(options, report):
    dataset = read_dataset(options.data)
    report.counts.update(
        queries=len(dataset.queries),
        references=len(dataset.references),
        subset_queries=len(dataset.subset),
    )
    return dataset


def _unpack_all(options, user, trusted, dataset):
    """Unpack for main.py and, unless `trusted` is None, the full sets there too; tell if main.py is there."""
    with open_submission(options.submission / "submission.zip") as archive:
        found = entries(archive)
        has_main = MAIN in found and not found[MAIN].is_folder
        if not has_main and options.phase2:
            raise SubmissionFailure("missing-main", f"phase 2 needs a {MAIN} in submission.zip{_hint(found, MAIN)}")
        if trusted:
            _unpack_sets(archive, found, trusted, dataset)
        count = unpack(archive, options.code, user)
    say(f"Unpacked submission.zip: {count:,} files")
    if not has_main:
        say(f"No {MAIN}{_hint(found, MAIN)}: full rankings only")
    elif os.geteuid() == 0 and user is None:
        say(f"No user \"{sandbox.USER}\" to run {MAIN} as: it runs as root")
    return has_main


def _unpack_sets(archive, found, trusted, dataset):
    sets = {QUERY_FILE: dataset.queries, REFERENCE_FILE: dataset.references}
    for name, videos in sets.items():
        allowed = videos.max_vectors * _BYTES_PER_VECTOR * _SET_FACTOR + _SET_SLACK_BYTES
        if name in found and found[name].size > allowed:
            raise SubmissionFailure(
                "invalid", f"{name} has {found[name].size:,} bytes; allowed {allowed:,} for {len(videos):,} videos"
            )
    check_room([found[name] for name in sets if name in found], trusted)
    for name in sets:
        if name not in found or found[name].is_folder:
            raise SubmissionFailure("invalid", f"{name} is not in submission.zip{_hint(found, name)}", [
                validation.Finding(name, "unreadable", "the file is not in submission.zip")
            ])
        unpack_one(archive, found[name], trusted / name)


def _hint(found, name):
    """Tell where else in the zip the file is: most often the folder was zipped, not its contents."""
    elsewhere = [entry for entry in found if entry.endswith("/" + name)]
    return f" (but {elsewhere[0]} is: zip from inside its folder)" if elsewhere else ""


def _validate_full(report, trusted, dataset):
    with report.stage("validate_full"):
        query, reference = validation.check_pair(trusted / QUERY_FILE, trusted / REFERENCE_FILE, dataset)
        _refuse(query.findings + reference.findings)
        report.counts["query_descriptors"] = _tell(query)
        report.counts["reference_descriptors"] = _tell(reference)
    return query, reference


def _validate_subset(report, trusted, reference, dataset):
    subset = validation.check_subset(trusted / SUBSET_FILE, reference, dataset)
    _refuse(subset.findings)
    report.counts["subset_query_descriptors"] = _tell(subset)
    return subset


def _compare(report, query, subset, dataset):
    """Tell whether main.py makes what was submitted, by what is scored; it is no reason to fail."""
    with report.stage("compare"):
        try:
            report.reproduction = compare(query, subset, dataset.subset)
        except NotComparable as error:
            report.reproduction = {"not_compared": str(error)}


def _refuse(findings):
    if findings:
        broken = "1 rule is" if len(findings) == 1 else f"{len(findings)} rules are"
        raise SubmissionFailure("invalid", f"The descriptors are not valid: {broken} broken", findings)


def _tell(checked):
    descriptors = checked.descriptors()
    count, dimensions = descriptors.features.shape
    say(f"Validated {checked.file}: {count:,} vectors × {dimensions} for {descriptors.videos:,} videos")
    return count


def _run_main(options, report, user):
    with report.stage("main"):
        remove_whatever(options.code / SUBSET_FILE)
        say(f"Running {MAIN} for {report.counts['subset_queries']:,} queries")
        try:
            exit_code = sandbox.run_main(options.code, options.environment, user)
        finally:
            # In a folder that everybody may write to, main.py could plant results of its own.
            for path in (options.report, options.rankings):
                if path:
                    remove_whatever(path)
        report.main = {"exit_code": exit_code}
        if exit_code:
            raise SubmissionFailure("main-failed", f"{MAIN} exited with code {exit_code}")


def _copy_subset(source, trusted, dataset, origin):
    limit = dataset.subset.max_vectors * _BYTES_PER_VECTOR + _SLACK_BYTES
    try:
        copy_regular(source, trusted / SUBSET_FILE, limit)
    except FileNotFoundError:
        raise SubmissionFailure("no-output", f"{SUBSET_FILE} is missing: {source} was not written") from None
    except NotCopied as error:
        raise SubmissionFailure("no-output", f"{SUBSET_FILE} ({origin} {source}) is refused: {error}") from error


def _search_and_write(options, report, query, reference, subset):
    with report.stage("search_full"):
        full = search(query.descriptors(), reference.descriptors())
        report.counts["full_pairs"] = len(full)
        say(f"Searched {report.counts['queries']:,} queries: {len(full):,} pairs")
    partial = None
    if subset:
        with report.stage("search_subset"):
            partial = search(subset.descriptors(), reference.descriptors())
            say(f"Searched the subset of {report.counts['subset_queries']:,} queries: {len(partial):,} pairs")
    report.counts["subset_pairs"] = len(partial) if partial else 0
    with report.stage("write"):
        try:
            write_rankings(options.rankings, full, partial)
        except OSError as error:
            raise EnvironmentFailure(f"{options.rankings} can't be written: {error.strerror}") from error
        say(f"Wrote {options.rankings.name}")
