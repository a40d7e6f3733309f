import json
import os

import pytest

from vsc_runtime.matches import check_matches
from vsc_runtime.matching_track import FULL_FILE, SUBSET_FILE
from vsc_runtime.metadata import VideoSet, read_dataset

from conftest import RUNTIME, folder_from

HEADER = "query_id,ref_id,query_start,query_end,ref_start,ref_end,score\n"
VIDEOS = (VideoSet("query_metadata.csv", {"Q1": 10}, {"Q1": 9.5}), VideoSet("reference_metadata.csv", {"R1": 10}, {"R1": 10.0}))

# Refused by our own rules, while the reference validator lets them pass.
STRICTER = {
    "accept_no_score_column": "wrong-columns", "accept_extra_last_column": "wrong-columns",
    "accept_empty_score": "missing-value", "accept_text_score": "not-a-number", "accept_infinite_end": "not-finite",
    "accept_unknown_ids": "wrong-id-kind", "accept_missing_id": "wrong-id-kind",
    "accept_implicit_index": "wrong-field-count",
}


def found(tmp_path, *rows, videos=VIDEOS):
    (tmp_path / "m.csv").write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return check_matches(tmp_path / "m.csv", FULL_FILE, *videos)


def keys(checked):
    return [(checked.file, finding.rule, severity, str(finding.index))
            for severity, findings in (("error", checked.findings), ("warning", checked.warnings))
            for finding in findings]


def test_shared_table_of_cases():
    folder = folder_from("VSC_FIXTURES", RUNTIME.parent / "test" / "fixtures") / "matches"
    dataset = read_dataset(folder)
    cases = json.loads((folder / "cases.json").read_text())
    wrong = []
    for case in cases:
        is_so = []
        if case["full"]:
            is_so += keys(check_matches(folder / case["full"], FULL_FILE, dataset.queries, dataset.references))
        if case["subset"]:
            is_so += keys(check_matches(folder / case["subset"], SUBSET_FILE, dataset.subset, dataset.references))
        should = [(entry["file"], entry["rule"], entry["severity"], str(entry["index"])) for entry in case["findings"]]
        if sorted(is_so) != sorted(should):
            wrong.append((case["name"], should, is_so))
    assert len(cases) > 150
    assert not wrong


def test_verdicts_of_the_reference(oracles):
    folder = oracles / "matching" / "validation"
    if not folder.is_dir():
        pytest.skip(f"no folder {folder}")
    ids = range(200_000, 200_100)
    videos = [VideoSet(f"{letter}.csv", {f"{letter}{number}": 100 for number in ids}) for letter in "QR"]
    wrong = []
    for case in json.loads((folder / "expected.json").read_text())["cases"]:
        checked = check_matches(folder / case["file"], FULL_FILE, *videos)
        rules = [finding.rule for finding in checked.findings]
        stricter = [STRICTER[case["name"]]] if case["name"] in STRICTER else []
        if case["accepted"] and rules != stricter or not case["accepted"] and not rules:
            wrong.append((case["name"], rules))
    assert not wrong


def test_a_message_says_where_what_was_found_and_allowed_and_how_often(tmp_path):
    checked = found(tmp_path, "Q1,R1,1,2,3,4,5", "Q1,R1,-1,2,3,3,x", "", "Q1,R1,-2,20,3,3,y", "Q1,R2,-2,2,3,2,nan")
    assert [finding.message for finding in checked.findings] == [
        "line 3, query_start: found -1.0; times are seconds from 0 up; so it is in 2 more rows",
        "line 3, score: found 'x'; needed is a decimal number such as 12.5; so it is in 1 more row",
        "line 6, ref_id: 'R2' is not in reference_metadata.csv",
        "line 6, ref_start: 3.0 s is after ref_end, 2.0 s",
        "line 6, score: found 'nan'; every time and score needs a value",
    ]
    assert [finding.message for finding in checked.warnings] == [
        "line 3, ref_end: the segment ends where it starts, at 3.0 s, and so matches nothing; so it is in 1 more row",
        "line 5, query_end: 20.0 s is beyond the video: 'Q1' lasts 9.5 s by query_metadata.csv",
    ]
    assert checked.segments == 4


def test_where_exact_durations_are_not_known_nothing_is_beyond(tmp_path):
    videos = VideoSet("q.csv", {"Q1": 10}), VideoSet("r.csv", {"R1": 10})
    checked = found(tmp_path, "Q1,R1,1,2000,3,4000,5", videos=videos)
    assert (checked.findings, checked.warnings) == ([], [])


def test_plain_pieces_and_others_are_judged_alike(tmp_path):
    rows = ["Q1,R1,1,2,3,4,5"] * 5000 + ["Q1,R1,1,12,3,3,5", "Q2,X1,-1,2e9,4,3,5"] * 2000
    plain = found(tmp_path, *rows)
    # Quotes take the other way through the code.
    quoted = found(tmp_path, *(",".join(f'"{field}"' for field in row.split(",")) for row in rows))
    assert keys(plain) == keys(quoted)
    assert [str(finding) for finding in plain.findings] == [str(finding) for finding in quoted.findings]
    assert len(plain.findings) == 5 and len(plain.warnings) == 2


@pytest.mark.parametrize("make", [lambda path: None, os.mkdir, os.mkfifo])
def test_what_is_no_file_is_a_finding(tmp_path, make):
    make(tmp_path / "m.csv")
    checked = check_matches(tmp_path / "m.csv", FULL_FILE, *VIDEOS)
    assert keys(checked) == [(FULL_FILE, "unreadable", "error", "None")]
    assert checked.segments == 0


def test_a_file_that_is_too_large_is_read_as_far_as_allowed(tmp_path, monkeypatch):
    monkeypatch.setattr("vsc_runtime.match_rows.MAX_BYTES", len(HEADER) + 16 * 10)
    assert found(tmp_path, *["Q1,R1,1,2,3,4,5"] * 10).findings == []
    checked = found(tmp_path, *["Q1,R1,1,2,3,4,5"] * 11)
    assert ([str(finding) for finding in checked.findings], checked.segments) == (
        ["full_matches.csv: unreadable: it is larger than 1 GiB"], 10)
