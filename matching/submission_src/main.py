"""Your submission: finds which seconds of the subset's query videos are which seconds of references.

It runs in the container, as an unprivileged user, in /code_execution, where the
contents of your submission.zip are. There may be no network. /data, read-only, has

    query_subset.csv                              the videos to match
    query_metadata.csv, reference_metadata.csv    all videos: video_id, duration_sec, ...
    query/<video_id>.mp4                          the query videos

The reference videos are not there: what your code needs to know of them belongs beside it.

Limits
    time         10 seconds per video of the subset, over the whole run
    columns      query_id, ref_id, query_start, query_end, ref_start, ref_end, score, in this order
    times        seconds, from 0 on, each start before its end
    score        finite; the higher, the surer you are

A video may have any number of matches, or none.

Beside this file belongs full_matches.csv, the matches of all queries, made by the same
code, and whatever it loads: descriptors of the references, a model, say.
"vsc pack-submission" zips this folder.
"""

import csv
from pathlib import Path

DATA = Path("/data")
OUTPUT = Path("/code_execution/subset_matches.csv")
COLUMNS = ["query_id", "ref_id", "query_start", "query_end", "ref_start", "ref_end", "score"]


def match(video_path):
    """Return the matches of one video: rows (ref_id, query_start, query_end, ref_start, ref_end, score).

    Load your model and the references' descriptors once, outside this function.
    """
    # TODO: decode the video (PyAV and OpenCV are installed) and find what it has copied.
    raise NotImplementedError(f"match() has no code yet, so {video_path.name} has no matches")


def main():
    with open(DATA / "query_subset.csv", newline="") as file:
        subset = sorted(row["video_id"] for row in csv.DictReader(file))

    with open(OUTPUT, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number, video_id in enumerate(subset, 1):
            rows = match(DATA / "query" / f"{video_id}.mp4")
            writer.writerows([video_id, *row] for row in rows)
            print(f"[{number}/{len(subset)}] {video_id}: {len(rows)} matches")


if __name__ == "__main__":
    main()
