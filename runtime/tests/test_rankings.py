import tarfile

import numpy as np

from vsc_runtime.rankings import rankings_csv, write_rankings
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


def test_without_a_subset_there_is_only_the_header(tmp_path):
    write_rankings(tmp_path / "s.tar.gz", ranking([1.0]), None)
    with tarfile.open(tmp_path / "s.tar.gz") as archive:
        assert archive.getnames() == ["full_rankings.csv", "subset_rankings.csv"]
        assert archive.extractfile("subset_rankings.csv").read() == b"query_id,ref_id,score\n"


def test_same_rankings_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_rankings(tmp_path / name, ranking([3.0, 2.0]), ranking([1.0]))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    with tarfile.open(tmp_path / "a") as archive:
        assert {(member.mtime, member.uid, member.gid, member.uname) for member in archive} == {(0, 0, 0, "")}
    assert (tmp_path / "a").read_bytes()[4:8] == b"\0" * 4  # gzip's time
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a", "b"]
