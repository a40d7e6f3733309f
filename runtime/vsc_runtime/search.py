"""Similarity search: the best video pairs by the largest inner product of their vectors.

Of all query vector x reference vector pairs the best `VECTOR_PAIRS_PER_QUERY`
times the number of query videos are kept (`vector_pairs.py`); a video pair scores
the maximum over its kept vector pairs; the best `VIDEO_PAIRS_PER_QUERY` times the
number of query videos are the answer (the challenge's definition).
"""

from dataclasses import dataclass

import numpy as np

from .cpu_scan import cpu_scan
from .descriptors import run_starts
from .vector_pairs import VideoPairs, best_vector_pairs

VECTOR_PAIRS_PER_QUERY = 1200
VIDEO_PAIRS_PER_QUERY = 25
# Vector pairs for each video pair of the answer, among which the answer is looked for first.
_FIRST_LOOK = 8


@dataclass(frozen=True)
class Ranking:
    """Video pairs, best first; ties by query id, then reference id. `scores` is float32."""

    query_ids: np.ndarray
    reference_ids: np.ndarray
    scores: np.ndarray

    def __len__(self):
        return len(self.scores)


def search(queries, references, scan=cpu_scan, watch=lambda videos, share: None):
    """Rank the video pairs of two Descriptors of equal dimensions.

    `scan` makes the products; `watch` is told of how many reference videos all are made, and what
    share of the whole that is.
    """
    query_starts = run_starts(queries.video_ids)
    reference_starts = run_starts(references.video_ids)
    query_videos = _video_numbers(query_starts, len(queries.video_ids))
    reference_videos = _video_numbers(reference_starts, len(references.video_ids))

    def watched(*given):
        scan(*given, lambda column: watch(int(reference_videos[column]), column / len(reference_videos)))

    codes, scores = best_vector_pairs(
        queries.features,
        references.features,
        VideoPairs(query_videos, reference_videos, len(reference_starts)),
        VECTOR_PAIRS_PER_QUERY * len(query_starts),
        watched,
    )
    codes, scores = best_video_pairs(codes, scores, VIDEO_PAIRS_PER_QUERY * len(query_starts))
    query_numbers, reference_numbers = np.divmod(codes, len(reference_starts))
    return Ranking(
        queries.video_ids[query_starts[query_numbers]],
        references.video_ids[reference_starts[reference_numbers]],
        scores,
    )


def _video_numbers(starts, count):
    """Return for each of `count` vectors the number of its video: 0, 1, … in id order."""
    numbers = np.zeros(count, np.int64)
    numbers[starts[1:]] = 1
    return np.cumsum(numbers, out=numbers)


def best_video_pairs(codes, scores, keep):
    """Return (codes, maxima) of the `keep` codes with the largest maximum, best first; ties by code."""
    looked_at = keep * _FIRST_LOOK
    while looked_at < len(scores):
        worst = np.partition(scores, len(scores) - looked_at)[len(scores) - looked_at]
        among = scores >= worst
        best = _ranked(codes[among], scores[among])
        if len(best[0]) >= keep:
            break
        looked_at *= _FIRST_LOOK
    else:
        best = _ranked(codes, scores)
    return best[0][:keep], best[1][:keep]


def _ranked(codes, scores):
    """Return (codes, maxima) of all codes.

    Works on 64-bit keys, whose high half is compared first, so that one sort
    groups and another ranks.
    """
    keys = codes.astype(np.uint64)
    keys <<= np.uint64(32)
    keys |= _ascending_bits(scores)
    keys.sort()
    groups = keys >> np.uint64(32)
    last = np.concatenate((groups[1:] != groups[:-1], [True])) if keys.size else np.zeros(0, bool)
    maxima = keys[last]
    descending = ~maxima & np.uint64(0xFFFFFFFF)
    ranked = np.sort((descending << np.uint64(32)) | (maxima >> np.uint64(32)))
    return (ranked & np.uint64(0xFFFFFFFF)).astype(np.int64), _from_ascending_bits(
        (~ranked >> np.uint64(32)).astype(np.uint32)
    )


def _ascending_bits(scores):
    """Map float32 to uint32 that sort alike; -0 and 0 become one."""
    bits = (scores + np.float32(0)).view(np.uint32)
    return np.where(bits >> np.uint32(31), ~bits, bits | np.uint32(0x80000000))


def _from_ascending_bits(bits):
    positive = bits >> np.uint32(31)
    return np.where(positive, bits & np.uint32(0x7FFFFFFF), ~bits).view(np.float32)
