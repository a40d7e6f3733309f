"""The rules that a CSV of matches must meet: checked as it is read, in memory for a small piece of it.

The rule ids are shared with the `vsc` command line tool, and one table of cases
drives the tests of both. Most pieces of a file are plain: digits, commas, ids. Those
are judged column by column with numpy; the others row by row.
"""

import os
import stat
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from .findings import Finding
from .match_rows import COLUMNS, MAX_LINE_BYTES, UnreadableRows, fields_of, number_in, pieces

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
_PLAIN = b'0123456789.,-+eEQR"\n'
_UNKNOWN = -1.0


@dataclass(frozen=True)
class CheckedMatches:
    """A CSV of matches after its checks: `findings` are errors; `segments` counts rows, faulty ones too."""

    file: str
    findings: list
    warnings: list
    segments: int


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
    """The query or the reference of a segment: its columns, and its videos by id with their lengths.

    A row of it is (id, start, end): bytes and floats, nan where a time was found to be wrong.
    """

    def __init__(self, kind, id_column, videos):
        self.kind = kind
        self.letter = kind[:1].upper().encode()
        self.id = id_column
        self.start, self.end = (2, 3) if kind == "query" else (4, 5)
        self.name = videos.name
        self.seconds = {video_id.encode(): videos.durations.get(video_id, np.inf) for video_id in videos.seconds}

    def broken(self, video_id, start, end):
        """Yield (rule, column) for all that is wrong with a row."""
        if not video_id.startswith(self.letter):
            yield "wrong-id-kind", self.id
        elif video_id not in self.seconds:
            yield "unknown-video", self.id
        for column, time in ((self.start, start), (self.end, end)):
            if time < 0:
                yield "negative-time", column
            elif time > MAX_SECONDS:
                yield "impossible-time", column
        if start > end:
            yield "reversed-segment", self.start
        if start == end:
            yield "zero-length-segment", self.end
        if end > self._seconds_of(video_id) + _BEYOND_SECONDS:
            yield "beyond-video", self.end

    def broken_rows(self, ids, start, end):
        """Yield (rule, column, rows) for all that is wrong with rows: a list of ids, (N,) float64."""
        seconds = np.fromiter(map(self.seconds.get, ids, repeat(_UNKNOWN)), float, len(ids))
        unknown = np.flatnonzero(seconds == _UNKNOWN)
        seconds[unknown] = np.inf
        is_kind = np.array([ids[at].startswith(self.letter) for at in unknown.tolist()], bool)
        yield from ((rule, self.id, rows) for rule, rows in (
            ("wrong-id-kind", unknown[~is_kind]), ("unknown-video", unknown[is_kind])) if rows.size)
        for rule, column, is_broken in (
            ("negative-time", self.start, start < 0),
            ("negative-time", self.end, end < 0),
            ("impossible-time", self.start, start > MAX_SECONDS),
            ("impossible-time", self.end, end > MAX_SECONDS),
            ("reversed-segment", self.start, start > end),
            ("zero-length-segment", self.end, start == end),
            ("beyond-video", self.end, end > seconds + _BEYOND_SECONDS),
        ):
            if is_broken.any():
                yield rule, column, np.flatnonzero(is_broken)

    def told(self, rule, column, video_id, start, end):
        """Return what a message says of a row that breaks a rule."""
        time = start if column == self.start else end
        if rule == "wrong-id-kind":
            return f"found {_shown(video_id)}; ids of {self.kind} videos start with {self.letter.decode()}"
        if rule == "unknown-video":
            return f"{_shown(video_id)} is not in {self.name}"
        if rule == "negative-time":
            return f"found {time}; times are seconds from 0 up"
        if rule == "impossible-time":
            return f"found {time}; times are {MAX_SECONDS:,.0f} seconds at most"
        if rule == "reversed-segment":
            return f"{start} s is after {COLUMNS[self.end]}, {end} s"
        if rule == "zero-length-segment":
            return f"the segment ends where it starts, at {end} s, and so matches nothing"
        lasts = f"{_shown(video_id)} lasts {self._seconds_of(video_id)} s by {self.name}"
        return f"{end} s is beyond the video: {lasts}"

    def _seconds_of(self, video_id):
        return self.seconds.get(video_id, np.inf)


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
            count = len(fields)
            told = self._first("wrong-field-count", 0)
            if told:
                told(index, f"line {self._line:,}: it has {count:,} field{'' if count == 1 else 's'}, not {len(COLUMNS)}")
            return
        numbers = []
        for column in range(2, len(COLUMNS)):
            number, rule = number_in(fields[column])
            numbers.append(number)
            told = rule and self._first(rule, column)
            if told:
                told(index, f"{self._where(self._line, column)}: found {_shown(fields[column])}; {_NEEDED[rule]}")
        for side in self._sides:
            row = fields[side.id], numbers[side.start - 2], numbers[side.end - 2]
            for rule, column in side.broken(*row):
                told = self._first(rule, column)
                if told:
                    told(index, f"{self._where(self._line, column)}: {side.told(rule, column, *row)}")

    def _see_columns(self, ids, numbers):
        """Judge plain rows: the ids of both sides, (5, N) finite float64."""
        count = numbers.shape[1]
        for side in self._sides:
            start, end = numbers[side.start - 2], numbers[side.end - 2]
            for rule, column, rows in side.broken_rows(ids[side.id], start, end):
                told = self._first(rule, column, len(rows))
                if told:
                    at = int(rows[0])
                    row = ids[side.id][at], float(start[at]), float(end[at])
                    where = self._where(self._line + at + 1, column)
                    told(self._rows + at, f"{where}: {side.told(rule, column, *row)}")
        self._rows += count
        self._line += count

    @staticmethod
    def _where(line, column):
        return f"line {line:,}, {COLUMNS[column]}"

    def _first(self, rule, column, rows=1):
        """Count rows that break a rule; for the first of them return what takes its index and message."""
        known = self._faults.get((rule, column))
        if known:
            known[2] += rows
            return None

        def told(index, message):
            self._faults[rule, column] = [index, message, rows]

        return told


def _plain_columns(piece):
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


def _and_more(rows):
    return f"; so it is in {rows:,} more row{'' if rows == 1 else 's'}" if rows else ""


def _shown(field):
    """Return a field as a message shows it: in quotes, escaped and not too long."""
    if not field:
        return "nothing"
    text = field.decode("utf-8", "replace")
    return ascii(text[:40]) + ("…" if len(text) > 40 else "")
