"""Measures the similarity search beside the bare matrix product that it contains.

Run it in the image, on the working copy of the package:

    docker run --rm --network none -v "$PWD:/project:ro" --entrypoint python3 IMAGE \
        /project/bench/search_bench.py [--queries 800 --references 4000 --dimensions 256]

Each measurement is a process of its own, so that its peak memory is its own.
Extra memory is the peak of the resident set above what it was with the vectors
in place. The products are

    ours      vsc_runtime.search: product, selection, grouping and ranking
    product   the same blocks multiplied and thrown away, one thread per core
    faiss     faiss.IndexFlatIP.range_search at the threshold that keeps as many pairs
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "runtime"))
sys.dont_write_bytecode = True

VECTORS_PER_VIDEO = 24.0  # 800 queries make 19,200 vectors
COPIES = 0.1  # share of query vectors that are near copies of a reference vector


def make(arguments):
    """Return random normalised Descriptors: some query vectors are near copies of reference vectors."""
    import numpy as np

    from vsc_runtime.validation import Descriptors

    random = np.random.default_rng(arguments.seed)

    def ids(letter, videos):
        counts = random.poisson(VECTORS_PER_VIDEO - 1, videos) + 1
        return np.repeat(np.array([f"{letter}{number}" for number in range(100_000, 100_000 + videos)]), counts)

    def normalised(features):
        for start in range(0, len(features), 65_536):
            block = features[start:start + 65_536]
            block /= np.linalg.norm(block, axis=1, keepdims=True)
        return features

    query_ids, reference_ids = ids("Q", arguments.queries), ids("R", arguments.references)
    references = normalised(random.standard_normal((len(reference_ids), arguments.dimensions), dtype=np.float32))
    queries = normalised(random.standard_normal((len(query_ids), arguments.dimensions), dtype=np.float32))
    copies = random.choice(len(queries), int(len(queries) * COPIES), replace=False)
    queries[copies] = normalised(queries[copies] + 2 * references[random.integers(0, len(references), len(copies))])
    return Descriptors(query_ids, queries), Descriptors(reference_ids, references)


def ours(queries, references, _):
    from vsc_runtime.search import search

    ranking = search(queries, references)
    return {"pairs": len(ranking), "worst": float(ranking.scores[-1])}


def product(queries, references, _):
    from concurrent.futures import ThreadPoolExecutor
    import threading

    import numpy as np

    from vsc_runtime.search import BLOCK_COLUMNS, BLOCK_ROWS

    local = threading.local()

    def column(start):
        if not hasattr(local, "out"):
            local.out = np.empty((BLOCK_ROWS, BLOCK_COLUMNS), np.float32)
        block = references.features[start:start + BLOCK_COLUMNS].T
        for row in range(0, len(queries.features), BLOCK_ROWS):
            rows = queries.features[row:row + BLOCK_ROWS]
            np.matmul(rows, block, out=local.out[:len(rows), :block.shape[1]])

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        list(pool.map(column, range(0, len(references.features), BLOCK_COLUMNS)))
    return {}


def faiss(queries, references, threshold):
    import faiss as library

    index = library.IndexFlatIP(references.features.shape[1])
    index.add(references.features)
    limits, _, _ = index.range_search(queries.features, threshold)
    return {"vector_pairs": int(limits[-1])}


def threshold_of(queries, references):
    """Return the score of the last vector pair that the search keeps."""
    from vsc_runtime import search

    class Codes:
        def codes(self, rows, _):
            return rows.astype("uint32")

    videos = len(search.run_starts(queries.video_ids))
    _, scores = search.best_vector_pairs(
        queries.features, references.features, Codes(), search.VECTOR_PAIRS_PER_QUERY * videos
    )
    return float(scores.min())


def measure(what, arguments):
    """Run one measurement in this process and print it as JSON."""
    queries, references = make(arguments)
    threshold = threshold_of(queries, references) if what == "faiss" else None
    try:  # let the peak start anew: it was higher while the vectors were made
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass
    before, started = resident("VmRSS"), time.perf_counter()
    result = globals()[what](queries, references, threshold)
    seconds = time.perf_counter() - started
    print(json.dumps({
        "seconds": seconds, "extra": resident("VmHWM") - before, "vectors": [len(queries.features), len(references.features)],
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, **result,
    }))


def resident(field):
    """Return VmRSS or VmHWM (peak) of this process in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise KeyError(field)


def main():
    parser = argparse.ArgumentParser(description="similarity search beside the bare product")
    parser.add_argument("--queries", type=int, default=800, help="query videos")
    parser.add_argument("--references", type=int, default=4000, help="reference videos")
    parser.add_argument("--dimensions", type=int, default=256)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", default=["product", "faiss", "ours"], choices=["product", "faiss", "ours"])
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        return measure(arguments.measure, arguments)
    results = {what: [] for what in arguments.only}
    for _ in range(arguments.repeat):  # in turns, so that a busy moment doesn't hit one of them only
        for what in arguments.only:
            # As in a run: a thread per core of our own, BLAS with one; faiss uses all cores by itself.
            environment = dict(os.environ, **({} if what == "faiss" else {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}))
            command = [sys.executable, __file__, *sys.argv[1:], "--measure", what]
            results[what].append(json.loads(subprocess.run(
                command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout))
    first = next(iter(results.values()))[0]["vectors"]
    print(f"{first[0]:,} x {first[1]:,} vectors of {arguments.dimensions}, {len(os.sched_getaffinity(0))} cores, "
          f"median of {arguments.repeat}")
    medians = {}
    for what, runs in results.items():
        medians[what] = statistics.median(run["seconds"] for run in runs)
        extra = statistics.median(run["extra"] for run in runs)
        more = {key: value for key, value in runs[0].items() if key in ("pairs", "worst", "vector_pairs")}
        print(f"{what:8} {medians[what]:8.2f} s   {extra / 1e6:8.0f} MB extra   {max(run['peak'] for run in runs) / 1e6:8.0f} MB peak   {more or ''}")
    for other in ("product", "faiss"):
        if other in medians and "ours" in medians:
            print(f"ours / {other} = {medians['ours'] / medians[other]:.2f}")


if __name__ == "__main__":
    main()
