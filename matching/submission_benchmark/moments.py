"""A query, closely: its moments, all that is to be seen in each, and where its shots begin and end."""

import cv2
import numpy as np

from describing import describe_shots, finished, nothing, path_of, shown
from features import normalised
from views import content_boxes


class Moments:
    """Of a query: `times` (n,), rising; `vectors` (m, d), of moment i those from firsts[i] to firsts[i + 1].

    `cuts` (k,): where shots begin and end, the whole query's begin and end among them.
    """

    def __init__(self, times, vectors, cuts):
        self.times, self.firsts = np.unique(times, return_index=True)
        self.vectors, self.cuts = vectors, cuts

    def __len__(self):
        return len(self.times)

    def similarities(self, vectors):
        """Return (n, len(vectors)): of each moment, the largest that something in it has."""
        return np.maximum.reduceat(self.vectors @ vectors.T, self.firsts, axis=0)

    def pieces(self, count):
        """Yield Moments of at most `count` that follow one another."""
        for first in range(0, len(self), count):
            times = np.repeat(self.times, np.diff(np.append(self.firsts, len(self.vectors))))
            own = (times >= self.times[first]) & (times <= self.times[min(first + count, len(self)) - 1])
            yield Moments(times[own], self.vectors[own], self.cuts)


def moments_per_second(seconds):
    """Return how many moments of each second of a query are described: of long ones, those of fewer seconds will do."""
    return 4 if seconds <= 60 else 2 if seconds <= 120 else 1


def describe_query(data, video_id, seconds):
    """Return (Moments, problem) of a query of the folder `data`, of so many seconds (None: not known)."""
    cv2.setNumThreads(1)
    path, per_second = path_of(data, video_id), moments_per_second(seconds or 0)
    times, vectors, bounds, problem = describe_shots(path, views_of, per_second)
    if not vectors:
        return without_moments(True, problem or "it shows nothing")
    begins, ends = np.array(bounds).T
    end = max(ends[-1], seconds or 0)
    cuts = np.concatenate([[0.0], (ends[:-1] + begins[1:]) / 2, [end]])
    return Moments(np.array(times), finished(normalised(np.stack(vectors)), True), cuts), problem


def without_moments(is_query, problem):
    """Return (Moments, problem) of a query of which nothing is seen."""
    return Moments(np.zeros(0), nothing(is_query)[:0], np.zeros(2)), problem


def views_of(shot):
    """Yield (time, picture): of each frame to describe, what is in it without borders, and a picture in the picture."""
    boxes = [box for box in content_boxes(shot.greys) if box is not None]
    for place, picture in shot.pictures.items():
        for box in boxes:
            view = shown(picture, box)
            if view is not None:
                yield shot.times[place], view
