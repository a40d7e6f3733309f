"""Writes valid random descriptors for the videos of the subset: at most one per second each.

"vsc pack-quickstart" writes those of all videos beside this file, and zips this folder.
"""

import csv

import numpy as np

DATA = "/data"
OUTPUT = "/code_execution/subset_query_descriptors.npz"
DIMENSIONS = 16


def read_column(path, column):
    with open(path, newline="") as file:
        return [row[column] for row in csv.DictReader(file)]


random = np.random.default_rng(42)
durations = dict(zip(
    read_column(f"{DATA}/query_metadata.csv", "video_id"),
    map(float, read_column(f"{DATA}/query_metadata.csv", "duration_sec")),
))
subset = sorted(read_column(f"{DATA}/query_subset.csv", "video_id"))

video_ids, timestamps, features = [], [], []
for number, video_id in enumerate(subset, 1):
    seconds = np.arange(max(1, int(durations[video_id])), dtype=np.float32)
    video_ids += [video_id] * len(seconds)
    timestamps.append(np.stack([seconds, seconds + 1], axis=1))
    features.append(random.standard_normal((len(seconds), DIMENSIONS), dtype=np.float32))
    print(f"[{number}/{len(subset)}] {video_id}: {len(seconds)} descriptors")

np.savez(
    OUTPUT,
    video_ids=np.array(video_ids),
    timestamps=np.concatenate(timestamps),
    features=np.concatenate(features),
)
