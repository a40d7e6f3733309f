"""Opening descriptor files: npz archives with `video_ids`, `features` and `timestamps`.

An npz is a zip of npy files. Only the headers are read at first, so that a
file can be refused before anything of its declared size is allocated. Arrays
that are stored uncompressed are mapped, not read: a reference set takes 2 GB.
"""

import zlib

import numpy as np

from .archive import STORED, Archive, Damaged, parts_of
from .npy import BadHeader, read_header
from .zip_directory import NPZ, BadArchive

ARRAYS = ("video_ids", "features", "timestamps")

# What reading damaged data raises, and numpy for arrays that no memory holds.
_DAMAGE = (BadArchive, BadHeader, Damaged, MemoryError, OSError, OverflowError, ValueError)


class Unreadable(Exception):
    """The file, or one of its arrays, isn't what `numpy.savez` writes."""


class MissingArray(Exception):
    """The file is an npz, but lacks an array."""


class NpyMember:
    """One array of an npz: `shape` and `dtype` at once, its values by `load`."""

    def __init__(self, path, archive, entry, name):
        self.name = name
        self._path = path
        self._entry = entry
        try:
            self._header = read_header(archive.open(entry))
        except _DAMAGE as error:
            raise Unreadable(f"{name} can't be read: {error}") from error
        declared = self._header.header_bytes + self.nbytes
        if entry.size != declared:
            raise Unreadable(f"{name} is {entry.size:,} bytes long where its header says {declared:,}")

    @property
    def shape(self):
        """Lengths of its dimensions."""
        return self._header.shape

    @property
    def dtype(self):
        """Type of its elements."""
        return self._header.dtype

    @property
    def nbytes(self):
        """Size of the values in bytes."""
        return self._header.nbytes

    def load(self):
        """Return the array, read-only; Unreadable when the data is damaged or cut short."""
        try:
            if self.nbytes == 0:
                return np.zeros(self.shape, self.dtype)
            raw = self._map() if self._entry.method == STORED else self._inflate()
        except _DAMAGE as error:
            raise Unreadable(f"{self.name} can't be read: {error}") from error
        return np.ndarray(self.shape, self.dtype, raw, order="F" if self._header.fortran_order else "C")

    def _map(self):
        header_bytes = self._header.header_bytes
        with open(self._path, "rb") as file:
            file.seek(self._entry.data_offset)
            checksum = zlib.crc32(file.read(header_bytes))
        start = self._entry.data_offset + header_bytes
        raw = np.memmap(self._path, np.uint8, "r", start, (self.nbytes,))
        if zlib.crc32(raw, checksum) != self._entry.crc:
            raise Damaged("its checksum (CRC-32) is wrong: the data was damaged")
        return raw

    def _inflate(self):
        raw = np.empty(self.nbytes, np.uint8)
        filled = 0
        with Archive(self._path, NPZ) as archive:
            contents = archive.open(self._entry)
            contents.read(self._header.header_bytes)
            while True:
                piece = contents.read_some()
                if not piece:  # and verified
                    return raw
                raw[filled:filled + len(piece)] = np.frombuffer(piece, np.uint8)
                filled += len(piece)


def open_descriptors(path):
    """Return {array name: NpyMember or the exception that tells what is wrong with it}.

    Raises Unreadable when `path` isn't an npz at all.
    """
    try:
        with Archive(path, NPZ) as archive:
            _refuse_repeated(archive.entries)
            entries = {entry.name: entry for entry in archive.entries}
            return {name: _member(path, archive, entries, name) for name in ARRAYS}
    except BadArchive as error:
        raise Unreadable(f"not an npz file: {error}") from error


def _refuse_repeated(entries):
    """Refuse an array that is there twice, under whichever spelling: it is another to each reader."""
    seen = set()
    for entry in entries:
        array = "/".join(parts_of(entry.name))
        array = array[:-len(".npy")] if array.endswith(".npy") else array
        if array in seen:
            raise Unreadable(f"not an npz file: it holds {array!r} more than once")
        seen.add(array)


def _member(path, archive, entries, name):
    entry = entries.get(name + ".npy")
    if entry is None:
        return MissingArray(f"{name} is missing")
    try:
        return NpyMember(path, archive, entry, name)
    except Unreadable as error:
        return error


def as_text(ids):
    """Return ids as native-endian unicode; bytes become the characters of the same code."""
    if not ids.size:
        return np.zeros(ids.shape, "U1")
    if ids.dtype.kind == "S":
        codes = np.frombuffer(np.ascontiguousarray(ids).tobytes(), np.uint8).astype(np.uint32)
        return codes.view(f"U{ids.dtype.itemsize}")
    return np.ascontiguousarray(ids, dtype=ids.dtype.newbyteorder("="))


def first_impossible(ids):
    """Return (index, code) of the first id with a code that is no character, or None; `ids` as `as_text` gives them."""
    codes = ids.view(np.uint32)
    found = np.flatnonzero((codes > 0x10FFFF) | ((codes >= 0xD800) & (codes <= 0xDFFF)))
    return (int(found[0]) // (len(codes) // len(ids)), int(codes[found[0]])) if found.size else None


def run_starts(ids):
    """Return the indices where a new id begins: equal neighbours make one run."""
    if not len(ids):
        return np.zeros(0, np.intp)
    return np.flatnonzero(np.concatenate(([True], ids[1:] != ids[:-1])))
