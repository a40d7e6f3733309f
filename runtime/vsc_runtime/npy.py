"""Reading npy headers, more narrowly than numpy does: no more of Python than writers of such files use.

`src/descriptors/npy.ts` has the same rules, so that both read the same of any file.
"""

import re
from typing import NamedTuple

import numpy as np

_MAGIC = b"\x93NUMPY"
_LENGTH_BYTES = {b"\x01\x00": 2, b"\x02\x00": 4, b"\x03\x00": 4}
# numpy's own limit (`max_header_size`); a small file can unpack to gigabytes.
_MAX_HEADER_BYTES = 10_000
_MAX_DIMENSIONS = 32
_MAX_LENGTH = 2 ** 53 - 1  # the largest that both languages hold
_LARGEST_ITEM = 2 ** 31 - 1

_DICT = re.compile(r"[ ]*\{(.*)\}[ \n]*", re.DOTALL)
_FIELD = re.compile(
    r"""[ \n]*(?:'(\w+)'|"(\w+)")[ ]*:[ ]*(\[.*\]|'[^'\\\n]*'|"[^"\\\n]*"|True|False|\([0-9L, ]*\))[ ]*(?:,|\Z)[ \n]*""",
    re.DOTALL | re.ASCII,
)
_WRITTEN_LENGTH = re.compile(r" *(0|[1-9][0-9]{0,15})L? *")
_DTYPE = re.compile(
    r"[<>|=]?(?:(O)|([biufcUSV])(0|[1-9][0-9]{0,9})|[Mm]8(?:\[(?:Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?)"
)
# Bytes that an element of these kinds may have; the others take any number.
_WIDTHS = {"b": (1,), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (2, 4, 8, 16), "c": (8, 16, 32)}


class BadHeader(Exception):
    """The bytes don't begin like an array that is read here."""


class Header(NamedTuple):
    """Type and shape of an array, whether it is column-major, and the bytes before its values."""

    dtype: np.dtype
    shape: tuple
    fortran_order: bool
    header_bytes: int

    @property
    def nbytes(self):
        """Size of the values in bytes."""
        size = self.dtype.itemsize
        for length in self.shape:
            size *= length
        return size


def read_header(stream):
    """Read a header, version 1, 2 or 3, off a stream; BadHeader when it is none."""
    prefix = stream.read(8)
    if len(prefix) < 8 or prefix[:6] != _MAGIC:
        raise BadHeader("it does not begin like a numpy array")
    length_bytes = _LENGTH_BYTES.get(prefix[6:])
    if length_bytes is None:
        raise BadHeader(f"its npy format version {prefix[6]}.{prefix[7]} is unknown; 1.0, 2.0 and 3.0 are read")
    size = int.from_bytes(_take(stream, length_bytes), "little")
    if size > _MAX_HEADER_BYTES:
        raise BadHeader(f"its npy header is {size:,} bytes long; numpy reads at most {_MAX_HEADER_BYTES:,}")
    descr, order, lengths = _read_dict(_take(stream, size).decode("latin-1"))
    header = Header(_read_dtype(descr), _read_shape(lengths), order == "True", 8 + length_bytes + size)
    if header.nbytes > _MAX_LENGTH:
        raise BadHeader(f"its shape {header.shape} is impossibly large")
    return header


def _take(stream, size):
    content = stream.read(size)
    if len(content) < size:
        raise BadHeader("it is cut off")
    return content


def _read_dict(text):
    """Return descr, fortran_order and shape as they are written."""
    body = _DICT.fullmatch(text)
    fields, at, count = {}, 0, 0
    while body and at < len(body[1]):
        field = _FIELD.match(body[1], at)
        if not field:
            break
        fields[field[1] or field[2]] = field[3]
        at = field.end()
        count += 1
    if not body or at < len(body[1]):
        rest = (body[1] if body else text)[at:at + 40]
        raise BadHeader(f"its header can't be read at {rest!r}")
    descr, order, shape = (fields.get(key, "") for key in ("descr", "fortran_order", "shape"))
    if count != 3 or descr[:1] not in ("'", '"', "[") or order not in ("True", "False") or shape[:1] != "(":
        raise BadHeader("its npy header is not a dict of descr, fortran_order and shape")
    return descr, order, shape


def _read_dtype(written):
    if written.startswith("["):
        if "O" in written:
            raise BadHeader("it holds pickled Python objects, which are never loaded")
        raise BadHeader("its elements are records (a structured dtype), not plain values")
    descr = written[1:-1]
    match = _DTYPE.fullmatch(descr)
    if not match:
        raise BadHeader(f"its dtype {descr[:40]!r} is unknown")
    objects, kind, count = match.groups()
    if objects:
        raise BadHeader("it holds pickled Python objects, which are never loaded")
    if kind:
        size = int(count) * (4 if kind == "U" else 1)
        # Of elements without bytes there could be any number.
        if not 0 < size <= _LARGEST_ITEM or size not in _WIDTHS.get(kind, (size,)):
            raise BadHeader(f"its dtype {descr!r} is impossible")
    try:
        return np.dtype(descr)
    except TypeError as error:
        raise BadHeader(f"its dtype {descr!r} is unknown") from error


def _read_shape(written):
    """Return the lengths in a tuple; `(3)` is none."""
    parts = written[1:-1].split(",")
    is_tuple = len(parts) > 1
    if not parts[-1].strip(" "):
        parts.pop()
    lengths = [_WRITTEN_LENGTH.fullmatch(part) for part in parts]
    if not all(lengths) or len(lengths) > _MAX_DIMENSIONS or not (is_tuple or not lengths):
        raise BadHeader("its npy header has a shape that is no tuple of lengths")
    shape = tuple(int(length[1]) for length in lengths)
    if any(length > _MAX_LENGTH for length in shape):
        raise BadHeader("its npy header has a shape that is no tuple of lengths")
    return shape
