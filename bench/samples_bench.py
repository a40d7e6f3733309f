"""Measures how hard the sample data are: the µAP of a grey thumbnail, and of a classical descriptor.

    docker run --rm --network none -v "$PWD:/project:ro" -v FOLDER/train:/train:ro --entrypoint python3 IMAGE \
        /project/bench/samples_bench.py /train

    thumbnail   16 x 16 grey, mean-free and normalised, the best inner product of a pair's seconds
    gradients   histograms of gradients over the part of the frame that varies, alike for a mirrored frame
    normalised  the same, each query vector's score lowered by the mean of its ten best among the other queries' frames
"""

import csv
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import cv2
import numpy as np

DIRECTIONS = 12
TARGETS = {"thumbnail": (0, 0.6), "normalised": (0.8, 1)}


def sampled(path):
    """Return a frame per second, grey."""
    found, due = [], 0.0
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.time >= due:
                found.append(frame.to_ndarray(format="gray"))
                due += 1
    return found


def thumbnail(frames):
    small = np.stack([cv2.resize(frame, (16, 16), interpolation=cv2.INTER_AREA).ravel() for frame in frames]).astype(
        np.float32
    )
    return normalised(small - small.mean(axis=1, keepdims=True))


def gradients(frames):
    return normalised(np.stack([histogram(varying(frame)) for frame in frames]))


def varying(frame):
    """Return the part of a frame within its borders of one colour."""
    rows, columns = (np.flatnonzero(frame.std(axis=axis) > 6) for axis in (1, 0))
    if len(rows) < 16 or len(columns) < 16:
        return frame
    return frame[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def histogram(frame):
    """Return the sum and the difference of the histograms of a frame and of its mirror image: alike for both."""
    frame = cv2.resize(frame, (128, 128), interpolation=cv2.INTER_AREA)
    one, other = cells(frame), cells(cv2.flip(frame, 1))
    return np.concatenate([one + other, np.abs(one - other)])


def cells(frame):
    """Return how much of the gradient of each of 5 x 5 cells goes in each direction."""
    frame = cv2.GaussianBlur(frame, (0, 0), 2).astype(np.float32)
    x, y = cv2.Sobel(frame, cv2.CV_32F, 1, 0), cv2.Sobel(frame, cv2.CV_32F, 0, 1)
    strength, angle = np.hypot(x, y), np.mod(np.arctan2(y, x) / (2 * np.pi), 1) * DIRECTIONS
    half = DIRECTIONS / 2
    shares = (1 - np.abs((angle - direction + half) % DIRECTIONS - half) for direction in range(DIRECTIONS))
    found = [cv2.resize(strength * np.maximum(0, share), (5, 5), interpolation=cv2.INTER_AREA) for share in shares]
    values = np.stack(found, -1)
    values = values / (np.linalg.norm(values, axis=-1, keepdims=True) + 0.1 * np.linalg.norm(values) + 1e-6)
    return np.sqrt(values.ravel())


def normalised(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def pair_scores(queries, references, lower):
    """Return {(query, reference): score}."""
    names = list(references)
    owner = np.repeat(np.arange(len(names)), [len(references[name]) for name in names])
    everything, scores = np.concatenate(list(references.values())), {}
    centre = everything.mean(axis=0) if lower else 0
    everything = normalised(everything - centre)
    background = {name: normalised(vectors - centre) for name, vectors in queries.items()}
    for query, vectors in queries.items():
        vectors = normalised(vectors - centre)
        product = vectors @ everything.T
        if lower:
            others = np.concatenate([vectors @ background[other].T for other in background if other != query], axis=1)
            product = product - np.sort(others, axis=1)[:, -10:].mean(axis=1, keepdims=True)
        best = np.full(len(names), -np.inf)
        np.maximum.at(best, owner, product.max(axis=0))
        scores.update({(query, names[index]): score for index, score in enumerate(best)})
    return scores


def average_precision(scores, truth):
    ranked, right, total = sorted(scores, key=scores.get, reverse=True), 0, 0.0
    for rank, pair in enumerate(ranked, 1):
        if pair in truth:
            right += 1
            total += right / rank
    return total / len(truth)


def main(folder):
    with open(next(folder.glob("*descriptor_ground_truth.csv"))) as file:
        truth = {(row["query_id"], row["ref_id"]) for row in csv.DictReader(file)}
    paths = {kind: sorted((folder / kind).glob("*.mp4")) for kind in ("query", "reference")}
    cv2.setNumThreads(1)
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        frames = {
            kind: dict(zip((path.stem for path in each), pool.map(sampled, each))) for kind, each in paths.items()
        }
    print(f"{len(paths['query'])} queries, {len(paths['reference'])} references, {len(truth)} true pairs")
    missed = False
    for name, describe, lower in (
        ("thumbnail", thumbnail, False),
        ("gradients", gradients, False),
        ("normalised", gradients, True),
    ):
        sets = [{video: describe(each) for video, each in frames[kind].items()} for kind in ("query", "reference")]
        scores = pair_scores(*sets, lower)
        score = average_precision(scores, truth)
        low, high = TARGETS.get(name, (0, 1))
        missed |= not low <= score <= high
        print(f"{name:10} {score:.3f}   allowed {low} to {high}")
        if "-v" in sys.argv:
            show(scores, truth)
    return missed


def show(scores, truth):
    ranked = sorted(scores, key=scores.get, reverse=True)
    print("   false first:", [(*pair, round(float(scores[pair]), 3)) for pair in ranked if pair not in truth][:12])
    print("   true last:", [(*pair, ranked.index(pair)) for pair in ranked if pair in truth][-16:])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
