"""Writes valid random matches for the queries of the subset: one each, the same in every run.

"vsc pack-quickstart" writes those of all queries beside this file, and zips this folder.
"""

import csv
import random
from pathlib import Path

COLUMNS = ["query_id", "ref_id", "query_start", "query_end", "ref_start", "ref_end", "score"]


def read_column(path, column):
    with open(path, newline="") as file:
        return [row[column] for row in csv.DictReader(file)]


def read_durations(path):
    return dict(zip(read_column(path, "video_id"), map(float, read_column(path, "duration_sec"))))


def stretch(draws, seconds):
    """Return a start in the first half of so many seconds, and an end in the second."""
    return round(draws.uniform(0, seconds / 2), 3), round(draws.uniform(seconds / 2, seconds), 3)


def main(data=Path("/data"), output=Path("/code_execution/subset_matches.csv")):
    queries = read_durations(data / "query_metadata.csv")
    references = sorted(read_durations(data / "reference_metadata.csv").items())
    subset = sorted(read_column(data / "query_subset.csv", "video_id"))

    with open(output, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number, query_id in enumerate(subset, 1):
            draws = random.Random(f"42 {query_id}")  # what else is in the subset changes nothing
            ref_id, seconds = draws.choice(references)
            times = *stretch(draws, queries[query_id]), *stretch(draws, seconds)
            writer.writerow([query_id, ref_id, *times, round(draws.random(), 6)])
            print(f"[{number}/{len(subset)}] {query_id}: 1 match")


if __name__ == "__main__":
    main()
