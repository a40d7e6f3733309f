"""How these tests run, and what they share.

In the image, on the package beside this folder. With the project mounted that
is the working copy, otherwise the one that was built in:

    docker run --rm --network none -v "$PWD:/project:ro" --entrypoint python3 IMAGE \
        -m pytest -p no:cacheprovider /project/runtime/tests
    docker run --rm --network none --entrypoint python3 IMAGE \
        -m pytest -p no:cacheprovider /opt/vsc_runtime/tests

The tables of cases are in the project's test/fixtures, or the
folder in VSC_FIXTURES. Reference answers, where there are any, are in the folder
in VSC_ORACLES (with -e and -v). What is absent is skipped, and named at the end.
"""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

RUNTIME = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(RUNTIME))
sys.dont_write_bytecode = True


def folder_from(variable, default=None):
    """Return the folder that a variable names, or skip the test."""
    folder = os.environ.get(variable) or default
    if not folder or not Path(folder).is_dir():
        pytest.skip(f"no folder {variable}={folder or ''}")
    return Path(folder)


def pytest_terminal_summary(terminalreporter):
    reasons = {report.longrepr[2] for report in terminalreporter.stats.get("skipped", []) if report.longrepr}
    for reason in sorted(reasons):
        terminalreporter.write_line(reason)


@pytest.fixture
def oracles():
    return folder_from("VSC_ORACLES")


def write_descriptors(path, video_ids, dimensions=8, seed=0, **changes):
    """Write a valid set with one vector per id."""
    count = len(video_ids)
    arrays = {
        "video_ids": np.array(video_ids),
        "features": np.random.default_rng(seed).standard_normal((count, dimensions)).astype(np.float32),
        "timestamps": np.arange(count, dtype=np.float32),
    }
    np.savez(path, **{**arrays, **changes})


def write_metadata(folder, queries, references, subset, seconds=3.5):
    """Write the three CSV files of a data folder."""
    for name, ids in (("query", queries), ("reference", references)):
        rows = "".join(f"{video_id},{seconds}\n" for video_id in ids)
        (folder / f"{name}_metadata.csv").write_text("video_id,duration_sec\n" + rows)
    (folder / "query_subset.csv").write_text("video_id\n" + "".join(f"{video_id}\n" for video_id in subset))
