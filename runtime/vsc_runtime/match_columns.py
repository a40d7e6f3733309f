"""Plain rows of matches as columns: most pieces of a file are digits, commas and ids, and are read so with numpy."""

import numpy as np

from .match_rows import COLUMNS, MAX_LINE_BYTES

_PLAIN = b'0123456789.,-+eEQR"\n'


def plain_columns(piece):
    """Return (ids of both sides, (5, N) finite float64) of whole lines, or None if they are not plain rows."""
    if piece.translate(None, _PLAIN):
        return None
    text = np.frombuffer(piece, np.uint8)
    is_end = (text == ord(",")) | (text == ord("\n"))
    ends = np.flatnonzero(is_end)
    if ends.size % len(COLUMNS):
        return None
    is_line_end = (text[ends] == ord("\n")).reshape(-1, len(COLUMNS))
    if is_line_end[:, :-1].any() or not is_line_end[:, -1].all():
        return None
    if np.diff(ends[len(COLUMNS) - 1::len(COLUMNS)], prepend=-1).max() > MAX_LINE_BYTES + 1:
        return None
    if b'"' in piece:
        if not _are_whole_fields(text, is_end, ends):
            return None
        piece = piece.replace(b'"', b"")
    fields = piece.replace(b"\n", b",").split(b",")[:-1]
    try:
        # Of these characters `float` reads decimal numbers alone.
        numbers = np.array([list(map(float, fields[column::len(COLUMNS)])) for column in range(2, len(COLUMNS))])
    except ValueError:
        return None
    if not np.isfinite(numbers).all():
        return None
    return (fields[0::len(COLUMNS)], fields[1::len(COLUMNS)]), numbers


def _are_whole_fields(text, is_end, ends):
    """Return whether all quotes are around whole fields; `is_end` tells where fields end, `ends` lists it."""
    quotes = np.flatnonzero(text == ord('"'))
    opening, closing = quotes[0::2], quotes[1::2]
    return bool(
        opening.size == closing.size
        and is_end[opening - 1].all()  # before the first byte it looks at the last, a line end
        and is_end[closing + 1].all()
        and (np.searchsorted(ends, opening) == np.searchsorted(ends, closing)).all()
    )
