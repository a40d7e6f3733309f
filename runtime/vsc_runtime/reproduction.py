"""Does main.py make what was submitted? Its vectors for the subset beside the submitted ones of the same videos.

Only what is measured stands here; `vsc` judges it (src/reproduction/verdict.ts).
"""

import numpy as np

from .descriptors import run_starts

# Timestamps as far apart as this, in seconds, are of the same moment.
SAME_MOMENT = 0.05
# A video that agrees as well as this is none of the worst.
_FULL_AGREEMENT = 0.999
_MOST_VIDEOS = 10


class NotComparable(Exception):
    """Why the two sets can't be compared, in a few words."""


def compare(submitted, made, subset):
    """Measure how two valid CheckedFiles agree on the videos in `subset`; NotComparable.

    The result is plain data: numbers of videos and vectors, cosine similarities,
    lengths made ÷ submitted, seconds; None where nothing matched.
    """
    one, other = _Set(submitted), _Set(made)
    videos = {"both": 0, "only_submitted": 0, "only_made": 0}
    vectors = {"submitted": 0, "made": 0, "matched": 0}
    cosines, ratios, differences, worst = [], [], [], []
    for video in sorted(video for video in {*one.videos, *other.videos} if video in subset):
        (times, rows), (other_times, other_rows) = one.vectors(video), other.vectors(video)
        first, second = match(times, other_times)
        cosine, ratio = similarity(rows[first], other_rows[second])
        counts = {"submitted": len(times), "made": len(other_times), "matched": len(first)}
        kind = "both" if len(times) and len(other_times) else "only_submitted" if len(times) else "only_made"
        videos[kind] += 1
        for name, count in counts.items():
            vectors[name] += count
        cosines.append(cosine)
        ratios.append(ratio)
        differences.append(np.abs(times[first] - other_times[second]))
        agreement = float(cosine.sum()) / max(len(times), len(other_times))
        if agreement < _FULL_AGREEMENT:
            mean = float(cosine.mean()) if len(cosine) else None
            worst.append({"video": video, **counts, "mean_cosine": mean, "agreement": agreement})
    cosines, ratios, differences = (np.concatenate([np.zeros(0), *parts]) for parts in (cosines, ratios, differences))
    matched = len(cosines) > 0
    return {
        "videos": videos,
        "vectors": vectors,
        "dimensions": {"submitted": one.features.shape[1], "made": other.features.shape[1]},
        "cosine": {"mean": float(cosines.mean()), "min": float(cosines.min())} if matched else None,
        "length_ratio": {"min": float(ratios.min()), "max": float(ratios.max())} if matched else None,
        "max_time_difference": float(differences.max()) if matched else None,
        "worst_videos": sorted(worst, key=lambda video: (video["agreement"], video["video"]))[:_MOST_VIDEOS],
    }


class _Set:
    """The vectors of each video of a set."""

    def __init__(self, checked):
        descriptors = checked.descriptors()
        ids = descriptors.video_ids
        starts = run_starts(ids)
        ends = [*starts[1:].tolist(), len(ids)]
        self.features = descriptors.features
        self.videos = {str(ids[start]): (start, end) for start, end in zip(starts.tolist(), ends)}
        self._times = seconds(checked)

    def vectors(self, video):
        """Return times (N,) and vectors (N, D), both float64."""
        start, end = self.videos.get(video, (0, 0))
        return self._times[start:end], self.features[start:end].astype(np.float64)


def seconds(checked):
    """Return the timestamps of a CheckedFile as float64: where they are a start and an end, the start."""
    times = checked.timestamps()
    if times.dtype.kind not in "biuf":
        raise NotComparable(f"{checked.file} has timestamps of type {times.dtype}, which are no numbers")
    times = (times[:, 0] if times.ndim == 2 else times).astype(np.float64)
    if not np.isfinite(times).all():
        raise NotComparable(f"{checked.file} has timestamps that are not finite")
    return times


def match(first, second):
    """Return the places in two lists of times of those that are of the same moment, in pairs.

    By time, within SAME_MOMENT. Where the numbers are equal and fewer than half of them
    match by that (all are shifted), the first in time belongs to the first, and so on.
    """
    a, b = (np.argsort(times, kind="stable").tolist() for times in (first, second))
    one, other = first.tolist(), second.tolist()
    pairs, left, right = [], 0, 0
    while left < len(a) and right < len(b):
        difference = one[a[left]] - other[b[right]]
        if abs(difference) <= SAME_MOMENT:
            pairs.append((a[left], b[right]))
        right += difference >= -SAME_MOMENT
        left += difference <= SAME_MOMENT
    if len(a) == len(b) and 2 * len(pairs) < len(a):
        pairs = list(zip(a, b))
    places = np.array(pairs, np.intp).reshape(-1, 2)
    return places[:, 0], places[:, 1]


def similarity(rows, others):
    """Return cosine similarities and lengths of `others` ÷ `rows`; 1 where both are zero, 0 where one is."""
    squares, other_squares = (np.einsum("nd,nd->n", each, each) for each in (rows, others))
    with np.errstate(all="ignore"):
        cosine = np.einsum("nd,nd->n", rows, others) / np.sqrt(squares) / np.sqrt(other_squares)
        ratio = np.sqrt(other_squares / squares)
    both_zero = (squares == 0) & (other_squares == 0)
    cosine = np.clip(np.where(np.isfinite(cosine), cosine, 0), -1, 1)
    ratio = np.where(np.isfinite(ratio), ratio, 0)
    return np.where(both_zero, 1, cosine), np.where(both_zero, 1, ratio)
