"""The CSV files of a data set, with the names and columns of the real downloads."""

import csv

METADATA = ("video_id", "duration_sec", "frames_per_sec", "width", "height", "rn")
PAIRS = ("query_id", "ref_id")
SEGMENTS = (*PAIRS, "query_start", "query_end", "ref_start", "ref_end")


def write_tables(folder, dataset, with_truth):
    """Write the metadata, and the ground truth of both tracks: a line per pair, and one per copied segment."""
    for kind, videos in (("query", dataset.queries), ("reference", dataset.references)):
        rows = [
            (video.video_id, seconds(video.seconds), f"{float(video.rate):.2f}", video.width, video.height, row)
            for row, video in enumerate(videos, 1)
        ]
        write(folder / f"{dataset.name}_{kind}_metadata.csv", METADATA, rows)
    if with_truth:
        copied = segments(dataset)
        write(folder / f"{dataset.name}_descriptor_ground_truth.csv", PAIRS, sorted({row[:2] for row in copied}))
        write(folder / f"{dataset.name}_matching_ground_truth.csv", SEGMENTS, copied)


def segments(dataset):
    """Return a row of SEGMENTS for each clip, in seconds."""
    rows = []
    for query in dataset.queries:
        for part in query.parts:
            if part.clip is None:
                continue
            begin, end = part.begin / query.rate, part.end / query.rate
            span = float(end - begin) * part.clip.speed
            times = (begin, end, part.clip.start, part.clip.start + span)
            rows.append((query.video_id, dataset.references[part.clip.reference].video_id, *map(seconds, times)))
    return rows


def seconds(value):
    return f"{float(value):.3f}"


def write(path, header, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
