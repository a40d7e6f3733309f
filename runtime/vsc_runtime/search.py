"""Similarity search: the best video pairs by the largest inner product of their vectors.

Of all query vector x reference vector pairs the best `VECTOR_PAIRS_PER_QUERY`
times the number of query videos are kept; a video pair scores the maximum over
its kept vector pairs; the best `VIDEO_PAIRS_PER_QUERY` times the number of
query videos are the answer (the challenge's definition).

The products are made block by block, one thread per core, and only those above
a threshold leave their block. The first threshold is estimated on a sample; it
then rises with the worst pair still kept. An estimate that lets too few pairs
through is noticed and the search repeated with a lower one, so the answer is
exact. Memory: about 2 x 8 bytes per kept pair plus a block per thread.
"""

import os
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from .descriptors import run_starts

VECTOR_PAIRS_PER_QUERY = 1200
VIDEO_PAIRS_PER_QUERY = 25

# A block's products (2 MiB) stay in a core's cache until they have been compared.
BLOCK_ROWS = 512
BLOCK_COLUMNS = 1024
# Blocks below each other that one thread works on before it hands over.
_BLOCKS_PER_TASK = 8
_SAMPLE_QUERIES = 2048
_SAMPLE_REFERENCES = 4096
# Share of the sample to let through, as a multiple of the share to keep. Too much costs
# little, too little costs a second search.
_MARGINS = (1.75, 8.0)


@dataclass(frozen=True)
class Ranking:
    """Video pairs, best first; ties by query id, then reference id. `scores` is float32."""

    query_ids: np.ndarray
    reference_ids: np.ndarray
    scores: np.ndarray

    def __len__(self):
        return len(self.scores)


