import io
import zipfile

import numpy as np
import pytest

from vsc_runtime.descriptors import MissingArray, NpyMember, Unreadable, as_text, open_descriptors, run_starts

from conftest import write_descriptors


def features_of(path):
    return open_descriptors(path)["features"]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
def test_loads_what_numpy_saved(tmp_path, save, order):
    features = np.asarray(np.arange(12, dtype=np.float32).reshape(4, 3), order=order)
    save(tmp_path / "d.npz", features=features)
    member = features_of(tmp_path / "d.npz")
    assert (member.shape, member.dtype) == ((4, 3), np.float32)
    assert np.array_equal(member.load(), features)


def test_stored_arrays_are_mapped_and_read_only(tmp_path):
    write_descriptors(tmp_path / "d.npz", ["Q100001"])
    features = features_of(tmp_path / "d.npz").load()
    assert isinstance(features.base, np.memmap)
    assert not features.flags.writeable


def test_missing_array_is_told_per_array(tmp_path):
    np.savez(tmp_path / "d.npz", video_ids=np.array(["Q100001"]))
    members = open_descriptors(tmp_path / "d.npz")
    assert isinstance(members["video_ids"], NpyMember)
    assert isinstance(members["features"], MissingArray)


def raw_npz(path, header, data=b"", version=b"\x01\x00"):
    text = header.encode().ljust(117) + b"\n"
    npy = b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text + data
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("features.npy", npy)
    return path


@pytest.mark.parametrize("header", [
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-2, -8), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (4000000000000, 512), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': 'no such type', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f4', 'shape': (1,), }",
    "__import__('os').abort()",
    "[" * 110,
])
def test_hostile_headers_are_unreadable(tmp_path, header):
    assert isinstance(features_of(raw_npz(tmp_path / "d.npz", header, b"x" * 64)), Unreadable)


def test_unknown_npy_version_is_unreadable(tmp_path):
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }"
    assert isinstance(features_of(raw_npz(tmp_path / "d.npz", header, b"1234", b"\x09\x00")), Unreadable)


def test_any_cut_or_turned_byte_gives_a_set_or_an_answer(tmp_path):
    """Damage anywhere is either noticed or harmless; it never escapes as another exception."""
    write_descriptors(tmp_path / "whole.npz", ["Q100001", "Q100002"], 2)
    content = (tmp_path / "whole.npz").read_bytes()
    for place in range(0, len(content), 7):
        turned = bytearray(content)
        turned[place] ^= 0xFF
        for damaged in (content[:place], bytes(turned)):
            (tmp_path / "d.npz").write_bytes(damaged)
            try:
                for member in open_descriptors(tmp_path / "d.npz").values():
                    if isinstance(member, NpyMember):
                        member.load()
            except Unreadable:
                pass


def test_file_that_is_no_npz(tmp_path):
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    for content in (b"", b"PK", buffer.getvalue()):
        (tmp_path / "d.npz").write_bytes(content)
        with pytest.raises(Unreadable, match="not an npz"):
            open_descriptors(tmp_path / "d.npz")


@pytest.mark.parametrize("dtype", ["U7", "U9", "<U7", ">U7", "S7", "S12"])
def test_ids_become_native_text(dtype):
    ids = as_text(np.array(["Q100001", "Q2"], dtype))
    assert ids.tolist() == ["Q100001", "Q2"]
    assert ids.dtype.kind == "U" and ids.dtype.isnative


def test_no_ids():
    for dtype in ("U7", "S1"):
        assert as_text(np.zeros(0, dtype)).tolist() == []


def test_run_starts():
    assert run_starts(np.array(["a", "a", "b", "a"])).tolist() == [0, 2, 3]
    assert run_starts(np.array([], "U1")).tolist() == []


def test_a_header_of_gigabytes_is_refused_unread(tmp_path):
    size = 3 << 30
    with zipfile.ZipFile(tmp_path / "d.npz", "w") as archive:
        archive.writestr("features.npy", b"\x93NUMPY\x02\x00" + size.to_bytes(4, "little") + b" " * 100)
    problem = features_of(tmp_path / "d.npz")
    assert isinstance(problem, Unreadable) and "header is 3,221,225,472 bytes" in str(problem)
