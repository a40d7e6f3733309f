"""The quickstart's random matches."""

import csv
import importlib.util

import pytest

from conftest import PROJECT
from made import write_table

QUERIES = {f"Q10000{number}": 4.0 + number for number in range(9)}
REFERENCES = {f"R10000{number}": 20.0 + number for number in range(5)}


@pytest.fixture
def quickstart():
    specification = importlib.util.spec_from_file_location("quickstart", PROJECT / "matching/submission_quickstart/main.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def data(tmp_path):
    for kind, durations in (("query", QUERIES), ("reference", REFERENCES)):
        lines = [f"{video_id},{seconds}" for video_id, seconds in durations.items()]
        write_table(tmp_path / f"{kind}_metadata.csv", "video_id,duration_sec", lines)
    return tmp_path


def matches(quickstart, data, ids):
    write_table(data / "query_subset.csv", "video_id", ids)
    quickstart.main(data, data / "subset_matches.csv")
    with open(data / "subset_matches.csv", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["query_id", "ref_id", "query_start", "query_end", "ref_start", "ref_end", "score"]
    return rows


def test_only_queries_of_the_subset_have_matches_and_all_have(quickstart, data):
    rows = matches(quickstart, data, ["Q100003", "Q100001", "Q100008"])
    assert [row[0] for row in rows] == ["Q100001", "Q100003", "Q100008"]


def test_they_are_valid(quickstart, data):
    for query, reference, *numbers in matches(quickstart, data, list(QUERIES)):
        query_start, query_end, ref_start, ref_end, score = map(float, numbers)
        assert 0 <= query_start < query_end <= QUERIES[query]
        assert 0 <= ref_start < ref_end <= REFERENCES[reference]
        assert 0 <= score < 1


def test_a_query_has_the_same_matches_in_every_subset_and_run(quickstart, data):
    every = matches(quickstart, data, list(QUERIES))
    assert matches(quickstart, data, list(QUERIES)) == every
    assert matches(quickstart, data, ["Q100004"]) == [row for row in every if row[0] == "Q100004"]


def test_an_empty_subset_has_none(quickstart, data):
    assert matches(quickstart, data, []) == []
