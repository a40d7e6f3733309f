"""What can be wrong with one side of a match: the query's segment, or the reference's."""

from itertools import repeat

import numpy as np

from .match_rows import COLUMNS

MAX_SECONDS = 1e9
_BEYOND_SECONDS = 1  # lengths in metadata are not exact
_UNKNOWN = -1.0


class Side:
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
            return f"found {shown(video_id)}; ids of {self.kind} videos start with {self.letter.decode()}"
        if rule == "unknown-video":
            return f"{shown(video_id)} is not in {self.name}"
        if rule == "negative-time":
            return f"found {time}; times are seconds from 0 up"
        if rule == "impossible-time":
            return f"found {time}; times are {MAX_SECONDS:,.0f} seconds at most"
        if rule == "reversed-segment":
            return f"{start} s is after {COLUMNS[self.end]}, {end} s"
        if rule == "zero-length-segment":
            return f"the segment ends where it starts, at {end} s, and so matches nothing"
        lasts = f"{shown(video_id)} lasts {self._seconds_of(video_id)} s by {self.name}"
        return f"{end} s is beyond the video: {lasts}"

    def _seconds_of(self, video_id):
        return self.seconds.get(video_id, np.inf)


def shown(field):
    """Return a field as a message shows it: in quotes, escaped and not too long."""
    if not field:
        return "nothing"
    text = field.decode("utf-8", "replace")
    return ascii(text[:40]) + ("…" if len(text) > 40 else "")
