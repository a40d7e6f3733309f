"""main.py as the runtime runs it: a folder of data in, one npz out."""

import os
import signal
import subprocess
import sys

import av
import cv2
import numpy as np
import pytest

import main as benchmark
from conftest import PROJECT
from describing import describe_all
from made import clip, write_table, write_video


@pytest.fixture
def data(tmp_path):
    """Four references and three queries; Q100001 has copied R100002, brighter and mirrored, Q100003 is broken."""
    folder = tmp_path / "data"
    for number in range(4):
        write_video(folder / "reference" / f"R10000{number + 1}.mp4", clip(number))
    copied = np.stack([cv2.convertScaleAbs(frame[:, ::-1], alpha=0.8, beta=40) for frame in clip(1)])
    write_video(folder / "query" / "Q100001.mp4", copied)
    write_video(folder / "query" / "Q100002.mp4", clip(20))
    (folder / "query" / "Q100003.mp4").write_bytes(b"no video")
    write_table(folder / "query_metadata.csv", "video_id,duration_sec", [f"Q10000{number},4.0" for number in (1, 2, 3)])
    write_table(folder / "reference_metadata.csv", "video_id,duration_sec", [f"R10000{number},4.0" for number in (1, 2, 3, 4)])
    return folder


def describe(data, ids, workers=2):
    """Run main on these ids; return what it wrote, by name."""
    write_table(data / "query_subset.csv", "video_id", ids)
    output = data.parent / f"described-{workers}.npz"
    benchmark.main(data, output, workers)
    with np.load(output, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


EVERY = ["R100003", "Q100001", "R100001", "Q100002", "R100002", "Q100003", "R100004"]


def test_queries_and_references_are_described_in_sorted_order(data):
    made = describe(data, EVERY)
    assert made["video_ids"].tolist() == sorted(made["video_ids"].tolist())
    assert set(made["video_ids"].tolist()) == set(EVERY)
    assert made["features"].dtype == np.float32 and np.isfinite(made["features"]).all()
    assert made["features"].shape[1] <= 512
    assert len(made["video_ids"]) == len(made["timestamps"]) == len(made["features"])
    assert {made["features"][made["video_ids"] == "R100001"][0, -1]} == {1}


def test_a_copy_scores_highest(data):
    made = describe(data, EVERY)
    of = lambda video: made["features"][made["video_ids"] == video]
    score = {(query, reference): (of(query) @ of(reference).T).max() for query in EVERY if query[0] == "Q" for reference in EVERY if reference[0] == "R"}
    assert max(score, key=score.get) == ("Q100001", "R100002")


def test_the_same_bytes_whatever_the_number_of_workers_and_the_company(data):
    together, again, alone = describe(data, EVERY, 2), describe(data, EVERY, 1), describe(data, ["Q100002"], 3)
    for name, values in together.items():
        assert np.array_equal(values, again[name])
        assert np.array_equal(values[together["video_ids"] == "Q100002"], alone[name])
    assert (data.parent / "described-1.npz").read_bytes() == (data.parent / "described-2.npz").read_bytes()


def test_broken_and_missing_videos_are_named_and_get_a_vector(data, capsys):
    made = describe(data, ["Q100001", "Q100003", "Q100009", "R100001"])
    assert made["video_ids"].tolist().count("Q100003") == made["video_ids"].tolist().count("Q100009") == 1
    errors = capsys.readouterr().err
    assert "Q100003: " in errors and "Q100009: " in errors
    assert "Q100001" not in errors and "R100001" not in errors


def test_what_was_decoded_of_a_cut_off_video_counts(data, capsys):
    path = data / "query" / "Q100002.mp4"
    whole = len(describe(data, ["Q100002"])["features"])
    frames = clip(20, seconds=12)

    with av.open(str(path), "w", format="mp4", options={"movflags": "frag_keyframe+empty_moov"}) as container:
        stream = container.add_stream("libx264", rate=10, options={"g": "10"})
        stream.height, stream.width, stream.pix_fmt = 120, 160, "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="bgr24")))
        container.mux(stream.encode())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    made = describe(data, ["Q100002"])
    assert 2 <= len(made["features"]) <= whole


def test_a_decoder_that_crashes_takes_no_other_video_with_it():
    jobs = [(None, video, None) for video in ("Q100001", "Q100002", "R100003")]
    results = dict(describe_all(jobs, 2, crash_at_the_second))
    assert results["Q100001"] == "Q100001" and results["R100003"] == "R100003"
    times, vectors, problem = results["Q100002"]
    assert problem == "the decoder crashed" and vectors.shape[0] == len(times) == 1


def crash_at_the_second(data, video_id, most):
    if video_id == "Q100002":
        os.kill(os.getpid(), signal.SIGKILL)
    return video_id


def test_no_more_vectors_than_the_metadata_allow(data):
    write_table(data / "query_metadata.csv", "video_id,duration_sec", ["Q100001,1.2", "Q100002,4.0"])
    made = describe(data, ["Q100001", "Q100002"])
    assert made["video_ids"].tolist().count("Q100001") <= 2
    assert made["video_ids"].tolist().count("Q100002") == 4


def test_references_lie_in_either_folder_and_without_metadata(data):
    os.rename(data / "reference" / "R100004.mp4", data / "query" / "R100004.mp4")
    (data / "reference_metadata.csv").unlink()
    made = describe(data, ["R100001", "R100004"])
    assert made["video_ids"].tolist() == ["R100001"] * 4 + ["R100004"] * 4


def test_an_empty_subset_makes_an_empty_set(data):
    made = describe(data, [])
    assert made["video_ids"].shape == (0,) and made["features"].shape[0] == 0 and made["timestamps"].shape == (0,)


def test_a_moment_is_when_its_frame_is_shown(data):
    times = describe(data, ["R100001"])["timestamps"]
    assert np.all(np.diff(times) > 0.5) and 0.5 <= times[0] < 0.8 and times[-1] < 4


@pytest.mark.parametrize("frames", [1, 4])
def test_a_moment_of_a_video_is_described_too(data, capsys, frames):
    write_video(data / "query" / "Q100002.mp4", clip(20)[:frames])
    made = describe(data, ["Q100002"])
    assert made["features"].shape[0] == 1 and np.any(made["features"][0, :-1])
    assert capsys.readouterr().err == ""


def test_a_black_video_is_named_as_showing_nothing(data, capsys):
    write_video(data / "query" / "Q100002.mp4", np.zeros((20, 120, 160, 3), np.uint8))
    made = describe(data, ["Q100002"])
    assert made["features"].shape[0] == 1
    assert "Q100002: it shows nothing" in capsys.readouterr().err


def test_it_runs_as_a_program(data, tmp_path):
    # /data and /code_execution are the runtime's; what a program does first is to import everything.
    write_table(data / "query_subset.csv", "video_id", ["Q100001"])
    code = f"import sys; sys.argv = ['main.py']; sys.path.insert(0, {str(PROJECT / 'submission_benchmark')!r}); import main, pathlib; main.main(pathlib.Path({str(data)!r}), {str(tmp_path / 'out.npz')!r})"
    run = subprocess.run([sys.executable, "-B", "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "[1/1] Q100001: 4 descriptors" in run.stdout
