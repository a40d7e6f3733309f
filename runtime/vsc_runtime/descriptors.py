"""Opening descriptor files: npz archives with `video_ids`, `features` and `timestamps`.

An npz is a zip of npy files. Only the headers are read at first, so that a
file can be refused before anything of its declared size is allocated. Arrays
that are stored uncompressed are mapped, not read: a reference set takes 2 GB.
"""

import io
import os
import struct
import tokenize
import zipfile
import zlib

import numpy as np

ARRAYS = ("video_ids", "features", "timestamps")

# What zipfile, zlib and numpy raise when they meet damaged input.
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, tokenize.TokenError, ValueError, TypeError, KeyError,
    SyntaxError, OverflowError, MemoryError, OSError, EOFError, RuntimeError,
)
# npy: the length of the header by version, and more than any array of three types needs.
_HEADER_LENGTH = {(1, 0): struct.Struct("<H"), (2, 0): struct.Struct("<I")}
_MAX_HEADER_BYTES = 1 << 16
_LOCAL_HEADER = struct.Struct("<26xHH")  # zip local file header: lengths of name and extra field


class Unreadable(Exception):
    """The file, or one of its arrays, isn't what `numpy.savez` writes."""


class MissingArray(Exception):
    """The file is an npz, but lacks an array."""


class NpyMember:
    """One array of an npz: `shape` and `dtype` at once, its values by `load`."""

    def __init__(self, path, archive, info, name):
        self.name = name
        self._path = path
        self._info = info
        try:
            with archive.open(info) as stream:
                self._read_header(stream)
        except _DAMAGE as error:
            raise Unreadable(f"{name} can't be read: {error}") from error

    def _read_header(self, stream):
        version = np.lib.format.read_magic(stream)
        if version not in _HEADER_LENGTH:
            raise Unreadable(f"{self.name} has npy version {version[0]}.{version[1]}, not 1.0 or 2.0")
        form = _HEADER_LENGTH[version]
        length = stream.read(form.size)
        size, = form.unpack(length)
        if size > _MAX_HEADER_BYTES:  # numpy would read all of it, and a small file can unpack to gigabytes
            raise Unreadable(f"{self.name} has a header of {size:,} bytes")
        text = io.BytesIO(length + stream.read(size))
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        header = read(text)
        self.shape, self._fortran, self.dtype = header
        self._header_bytes = stream.tell()
        if any(length < 0 for length in self.shape):
            raise Unreadable(f"{self.name} has the shape {self.shape}")
        if self.dtype.hasobject:
            raise Unreadable(f"{self.name} holds pickled Python objects, which are never loaded")
        declared = self._header_bytes + self.nbytes
        if self._info.file_size < declared:
            raise Unreadable(
                f"{self.name} is {self._info.file_size:,} bytes long where its header says {declared:,}"
            )

    @property
    def nbytes(self):
        """Size of the values in bytes."""
        size = self.dtype.itemsize
        for length in self.shape:
            size *= length
        return size

    def load(self):
        """Return the array, read-only; Unreadable when the data is damaged or cut short."""
        if self.nbytes == 0:
            return np.zeros(self.shape, self.dtype)
        try:
            stored = self._info.compress_type == zipfile.ZIP_STORED
            raw = self._map() if stored else self._inflate()
        except _DAMAGE as error:
            raise Unreadable(f"{self.name} can't be read: {error}") from error
        return np.ndarray(self.shape, self.dtype, raw, order="F" if self._fortran else "C")

    def _map(self):
        with open(self._path, "rb") as file:
            file.seek(self._info.header_offset)
            name_length, extra_length = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
            file.seek(name_length + extra_length, os.SEEK_CUR)
            checksum = zlib.crc32(file.read(self._header_bytes))
            size = self._info.file_size - self._header_bytes
            raw = np.memmap(self._path, np.uint8, "r", file.tell(), (size,))
        if zlib.crc32(raw, checksum) != self._info.CRC:
            raise zipfile.BadZipFile("its checksum differs")
        return raw

    def _inflate(self):
        raw = np.empty(self.nbytes, np.uint8)
        window = memoryview(raw)
        with zipfile.ZipFile(self._path) as archive, archive.open(self._info) as stream:
            stream.read(self._header_bytes)
            filled = 0
            while filled < self.nbytes:
                count = stream.readinto(window[filled:filled + (4 << 20)])
                if not count:
                    raise EOFError(f"it ends after {filled:,} of {self.nbytes:,} bytes")
                filled += count
        return raw


def open_descriptors(path):
    """Return {array name: NpyMember or the exception that tells what is wrong with it}.

    Raises Unreadable when `path` isn't an npz at all.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = {info.filename: info for info in archive.infolist()}
            return {name: _member(path, archive, entries, name) for name in ARRAYS}
    except _DAMAGE as error:
        raise Unreadable(f"not an npz file: {error}") from error


def _member(path, archive, entries, name):
    info = entries.get(name + ".npy")
    if info is None:
        return MissingArray(f"{name} is missing")
    try:
        return NpyMember(path, archive, info, name)
    except Unreadable as error:
        return error


def as_text(ids):
    """Return ids as native-endian unicode; bytes become the characters of the same code."""
    if not ids.size or not ids.dtype.itemsize:
        return np.zeros(ids.shape, "U1")
    if ids.dtype.kind == "S":
        codes = np.frombuffer(np.ascontiguousarray(ids).tobytes(), np.uint8).astype(np.uint32)
        return codes.view(f"U{ids.dtype.itemsize}")
    return np.ascontiguousarray(ids, dtype=ids.dtype.newbyteorder("="))


def run_starts(ids):
    """Return the indices where a new id begins: equal neighbours make one run."""
    if not len(ids):
        return np.zeros(0, np.intp)
    return np.flatnonzero(np.concatenate(([True], ids[1:] != ids[:-1])))
