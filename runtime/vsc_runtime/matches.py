"""The rules that a CSV of matches must meet: checked as it is read, in memory for a small piece of it.

The rule ids are shared with the `vsc` command line tool, and one table of cases
drives the tests of both. Most pieces of a file are plain: digits, commas, ids. Those
are judged column by column with numpy; the others row by row.
"""

import os
import stat
from itertools import repeat

import numpy as np

from .findings import Finding
from .match_rows import COLUMNS, MAX_LINE_BYTES, UnreadableRows, fields_of, number_in, pieces

FULL_FILE = "full_matches.csv"
SUBSET_FILE = "subset_matches.csv"

MAX_SECONDS = 1e9
_BEYOND_SECONDS = 1  # lengths in metadata are not exact
_RULES = (
    "wrong-field-count", "wrong-id-kind", "unknown-video", "missing-value", "not-a-number", "not-finite",
    "negative-time", "impossible-time", "reversed-segment", "zero-length-segment", "beyond-video",
)
_WARNINGS = {"zero-length-segment", "beyond-video", "no-matches"}
_NEEDED = {
    "missing-value": "every time and score needs a value",
    "not-a-number": "needed is a decimal number such as 12.5",
    "not-finite": "every time and score must be finite",
}
_PLAIN = b"0123456789.,-+eEQR\n"
_UNKNOWN = -1.0


class CheckedMatches:
    """A CSV of matches after its checks: `findings` (errors), `warnings`, and how many `segments` were seen."""

    def __init__(self, file, findings, warnings, segments):
        self.file = file
        self.findings = findings
        self.warnings = warnings
        self.segments = segments


def check_matches(path, file, queries, references):
    """Check the CSV at `path`, called `file`, against the VideoSets that it may speak of."""
    rules = _Rules(file, queries, references)
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise UnreadableRows("it is no regular file")
        with open(path, "rb") as source:
            for piece in pieces(source):
                rules.see(piece)
                if rules.over:
                    break
    except FileNotFoundError:
        rules.end("unreadable", "the file is missing")
    except OSError as error:
        rules.end("unreadable", f"the file can't be read: {error.strerror}")
    except UnreadableRows as error:
        rules.unreadable(error)
    return rules.checked()


class _Side:
    """The query or the reference of a segment: its columns, and its videos by id with their lengths."""

    def __init__(self, kind, id_column, videos):
        self.kind = kind
        self.letter = kind[:1].upper().encode()
        self.id = id_column
        self.start, self.end = (2, 3) if kind == "query" else (4, 5)
        self.name = videos.name
        self.seconds = {video_id.encode(): videos.durations.get(video_id, np.inf) for video_id in videos.seconds}


