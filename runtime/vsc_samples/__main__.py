"""Command line: `python3 -m vsc_samples FOLDER [--seed N]` makes FOLDER/train and FOLDER/test.

Prints a line of JSON for every video made: {"made": 12, "total": 296}.
"""

import argparse
import json
import os
import sys
from multiprocessing import get_context
from pathlib import Path

import cv2

from .film import encode, frames
from .plan import plan
from .tables import write_tables

DATASETS = (("train", 1), ("test", 2))
MOST_PROCESSES = 16  # each takes 50 MB, whatever the number of cores


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="vsc_samples", description="Makes data sets of real videos with known copies."
    )
    parser.add_argument("folder", type=Path, help="where train/ and test/ are made; they must not be there yet")
    parser.add_argument("--seed", type=int, default=42, help="the same seed gives the same frames (default: 42)")
    parser.add_argument("--references", type=int, default=96, help="in each data set (default: 96)")
    parser.add_argument("--queries", type=int, default=72, help="in each data set, half with copies (default: 72)")
    return parser.parse_args(arguments)


def make(task):
    """Make one video."""
    path, video, references = task
    encode(path, video, frames(video, references))


def main(arguments):
    options = parse(arguments)
    tasks = []
    for name, number in DATASETS:
        dataset = plan(name, number, options.seed, options.references, options.queries)
        for kind, videos in (("query", dataset.queries), ("reference", dataset.references)):
            folder = options.folder / name / kind
            folder.mkdir(parents=True)
            tasks += [(folder / f"{video.video_id}.mp4", video, dataset.references) for video in videos]
        write_tables(options.folder / name, dataset, with_truth=name == "train")
    cv2.setNumThreads(1)  # a process per core is enough
    with get_context("fork").Pool(min(len(os.sched_getaffinity(0)), MOST_PROCESSES)) as pool:
        for made, _ in enumerate(pool.imap_unordered(make, tasks), 1):
            print(json.dumps({"made": made, "total": len(tasks)}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
