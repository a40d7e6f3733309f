import os

import pytest

from vsc_runtime.files import NotCopied, copy_regular, remove_whatever, written_whole


def test_a_failed_write_leaves_what_was_there(tmp_path):
    (tmp_path / "f").write_bytes(b"before")
    with pytest.raises(RuntimeError):
        with written_whole(tmp_path / "f") as file:
            file.write(b"half")
            raise RuntimeError
    assert (tmp_path / "f").read_bytes() == b"before"
    assert [entry.name for entry in tmp_path.iterdir()] == ["f"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_as_root_a_file_belongs_to_the_owner_of_its_folder(tmp_path):
    os.chown(tmp_path, 1234, 1235)
    with written_whole(tmp_path / "f") as file:
        file.write(b"x")
    status = os.stat(tmp_path / "f")
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (1234, 1235, 0o644)


def test_a_planted_link_is_replaced_not_followed(tmp_path):
    (tmp_path / "target").write_bytes(b"safe")
    (tmp_path / "f").symlink_to(tmp_path / "target")
    with written_whole(tmp_path / "f") as file:
        file.write(b"new")
    assert (tmp_path / "target").read_bytes() == b"safe"
    assert not (tmp_path / "f").is_symlink()


def test_copy_of_a_regular_file_up_to_the_limit(tmp_path):
    (tmp_path / "f").write_bytes(b"12345")
    copy_regular(tmp_path / "f", tmp_path / "copy", 5)
    assert (tmp_path / "copy").read_bytes() == b"12345"
    with pytest.raises(NotCopied, match="5 bytes; allowed 4"):
        copy_regular(tmp_path / "f", tmp_path / "other", 4)


def test_links_pipes_and_folders_are_not_copied(tmp_path):
    (tmp_path / "f").write_bytes(b"secret")
    (tmp_path / "link").symlink_to(tmp_path / "f")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("link", "pipe", "folder"):
        with pytest.raises(NotCopied):
            copy_regular(tmp_path / name, tmp_path / "copy", 100)
    with pytest.raises(FileNotFoundError):
        copy_regular(tmp_path / "none", tmp_path / "copy", 100)
    assert not (tmp_path / "copy").exists()


def test_whatever_is_there_goes_but_what_a_link_leads_to(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "link").symlink_to(kept)
    (folder / "file").write_text("x")
    remove_whatever(folder)
    (tmp_path / "link").symlink_to(kept)
    remove_whatever(tmp_path / "link")
    remove_whatever(tmp_path / "absent")
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept"]
    assert (kept / "file").read_text() == "x"


def test_folders_go_however_deep_they_are(tmp_path):
    top = tmp_path / "report"
    handle = os.open(tmp_path, os.O_RDONLY)
    name = "report"
    for _ in range(3_000):
        os.mkdir(name, dir_fd=handle)
        inner = os.open(name, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle, name = inner, "d"
    os.close(handle)
    remove_whatever(top)
    assert not os.path.lexists(top)
