import pytest

from vsc_runtime.errors import EnvironmentFailure
from vsc_runtime.metadata import read_dataset, read_videos

from conftest import write_metadata


def test_limits_are_sums_of_seconds_rounded_up(tmp_path):
    (tmp_path / "query_metadata.csv").write_text("rn,video_id,duration_sec\n1,Q100001,2.0\n2,Q100002,0.1\n3,Q100003,2.5\n")
    videos = read_videos(tmp_path / "query_metadata.csv")
    assert (len(videos), videos.max_vectors, "Q100002" in videos, "Q1" in videos) == (3, 6, True, False)


def test_subset_allows_its_own_queries_only(tmp_path):
    write_metadata(tmp_path, ["Q100001", "Q100002"], ["R100001"], ["Q100002"])
    dataset = read_dataset(tmp_path)
    assert (dataset.queries.max_vectors, dataset.subset.max_vectors, len(dataset.subset)) == (8, 4, 1)


def test_byte_order_mark_and_windows_line_ends(tmp_path):
    (tmp_path / "m.csv").write_bytes(b"\xef\xbb\xbfvideo_id,duration_sec\r\nQ100001,1\r\n\r\n")
    assert len(read_videos(tmp_path / "m.csv")) == 1


@pytest.mark.parametrize("text, says", [
    ("video_id\nQ100001\n", "no column duration_sec"),
    ("", "no column video_id"),
    ("video_id,duration_sec\nQ100001,soon\n", "line 2: 'soon' is not a duration"),
    ("video_id,duration_sec\nQ100001,nan\n", "'nan' is not a duration"),
    ("video_id,duration_sec\nQ100001,-1\n", "'-1' is not a duration"),
    ("video_id,duration_sec\nQ100001\n", "too few columns"),
    ("video_id,duration_sec\nQ100001,1\nQ100001,1\n", "occurs twice"),
])
def test_malformed_metadata_is_the_environments_fault(tmp_path, text, says):
    (tmp_path / "m.csv").write_text(text)
    with pytest.raises(EnvironmentFailure, match=says):
        read_videos(tmp_path / "m.csv")


def test_missing_file_and_stranger_in_the_subset(tmp_path):
    with pytest.raises(EnvironmentFailure, match="query_metadata.csv is missing"):
        read_dataset(tmp_path)
    write_metadata(tmp_path, ["Q100001"], ["R100001"], ["Q100007"])
    with pytest.raises(EnvironmentFailure, match="line 2: 'Q100007' is not in query_metadata.csv"):
        read_dataset(tmp_path)
