"""Lines in similarities whose making is known."""

import numpy as np
import pytest

from features import normalised
from segments import find_segments

DIMENSIONS = 48


class Film:
    """Content that changes all the time, each second another picture: `at` any time there is a vector."""

    def __init__(self, seed, seconds=60):
        self._keys = np.random.default_rng([3, seed]).standard_normal((seconds + 2, DIMENSIONS))

    def at(self, times):
        place = np.asarray(times)
        before = place.astype(int)
        share = (place - before)[:, None]
        return normalised(self._keys[before] * (1 - share) + self._keys[before + 1] * share)


def moments(seconds, per_second):
    return (np.arange(int(seconds * per_second)) + 0.5) / per_second


def query_of(parts, seed=99):
    """Return (times, vectors, length) of a query, made of (film, from, speed, seconds), with noise in it."""
    begin, times, vectors = 0.0, [], []
    for film, start, speed, seconds in parts:
        own = moments(seconds, 4)
        times.append(begin + own)
        vectors.append(film.at(start + speed * own))
        begin += seconds
    vectors = np.concatenate(vectors)
    noise = np.random.default_rng(seed).standard_normal(vectors.shape) / DIMENSIONS ** 0.5
    return np.concatenate(times), normalised(vectors + 0.8 * noise), begin


def found(parts, film, seconds, cuts=None):
    """Return the segments of a query of these parts and a reference, so many seconds of a film."""
    times, vectors, end = query_of(parts)
    reference_times = moments(seconds, 1)
    similarities = vectors @ film.at(reference_times).T - 0.2  # what a background takes off
    return find_segments(similarities, times, reference_times, seconds, np.array([0.0, *(cuts or ()), end]))


@pytest.mark.parametrize("speed", [0.7, 0.9, 1, 1.12, 1.5])
@pytest.mark.parametrize("start", [0, 7.3])
def test_a_clip_is_found_to_half_a_second(speed, start):
    segments = found([(Film(1), 0, 1, 6), (Film(2), start, speed, 8), (Film(3), 0, 1, 5)], Film(2), 25, cuts=[6, 14])
    assert segments[0][:4] == pytest.approx((6, 14, start, start + 8 * speed), abs=0.5)
    assert all(segment[4] < segments[0][4] / 5 for segment in segments[1:])


def test_without_a_cut_a_clip_ends_where_what_is_similar_does():
    segments = found([(Film(1), 0, 1, 6), (Film(2), 4, 1, 8), (Film(3), 0, 1, 5)], Film(2), 25)
    assert segments[0][:4] == pytest.approx((6, 14, 4, 12), abs=0.5)


def test_a_cut_that_is_near_is_the_end_of_a_segment():
    segments = found([(Film(1), 0, 1, 6), (Film(2), 4, 1, 8), (Film(3), 0, 1, 5)], Film(2), 25, cuts=[6.11, 13.9])
    assert segments[0][:2] == (6.11, 13.9)


def test_two_clips_of_a_reference_are_two_segments():
    segments = found([(Film(2), 12, 1, 6), (Film(1), 0, 1, 5), (Film(2), 2, 1, 7)], Film(2), 30, cuts=[6, 11])
    assert sorted(segment[:4] for segment in segments) == [
        pytest.approx((0, 6, 12, 18), abs=0.5),
        pytest.approx((11, 18, 2, 9), abs=0.5),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_where_nothing_is_common_nothing_is_found_or_hardly(seed):
    segments = found([(Film(10 + seed), 0, 1, 12)], Film(2), 30)
    copied = found([(Film(2), 5, 1, 3)], Film(2), 30)
    assert all(segment[4] < 0.25 * copied[0][4] for segment in segments)


def test_a_segment_stays_within_the_reference():
    # The query goes on after the reference has ended, and looks as before.
    last = Film(2).at([9.5])
    times, vectors, end = query_of([(Film(2), 4, 1, 6)])
    times, vectors = np.append(times, 6 + moments(4, 4)), np.concatenate([vectors, np.repeat(last, 16, 0)])
    segments = find_segments(vectors @ Film(2).at(moments(10, 1)).T - 0.2, times, moments(10, 1), 10, np.array([0, end + 4]))
    assert all(0 <= start < stop <= 10 for _, _, start, stop, _ in segments)


def test_videos_of_a_moment_are_no_error():
    evidence = np.full((1, 1), 0.9)
    segments = find_segments(evidence, np.array([0.1]), np.array([0.5]), 1.0, np.array([0.0, 0.4]))
    assert all(0 <= start < end <= 0.4 and 0 <= ref_start < ref_end <= 1 for start, end, ref_start, ref_end, _ in segments)


def test_long_videos_are_searched_too():
    film = Film(4, seconds=2000)
    segments = found([(Film(5, seconds=700), 0, 1, 600), (film, 1000, 1, 300), (Film(6), 0, 1, 50)], film, 1800, cuts=[600, 900])
    assert segments[0][:4] == pytest.approx((600, 900, 1000, 1300), abs=0.5)
