"""main.py as the runtime runs it: references in, descriptors out; queries in, matches out."""

import csv
import importlib.util
import shutil
import subprocess
import sys

import cv2
import numpy as np
import pytest

import main as benchmark
from conftest import PROJECT
from made import clip, write_table, write_video

REFERENCES = [f"R10000{number}" for number in range(1, 5)]


def reference_frames(number):
    """Eight seconds, in two shots."""
    return np.concatenate([clip(number), clip(10 + number)])


def brighter(frames):
    return np.stack([cv2.convertScaleAbs(frame, alpha=0.8, beta=40) for frame in frames])


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Four references and four queries.

    Q100001 shows four seconds of its own and then 2 s to 7 s of R100002; Q100002 has two clips, Q100003 is
    broken, Q100004 has copied nothing.
    """
    folder = tmp_path_factory.mktemp("made") / "data"
    for number, video_id in enumerate(REFERENCES, 1):
        write_video(folder / "reference" / f"{video_id}.mp4", reference_frames(number))
    write_video(folder / "query" / "Q100001.mp4", np.concatenate([clip(30), brighter(reference_frames(2)[20:70])]))
    two = reference_frames(3)[10:60], brighter(reference_frames(4)[25:80])
    write_video(folder / "query" / "Q100002.mp4", np.concatenate(two))
    (folder / "query" / "Q100003.mp4").write_bytes(b"no video")
    write_video(folder / "query" / "Q100004.mp4", np.concatenate([clip(31), clip(32)]))
    lengths = {"Q100001": 9.0, "Q100002": 10.5, "Q100003": 5.0, "Q100004": 8.0}
    write_table(folder / "query_metadata.csv", "video_id,duration_sec", [f"{id},{seconds}" for id, seconds in lengths.items()])
    write_table(folder / "reference_metadata.csv", "video_id,duration_sec", [f"{id},8.0" for id in REFERENCES])
    return folder


@pytest.fixture(scope="module")
def references(data):
    """reference_descriptors.npz, as the benchmark makes it."""
    run(data, REFERENCES)
    return (data.parent / "subset_query_descriptors.npz").rename(data.parent / "reference_descriptors.npz")


def run(data, ids, references=None, workers=2):
    write_table(data / "query_subset.csv", "video_id", ids)
    benchmark.main(data, data.parent, references, workers)


def matches(data, ids, references, workers=2):
    """Run main on these queries; return the rows that it wrote."""
    run(data, ids, references, workers)
    with open(data.parent / "subset_matches.csv", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["query_id", "ref_id", "query_start", "query_end", "ref_start", "ref_end", "score"]
    return [(query, reference, *map(float, rest)) for query, reference, *rest in rows]


def test_a_clip_is_found_with_its_times(data, references):
    rows = matches(data, ["Q100001"], references)
    best = max(rows, key=lambda row: row[-1])
    assert best[:2] == ("Q100001", "R100002")
    assert best[2:6] == pytest.approx((4, 9, 2, 7), abs=0.5)


def test_two_clips_in_a_query_are_two_segments(data, references):
    first, second = sorted(sorted(matches(data, ["Q100002"], references), key=lambda row: -row[-1])[:2])
    assert first[:2] == ("Q100002", "R100003") and second[:2] == ("Q100002", "R100004")
    assert first[2:6] == pytest.approx((0, 5, 1, 6), abs=0.5)
    assert second[2:6] == pytest.approx((5, 10.5, 2.5, 8), abs=0.5)


def test_what_has_copied_nothing_scores_below_every_copy(data, references):
    rows = matches(data, ["Q100001", "Q100002", "Q100004"], references)
    copies = sorted(row[-1] for row in rows)[-3:]
    assert all(row[-1] < copies[0] / 2 for row in rows if row[0] == "Q100004")


def test_a_query_that_cannot_be_read_is_named_and_costs_nothing_else(data, references, capsys):
    alone = matches(data, ["Q100001", "Q100002"], references)
    capsys.readouterr()
    together = matches(data, ["Q100009", "Q100003", "Q100002", "Q100001"], references)
    assert together == alone
    errors = capsys.readouterr().err
    assert "Q100003: " in errors and "Q100009: " in errors and "Q100001" not in errors


def test_the_same_matches_whatever_the_number_of_workers_and_the_company(data, references):
    every = matches(data, ["Q100001", "Q100002", "Q100004"], references, 2)
    assert matches(data, ["Q100001", "Q100002", "Q100004"], references, 1) == every
    assert matches(data, ["Q100002"], references, 3) == [row for row in every if row[0] == "Q100002"]


def test_segments_lie_within_their_videos(data, references):
    for row in matches(data, ["Q100001", "Q100002", "Q100004"], references):
        seconds = {"Q100001": 9, "Q100002": 10.5, "Q100004": 8}[row[0]]
        assert 0 <= row[2] < row[3] <= seconds and 0 <= row[4] < row[5] <= 8


def test_references_are_described_as_the_descriptor_benchmark_does(data, references):
    specification = importlib.util.spec_from_file_location("descriptor_main", PROJECT / "submission_benchmark" / "main.py")
    other = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(other)
    write_table(data / "query_subset.csv", "video_id", REFERENCES)
    other.main(data, data.parent / "other.npz", 2)
    assert (data.parent / "other.npz").read_bytes() == references.read_bytes()


def test_no_query_makes_no_match(data, references):
    assert matches(data, [], references) == []


def test_without_descriptors_of_references_it_says_how_to_make_them(data):
    with pytest.raises(SystemExit, match="vsc pack-benchmark"):
        run(data, ["Q100001"], data / "nowhere.npz")


def test_descriptors_of_another_function_are_refused(data):
    path = data.parent / "others.npz"
    np.savez(path, video_ids=np.array(["R100001"]), timestamps=np.zeros(1, np.float32), features=np.ones((1, 5), np.float32))
    with pytest.raises(SystemExit, match="5 dimensions"):
        run(data, ["Q100001"], path)


def run_as_program(code, data, output):
    """Run main.py of the folder `code`. /data and /code_execution are the runtime's, so the places are handed in."""
    places = f"data=pathlib.Path({str(data)!r}), output=pathlib.Path({str(output)!r})"
    line = f"import sys; sys.path.insert(0, {str(code)!r}); import main, pathlib; main.main({places})"
    ran = subprocess.run([sys.executable, "-B", "-c", line], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture
def code(tmp_path):
    """The folder of a project: both templates, laid over each other."""
    for template in ("submission_benchmark", "matching/submission_benchmark"):
        shutil.copytree(PROJECT / template, tmp_path / "code", dirs_exist_ok=True)
    return tmp_path / "code"


def test_it_runs_as_a_program_laid_over_the_descriptor_benchmark(data, references, code, tmp_path):
    shutil.copy(references, code / "reference_descriptors.npz")
    write_table(data / "query_subset.csv", "video_id", ["Q100001"])
    assert "[1/1] Q100001: " in run_as_program(code, data, tmp_path)
    assert "Q100001,R100002," in (tmp_path / "subset_matches.csv").read_text()


def test_another_describe_takes_the_place_of_ours(data, code, tmp_path):
    path = code / "describing.py"
    own = "def describe(picture):\n    return cv2.resize(picture, (6, 6)).astype(np.float32).ravel() - 128\n\n\ndef describe_ours("
    path.write_text(path.read_text().replace("def describe(", own, 1))
    write_table(data / "query_subset.csv", "video_id", REFERENCES)
    run_as_program(code, data, tmp_path)
    (tmp_path / "subset_query_descriptors.npz").rename(code / "reference_descriptors.npz")
    write_table(data / "query_subset.csv", "video_id", ["Q100002"])
    run_as_program(code, data, tmp_path)
    assert "Q100002,R100003," in (tmp_path / "subset_matches.csv").read_text()
