"""The central directory of a zip, read so that no other reader can find another one.

The end record is the last thing in the file, the directory lies right before it, and
all that is said twice is said alike. `src/descriptors/zip-directory.ts` and
`zip-names.ts` are the same rules.

APPNOTE: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

import struct
from typing import NamedTuple

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_RECORD = struct.Struct("<4s2B5H3L5H2L")
_FIELD = struct.Struct("<2H")
_MAX_COMMENT_BYTES = 0xFFFF
_UNICODE_PATH_HEAD = 5  # a version and a checksum
_UNIX, _MACOS = 3, 19

IN_ZIP64 = 0xFFFFFFFF
ZIP64, UNICODE_PATH = 0x0001, 0x7075
ENCRYPTED, SIZES_FOLLOW, UTF8 = 0x1, 0x8, 0x800
REFUSED = 0x2060  # patches, strong encryption, a masked directory


class BadArchive(Exception):
    """The file is no zip, is damaged, or is one that two readers could read differently."""


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
        return bool(self.flags & ENCRYPTED)


def read_directory(file, limits):
    """Return the entries of the directory of an open file, in its order, and where it begins."""
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
    markers = (0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, IN_ZIP64, IN_ZIP64)
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
    if flags & REFUSED:
        raise BadArchive("an entry has features of zip that not every reader knows")
    raw_name = content[name_at:extra_at]
    fields = extra_fields(content[extra_at:comment_at])
    size, packed_size, offset = _with_zip64(size, packed_size, offset, disk, fields.get(ZIP64, b""))
    name = _decode(raw_name, flags, made_by, fields.get(UNICODE_PATH))
    return Entry(name, raw_name, flags, method, crc, packed_size, size, offset, attributes >> 16), end


def _with_zip64(size, packed_size, offset, disk, field):
    """Return size, packed size and offset; those that do not fit are in the zip64 field, in this order."""
    values = [size, packed_size, offset]
    missing = [index for index, value in enumerate(values) if value == IN_ZIP64]
    needed = 8 * len(missing) + (4 if disk == 0xFFFF else 0)
    if needed and len(field) != needed:
        raise BadArchive("its zip directory is damaged")
    if disk and not (disk == 0xFFFF and field.endswith(bytes(4))):
        raise BadArchive("its zip directory is damaged")
    for place, index in enumerate(missing):
        values[index], = struct.unpack_from("<Q", field, 8 * place)
    return values


def extra_fields(content):
    """Return the extra fields that have a say in what an entry is, by their ids."""
    found, at = {}, 0
    while at + _FIELD.size <= len(content):
        kind, length = _FIELD.unpack_from(content, at)
        end = at + _FIELD.size + length
        matters = kind in (ZIP64, UNICODE_PATH)
        if end > len(content) or (matters and kind in found):
            raise BadArchive("an entry has extra fields that are damaged")
        if matters:
            found[kind] = content[at + _FIELD.size:end]
        at = end
    if UNICODE_PATH in found:
        found[UNICODE_PATH] = found[UNICODE_PATH][_UNICODE_PATH_HEAD:]
    return found


def _decode(raw, flags, made_by, unicode_path):
    """Return an entry's name: UTF-8 where its flags say so or it was made on Unix, else code page 437."""
    is_utf8 = flags & UTF8 or made_by in (_UNIX, _MACOS)
    name = utf8(raw) if is_utf8 else raw.decode("cp437")
    if unicode_path is not None and unicode_path != raw and utf8(unicode_path) != name:
        raise _refused(raw, "has another name in an extra field (0x7075)")
    if "\0" in name:
        raise _refused(raw, "has a NUL in its name")
    return name if unicode_path is None else utf8(unicode_path)


def utf8(raw):
    """Decode a name; BadArchive for one that is not UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused(raw, "has a name that is not UTF-8") from error


def _refused(raw, what):
    return BadArchive(f"{raw.decode('latin-1')!r} {what}")
