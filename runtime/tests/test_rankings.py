import numpy as np

from vsc_runtime.rankings import rankings_csv
from vsc_runtime.search import Ranking


def ranking(scores):
    count = len(scores)
    ids = [f"{number}" for number in range(100_000, 100_000 + count)]
    return Ranking(np.array(["Q" + i for i in ids]), np.array(["R" + i for i in ids]), np.array(scores, np.float32))


def test_scores_read_back_as_the_same_float32():
    random = np.random.default_rng(1)
    scores = np.concatenate((random.standard_normal(3000), 10.0 ** random.uniform(-40, 38, 3000))).astype(np.float32)
    lines = rankings_csv(ranking(scores)).decode().splitlines()
    assert lines[0] == "query_id,ref_id,score"
    assert np.array_equal(np.array([line.split(",")[2] for line in lines[1:]], np.float32), scores)
    assert lines[1].startswith("Q100000,R100000,")


def test_shortest_digits():
    assert b",0.1\n" in rankings_csv(ranking([0.1]))


def test_without_a_subset_there_is_only_the_header():
    assert rankings_csv(None) == b"query_id,ref_id,score\n"
