"""The vector pairs with the largest inner products, of all that there are.

Products are made block by block by a *scan* (`cpu_scan.py`, `gpu_scan.py`), and only those above a
threshold leave their block. The first threshold is estimated on a sample; it then rises with the
worst pair still kept. An estimate that lets too few pairs through is noticed and the scan repeated
with a lower one, so the answer is exact. Of pairs that tie at the cut those stay that come first by
strip of `STRIP_COLUMNS` references, then query, then reference: a scan hands pairs over in that
order, and so the answer doesn't depend on its blocks or on timing.
Memory: about 2 x 8 bytes per kept pair, and what the scan takes.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

# References that are compared with every query before the next ones are.
STRIP_COLUMNS = 1024
_SAMPLE_QUERIES = 2048
_SAMPLE_REFERENCES = 4096
# Queries of the sample that are multiplied at a time.
_SAMPLE_ROWS = 256
# Of fewer products a sample costs as much as it saves. Sets that are smaller than the sample are sampled
# whole, and so looked at twice: to take in all products for a while costs more.
_LEAST_PRODUCTS = 1 << 16
# Share of the sample to let through, as a multiple of the share to keep. Too much costs
# little, too little costs a second scan.
_MARGINS = (1.75, 8.0)


class VideoPairs:
    """Numbers a vector pair's video pair: query video x reference videos + reference video.

    In this order codes sort by query id, then reference id.
    """

    def __init__(self, query_videos, reference_videos, references):
        if (int(query_videos[-1]) + 1) * references > 1 << 32:
            raise ValueError("too many video pairs for 32-bit codes")
        self._rows = (query_videos * references).astype(np.uint32)
        self._columns = reference_videos.astype(np.uint32)

    def codes(self, places, width, row, column):
        """Return uint32 codes; 8,000 x 40,000 videos need a thirteenth of them.

        `places` are those in a block of products, row by row of `width`, whose first vectors
        have the numbers `row` and `column`.
        """
        rows, columns = np.divmod(places, width)
        codes = self._rows[row:][rows]
        codes += self._columns[column:][columns]
        return codes


def best_vector_pairs(queries, references, pairs, keep, scan):
    """Return (codes, scores) of the `keep` largest inner products, in no order.

    queries (N, D) and references (M, D) float32; all pairs when there are fewer than `keep`.
    """
    total = len(queries) * len(references)
    for threshold in _thresholds(queries, references, keep, total):
        best = Best(keep, threshold)
        scan(queries, references, pairs, best)
        codes, scores = best.result()
        if len(scores) >= min(keep, total) or threshold == -np.inf:
            return codes, scores
    raise AssertionError("unreachable: the last threshold lets everything through")


def _thresholds(queries, references, keep, total):
    """Yield estimated thresholds, falling, and at last minus infinity."""
    if keep * 8 < total and total > _LEAST_PRODUCTS:
        random = np.random.default_rng(0)
        rows = _sample(random, len(queries), _SAMPLE_QUERIES)
        columns = _sample(random, len(references), _SAMPLE_REFERENCES)
        size = len(rows) * len(columns)
        ranks = [int(size * keep / total * margin) for margin in _MARGINS]
        ranks = [rank for rank in ranks if rank < size - 1]
        if ranks:
            largest = _largest_products(queries[rows], plain(references[columns]), ranks[-1] + 1)
            places = [len(largest) - 1 - rank for rank in ranks]
            largest.partition(places)
            yield from np.nextafter(largest[places], np.float32(-np.inf))
    yield np.float32(-np.inf)


def _sample(random, count, size):
    return np.sort(random.choice(count, min(count, size), replace=False))


def _largest_products(queries, references, count):
    """Return the `count` largest of all products, in no order, and perhaps some more."""
    def of(row):
        products = (plain(queries[row:row + _SAMPLE_ROWS]) @ references.T).ravel()
        if len(products) <= count:
            return products
        products.partition(len(products) - count)
        return products[-count:].copy()

    with ThreadPoolExecutor(cores()) as pool:
        return np.concatenate(list(pool.map(of, range(0, len(queries), _SAMPLE_ROWS))))


def cores():
    """Return how many threads are worth while."""
    return len(os.sched_getaffinity(0))


def plain(block):
    """Return a block that BLAS takes as it is; mapped files may be unaligned."""
    return np.require(block, np.float32, ["C", "A"])


class Best:
    """The pairs above `threshold` so far, cut back to `keep` when there are twice as many."""

    def __init__(self, keep, threshold):
        self.threshold = threshold
        self._keep = keep
        self._codes = []
        self._scores = []
        self._count = 0

    def add(self, codes, scores):
        """Take the next pairs, in the order that is told above."""
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
