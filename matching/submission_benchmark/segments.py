"""Segments of a query and a reference: lines of similar moments, found and cut.

Where a query has copied a reference, time in the one is a line of time in the other:

    reference = offset + speed * query

Lines of many speeds and offsets are drawn through the similarities of their moments. What is
similar speaks for a copy and what isn't against it, so the best run of moments of the best line is
the segment, and the sum of what speaks for it its score. Times are in seconds.
"""

import numpy as np

LEAST = 0.07  # similarity (less the nearness to the background) from which on a moment speaks for a copy
MOST_SEGMENTS = 2  # of a query and a reference
LEAST_SCORE = 0.1  # of a segment: half a second of what is the same, or longer of what is less so
SPEEDS = 2 ** (np.arange(-8, 9) / 8)  # seconds of the reference per second of the query: from half to twice

_SPAN = (-0.2, 0.5)  # what a moment may say, so that none decides alone
_STEP = 0.25  # seconds from one offset to the next
_LINES, _ROWS = 2400, 600  # offsets, and moments of the query, at most: those of long videos are fewer and coarser
_FINER = 8  # of the steps of speeds and offsets, near the best line
_AS_PLAYED = 1.03  # times better than a line of speed 1 has another one to be
_NEAR = 1.5  # seconds within which a segment ends where a shot of the query does


def evidence_of(similarities):
    """Return how much similarities speak for a copy, or against it: the same shape."""
    return np.clip(similarities - LEAST, *_SPAN)


def find_segments(similarities, times, reference_times, duration, cuts):
    """Return segments (query_start, query_end, ref_start, ref_end, score), the best first.

    similarities: (n, m), of the query's moments at `times` (n,) and the reference's at
    `reference_times` (m,), both rising. duration: that of the reference. cuts: (k,), where shots of the
    query begin and end.
    """
    evidence, seconds, found = evidence_of(similarities), lengths_of(times, cuts), []
    for _ in range(MOST_SEGMENTS):
        speed, offset = best_line(evidence, seconds, times, reference_times, duration)
        along = on_lines(evidence, times, reference_times, duration, np.array([speed]), np.array([offset]))
        first, last, _, score = best_run(along * seconds[:, None])
        if score < LEAST_SCORE:
            break
        start = near_cut(times[first] - seconds[first] / 2, cuts)
        end = near_cut(times[last] + seconds[last] / 2, cuts)
        # Nothing is copied from before the reference begins, or from after it ends.
        start, end = max(start, -offset / speed), min(end, (duration - offset) / speed)
        if start < end:
            found.append((start, end, max(0.0, offset + speed * start), min(duration, offset + speed * end), score))
        evidence[first : last + 1] = _SPAN[0]
    return found


def lengths_of(times, cuts):
    """Return how many seconds of the query each moment stands for: (n,), at most one."""
    bounds = np.concatenate([[cuts[0]], (times[1:] + times[:-1]) / 2, [cuts[-1]]])
    return np.clip(np.diff(bounds), 0.01, 1)


def near_cut(time, cuts):
    """Return the nearest cut, or the time where none is near."""
    nearest = cuts[np.abs(cuts - time).argmin()]
    return float(nearest if abs(nearest - time) <= _NEAR else time)


def best_line(evidence, seconds, times, reference_times, duration):
    """Return (speed, offset) of the line that has the run with the most evidence."""
    rows = slice(None, None, -(-len(times) // _ROWS))
    step = max(_STEP, (duration + SPEEDS[-1] * (times[-1] - times[0])) / _LINES)
    grid = np.arange(0, duration + step / 2, step)
    before, after, share = between(reference_times, grid)
    seen = evidence[rows]
    drawn = (seen[:, before] * (1 - share) + seen[:, after] * share) * seconds[rows, None]
    outside = _SPAN[0] * seconds[rows, None]
    runs = [run_of_speed(drawn, outside, times[rows], speed, step) for speed in SPEEDS]
    middle, speed, offset, _ = max(runs, key=lambda run: run[-1])

    # Lines near it, through about the same moment of the reference in the middle of the run.
    finer = np.arange(-_FINER, _FINER + 1) / _FINER
    speeds = np.append(speed * (SPEEDS[1] / SPEEDS[0]) ** finer, 1.0)
    offsets = (offset + speed * middle + 2 * step * finer)[None] - (speeds * middle)[:, None]
    speeds = np.repeat(speeds, len(finer))
    along = on_lines(evidence, times, reference_times, duration, speeds, offsets.ravel())
    merits = gains(along * seconds[:, None]).max(0) * np.where(speeds == 1, _AS_PLAYED, 1)
    best = merits.argmax()
    return float(speeds[best]), float(offsets.ravel()[best])


def run_of_speed(drawn, outside, times, speed, step):
    """Return (middle, speed, offset, gain) of the best run on lines of a speed; `middle` is a time of the query.

    drawn: (n, g), the evidence at every `step` of the reference; outside: (n, 1), that before and after.
    """
    count, length = drawn.shape
    shifts = np.round((times - times[0]) * speed / step).astype(int)
    room = np.repeat(outside, length + 2 * shifts[-1], 1)
    room[:, shifts[-1] : shifts[-1] + length] = drawn
    begins = np.arange(count) * room.shape[1] + shifts
    lines = np.arange(length + shifts[-1])
    first, last, line, gain = best_run(room.ravel()[begins[:, None] + lines])
    return (times[first] + times[last]) / 2, speed, (line - shifts[-1]) * step - speed * times[0], gain


def on_lines(evidence, times, reference_times, duration, speeds, offsets):
    """Return the evidence (n, lines) that the query's moments find on lines, speeds and offsets (lines,)."""
    at = offsets + times[:, None] * speeds
    before, after, share = between(reference_times, at)
    rows = np.arange(len(times))[:, None]
    along = evidence[rows, before] * (1 - share) + evidence[rows, after] * share
    return np.where((at < -_STEP) | (at > duration + _STEP), _SPAN[0], along)


def between(reference_times, at):
    """Return (before, after, share): the moments of the reference around times, and how near the second is."""
    place = np.interp(at, reference_times, np.arange(len(reference_times)))
    before = np.minimum(place.astype(int), max(0, len(reference_times) - 2))
    return before, np.minimum(before + 1, len(reference_times) - 1), place - before


def gains(along):
    """Return for (n, lines) the largest sum of successive rows up to each row: the same shape."""
    sums = np.cumsum(along, 0)
    lowest = np.minimum.accumulate(np.concatenate([np.zeros((1, along.shape[1])), sums[:-1]]), 0)
    return sums - lowest


def best_run(along):
    """Return (first, last, line, gain): the successive rows of a line of (n, lines) that have the largest sum."""
    gained = gains(along)
    last, line = np.unravel_index(gained.argmax(), gained.shape)
    sums = np.concatenate([[0], np.cumsum(along[: last + 1, line])])
    return int(sums[:-1].argmin()), int(last), int(line), float(gained[last, line])
