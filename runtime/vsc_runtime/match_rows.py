"""A CSV of matches as rows: cut as it is read, a piece at a time, with bounds on what a line may be.

Lines end by LF, CR LF or CR; a byte order mark and blank lines are passed over.
A field may be in quotes, but hold neither quotes nor commas.
"""

import re

COLUMNS = ("query_id", "ref_id", "query_start", "query_end", "ref_start", "ref_end", "score")

MAX_LINE_BYTES = 4096
MAX_BYTES = 1 << 30
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_DECIMAL = re.compile(rb"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_MISSING = (b"", b"nan", b"na", b"null", b"none")
_INFINITE = (b"inf", b"infinity")


class UnreadableRows(Exception):
    """What can't be read as rows, told as the end of a sentence; `line`, from 1, where it is one."""

    def __init__(self, what, line=None):
        super().__init__(what)
        self.line = line


def pieces(file, size=1 << 16):
    """Yield whole lines of a binary file as bytes, so many at a time, each line ended by a LF alone.

    Never holds more than such a piece, of `size` bytes and a line. Raises UnreadableRows for a line without an
    end, with its place among the lines that were not yet given (from 0), and for a
    file that is too large.
    """
    rest = b""
    left = MAX_BYTES
    while True:
        chunk = file.read(size)
        text = rest + chunk[:left]
        # What follows a CR at the end tells whether it is half of a line end.
        held = b"\r" if text.endswith(b"\r") else b""
        if b"\r" in text:
            text = text[:len(text) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        end = text.rfind(b"\n") + 1
        if end:
            yield text[:end]
        if len(text) - end > MAX_LINE_BYTES:
            raise UnreadableRows(f"it is longer than {MAX_LINE_BYTES} bytes", 0)
        if len(chunk) > left:
            raise UnreadableRows("it is larger than 1 GiB")
        left -= len(chunk)
        rest = text[end:] + held
        if not chunk:
            if rest:
                yield rest.rstrip(b"\r") + b"\n"
            return


def fields_of(line, number):
    """Return the fields of a line, bytes without their quotes; None for a blank one. `number` counts from 1."""
    if len(line) > MAX_LINE_BYTES:
        raise UnreadableRows(f"it is longer than {MAX_LINE_BYTES} bytes", number)
    if number == 1 and line.startswith(_BYTE_ORDER_MARK):
        line = line[len(_BYTE_ORDER_MARK):]
    if not line.strip(b" \t"):
        return None
    if _CONTROL.search(line):
        raise UnreadableRows("it has control characters, as no text has", number)
    fields = line.split(b",")
    return [_unquoted(field, number) for field in fields] if b'"' in line else fields


def _unquoted(field, number):
    quotes = field.count(b'"')
    if quotes == 0:
        return field
    if quotes == 2 and field[:1] == field[-1:] == b'"':
        return field[1:-1]
    raise UnreadableRows("it has a quote that is not around a whole field", number)


def number_in(field):
    """Return (number, None), or (nan, the rule that the field breaks)."""
    text = field.strip(b" \t")
    if _DECIMAL.fullmatch(text):
        number = float(text)
        return (number, None) if abs(number) != float("inf") else (float("nan"), "not-finite")
    text = text.lower()
    if text in _MISSING:
        return float("nan"), "missing-value"
    infinite = text in _INFINITE or (text[:1] in (b"+", b"-") and text[1:] in _INFINITE)
    return float("nan"), "not-finite" if infinite else "not-a-number"
