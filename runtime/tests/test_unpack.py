import os
import resource
import stat
import zipfile

import pytest

from vsc_runtime import unpack as module
from vsc_runtime.errors import EnvironmentFailure, SubmissionFailure
from vsc_runtime.unpack import open_submission, unpack


def make_zip(path, *entries):
    """Entries are (name, content) or (ZipInfo, content)."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def special(name, kind, mode=0o644):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (kind | mode) << 16
    return info


def unpacked(path, folder, owner=None):
    with open_submission(path) as archive:
        return unpack(archive, folder, owner)


def test_files_folders_and_execute_bits(tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    path = make_zip(
        tmp_path / "s.zip", ("main.py", "x"), ("assets/", ""), ("assets/deep/w.bin", b"\0\1"), ("./odd//name", "y"),
        (special("tool", stat.S_IFREG, 0o755), "#!"),
    )
    assert unpacked(path, work) == 4
    assert (work / "assets/deep/w.bin").read_bytes() == b"\0\1"
    assert (work / "odd/name").read_text() == "y"
    assert os.access(work / "tool", os.X_OK) and not os.access(work / "main.py", os.X_OK)


@pytest.mark.parametrize("entries, says", [
    ([("/etc/passwd", "x")], "absolute"),
    ([("../up", "x")], "leads out"),
    ([("a/../../up", "x")], "leads out"),
    ([("a\\b", "x")], "backslash"),
    ([(special("link", stat.S_IFLNK), "/etc")], "symbolic link"),
    ([(special("pipe", stat.S_IFIFO), "")], "neither a file nor a folder"),
    ([("submission/submission.tar.gz", "x")], "runtime needs"),
    ([("./submission", "x")], "runtime needs"),
    ([("entrypoint.sh", "x")], "runtime needs"),
    ([("main.py", "1"), ("./main.py", "2")], "occurs twice"),
    ([("a", "1"), ("a/b", "2")], "which is a file"),
    ([("a/b", "2"), ("a", "1")], "both a file and a folder"),
    ([("main.py", "1"), ("Main.py", "2")], "only in case"),
    ([("C:/a", "x")], "absolute"),
    ([("a/" * 40 + "b", "x")], "impossible name"),
    ([("a" * 300, "x")], "impossible name"),
])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_refused_entries_and_nothing_is_written(tmp_path, entries, says):
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(SubmissionFailure, match=says) as caught:
        unpacked(make_zip(tmp_path / "s.zip", ("fine", "x"), *entries), work)
    assert caught.value.kind == "bad-zip"
    assert not list(work.iterdir())


def test_encrypted_entry(tmp_path):
    content = bytearray(make_zip(tmp_path / "s.zip", ("a", "x")).read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    content[content.index(b"PK\x03\x04") + 6] |= 1
    (tmp_path / "s.zip").write_bytes(content)
    with pytest.raises(SubmissionFailure, match="encrypted"):
        open_submission(tmp_path / "s.zip")


def test_all_problems_are_named(tmp_path):
    path = make_zip(tmp_path / "s.zip", *((f"../{number}", "x") for number in range(7)))
    with pytest.raises(SubmissionFailure, match=r"'\.\./4' leads out of the folder and 2 more"):
        open_submission(path)


def test_more_than_the_disk_holds(tmp_path, monkeypatch):
    path = make_zip(tmp_path / "s.zip", ("a", "x" * 100))
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 99}))
    with pytest.raises(SubmissionFailure, match="unpacks to 100 bytes, but only 99 are free"):
        unpacked(path, tmp_path)


def test_damaged_content(tmp_path):
    content = bytearray(make_zip(tmp_path / "s.zip", ("a", "hello")).read_bytes())
    content[content.index(b"hello")] ^= 1
    (tmp_path / "s.zip").write_bytes(content)
    with pytest.raises(SubmissionFailure, match="'a' in submission.zip is damaged"):
        unpacked(tmp_path / "s.zip", tmp_path)


def test_missing_and_not_a_zip(tmp_path):
    with pytest.raises(EnvironmentFailure, match="is missing"):
        open_submission(tmp_path / "s.zip")
    (tmp_path / "s.zip").write_bytes(b"no zip")
    with pytest.raises(SubmissionFailure, match="can't be read"):
        open_submission(tmp_path / "s.zip")


def test_links_of_an_earlier_run_are_not_followed(tmp_path):
    work, outside = tmp_path / "work", tmp_path / "outside"
    work.mkdir()
    outside.mkdir()
    (outside / "file").write_text("safe")
    (work / "assets").symlink_to(outside)
    (work / "main.py").symlink_to(outside / "file")
    unpacked(make_zip(tmp_path / "s.zip", ("assets/new", "x"), ("main.py", "y")), work)
    assert [entry.name for entry in outside.iterdir()] == ["file"]
    assert (outside / "file").read_text() == "safe"
    assert (work / "assets/new").read_text() == "x"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_files_are_given_to_the_owner(tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    unpacked(make_zip(tmp_path / "s.zip", ("a/b/c", "x")), work, (1234, 1235))
    assert {os.stat(work / name).st_uid for name in ("a", "a/b", "a/b/c")} == {1234}


def test_a_file_over_the_containers_limit_is_the_submissions_fault(tmp_path):
    path = make_zip(tmp_path / "s.zip", ("model.bin", bytes(1 << 20)))
    (tmp_path / "work").mkdir()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    try:
        with pytest.raises(SubmissionFailure, match="'model.bin' .* larger than allowed: 1,048,576 bytes.* 65,536"):
            unpacked(path, tmp_path / "work")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
