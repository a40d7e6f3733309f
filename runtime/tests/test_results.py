import io
import tarfile
from functools import partial

from vsc_runtime.results import write_results

CONTENTS = {"second.csv": b"a,b\n", "first.csv": b"", "blob": bytes(range(256)) * 5000}


def write(path):
    write_results(path, [(name, partial(io.BytesIO, content)) for name, content in CONTENTS.items()])


def test_files_are_there_in_their_order_byte_for_byte(tmp_path):
    write(tmp_path / "s.tar.gz")
    with tarfile.open(tmp_path / "s.tar.gz") as archive:
        assert {name: archive.extractfile(name).read() for name in archive.getnames()} == CONTENTS
        assert archive.getnames() == list(CONTENTS)
        assert {(member.mtime, member.uid, member.gid, member.uname) for member in archive} == {(0, 0, 0, "")}


def test_same_results_same_bytes(tmp_path):
    for name in ("a", "b"):
        write(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_bytes()[4:8] == b"\0" * 4  # gzip's time
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a", "b"]