class _Rules:
    def __init__(self, file, queries, references):
        self._file = file
        self._sides = (_Side("query", 0, queries), _Side("reference", 1, references))
        self._faults = {}  # (rule, column) -> [first index, its message, rows]
        self._header = False
        self._line = 0
        self._rows = 0
        self.over = None

    def see(self, piece):
        """Judge a piece of whole lines."""
        at = 0
        while not self._header and at < len(piece):
            end = piece.index(b"\n", at)
            fields = self._fields(piece[at:end])
            if fields is not None:
                self._see_header(fields)
            at = end + 1
        piece = piece[at:]
        if not piece or self.over:
            return
        columns = _plain_columns(piece)
        if columns is None:
            self._see_lines(piece)
        else:
            self._see_columns(*columns)

    def end(self, rule, message, index=None):
        """Record what ends the reading."""
        self.over = self.over or Finding(self._file, rule, message, index)

    def unreadable(self, error):
        line = self._line + 1 if error.line == 0 else error.line
        where = "" if line is None else f"line {line:,}: "
        self.end("unreadable", f"{where}{error}", self._rows if line is not None and self._header else None)

    def checked(self):
        """Return all findings: those about rows in their order, then what is said of the file."""
        faults = sorted(
            self._faults.items(), key=lambda item: (item[1][0], item[0][1], _RULES.index(item[0][0]))
        )
        found = [
            Finding(self._file, rule, message + _and_more(rows - 1), index)
            for (rule, _), (index, message, rows) in faults
        ]
        if not self.over and not self._header:
            self.end("wrong-columns", "it is empty: not even the columns are there")
        if not self.over and self._rows == 0:
            self.end("no-matches", "it has no segments at all; its score would be 0")
        found += [self.over] if self.over else []
        errors = [finding for finding in found if finding.rule not in _WARNINGS]
        warnings = [finding for finding in found if finding.rule in _WARNINGS]
        return CheckedMatches(self._file, errors, warnings, self._rows)

    def _fields(self, line):
        self._line += 1
        return fields_of(line, self._line) if line else None

    def _see_lines(self, piece):
        for line in piece[:-1].split(b"\n"):
            fields = self._fields(line)
            if fields is not None:
                self._see_row(fields)

    def _see_header(self, fields):
        self._header = True
        for at in range(max(len(fields), len(COLUMNS))):
            found = fields[at] if at < len(fields) else None
            needed = COLUMNS[at] if at < len(COLUMNS) else None
            if found is not None and needed is not None and found == needed.encode():
                continue
            what = "missing" if found is None else _shown(found)
            but = f"not {needed}" if needed else f"there may be {len(COLUMNS)} alone"
            order = f"needed are {','.join(COLUMNS)} in this order"
            self.end("wrong-columns", f"line {self._line:,}: column {at + 1:,} is {what}, {but}; {order}")
            return

    def _see_row(self, fields):
        index = self._rows
        self._rows += 1
        if len(fields) != len(COLUMNS):
            count = f"{len(fields):,} field{'' if len(fields) == 1 else 's'}"
            self._add("wrong-field-count", 0, index, lambda: f"line {self._line:,}: it has {count}, not {len(COLUMNS)}")
            return
        numbers = [self._number(fields[column], column, index) for column in range(2, len(COLUMNS))]
        for side in self._sides:
            self._see_side(side, fields[side.id], numbers[side.start - 2], numbers[side.end - 2], index, self._line)

    def _number(self, field, column, index):
        number, rule = number_in(field)
        if rule:
            self._found(rule, column, index, self._line, lambda: f"found {_shown(field)}; {_NEEDED[rule]}")
        return number

    def _see_side(self, side, video_id, start, end, index, line):
        """Judge one side of a segment, whose times are floats; nan where that was found to be wrong."""
        seconds = side.seconds.get(video_id, np.inf)
        if not video_id.startswith(side.letter):
            starts = f"ids of {side.kind} videos start with {side.letter.decode()}"
            self._found("wrong-id-kind", side.id, index, line, lambda: f"found {_shown(video_id)}; {starts}")
            seconds = np.inf
        elif video_id not in side.seconds:
            self._found("unknown-video", side.id, index, line, lambda: f"{_shown(video_id)} is not in {side.name}")
        for column, time in ((side.start, start), (side.end, end)):
            if time < 0:
                self._found("negative-time", column, index, line, lambda: f"found {time}; times are seconds from 0 up")
            elif time > MAX_SECONDS:
                most = f"times are {MAX_SECONDS:,.0f} seconds at most"
                self._found("impossible-time", column, index, line, lambda: f"found {time}; {most}")
        if start > end:
            ends = f"{COLUMNS[side.end]}, {end} s"
            self._found("reversed-segment", side.start, index, line, lambda: f"{start} s is after {ends}")
        if start == end:
            what = f"the segment ends where it starts, at {end} s, and so matches nothing"
            self._found("zero-length-segment", side.end, index, line, lambda: what)
        if end > seconds + _BEYOND_SECONDS:
            lasts = f"{_shown(video_id)} lasts {seconds} s by {side.name}"
            self._found("beyond-video", side.end, index, line, lambda: f"{end} s is beyond the video: {lasts}")

    def _see_columns(self, ids, numbers):
        """Judge plain rows: the ids of both sides, (5, N) finite float64."""
        count = numbers.shape[1]
        for side in self._sides:
            start, end = numbers[side.start - 2], numbers[side.end - 2]
            lengths = np.fromiter(map(side.seconds.get, ids[side.id], repeat(_UNKNOWN)), float, count)
            wrong = (
                (lengths == _UNKNOWN) | (start < 0) | (end < 0) | (start > MAX_SECONDS) | (end > MAX_SECONDS)
                | (start >= end) | (end > lengths + _BEYOND_SECONDS)
            )
            for at in np.flatnonzero(wrong).tolist():
                times = float(start[at]), float(end[at])
                self._see_side(side, ids[side.id][at], *times, self._rows + at, self._line + at + 1)
        self._rows += count
        self._line += count

    def _found(self, rule, column, index, line, tell):
        self._add(rule, column, index, lambda: f"line {line:,}, {COLUMNS[column]}: {tell()}")

    def _add(self, rule, column, index, tell):
        known = self._faults.get((rule, column))
        if known:
            known[2] += 1
        else:
            self._faults[rule, column] = [index, tell(), 1]


def _plain_columns(piece):
    """Return (ids of both sides, (5, N) finite float64) of whole lines, or None if they are not plain rows."""
    if piece.translate(None, _PLAIN):
        return None
    text = np.frombuffer(piece, np.uint8)
    ends = np.flatnonzero((text == ord(",")) | (text == ord("\n")))
    if ends.size % len(COLUMNS):
        return None
    ends = ends.reshape(-1, len(COLUMNS))
    is_line_end = text[ends] == ord("\n")
    if is_line_end[:, :-1].any() or not is_line_end[:, -1].all():
        return None
    if np.diff(ends[:, -1], prepend=-1).max() > MAX_LINE_BYTES + 1:
        return None
    fields = piece.replace(b"\n", b",").split(b",")[:-1]
    try:
        # Of these characters `float` reads decimal numbers alone.
        numbers = np.array([list(map(float, fields[column::len(COLUMNS)])) for column in range(2, len(COLUMNS))])
    except ValueError:
        return None
    if not np.isfinite(numbers).all():
        return None
    return (fields[0::len(COLUMNS)], fields[1::len(COLUMNS)]), numbers


def _and_more(rows):
    return f"; so it is in {rows:,} more row{'' if rows == 1 else 's'}" if rows else ""


def _shown(field):
    """Return a field as a message shows it: in quotes, escaped and not too long."""
    if not field:
        return "nothing"
    text = field.decode("utf-8", "replace")
    return ascii(text[:40]) + ("…" if len(text) > 40 else "")
