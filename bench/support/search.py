"""One measurement of the similarity search, or of the bare matrix product in it, as a line of JSON.

    search.py WAY QUERY_VIDEOS REFERENCE_VIDEOS DIMENSIONS

In a process of its own, so that its peak memory is its own. The ways are

    ours      vsc_runtime.search: product, selection, grouping and ranking
    theirs    the product of the same blocks, thrown away, one thread per core
    faiss     faiss.IndexFlatIP.range_search at the threshold that keeps as many pairs

`peak` is the most resident memory above what it was with the vectors in place, in bytes.
"""

import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

WAY, VIDEOS, DIMENSIONS = sys.argv[1], [int(number) for number in sys.argv[2:4]], int(sys.argv[4])
if WAY != "faiss":  # As in a run: a thread per core of our own, BLAS with one; faiss uses all cores by itself.
    os.environ.update(OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "runtime"))
sys.dont_write_bytecode = True

import numpy as np  # noqa: E402

from vsc_runtime import cpu_scan, search, vector_pairs  # noqa: E402
from vsc_runtime.validation import Descriptors  # noqa: E402

VECTORS_PER_VIDEO = 24.0  # 800 queries make 19,200 vectors
COPIES = 0.1  # share of query vectors that are near copies of a reference vector


def make():
    """Return random normalised Descriptors: some query vectors are near copies of reference vectors."""
    random = np.random.default_rng(1)

    def ids(letter, videos):
        counts = random.poisson(VECTORS_PER_VIDEO - 1, videos) + 1
        return np.repeat(np.array([f"{letter}{number}" for number in range(100_000, 100_000 + videos)]), counts)

    def normalised(features):
        for start in range(0, len(features), 65_536):
            block = features[start:start + 65_536]
            block /= np.linalg.norm(block, axis=1, keepdims=True)
        return features

    query_ids, reference_ids = ids("Q", VIDEOS[0]), ids("R", VIDEOS[1])
    references = normalised(random.standard_normal((len(reference_ids), DIMENSIONS), dtype=np.float32))
    queries = normalised(random.standard_normal((len(query_ids), DIMENSIONS), dtype=np.float32))
    copies = random.choice(len(queries), int(len(queries) * COPIES), replace=False)
    queries[copies] = normalised(queries[copies] + 2 * references[random.integers(0, len(references), len(copies))])
    return Descriptors(query_ids, queries), Descriptors(reference_ids, references)


def ours(queries, references, _):
    return {"pairs": len(search.search(queries, references))}


def theirs(queries, references, _):
    local = threading.local()

    def strip(start):
        if not hasattr(local, "out"):
            local.out = np.empty((cpu_scan.BLOCK_ROWS, vector_pairs.STRIP_COLUMNS), np.float32)
        block = references.features[start:start + vector_pairs.STRIP_COLUMNS].T
        for row in range(0, len(queries.features), cpu_scan.BLOCK_ROWS):
            rows = queries.features[row:row + cpu_scan.BLOCK_ROWS]
            np.matmul(rows, block, out=local.out[:len(rows), :block.shape[1]])

    with ThreadPoolExecutor(vector_pairs.cores()) as pool:
        list(pool.map(strip, range(0, len(references.features), vector_pairs.STRIP_COLUMNS)))
    return {}


def faiss(queries, references, threshold):
    import faiss as library

    index = library.IndexFlatIP(DIMENSIONS)
    index.add(references.features)
    limits, _, _ = index.range_search(queries.features, threshold)
    return {"vector_pairs": int(limits[-1])}


def threshold_of(queries, references):
    """Return the score of the last vector pair that the search keeps."""
    pairs = vector_pairs.VideoPairs(np.zeros(len(queries.features), int), np.zeros(len(references.features), int), 1)
    keep = search.VECTOR_PAIRS_PER_QUERY * VIDEOS[0]
    _, scores = vector_pairs.best_vector_pairs(queries.features, references.features, pairs, keep, cpu_scan.cpu_scan)
    return float(scores.min())


def resident(field):
    """Return VmRSS or VmHWM (peak) of this process in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise KeyError(field)


queries, references = make()
threshold = threshold_of(queries, references) if WAY == "faiss" else None
try:  # let the peak start anew: it was higher while the vectors were made
    Path("/proc/self/clear_refs").write_text("5")
except OSError:
    pass
before, worked, started = resident("VmRSS"), time.process_time(), time.perf_counter()
result = globals()[WAY](queries, references, threshold)
seconds, worked = time.perf_counter() - started, time.process_time() - worked
print(json.dumps({
    "seconds": seconds, "cpu": worked, "peak": resident("VmHWM") - before,
    "vectors": [len(queries.features), len(references.features)], **result,
}))
