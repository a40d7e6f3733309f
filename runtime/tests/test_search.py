import csv
import json

import numpy as np
import pytest

from vsc_runtime import cpu_scan, vector_pairs
from vsc_runtime import search as module
from vsc_runtime.descriptors import as_text, open_descriptors
from vsc_runtime.search import search
from vsc_runtime.validation import Descriptors


def descriptors(letter, videos, vectors, dimensions, seed, low=None):
    """Random vectors of sorted random videos; small integers when `low` is given, so that scores tie."""
    random = np.random.default_rng(seed)
    ids = np.sort(random.integers(100_000, 100_000 + videos, vectors))
    if low is None:
        features = random.standard_normal((vectors, dimensions)).astype(np.float32)
    else:
        features = random.integers(low, -low + 1, (vectors, dimensions)).astype(np.float32)
    return Descriptors(np.array([f"{letter}{number}" for number in ids]), features)


def plainly(queries, references, per_query=1200, pairs_per_query=25):
    """The definition, word for word, in float64 and with loops."""
    products = queries.features.astype(float) @ references.features.astype(float).T
    videos = len(set(queries.video_ids.tolist()))
    order = np.argsort(-products, axis=None, kind="stable")[:per_query * videos]
    best = {}
    for place in order.tolist():
        row, column = divmod(place, products.shape[1])
        pair = str(queries.video_ids[row]), str(references.video_ids[column])
        best[pair] = max(best.get(pair, -np.inf), products[row, column])
    ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))
    return ranked[:pairs_per_query * videos]


def as_pairs(ranking):
    return list(zip(ranking.query_ids.tolist(), ranking.reference_ids.tolist()))


@pytest.fixture(params=[512, 24])
def blocks(request, monkeypatch):
    """The same tests with blocks far smaller than the input."""
    monkeypatch.setattr(cpu_scan, "BLOCK_ROWS", request.param)
    monkeypatch.setattr(cpu_scan, "STRIP_COLUMNS", request.param + 1)
    monkeypatch.setattr(cpu_scan, "_BLOCKS_PER_TASK", 2)


@pytest.mark.parametrize("videos, vectors, dimensions", [
    ((3, 5), (9, 11), 4),
    ((2, 40), (60, 900), 8),
    ((1, 1), (1, 1), 1),
    ((4, 300), (150, 700), 16),
])
def test_the_same_as_the_definition(blocks, videos, vectors, dimensions):
    queries = descriptors("Q", videos[0], vectors[0], dimensions, 1)
    references = descriptors("R", videos[1], vectors[1], dimensions, 2)
    ranking, expected = search(queries, references), plainly(queries, references)
    assert as_pairs(ranking) == [pair for pair, _ in expected]
    assert np.allclose(ranking.scores, [score for _, score in expected], rtol=1e-5, atol=1e-5)
    assert ranking.scores.dtype == np.float32


def test_estimated_thresholds_change_nothing(monkeypatch, blocks):
    """With many pairs per kept one, the sample's threshold is used: good, far too low and far too high."""
    queries = descriptors("Q", 2, 300, 8, 3)
    references = descriptors("R", 500, 9_000, 8, 4)
    monkeypatch.setattr(module, "VECTOR_PAIRS_PER_QUERY", 40)
    expected = [pair for pair, _ in plainly(queries, references, 40)]
    for thresholds in ([], [-50.0], [1e9], [1e9, 5.0]):
        monkeypatch.setattr(
            vector_pairs, "_thresholds", lambda *_, given=thresholds: iter([np.float32(x) for x in [*given, -np.inf]])
        )
        assert as_pairs(search(queries, references)) == expected


def test_the_sample_is_used_and_exact():
    queries = descriptors("Q", 3, 900, 8, 5)
    references = descriptors("R", 700, 9_000, 8, 6)
    assert len(list(vector_pairs._thresholds(queries.features, references.features, 3600, 900 * 9_000))) == 3
    expected = [pair for pair, _ in plainly(queries, references)]
    assert as_pairs(search(queries, references)) == expected


