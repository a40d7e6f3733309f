"""At which moments two videos are most similar, by the descriptors that were submitted."""

import numpy as np

from .archive import Damaged
from .descriptors import as_text, open_descriptors, run_starts


class Moments:
    """A set of descriptors, of which the vectors and timestamps of single videos are read."""

    def __init__(self, path):
        """Open a valid set. Raises whatever its reader finds wrong with it."""
        members = open_descriptors(path)
        for member in members.values():
            if isinstance(member, Exception):
                raise member
        ids = as_text(members["video_ids"].load())
        starts = run_starts(ids)
        ends = np.append(starts[1:], len(ids))
        self._rows = {str(ids[start]): slice(start, end) for start, end in zip(starts, ends)}
        self._features = members["features"].load()
        self._timestamps = members["timestamps"].load()
        if self._features.ndim != 2 or not len(ids) == len(self._features) == len(self._timestamps):
            raise Damaged("its arrays are not of one length")

    def vectors(self, video):
        """Return (n, D), float32; n is 0 for a video that isn't there."""
        return np.asarray(self._features[self._rows.get(video, slice(0, 0))], np.float32)

    def seconds(self, video, row):
        """Return when a vector of a video is, the middle of an interval; None where its timestamp is no time."""
        try:
            time = float(np.mean(np.asarray(self._timestamps[self._rows[video]][row], np.float64)))
        except (TypeError, ValueError):
            return None
        return time if np.isfinite(time) and time >= 0 else None


def best_moment(query, reference, queries, references):
    """Return (similarity, seconds of the query, seconds of the reference) of two videos' best vector pair.

    The similarity is the inner product, as in the search; None where float32 can't hold it. None for all
    where a video has no vectors.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        products = queries.vectors(query) @ references.vectors(reference).T
    if not products.size:
        return None
    row, column = np.unravel_index(np.argmax(products), products.shape)
    similarity = float(products[row, column])
    times = queries.seconds(query, row), references.seconds(reference, column)
    return (similarity if np.isfinite(similarity) else None, *times)
