"""Which references are looked at."""

import numpy as np
import pytest

from features import normalised
from moments import Moments
from search import CANDIDATES, References

VIDEOS, SECONDS, DIMENSIONS = 9000, 12, 48  # in several blocks, as are a query's moments
RANDOM = np.random.default_rng(5)
VECTORS = normalised(RANDOM.standard_normal((VIDEOS * SECONDS, DIMENSIONS))).astype(np.float32)


@pytest.fixture(scope="module")
def references(tmp_path_factory):
    path = tmp_path_factory.mktemp("references") / "reference_descriptors.npz"
    np.savez(
        path,
        video_ids=np.repeat([f"R{100000 + number}" for number in range(VIDEOS)], SECONDS),
        timestamps=np.tile(np.arange(SECONDS, dtype=np.float32) + 0.5, VIDEOS),
        features=VECTORS,
    )
    return References(path)


def query_with(copied):
    """Return Moments of 90 s, four each second, in which these {second: video} are shown whole, each moment seen twice."""
    vectors = normalised(RANDOM.standard_normal((360, DIMENSIONS)))
    for second, video in copied.items():
        vectors[4 * second : 4 * (second + SECONDS)] = np.repeat(VECTORS[video * SECONDS : (video + 1) * SECONDS], 4, 0)
    times = np.repeat(np.arange(360) / 4, 2)
    both = np.stack([vectors, np.zeros_like(vectors)], 1).reshape(720, DIMENSIONS)
    return Moments(times, both.astype(np.float32), np.array([0.0, 90.0]))


def test_the_videos_that_were_copied_come_first(references):
    found = references.candidates(query_with({3: 17, 40: 8999, 70: 4321, 15: 0}))
    assert set(found[:4].tolist()) == {17, 8999, 4321, 0}
    assert len(found) <= CANDIDATES


def test_a_moment_counts_for_the_best_that_is_seen_in_it(references):
    query = query_with({3: 17})
    _, vectors = references.moments_of(17)
    similarities = query.similarities(vectors)
    assert similarities.shape == (360, SECONDS)
    assert np.diag(similarities[12:60:4]) == pytest.approx(np.ones(SECONDS), abs=1e-5)
    assert (similarities >= 0).all()
