"""The CSV files of /data: which videos there are, how long, and which are in the subset."""

import csv
import math
from dataclasses import dataclass, field
from pathlib import Path

from .errors import EnvironmentFailure

QUERY_METADATA = "query_metadata.csv"
REFERENCE_METADATA = "reference_metadata.csv"
QUERY_SUBSET = "query_subset.csv"


@dataclass(frozen=True)
class VideoSet:
    """The videos that a file may speak of: id -> whole seconds, rounded up; and exact ones where they are known."""

    name: str
    seconds: dict
    durations: dict = field(default_factory=dict)

    @property
    def max_vectors(self):
        """One vector per started second of video, in total over the set."""
        return sum(self.seconds.values())

    def __contains__(self, video_id):
        return video_id in self.seconds

    def __len__(self):
        return len(self.seconds)


@dataclass(frozen=True)
class Dataset:
    """The query, reference and subset videos of one data folder."""

    queries: VideoSet
    references: VideoSet
    subset: VideoSet


def read_dataset(folder):
    """Read the three CSV files of `folder`; EnvironmentFailure when one is missing or malformed."""
    folder = Path(folder)
    queries = read_videos(folder / QUERY_METADATA)
    references = read_videos(folder / REFERENCE_METADATA)
    subset, durations = {}, {}
    for line, row in _rows(folder / QUERY_SUBSET, ("video_id",)):
        video_id = row[0]
        if video_id not in queries:
            raise EnvironmentFailure(
                f"{folder / QUERY_SUBSET}, line {line}: {video_id!r} is not in {QUERY_METADATA}"
            )
        subset[video_id] = queries.seconds[video_id]
        durations[video_id] = queries.durations[video_id]
    return Dataset(queries, references, VideoSet(QUERY_SUBSET, subset, durations))


def read_videos(path):
    """Read a metadata CSV into a VideoSet; only `video_id` and `duration_sec` are needed."""
    seconds, durations = {}, {}
    for line, (video_id, duration) in _rows(path, ("video_id", "duration_sec")):
        try:
            length = float(duration)
        except ValueError:
            length = math.nan
        if not (math.isfinite(length) and length >= 0):
            raise EnvironmentFailure(f"{path}, line {line}: {duration!r} is not a duration in seconds")
        if video_id in seconds:
            raise EnvironmentFailure(f"{path}, line {line}: {video_id!r} occurs twice")
        seconds[video_id] = math.ceil(length)
        durations[video_id] = length
    return VideoSet(path.name, seconds, durations)


def _rows(path, columns):
    """Yield (line number, the wanted columns) for each row that isn't empty."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            header = next(reader, [])
            missing = [column for column in columns if column not in header]
            if missing:
                raise EnvironmentFailure(f"{path} has no column {missing[0]}")
            wanted = [header.index(column) for column in columns]
            for row in reader:
                if not row:
                    continue
                if len(row) <= max(wanted):
                    raise EnvironmentFailure(f"{path}, line {reader.line_num}: too few columns")
                yield reader.line_num, [row[index] for index in wanted]
    except FileNotFoundError:
        raise EnvironmentFailure(f"{path} is missing") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EnvironmentFailure(f"{path} can't be read: {error}") from error
