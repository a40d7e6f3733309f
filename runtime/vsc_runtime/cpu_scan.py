"""All inner products on the processor, one thread per core."""

import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from .vector_pairs import STRIP_COLUMNS, cores, plain

# A block's products (2 MiB) stay in the cache until they have been compared.
BLOCK_ROWS = 512
# Blocks below each other that one thread works on before it hands over.
_BLOCKS_PER_TASK = 8


def cpu_scan(queries, references, pairs, best, watch=lambda columns: None, start=(0, 0)):
    """Hand every product above the threshold to `best`, task after task in the order of the pairs.

    A task filters by the threshold of when it was submitted, which is never above the one of when it
    is handed over, so timing doesn't change the result. `watch` is told how many references are
    done; `start` is the (reference, query) to begin at, where another scan has done those before.
    """
    workers = cores()
    scratch = threading.local()
    height = BLOCK_ROWS * _BLOCKS_PER_TASK

    def work(row, column, reference, threshold):
        if not hasattr(scratch, "blocks"):
            scratch.blocks = _Blocks(pairs)
        found = [
            scratch.blocks.pairs_above(threshold, plain(queries[first:first + BLOCK_ROWS]), reference, first, column)
            for first in range(row, min(row + height, len(queries)), BLOCK_ROWS)
        ]
        return [np.concatenate(part) for part in zip(*found)]

    def tasks():
        first_column, first_row = start
        for column in range(first_column, len(references), STRIP_COLUMNS):
            reference = plain(references[column:column + STRIP_COLUMNS])
            for row in range(first_row if column == first_column else 0, len(queries), height):
                yield row, column, reference

    pending = deque()

    def take():
        column, done = pending.popleft()
        best.add(*done.result())
        watch(column)

    with ThreadPoolExecutor(workers) as pool:
        try:
            for row, column, reference in tasks():
                if len(pending) > workers:
                    take()
                pending.append((column, pool.submit(work, row, column, reference, best.threshold)))
            while pending:
                take()
        finally:
            pool.shutdown(cancel_futures=True)


class _Blocks:
    """A thread's room for one block of products and its comparison, used for every block."""

    def __init__(self, pairs):
        self._pairs = pairs
        self._products = np.empty(BLOCK_ROWS * STRIP_COLUMNS, np.float32)
        self._above = np.empty(-(-BLOCK_ROWS * STRIP_COLUMNS // 8) * 8, bool)
        self._any_above = np.empty(len(self._above) // 8, bool)

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
        places = _true_places(above, self._any_above[:len(above) // 8])
        return self._pairs.codes(places, shape[1], row, column), products[places]


_NONE = np.uint64(0)


def _true_places(flags, room):
    """Return np.flatnonzero(flags), looking at eight flags at a time: few are set. `room` is for a flag of each eight."""
    words = np.flatnonzero(np.not_equal(flags.view(np.uint64), _NONE, out=room))
    places = np.flatnonzero(flags.reshape(-1, 8)[words])
    return (words[places >> 3] << 3) + (places & 7)