def search(queries, references):
    """Rank the video pairs of two Descriptors of equal dimensions."""
    query_starts = run_starts(queries.video_ids)
    reference_starts = run_starts(references.video_ids)
    pairs = _VideoPairs(
        _video_numbers(query_starts, len(queries.video_ids)),
        _video_numbers(reference_starts, len(references.video_ids)),
        len(reference_starts),
    )
    codes, scores = best_vector_pairs(
        queries.features, references.features, pairs, VECTOR_PAIRS_PER_QUERY * len(query_starts)
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


class _VideoPairs:
    """Numbers a vector pair's video pair: query video x reference videos + reference video.

    In this order codes sort by query id, then reference id.
    """

    def __init__(self, query_videos, reference_videos, references):
        if (int(query_videos[-1]) + 1) * references > 1 << 32:
            raise ValueError("too many video pairs for 32-bit codes")
        self._rows = query_videos * references
        self._columns = reference_videos

    def codes(self, rows, columns):
        """Return uint32 codes; 8,000 x 40,000 videos need a thirteenth of them."""
        return (self._rows[rows] + self._columns[columns]).astype(np.uint32)


def best_vector_pairs(queries, references, pairs, keep):
    """Return (codes, scores) of the `keep` largest inner products, in no order.

    queries (N, D) and references (M, D) float32; all pairs when there are fewer
    than `keep`. Of pairs that tie at the cut, those that the blocks' order reaches first stay.
    """
    total = len(queries) * len(references)
    for threshold in _thresholds(queries, references, keep, total):
        best = _Best(keep, threshold)
        _scan(queries, references, pairs, best)
        codes, scores = best.result()
        if len(scores) >= min(keep, total) or threshold == -np.inf:
            return codes, scores
    raise AssertionError("unreachable: the last threshold lets everything through")


def _thresholds(queries, references, keep, total):
    """Yield estimated thresholds, falling, and at last minus infinity."""
    if keep * 8 < total and total > 1 << 22:
        random = np.random.default_rng(0)
        rows = _sample(random, len(queries), _SAMPLE_QUERIES)
        columns = _sample(random, len(references), _SAMPLE_REFERENCES)
        sample = (_plain(queries[rows]) @ _plain(references[columns]).T).ravel()
        places = [sample.size - 1 - int(sample.size * keep / total * margin) for margin in _MARGINS]
        places = [place for place in places if place > 0]
        sample.partition(places)
        values = sample[places]
        del sample
        yield from np.nextafter(values, np.float32(-np.inf))
    yield np.float32(-np.inf)


def _sample(random, count, size):
    return np.sort(random.choice(count, min(count, size), replace=False))


def _plain(block):
    """Return a block that BLAS takes as it is; mapped files may be unaligned."""
    return np.require(block, np.float32, ["C", "A"])


class _Best:
    """The pairs above `threshold` so far, cut back to `keep` when there are twice as many."""

    def __init__(self, keep, threshold):
        self.threshold = threshold
        self._keep = keep
        self._codes = []
        self._scores = []
        self._count = 0

    def add(self, codes, scores):
        """Take the pairs of the next block, in its order."""
        above = scores > self.threshold
        if not above.all():
            codes, scores = codes[above], scores[above]
        self._codes.append(codes)
        self._scores.append(scores)
        self._count += len(scores)
        if self._count >= 2 * self._keep:
            self._cut()

    def result(self):
        """Return (codes, scores) of at most `keep` pairs."""
        if self._count > self._keep:
            self._cut()
        else:
            self._join()
        return self._codes[0], self._scores[0]

    def _join(self):
        self._codes = [np.concatenate(self._codes or [np.zeros(0, np.uint32)])]
        self._scores = [np.concatenate(self._scores or [np.zeros(0, np.float32)])]

    def _cut(self):
        self._join()
        codes, scores = self._codes[0], self._scores[0]
        worst = np.partition(scores, len(scores) - self._keep)[len(scores) - self._keep]
        stay = scores > worst
        ties = np.flatnonzero(scores == worst)
        stay[ties[:self._keep - np.count_nonzero(stay)]] = True
        self._codes, self._scores = [codes[stay]], [scores[stay]]
        self._count = self._keep
        self.threshold = worst


def _scan(queries, references, pairs, best):
    """Hand every product above the threshold to `best`, task after task in a fixed order.

    A task filters by the threshold of when it was submitted, which is never
    above the one of when it is handed over, so timing doesn't change the result.
    """
    workers = len(os.sched_getaffinity(0))
    scratch = threading.local()
    height = BLOCK_ROWS * _BLOCKS_PER_TASK

    def work(row, column, reference, threshold):
        if not hasattr(scratch, "blocks"):
            scratch.blocks = _Blocks(pairs)
        found = [
            scratch.blocks.pairs_above(threshold, _plain(queries[start:start + BLOCK_ROWS]), reference, start, column)
            for start in range(row, min(row + height, len(queries)), BLOCK_ROWS)
        ]
        return [np.concatenate(part) for part in zip(*found)]

    with ThreadPoolExecutor(workers) as pool:
        pending = deque()
        try:
            for column in range(0, len(references), BLOCK_COLUMNS):
                reference = _plain(references[column:column + BLOCK_COLUMNS])
                for row in range(0, len(queries), height):
                    if len(pending) > workers:
                        best.add(*pending.popleft().result())
                    pending.append(pool.submit(work, row, column, reference, best.threshold))
            while pending:
                best.add(*pending.popleft().result())
        finally:
            pool.shutdown(cancel_futures=True)


class _Blocks:
    """A thread's room for one block of products and its comparison, used for every block."""

    def __init__(self, pairs):
        self._pairs = pairs
        self._products = np.empty(BLOCK_ROWS * BLOCK_COLUMNS, np.float32)
        self._above = np.empty(BLOCK_ROWS * BLOCK_COLUMNS, bool)

    def pairs_above(self, threshold, queries, references, row, column):
        """Return (codes, products) of a block's products above `threshold`.

        `row` and `column` are the numbers of the block's first vectors.
        """
        shape = len(queries), len(references)
        size = shape[0] * shape[1]
        products = self._products[:size]
        np.matmul(queries, references.T, out=products.reshape(shape))
        above = self._above[:-(-size // 8) * 8]
        np.greater(products, threshold, out=above[:size])
        above[size:] = False
        places = _true_places(above)
        rows, columns = np.divmod(places, shape[1])
        return self._pairs.codes(rows + row, columns + column), products[places]


def _true_places(flags):
    """Return np.flatnonzero(flags), looking at eight flags at a time: few are set."""
    words = np.flatnonzero(flags.view(np.uint64))
    groups, offsets = np.nonzero(flags.reshape(-1, 8)[words])
    return words[groups] * 8 + offsets


def best_video_pairs(codes, scores, keep):
    """Return (codes, maxima) of the `keep` codes with the largest maximum, best first.

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
    ranked = np.sort((descending << np.uint64(32)) | (maxima >> np.uint64(32)))[:keep]
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
