import base64
import json
import re

import pytest

from vsc_runtime.archive import Archive, Damaged
from vsc_runtime.descriptors import MissingArray, Unreadable, open_descriptors
from vsc_runtime.errors import SubmissionFailure
from vsc_runtime.unpack import entries, open_submission
from vsc_runtime.zip_directory import NPZ, SUBMISSION, BadArchive, Limits

from conftest import RUNTIME, folder_from


def read_zip(path):
    with Archive(path, SUBMISSION) as archive:
        return {entry.name: archive.open(entry).read(1 << 20).decode() for entry in archive.entries}


def read_npz(path):
    """The table's arrays are called a; ours may lack, but not differ."""
    problems = [problem for problem in open_descriptors(path).values() if not isinstance(problem, MissingArray)]
    assert not problems
    with Archive(path, NPZ) as archive:
        return {entry.name: archive.open(entry).read(1 << 20)[-1:].decode()
                for entry in archive.entries if entry.name == "a.npy"}


def read_submission(path):
    with open_submission(path) as archive:
        return {name: archive.open(entry).read(1 << 20).decode()
                for name, entry in entries(archive).items() if not entry.is_folder}


READERS = {"zip": read_zip, "npz": read_npz, "submission": read_submission}


def read_to_end(path, read):
    """Return what was read, or the sentence by which it was refused."""
    try:
        return read(path)
    except (BadArchive, Damaged, SubmissionFailure, Unreadable) as error:
        return str(error)


def test_shared_table_of_cases(tmp_path):
    folder = folder_from("VSC_FIXTURES", RUNTIME.parent / "test" / "fixtures")
    wrong = []
    cases = json.loads((folder / "archives" / "cases.json").read_text())
    for case in cases:
        path = tmp_path / "case.zip"
        path.write_bytes(base64.b64decode(case["zip"]))
        outcome = read_to_end(path, READERS[case["as"]])
        if "reads" in case:
            fine = outcome == case["reads"]
        else:
            fine = isinstance(outcome, str) and re.search(case["refused"], outcome)
        if not fine:
            wrong.append((case["as"], case["name"], outcome))
    assert len(cases) > 100
    assert not wrong


def test_a_zip_of_any_size_is_refused_by_what_it_declares(tmp_path):
    with pytest.raises(BadArchive, match="at most 1 are read"):
        content = base64.b64decode(_case("two files")["zip"])
        (tmp_path / "two.zip").write_bytes(content)
        Archive(tmp_path / "two.zip", Limits(1, 1000))


def _case(name):
    folder = folder_from("VSC_FIXTURES", RUNTIME.parent / "test" / "fixtures")
    cases = json.loads((folder / "archives" / "cases.json").read_text())
    return next(case for case in cases if case["name"] == name)
