"""The rules that a CSV of matches must meet: checked as it is read, in memory for a small piece of it.

The rule ids are shared with the `vsc` command line tool, and one table of cases
drives the tests of both. Most pieces of a file are plain: digits, commas, ids. Those
are judged column by column with numpy; the others row by row.
"""

import os
import stat
from dataclasses import dataclass

from .findings import Finding
from .match_columns import plain_columns
from .match_rows import COLUMNS, UnreadableRows, fields_of, number_in, pieces
from .match_sides import Side, shown

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


class _Rules:
    def __init__(self, file, queries, references):
        self._file = file
        self._sides = (Side("query", 0, queries), Side("reference", 1, references))
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
        columns = plain_columns(piece)
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
            what = "missing" if found is None else shown(found)
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
                told(index, f"{self._where(self._line, column)}: found {shown(fields[column])}; {_NEEDED[rule]}")
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


def _and_more(rows):
    return f"; so it is in {rows:,} more row{'' if rows == 1 else 's'}" if rows else ""
