"""Reading zips so that no other reader can find something else in them.

The end record is the last thing in the file and the central directory lies right
before it; the entries cover what is before that, each beginning where another
ends; and whatever a zip says twice it says alike. `src/descriptors/zip*.ts` are
the same rules, and one table of cases drives the tests of both
(`test/fixtures/archives/cases.json`).

APPNOTE: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

import struct
import unicodedata
import zlib

from .zip_directory import (
    ENCRYPTED,
    IN_ZIP64,
    REFUSED,
    SIZES_FOLLOW,
    UNICODE_PATH,
    UTF8,
    ZIP64,
    BadArchive,
    extra_fields,
    read_directory,
    utf8,
)

_LOCAL = struct.Struct("<4s5H3L2H")
_DESCRIPTORS = {12: "<3L", 16: "<4x3L", 20: "<L2Q", 24: "<4xL2Q"}
_DESCRIPTOR_SIGNATURE = b"PK\x07\x08"
_SHARED = ENCRYPTED | SIZES_FOLLOW | UTF8 | REFUSED

STORED, DEFLATED = 0, 8
_CHUNK_BYTES = 1 << 20


class Damaged(Exception):
    """An entry's data is not what the directory says of it."""


class Archive:
    """An open zip: `entries` in the order of its directory, each with its place. Close it."""

    def __init__(self, path, limits):
        """Open and check it; BadArchive, and OSError where it can't be opened or read."""
        self._file = open(path, "rb")
        try:
            self.entries = _read(self._file, limits)
        except BaseException:
            self.close()
            raise

    def open(self, entry):
        """Return the entry's Contents; only of one at a time."""
        return Contents(self._file, entry)

    def close(self):
        """Close the file."""
        self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Contents:
    """An entry's data as a stream, unpacked; whoever reads to its end has it verified.

    Reading raises Damaged, and OSError.
    """

    def __init__(self, file, entry):
        if entry.encrypted or entry.method not in (STORED, DEFLATED):
            raise Damaged(f"it is encrypted, or compressed by a method that is not read here ({entry.method})")
        if entry.method == STORED and entry.packed_size != entry.size:
            raise Damaged("it is stored, but declares another size packed than unpacked")
        self._file = file
        self._entry = entry
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == DEFLATED else None
        self._packed = b""
        self._packed_left = entry.packed_size
        self._size = 0
        self._checksum = 0
        file.seek(entry.data_offset)

    def read(self, size):
        """Return `size` bytes, fewer only at the end."""
        pieces = []
        while size > 0:
            piece = self.read_some(size)
            if not piece:
                break
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def read_some(self, limit=_CHUNK_BYTES):
        """Return at most `limit` bytes, none at the end."""
        limit = min(limit, _CHUNK_BYTES)
        piece = self._inflate(limit) if self._inflater else self._take(limit)
        self._size += len(piece)
        self._checksum = zlib.crc32(piece, self._checksum)
        if self._size > self._entry.size:
            raise Damaged("it unpacks to more than it declares")
        if not piece:
            self._verify()
        return piece

    def _inflate(self, limit):
        while not self._inflater.eof:
            self._packed = self._packed or self._take(_CHUNK_BYTES)
            try:
                piece = self._inflater.decompress(self._packed, limit)
            except zlib.error as error:
                raise Damaged(f"its compressed data is damaged ({error})") from error
            ended = not self._packed
            self._packed = self._inflater.unconsumed_tail
            if piece:
                return piece
            if ended and not self._inflater.eof:
                raise Damaged("its compressed data is cut off")
        return b""

    def _take(self, limit):
        piece = self._file.read(min(limit, self._packed_left))
        self._packed_left -= len(piece)
        return piece

    def _verify(self):
        behind = self._inflater and self._inflater.unused_data
        if self._size < self._entry.size or self._packed_left or behind:
            raise Damaged(f"it declares {self._entry.size:,} bytes and holds {self._size:,}, or more packed than that")
        if self._checksum != self._entry.crc:
            raise Damaged("its checksum (CRC-32) is wrong: the data was damaged")


def parts_of(name):
    """Return the parts of a name that lead to a file: no empty ones, no `.`; accents as one character each."""
    return [part for part in unicodedata.normalize("NFC", name).split("/") if part not in ("", ".")]


def _read(file, limits):
    entries, start = read_directory(file, limits)
    in_order = sorted(range(len(entries)), key=lambda number: entries[number].header_offset)
    offsets = [entries[number].header_offset for number in in_order]
    if (offsets[0] if offsets else start) != 0:
        raise BadArchive("something stands before the first entry of the zip")
    ends = [*offsets[1:], start]
    for number, end in zip(in_order, ends):  # before anything is read, which could else be the same again and again
        entry = entries[number]
        if entry.header_offset + _LOCAL.size + len(entry.raw_name) + entry.packed_size > end:
            raise _misplaced(entry)
    for number, end in zip(in_order, ends):
        entries[number] = _place(file, entries[number], end)
    return entries


def _place(file, entry, end):
    """Check what stands before and after an entry's data, and return it with the data's place."""
    file.seek(entry.header_offset)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size:
        raise _misplaced(entry)
    (signature, _, flags, method, _, _, crc, packed_size, size, name_length, extra_length) = _LOCAL.unpack(header)
    data_offset = entry.header_offset + _LOCAL.size + name_length + extra_length
    if signature != b"PK\x03\x04" or data_offset + entry.packed_size > end:
        raise _misplaced(entry)
    raw_name = file.read(name_length)
    fields = extra_fields(file.read(extra_length))
    sizes, field = [size, packed_size], fields.get(ZIP64, b"")
    used = 0
    for index, value in enumerate(sizes):
        if value == IN_ZIP64:
            if used + 8 > len(field):
                raise BadArchive("an entry has extra fields that are damaged")
            sizes[index], = struct.unpack_from("<Q", field, used)
            used += 8
    unicode_path = fields.get(UNICODE_PATH)
    same = (
        raw_name == entry.raw_name
        and flags & _SHARED == entry.flags & _SHARED
        and method == entry.method
        and all(here == there or (flags & SIZES_FOLLOW and here == 0)
                for here, there in zip((*sizes, crc), (entry.size, entry.packed_size, entry.crc)))
        and (unicode_path is None or unicode_path == raw_name or utf8(unicode_path) == entry.name)
    )
    if not same:
        raise BadArchive(f"{entry.name!r} is described differently at its place and in the zip's directory")
    rest = end - data_offset - entry.packed_size
    if flags & SIZES_FOLLOW and rest in _DESCRIPTORS:
        file.seek(end - rest)
        _check_descriptor(file.read(rest), entry)
    elif rest:
        raise _misplaced(entry)
    return entry._replace(data_offset=data_offset)


def _check_descriptor(descriptor, entry):
    """Check that what follows an entry's data are its sizes (APPNOTE 4.3.9)."""
    signed = len(descriptor) % 8 == 0
    values = struct.unpack(_DESCRIPTORS[len(descriptor)], descriptor)
    if (signed and descriptor[:4] != _DESCRIPTOR_SIGNATURE) or values != (entry.crc, entry.packed_size, entry.size):
        raise _misplaced(entry)


def _misplaced(entry):
    return BadArchive(
        f"{entry.name!r} does not lie in the zip from where its directory says to where the next entry begins"
    )
