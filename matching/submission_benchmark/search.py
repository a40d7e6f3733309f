"""The references, and which of them a query may have copied."""

import numpy as np

from segments import LEAST

CANDIDATES = 20  # references that are looked at closely, for each query
_ROW = 8  # successive moments of a query by which a reference is judged
_MOMENTS, _VECTORS = 256, 32768  # of queries and of references, that are multiplied at once: 32 MB of similarities


class References:
    """Videos described: `ids` (v,), sorted; `times` (n,) and `vectors` (n, d) of their moments.

    Those of video i are from begins[i] to begins[i + 1]; a video's place is its i.
    """

    def __init__(self, path):
        with np.load(path, allow_pickle=False) as file:
            video_ids, self.times, self.vectors = file["video_ids"], file["timestamps"], file["features"]
        self.ids, first = np.unique(video_ids, return_index=True)
        self.begins = np.append(first, len(video_ids))

    def moments_of(self, video):
        """Return (times, vectors) of the video of a place."""
        own = slice(self.begins[video], self.begins[video + 1])
        return self.times[own], self.vectors[own]

    def candidates(self, query):
        """Return the places of the videos that _ROW successive moments of Moments are most like, the best first."""
        merits = np.zeros(len(self.ids))
        for piece in query.pieces(_MOMENTS):
            for first, last in self._blocks():
                vectors = self.vectors[self.begins[first] : self.begins[last]]
                begins = self.begins[first:last] - self.begins[first]
                best = np.maximum.reduceat(piece.similarities(vectors), begins, axis=1)
                sums = np.cumsum(np.pad(np.maximum(best, 0), ((1, 0), (0, 0))), 0)
                row = min(_ROW, len(piece))
                merits[first:last] = np.maximum(merits[first:last], (sums[row:] - sums[:-row]).max(0) / row)
        best = np.argsort(-merits, kind="stable")[:CANDIDATES]
        return best[merits[best] > LEAST]

    def _blocks(self):
        """Yield places, the first and the last + 1, of videos that have about _VECTORS together."""
        first = 0
        while first < len(self.ids):
            last = max(first + 1, int(np.searchsorted(self.begins, self.begins[first] + _VECTORS, "right")) - 1)
            yield first, last
            first = last
