"""Your submission: computes descriptors for the query videos of the subset.

It runs in the container, as an unprivileged user, in /code_execution, where the
contents of your submission.zip are. There may be no network. /data, read-only, has

    query_subset.csv                              the videos to describe
    query_metadata.csv, reference_metadata.csv    all videos: video_id, duration_sec, ...
    query/<video_id>.mp4                          the query videos

Limits
    time         10 seconds per video of the subset, over the whole run
    vectors      in total at most the sum of ceil(duration_sec) of the subset's videos
    dimensions   at most 512, the same as in your reference_descriptors.npz
    type         float32, every value finite
    order        video_ids sorted

Beside this file belong query_descriptors.npz and reference_descriptors.npz, the
descriptors of all videos, made by the same code, and whatever it loads: a model, say.
"vsc pack-submission" zips this folder.
"""

import csv
from pathlib import Path

import numpy as np

DATA = Path("/data")
OUTPUT = Path("/code_execution/subset_query_descriptors.npz")


def describe(video_path):
    """Return (timestamps, features) of one video.

    timestamps: (n, 2), start and end of each described moment in seconds
    features:   (n, d), one vector per moment; n is at most the video's seconds

    Load your model once, outside this function.
    """
    # TODO: decode the video (PyAV and OpenCV are installed) and describe it.
    raise NotImplementedError(f"describe() has no code yet, so {video_path.name} has no descriptors")


def main():
    with open(DATA / "query_subset.csv", newline="") as file:
        subset = sorted(row["video_id"] for row in csv.DictReader(file))

    video_ids, timestamps, features = [], [], []
    for number, video_id in enumerate(subset, 1):
        times, vectors = describe(DATA / "query" / f"{video_id}.mp4")
        video_ids += [video_id] * len(vectors)
        timestamps.append(np.asarray(times, dtype=np.float32))
        features.append(np.asarray(vectors, dtype=np.float32))
        print(f"[{number}/{len(subset)}] {video_id}: {len(vectors)} descriptors")

    # `subset` was sorted, so `video_ids` is too.
    np.savez(
        OUTPUT,
        video_ids=np.array(video_ids),
        timestamps=np.concatenate(timestamps),
        features=np.concatenate(features),
    )


if __name__ == "__main__":
    main()
