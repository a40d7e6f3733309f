"""Makes a small data set in the shape of competition_data/train: videos, metadata, ground truth.

Half of the queries hold an excerpt of a reference, dimmed, mirrored or with a border; the others are
like nothing else. The same seed gives the same pictures. Runs in the slim image:
python3 sample_data.py FOLDER [QUERIES] [REFERENCES]
"""

import csv
import sys
from pathlib import Path

import av
import numpy as np

WIDTH, HEIGHT, RATE = 128, 96, 8


def clip(rng, seconds):
    """Drifting coloured waves: uint8 frames of shape (seconds * RATE, HEIGHT, WIDTH, 3)."""
    t = np.arange(seconds * RATE)[:, None, None, None] / RATE
    y = np.linspace(0, 1, HEIGHT)[None, :, None, None]
    x = np.linspace(0, 1, WIDTH)[None, None, :, None]
    picture = np.zeros((len(t), HEIGHT, WIDTH, 3), np.float32)
    for _ in range(4):
        fx, fy, speed, phase = (rng.uniform(low, high, 3) for low, high in ((1, 9), (1, 9), (-2, 2), (0, 7)))
        picture += np.sin(2 * np.pi * (fx * x + fy * y + speed * t) + phase).astype(np.float32)
    return ((picture / 8 + 0.5) * 255).clip(0, 255).astype(np.uint8)


def edited(rng, frames):
    """An excerpt of at least three seconds, changed as people change what they copy."""
    length = int(rng.integers(3 * RATE, len(frames) + 1))
    start = int(rng.integers(0, len(frames) - length + 1))
    excerpt = frames[start : start + length].copy()
    kind = int(rng.integers(3))
    if kind == 0:
        excerpt = (excerpt * 0.7).astype(np.uint8)
    elif kind == 1:
        excerpt = excerpt[:, :, ::-1]
    else:
        excerpt[:, :8] = excerpt[:, -8:] = 0
    return excerpt


def write(path, frames):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for frame in frames:
            for packet in stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


def table(path, header, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def metadata(ids, lengths):
    return [(i, f"{n / RATE:.3f}", f"{RATE:.2f}", WIDTH, HEIGHT, row + 1) for row, (i, n) in enumerate(zip(ids, lengths))]


def main(folder, queries=40, references=80):
    folder = Path(folder)
    for kind in ("query", "reference"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(2022)
    query_ids = [f"Q{100001 + n}" for n in range(queries)]
    reference_ids = [f"R{100001 + n}" for n in range(references)]

    originals = [clip(rng, int(rng.integers(4, 9))) for _ in reference_ids]
    copies = [clip(rng, int(rng.integers(4, 9))) for _ in query_ids]
    truth = []
    for n in sorted(rng.choice(queries, queries // 2, replace=False)):
        source = int(rng.integers(references))
        copies[n] = edited(rng, originals[source])
        truth.append((query_ids[n], reference_ids[source]))

    for kind, ids, clips in (("query", query_ids, copies), ("reference", reference_ids, originals)):
        for video_id, frames in zip(ids, clips):
            write(folder / kind / f"{video_id}.mp4", frames)
        header = "video_id duration_sec frames_per_sec width height rn".split()
        table(folder / f"train_{kind}_metadata.csv", header, metadata(ids, map(len, clips)))
    table(folder / "train_descriptor_ground_truth.csv", ["query_id", "ref_id"], truth)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
