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
from typing import NamedTuple

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_RECORD = struct.Struct("<4s2B5H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_FIELD = struct.Struct("<2H")
_DESCRIPTORS = {12: "<3L", 16: "<4x3L", 20: "<L2Q", 24: "<4xL2Q"}
_DESCRIPTOR_SIGNATURE = b"PK\x07\x08"
_MAX_COMMENT_BYTES = 0xFFFF
_IN_ZIP64 = 0xFFFFFFFF
_ZIP64, _UNICODE_PATH = 0x0001, 0x7075
_UNICODE_PATH_HEAD = 5  # a version and a checksum
_ENCRYPTED, _SIZES_FOLLOW, _UTF8 = 0x1, 0x8, 0x800
_REFUSED = 0x2060  # patches, strong encryption, a masked directory
_SHARED = _ENCRYPTED | _SIZES_FOLLOW | _UTF8 | _REFUSED
_UNIX, _MACOS = 3, 19

STORED, DEFLATED = 0, 8
_CHUNK_BYTES = 1 << 20


class BadArchive(Exception):
    """The file is no zip, is damaged, or is one that two readers could read differently."""


class Damaged(Exception):
    """An entry's data is not what the directory says of it."""


class Limits(NamedTuple):
    """How many entries a zip may have, and bytes of its central directory."""

    entries: int
    directory_bytes: int


SUBMISSION = Limits(100_000, 16 << 20)
NPZ = Limits(10_000, 4 << 20)


class Entry(NamedTuple):
    """An entry of a zip: `name` decoded, sizes in bytes, `mode` the Unix st_mode or 0."""

    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed_size: int
    size: int
    header_offset: int
    mode: int
    data_offset: int = -1

    @property
    def is_folder(self):
        """Whether it is a folder: its name says so."""
        return self.name.endswith("/")

    @property
    def encrypted(self):
        """Whether its data needs a password."""
        return bool(self.flags & _ENCRYPTED)


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
    entries, start = _read_directory(file, limits)
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


def _read_directory(file, limits):
    position, count, size, offset = _read_end(file)
    if count > limits.entries:
        raise BadArchive(f"it has {count} entries; at most {limits.entries} are read")
    if size > limits.directory_bytes:
        raise BadArchive(f"its zip directory has {size} bytes; at most {limits.directory_bytes} are read")
    if offset + size != position:
        raise BadArchive("its zip directory does not end where its end record begins")
    file.seek(offset)
    content = file.read(size)
    entries, at = [], 0
    while at < len(content) and len(entries) <= count:
        entry, at = _read_record(content, at)
        entries.append(entry)
    if len(entries) != count:
        raise BadArchive(f"its zip directory has not the {count} entries it declares")
    return entries, offset


def _read_end(file):
    """Return where the end records begin, the number of entries, and the directory's size and offset."""
    file_size = file.seek(0, 2)
    start = max(0, file_size - _END64.size - _LOCATOR.size - _END.size - _MAX_COMMENT_BYTES)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0:
        raise BadArchive("it is not a zip file, or it is cut off")
    if at + _END.size > len(tail):
        raise BadArchive("it is not a zip file, or it is cut off")
    _, *short, comment = _END.unpack_from(tail, at)
    if at + _END.size + comment < len(tail):
        raise BadArchive("something follows the end record of the zip, or hides another one")
    if at + _END.size + comment > len(tail):
        raise BadArchive("it is not a zip file, or it is cut off")
    long, position = _read_end64(tail, at, start)
    markers = (0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, _IN_ZIP64, _IN_ZIP64)
    found = long or short
    for value, whole, marker in zip(short, found, markers):
        if (value != whole and value != marker) or (value == marker and not long):
            raise BadArchive("its end record and its zip64 record do not say the same")
    disk, directory_disk, disk_count, count, size, offset = found
    if disk or directory_disk or disk_count != count:
        raise BadArchive("it is a part of a zip of several files")
    return position, count, size, offset


def _read_end64(tail, at, start):
    """Return the values of a zip64 end record, or None, and where the end records begin."""
    locator = at - _LOCATOR.size
    record = locator - _END64.size
    if locator < 0 or tail[locator:locator + 4] != b"PK\x06\x07":
        return None, start + at
    _, disk, place, disks = _LOCATOR.unpack_from(tail, locator)
    if record < 0 or disk or disks != 1 or place != start + record:
        raise BadArchive("its zip64 records are damaged")
    signature, size, _, _, *values = _END64.unpack_from(tail, record)
    if signature != b"PK\x06\x06" or size != _END64.size - 12:
        raise BadArchive("its zip64 records are damaged")
    return values, start + record


def _read_record(content, at):
    """Return the entry of the directory that begins at `at`, and where the next begins."""
    name_at = at + _RECORD.size
    if name_at > len(content):
        raise BadArchive("its zip directory is damaged")
    (signature, _, made_by, _, flags, method, _, _, crc, packed_size, size, name_length, extra_length,
     comment_length, disk, _, attributes, offset) = _RECORD.unpack_from(content, at)
    extra_at = name_at + name_length
    comment_at = extra_at + extra_length
    end = comment_at + comment_length
    if signature != b"PK\x01\x02" or end > len(content):
        raise BadArchive("its zip directory is damaged")
    if flags & _REFUSED:
        raise BadArchive("an entry has features of zip that not every reader knows")
    raw_name = content[name_at:extra_at]
    fields = _extra_fields(content[extra_at:comment_at])
    size, packed_size, offset = _with_zip64(size, packed_size, offset, disk, fields.get(_ZIP64, b""))
    name = _decode(raw_name, flags, made_by, fields.get(_UNICODE_PATH))
    return Entry(name, raw_name, flags, method, crc, packed_size, size, offset, attributes >> 16), end


def _with_zip64(size, packed_size, offset, disk, field):
    """Return size, packed size and offset; those that do not fit are in the zip64 field, in this order."""
    values = [size, packed_size, offset]
    missing = [index for index, value in enumerate(values) if value == _IN_ZIP64]
    needed = 8 * len(missing) + (4 if disk == 0xFFFF else 0)
    if needed and len(field) != needed:
        raise BadArchive("its zip directory is damaged")
    if disk and not (disk == 0xFFFF and field.endswith(bytes(4))):
        raise BadArchive("its zip directory is damaged")
    for place, index in enumerate(missing):
        values[index], = struct.unpack_from("<Q", field, 8 * place)
    return values


def _extra_fields(content):
    """Return the extra fields that have a say in what an entry is, by their ids."""
    found, at = {}, 0
    while at + _FIELD.size <= len(content):
        kind, length = _FIELD.unpack_from(content, at)
        end = at + _FIELD.size + length
        matters = kind in (_ZIP64, _UNICODE_PATH)
        if end > len(content) or (matters and kind in found):
            raise BadArchive("an entry has extra fields that are damaged")
        if matters:
            found[kind] = content[at + _FIELD.size:end]
        at = end
    if _UNICODE_PATH in found:
        found[_UNICODE_PATH] = found[_UNICODE_PATH][_UNICODE_PATH_HEAD:]
    return found


def _decode(raw, flags, made_by, unicode_path):
    """Return an entry's name: UTF-8 where its flags say so or it was made on Unix, else code page 437."""
    is_utf8 = flags & _UTF8 or made_by in (_UNIX, _MACOS)
    name = _utf8(raw) if is_utf8 else raw.decode("cp437")
    if unicode_path is not None and unicode_path != raw and _utf8(unicode_path) != name:
        raise _refused(raw, "has another name in an extra field (0x7075)")
    if "\0" in name:
        raise _refused(raw, "has a NUL in its name")
    return name if unicode_path is None else _utf8(unicode_path)


def _utf8(raw):
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused(raw, "has a name that is not UTF-8") from error


def _refused(raw, what):
    return BadArchive(f"{raw.decode('latin-1')!r} {what}")


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
    fields = _extra_fields(file.read(extra_length))
    sizes, field = [size, packed_size], fields.get(_ZIP64, b"")
    used = 0
    for index, value in enumerate(sizes):
        if value == _IN_ZIP64:
            if used + 8 > len(field):
                raise BadArchive("an entry has extra fields that are damaged")
            sizes[index], = struct.unpack_from("<Q", field, used)
            used += 8
    unicode_path = fields.get(_UNICODE_PATH)
    same = (
        raw_name == entry.raw_name
        and flags & _SHARED == entry.flags & _SHARED
        and method == entry.method
        and all(here == there or (flags & _SIZES_FOLLOW and here == 0)
                for here, there in zip((*sizes, crc), (entry.size, entry.packed_size, entry.crc)))
        and (unicode_path is None or unicode_path == raw_name or _utf8(unicode_path) == entry.name)
    )
    if not same:
        raise BadArchive(f"{entry.name!r} is described differently at its place and in the zip's directory")
    rest = end - data_offset - entry.packed_size
    if flags & _SIZES_FOLLOW and rest in _DESCRIPTORS:
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
