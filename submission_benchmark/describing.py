"""Describes videos: describe() makes a vector of a picture, and is the function to replace with your own."""

import os

# A process per core describes videos; more threads in each would only get in the way.
os.environ.update(OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", OMP_NUM_THREADS="1")

import csv
import math
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import cv2
import numpy as np

from background import Background
from features import normalised, raw_features
from model import load_model
from videos import read_shots
from views import content_boxes

HERE = Path(__file__).resolve().parent
BACKGROUND = Background(HERE / "background.npz")
MODEL = load_model(HERE / "model.torchscript.pt", BACKGROUND)

FORK = multiprocessing.get_context("fork")
LEAST_CONTRAST = 3  # standard deviation of the greys, of 255; a picture below it shows nothing


def describe(picture):
    """Return a vector (d,), d at most 511, for a picture: uint8 (height, width, 3), BGR, of any size.

    What it returns is scaled to length 1. Similar pictures are those with a large inner product.
    """
    if MODEL is not None:
        return MODEL(picture)
    return BACKGROUND.project(raw_features(picture, BACKGROUND.codebook))


def describe_video(path, is_query, most=None):
    """Return (times, vectors, problem) of a video: at most `most` moments (None: all), and what is wrong with it or None.

    times: (n,), seconds; vectors: (n, d + 1), float32, n at least 1.
    """
    times, vectors, _, problem = describe_shots(path, lambda shot: pictures_of(shot, is_query))
    times, vectors = times[:most], vectors[:most]
    if not vectors:
        return undescribed(is_query, problem or "it shows nothing")
    return np.array(times, np.float32), finished(normalised(np.stack(vectors)), is_query), problem


def describe_shots(path, pictures_of, pictures_per_second=1):
    """Return (times, vectors, bounds, problem) of the pictures (time, picture) that a function finds in the shots of a video.

    Three lists, the bounds (begin, end) of the shots that could be read, and what is wrong with the file or None.
    """
    times, vectors, bounds, problem = [], [], [], None
    try:
        for shot in read_shots(path, pictures_per_second):
            bounds.append((shot.times[0], shot.times[-1]))
            for time, picture in pictures_of(shot):
                times.append(time)
                vectors.append(describe(picture))
    except Exception as error:  # whatever a file does to the decoder, the others are to be described
        problem = f"{type(error).__name__}: {error}"
    return times, vectors, bounds, problem


def undescribed(is_query, problem):
    """Return what describe_video does of a video that shows nothing."""
    return np.zeros(1, np.float32), nothing(is_query), problem


def pictures_of(shot, is_query):
    """Yield (time, picture) of the frames to describe of a shot: what is in them without borders.

    Where a picture stands in another, a query shows them in turn: either may be the copy.
    """
    if not shot.pictures:
        return
    content, inset = content_boxes(shot.greys)
    for turn, (place, picture) in enumerate(shot.pictures.items()):
        part = shown(picture, inset if is_query and inset is not None and turn % 2 == 0 else content)
        if part is not None:
            yield shot.times[place], part


def shown(picture, box):
    """Return the part of a picture in a box (top, bottom, left, right), or None where it shows nothing."""
    top, bottom, left, right = box
    part = picture[top:bottom, left:right]
    return part if cv2.cvtColor(part, cv2.COLOR_BGR2GRAY).std() >= LEAST_CONTRAST else None


def finished(vectors, is_query):
    """Return vectors (n, d) with the last dimension, float32 (n, d + 1)."""
    last = -BACKGROUND.nearness(vectors) if is_query else np.ones(len(vectors))
    return np.column_stack([vectors, last]).astype(np.float32)


def nothing(is_query):
    """Return (1, d + 1): the vector of what shows nothing, which scores below everything else."""
    vector = np.zeros((1, BACKGROUND.vectors.shape[1] + 1), np.float32)
    vector[0, -1] = -1 if is_query else 1
    return vector


def describe_one(data, video_id, most):
    """Return describe_video of a video of the folder `data`."""
    cv2.setNumThreads(1)
    return describe_video(path_of(data, video_id), video_id.startswith("Q"), most)


def path_of(data, video_id):
    """Return where a video of the folder `data` is, wherever in it that is."""
    folders = ("query", "reference") if video_id.startswith("Q") else ("reference", "query")
    places = [data / folder / f"{video_id}.mp4" for folder in folders]
    return next((place for place in places if place.exists()), places[0])


def describe_all(jobs, workers=None, work=describe_one, failed=undescribed):
    """Yield (video_id, what `work` makes) of jobs (data, video_id, ...) in order, `workers` at a time (None: one per core).

    A decoder can crash, and takes its process and the others' work with it: then each of the
    videos that are left gets a process of its own, and of the one that crashes it is what `failed` makes.
    """
    done = 0
    try:
        with ProcessPoolExecutor(workers or cores(), FORK) as pool:
            for job, result in zip(jobs, pool.map(work, *zip(*jobs))):
                yield job[1], result
                done += 1
    except BrokenProcessPool:
        for job in jobs[done:]:
            yield job[1], describe_alone(job, work, failed)


def describe_alone(job, work, failed):
    """Return what `work` makes of a job in a process that may die."""
    try:
        with ProcessPoolExecutor(1, FORK) as pool:
            return pool.submit(work, *job).result()
    except BrokenProcessPool:
        return failed(job[1].startswith("Q"), "the decoder crashed")


def cores():
    """Return how many cores there are for this process."""
    return len(os.sched_getaffinity(0))


def read_ids(data):
    """Return the videos of the subset of the folder `data`, sorted."""
    return sorted(read_column(data / "query_subset.csv", "video_id"))


def read_column(path, column):
    """Return a column of a CSV file."""
    with open(path, newline="") as file:
        return [row[column] for row in csv.DictReader(file)]


def read_durations(data):
    """Return {video_id: seconds} of the metadata that are there."""
    paths = [path for path in (data / "query_metadata.csv", data / "reference_metadata.csv") if path.exists()]
    return {
        video_id: float(seconds)
        for path in paths
        for video_id, seconds in zip(read_column(path, "video_id"), read_column(path, "duration_sec"))
    }


def write_descriptors(video_ids, data, output, workers=None):
    """Describe videos of the folder `data`, ids in order, at most a moment of each second, and write `output` (npz)."""
    BACKGROUND.describe_with(describe)
    durations = read_durations(data)
    jobs = [(data, video_id, math.ceil(durations[video_id]) if video_id in durations else None) for video_id in video_ids]
    ids, times, vectors = [], [np.zeros(0, np.float32)], [nothing(True)[:0]]
    for number, (video_id, (moments, features, problem)) in enumerate(describe_all(jobs, workers), 1):
        name_problem(video_id, problem)
        print(f"[{number}/{len(jobs)}] {video_id}: {len(features)} descriptors", flush=True)
        ids += [video_id] * len(features)
        times.append(moments)
        vectors.append(features)
    np.savez(
        output,
        video_ids=np.array(ids, dtype=str),
        timestamps=np.concatenate(times),
        features=np.concatenate(vectors),
    )


def name_problem(video_id, problem):
    """Say on stderr what is wrong with a video, if something is."""
    if problem is not None:
        print(f"{video_id}: {problem}", file=sys.stderr, flush=True)
