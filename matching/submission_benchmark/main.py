"""A baseline that finds segments: which seconds of a query are which seconds of a reference.

    describing.py   a picture -> a vector: describe() is the function to replace with your own
    moments.py      a query -> vectors of four moments a second
    search.py       which references are likely, of all that are described in reference_descriptors.npz
    segments.py     a query, a reference -> the stretches of both that run alike

What describing.py imports is the descriptor track's baseline.

It finds segments of the queries (Q...) of /data/query_subset.csv in the references of
reference_descriptors.npz, beside this file. Where the subset lists references (R...), these are
described: that is how this file is made. Videos that it can't read are named on stderr.
"""

import csv
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import describing  # before numpy: it sets how many threads that has
from moments import describe_query, without_moments
from search import References
from segments import find_segments

REFERENCES = Path(__file__).resolve().parent / "reference_descriptors.npz"
COLUMNS = ("query_id", "ref_id", "query_start", "query_end", "ref_start", "ref_end", "score")
MOST_SHARED = 0.5  # of a segment's seconds of the query, with a better segment


def match(query_id, query, references, durations):
    """Return rows of COLUMNS: the segments of a query's Moments in all references, the best first."""
    rows = []
    for video in references.candidates(query):
        times, vectors = references.moments_of(video)
        reference_id = str(references.ids[video])
        duration = max(durations.get(reference_id, times[-1] + 0.5), float(times[-1]))
        for segment in find_segments(query.similarities(vectors), query.times, times, duration, query.cuts):
            rows.append((query_id, reference_id, *segment))
    kept = []
    for row in sorted(rows, key=lambda row: -row[-1]):
        if all(shared(row, better) <= MOST_SHARED for better in kept):
            kept.append(row)
    return kept


def shared(row, other):
    """Return the share of a row's seconds of the query that another one has too."""
    start, end = row[2:4]
    return (min(end, other[3]) - max(start, other[2])) / (end - start)


def find_matches(video_ids, data, references, workers=None):
    """Yield rows of COLUMNS of these queries of the folder `data`, in order; several queries at a time."""
    durations = describing.read_durations(data)
    queries = describe_queries(video_ids, data, durations, workers)
    # Products of matrices leave Python to other threads, and they share the references.
    with ThreadPoolExecutor(workers or describing.cores()) as pool:
        found = pool.map(partial(match, references=references, durations=durations), video_ids, queries)
        for number, (video_id, rows) in enumerate(zip(video_ids, found), 1):
            print(f"[{number}/{len(video_ids)}] {video_id}: {len(rows)} segments", flush=True)
            yield from rows


def describe_queries(video_ids, data, durations, workers):
    """Return the Moments of these queries, and name those that can't be read."""
    jobs = [(data, video_id, durations.get(video_id)) for video_id in video_ids]
    described = describing.describe_all(jobs, workers, describe_query, without_moments)
    queries = []
    for number, (video_id, (query, problem)) in enumerate(described, 1):
        describing.name_problem(video_id, problem)
        print(f"[{number}/{len(jobs)}] {video_id}: {len(query)} moments", flush=True)
        queries.append(query)
    return queries


def read_references(path):
    """Return the References of a file. Exits where it isn't there, or isn't what describe() makes."""
    if not path.exists():
        sys.exit(f'There is no {path}. "vsc pack-benchmark" makes it.')
    describing.BACKGROUND.describe_with(describing.describe)
    references = References(path)
    found, made = references.vectors.shape[1], describing.nothing(False).shape[1]
    if found != made:
        remedy = 'Remove it, and "vsc pack-benchmark" makes it anew.'
        sys.exit(f"{path} has {found} dimensions, and describe() makes {made}. {remedy}")
    return references


def write_matches(rows, output):
    """Write rows of COLUMNS as CSV, times to the millisecond."""
    with open(output, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((*row[:2], *(f"{time:.3f}" for time in row[2:6]), f"{row[6]:.6f}") for row in rows)


def main(data=Path("/data"), output=Path("/code_execution"), references=REFERENCES, workers=None):
    """Match the queries of the subset in `data`, and describe the references in it."""
    subset = describing.read_ids(data)
    queries = [video_id for video_id in subset if video_id.startswith("Q")]
    described = [video_id for video_id in subset if not video_id.startswith("Q")]
    if described:
        describing.write_descriptors(described, data, output / "subset_query_descriptors.npz", workers)
    if queries or not described:
        rows = find_matches(queries, data, read_references(references), workers)
        write_matches(rows, output / "subset_matches.csv")


if __name__ == "__main__":
    main()
