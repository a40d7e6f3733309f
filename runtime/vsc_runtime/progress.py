"""How far a stage is, and at last the report, for whoever started the container: lines of JSON on a channel of its own.

The output of a container holds whatever a submission makes it say; this channel only numbers and
words of ours. A line: {"stage", "completed", "total", "seconds_left"}, the last one with "done". A
stage that begins anew says so by "again". A short stage tells nothing. The last line of all: {"report"},
what is in run_report.json too, from where it is longer to fetch.
"""

import json
import os
import time
from contextlib import contextmanager

# Seconds before the first line, and between two.
_FIRST = 1.0
_PAUSE = 0.5


class Progress:
    """Writes to the open file number `channel`; nowhere if it is None."""

    def __init__(self, channel=None, clock=time.monotonic):
        self._channel = channel
        self._clock = clock

    @contextmanager
    def stage(self, name, total):
        """Yield a function that is told what of `total` is completed, and what share of the work that is."""
        began = passed = self._clock()
        due = began + _FIRST
        last, told, again = 0.0, False, False

        def tell(completed, share):
            nonlocal passed, due, last, told, again
            now = self._clock()
            if share < last:  # from the start once more
                passed, again = now, True
            last = share
            if now < due:
                return
            due, told = now + _PAUSE, True
            left = {} if share <= 0 else {"seconds_left": round((now - passed) * (1 - share) / share, 1)}
            self._write({"stage": name, "completed": completed, "total": total, **left, **({"again": True} if again else {})})

        yield tell
        if told:
            self._write({"stage": name, "completed": total, "total": total, "done": True})

    def ended(self, report):
        """Tell the report, a dict."""
        self._write({"report": report})

    def _write(self, line):
        if self._channel is None:
            return
        rest = json.dumps(line).encode() + b"\n"
        try:
            while rest:
                rest = rest[os.write(self._channel, rest):]
        except OSError:  # nobody reads any more; the work goes on
            self._channel = None
