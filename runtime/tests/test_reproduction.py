import json

import numpy as np
import pytest

from vsc_runtime.metadata import VideoSet
from vsc_runtime.reproduction import NotComparable, compare, match, similarity
from vsc_runtime.validation import check_file

SUBSET = ("Q100002", "Q100003", "Q100005")
VIDEOS = VideoSet("query_metadata.csv", {f"Q10000{number}": 9 for number in range(1, 7)})


def vectors(ids=VIDEOS.seconds, count=5, dimensions=8):
    """Ids, times and features as a code would make them, the same every time."""
    video_ids = np.repeat(np.array(sorted(ids)), count)
    times = np.tile(np.arange(count, dtype=np.float32), len(ids))
    phases = np.array([int(video_id[1:]) * 3 for video_id in video_ids]) + times * 7
    features = np.sin(phases[:, None] + np.arange(dimensions)).astype(np.float32)
    return {"video_ids": video_ids, "timestamps": np.stack([times, times + 1], 1), "features": features}


def checked(folder, name, arrays):
    np.savez(folder / name, **arrays)
    found = check_file(folder / name, name, VIDEOS, "Q")
    assert not found.findings
    return found


def compared(folder, **changes):
    """Compare the submitted set with what was made for the subset, changed."""
    made = {**vectors(SUBSET), **changes}
    return compare(checked(folder, "a.npz", vectors()), checked(folder, "b.npz", made), SUBSET)


@pytest.mark.parametrize("change", [
    lambda made: {},
    lambda made: {"features": made["features"] * np.float32(1.0001)},
    lambda made: {"timestamps": made["timestamps"] + 0.01},
    lambda made: {"timestamps": made["timestamps"].astype(np.float16)},
    lambda made: {"timestamps": made["timestamps"].astype(">f8")[:, 0]},
    lambda made: {"timestamps": made["timestamps"].astype(np.int64)},
    lambda made: {"features": np.asfortranarray(made["features"])},
    lambda made: {"video_ids": made["video_ids"].astype("S9")},
    lambda made: {"video_ids": made["video_ids"].astype(">U12")},
])
def test_the_same_vectors_agree(tmp_path, change):
    found = compared(tmp_path, **change(vectors(SUBSET)))
    assert found["videos"] == {"both": 3, "only_submitted": 0, "only_made": 0}
    assert found["vectors"] == {"submitted": 15, "made": 15, "matched": 15}
    assert found["cosine"]["min"] > 0.99999 and found["worst_videos"] == []


def test_vectors_in_another_order_within_each_video_agree(tmp_path):
    made = vectors(SUBSET)
    order = np.concatenate([np.arange(5)[::-1] + 5 * video for video in range(3)])
    found = compared(tmp_path, **{name: array[order] for name, array in made.items()})
    assert found["vectors"]["matched"] == 15 and found["cosine"]["min"] > 0.99999


def test_a_shift_of_all_is_told_and_the_vectors_are_still_compared(tmp_path):
    found = compared(tmp_path, timestamps=vectors(SUBSET)["timestamps"] + 0.5)
    assert found["max_time_difference"] == 0.5
    assert found["vectors"]["matched"] == 15 and found["cosine"]["min"] > 0.99999


def test_the_worst_videos_come_first(tmp_path):
    features = vectors(SUBSET)["features"]
    features[5:10] *= -1
    found = compared(tmp_path, features=features)
    worst, = found["worst_videos"]
    assert worst["video"] == "Q100003" and worst["matched"] == 5
    assert worst["mean_cosine"] == pytest.approx(-1) and worst["agreement"] == pytest.approx(-1)


def test_lengths(tmp_path):
    found = compared(tmp_path, features=vectors(SUBSET)["features"] * 3)
    assert found["cosine"]["min"] == pytest.approx(1)
    assert found["length_ratio"] == {"min": pytest.approx(3), "max": pytest.approx(3)}


def test_videos_and_moments_that_only_one_side_has(tmp_path):
    made = vectors(SUBSET[1:], count=3)
    found = compared(tmp_path, **made)
    assert found["videos"] == {"both": 2, "only_submitted": 1, "only_made": 0}
    assert found["vectors"] == {"submitted": 15, "made": 6, "matched": 6}
    assert found["worst_videos"][0] == {
        "video": "Q100002", "submitted": 5, "made": 0, "matched": 0, "mean_cosine": None, "agreement": 0,
    }


def test_zero_vectors_give_numbers(tmp_path):
    found = compared(tmp_path, features=np.zeros((15, 8), np.float32))
    assert found["cosine"] == {"mean": 0, "min": 0}
    assert json.loads(json.dumps(found, allow_nan=False)) == found


@pytest.mark.parametrize("timestamps, why", [
    (np.full(15, np.nan), "not finite"),
    (np.full((15, 2), np.inf, np.float32), "not finite"),
    (np.full(15, "soon"), "no numbers"),
    (np.zeros(15, complex), "no numbers"),
    (np.zeros(15, "M8[s]"), "no numbers"),
])
def test_timestamps_that_say_nothing_are_told(tmp_path, timestamps, why):
    with pytest.raises(NotComparable, match=why):
        compared(tmp_path, timestamps=timestamps)


def test_moments_match_once_each():
    first, second = match(np.array([0, 1.0, 2.0]), np.array([1.04, 1.0, 9, 2.02, 0.01]))
    assert list(zip(first.tolist(), second.tolist())) == [(0, 4), (1, 1), (2, 3)]


def test_similarity_of_zero_vectors():
    rows = np.array([[0, 0], [0, 0], [1, 0]], float)
    cosine, ratio = similarity(rows, np.array([[0, 0], [1, 0], [0, 0]], float))
    assert cosine.tolist() == [1, 0, 0] and ratio.tolist() == [1, 0, 0]