def test_ties_are_ordered_by_ids_and_the_same_every_time(blocks):
    queries = descriptors("Q", 3, 70, 3, 7, low=-1)
    references = descriptors("R", 60, 400, 3, 8, low=-1)
    first, second = search(queries, references), search(queries, references)
    keys = list(zip((-first.scores).tolist(), first.query_ids.tolist(), first.reference_ids.tolist()))
    assert keys == sorted(keys)
    assert as_pairs(first) == as_pairs(second)
    assert sorted(first.scores.tolist()) == sorted(score for _, score in plainly(queries, references))


def test_all_scores_equal(blocks):
    queries = descriptors("Q", 2, 50, 4, 9, low=0)
    references = descriptors("R", 80, 3_000, 4, 10, low=0)
    ranking = search(queries, references)
    assert 0 < len(ranking) <= 50
    assert set(ranking.scores.tolist()) == {0.0}


def test_negative_scores_and_fewer_pairs_than_kept():
    queries = Descriptors(np.array(["Q100001"]), np.float32([[-1, 0]]))
    references = Descriptors(np.array(["R100001", "R100001", "R100002"]), np.float32([[3, 0], [2, 0], [1, 0]]))
    ranking = search(queries, references)
    assert as_pairs(ranking) == [("Q100001", "R100002"), ("Q100001", "R100001")]
    assert ranking.scores.tolist() == [-1.0, -2.0]


@pytest.mark.parametrize("alike", [1, 40, 1000])
def test_looking_at_the_best_vector_pairs_first_changes_nothing(alike):
    """Many to a video pair or few, and scores that tie at every cut."""
    random = np.random.default_rng(alike)
    codes = random.integers(0, 20_000 // alike, 20_000).astype(np.uint32)
    scores = random.integers(-30, 30, 20_000).astype(np.float32)
    all_codes, all_scores = module._ranked(codes, scores)
    for keep in (1, 7, 150, 2_499, 30_000):
        found = module.best_video_pairs(codes, scores, keep)
        assert np.array_equal(found[0], all_codes[:keep]) and np.array_equal(found[1], all_scores[:keep])


def test_memory_of_kept_pairs_is_bounded(monkeypatch):
    """However many products tie or pass, no more than twice the kept pairs and a task's are held."""
    best = vector_pairs.Best(10, np.float32(-np.inf))
    for number in range(100):
        best.add(np.full(7, number, np.uint32), np.zeros(7, np.float32))
        assert best._count <= 27
    codes, scores = best.result()
    assert codes.tolist() == [0] * 7 + [1] * 3
    assert scores.tolist() == [0.0] * 10


def test_order_preserving_bits():
    values = np.float32([-np.inf, -3.4e38, -1.5, -1e-45, 0.0, 1e-45, 1.5, 3.4e38, np.inf])
    bits = module._ascending_bits(values)
    assert (np.diff(bits.astype(np.int64)) > 0).all()
    assert np.array_equal(module._from_ascending_bits(bits), values)
    assert module._ascending_bits(np.float32([-0.0])) == module._ascending_bits(np.float32([0.0]))


def load(path):
    members = open_descriptors(path)
    return Descriptors(as_text(members["video_ids"].load()), members["features"].load())


def test_rankings_of_the_reference(oracles, blocks):
    folder = oracles / "similarity-search"
    for case in json.loads((folder / "expected.json").read_text()):
        name = case["name"]
        ranking = search(load(folder / f"{name}.query_descriptors.npz"), load(folder / f"{name}.reference_descriptors.npz"))
        with open(folder / f"{name}.rankings.csv", newline="") as file:
            expected = [(row["query_id"], row["ref_id"], float(row["score"])) for row in csv.DictReader(file)]
        assert len(ranking) == len(expected) == case["pairs"]
        scores = np.array([score for _, _, score in expected])
        assert np.allclose(ranking.scores, scores, rtol=2e-6, atol=1e-6), name
        # Pairs within rounding of the last one may be others.
        cut = scores[-1] + 1e-5
        ours = {pair for pair, score in zip(as_pairs(ranking), ranking.scores) if score > cut}
        theirs = {(query, reference) for query, reference, score in expected if score > cut}
        all_ours, all_theirs = set(as_pairs(ranking)), {pair[:2] for pair in expected}
        assert ours <= all_theirs and theirs <= all_ours, name
