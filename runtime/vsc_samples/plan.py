"""What a data set is to consist of, found out from its seed without drawing anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

SIZES = ((320, 240), (320, 180), (288, 216), (256, 256), (240, 320), (192, 320))
RATES = tuple(Fraction(rate) for rate in ("8", "10", "12", "12.5", "15", "30000/1001"))
RATE_SHARES = (0.2, 0.3, 0.2, 0.15, 0.1, 0.05)

# How often an edit is among those of a clip.
EDIT_SHARES = {
    "crop": 3,
    "rotate": 1,
    "flip": 4,
    "brightness": 4,
    "hue": 3,
    "blur": 3,
    "grain": 3,
    "text": 4,
    "emoji": 4,
    "stretch": 2,
    "letterbox": 3,
    "picture_in_picture": 1.5,
    "recompress": 4,
}
EDIT_COUNT_SHARES = (0.42, 0.35, 0.17, 0.06)  # of one to four at once
NEVER_TOGETHER = ({"stretch", "letterbox", "picture_in_picture"}, {"rotate", "crop", "picture_in_picture"})

# The parts of a query that has copied: whether each is a clip.
ARRANGEMENTS = ((True,), (False, True), (True, False), (False, True, False), (True, True))
ARRANGEMENT_SHARES = (0.4, 0.15, 0.15, 0.1, 0.2)


@dataclass(frozen=True)
class Clip:
    """A part of a reference."""

    reference: int  # its place among the references
    start: float  # seconds into it
    seconds: float  # in the query, before it is cut to whole frames
    speed: float  # seconds of the reference per second of the query


@dataclass(frozen=True)
class Part:
    """A stretch of a query: a clip of a reference, or content of its own."""

    begin: int  # frame
    end: int  # the frame after the last
    seed: int
    clip: Clip | None = None
    edits: tuple = ()  # names of EDITS


@dataclass(frozen=True)
class Video:
    """A video to be made."""

    video_id: str
    width: int
    height: int
    rate: Fraction  # frames per second
    frames: int
    parts: tuple = field(repr=False)

    @property
    def seconds(self):
        return self.frames / self.rate


@dataclass(frozen=True)
class Dataset:
    """The videos of one data set."""

    name: str
    references: tuple
    queries: tuple


def plan(name, number, seed, references, queries):
    """Return the Dataset that these make; `number` begins its ids: 1 for train, 2 for test."""
    rng = np.random.default_rng([seed, number])
    made = tuple(plan_reference(rng, f"R{number}{index + 1:05}") for index in range(references))
    copies = set(rng.choice(queries, queries // 2, replace=False).tolist())
    sources = iter(np.concatenate([rng.permutation(references) for _ in range(1 + queries // references)]).tolist())
    asked = tuple(
        plan_query(rng, f"Q{number}{index + 1:05}", made, sources if index in copies else None)
        for index in range(queries)
    )
    return Dataset(name, made, asked)


def shape(rng):
    """Return width, height and rate of a video."""
    return *SIZES[int(rng.integers(len(SIZES)))], RATES[int(rng.choice(len(RATES), p=RATE_SHARES))]


def new_seed(rng):
    """Return the seed of something drawn later, so that order and number of its draws don't matter here."""
    return int(rng.integers(2**32))


def plan_reference(rng, video_id):
    """One to three shots, each a scene."""
    width, height, rate = shape(rng)
    frames = round(rng.uniform(5, 11) * rate)
    cuts = np.sort(
        rng.choice(np.arange(frames // 5, frames - frames // 5), int(rng.choice([0, 1, 1, 2])), replace=False)
    )
    bounds = [0, *cuts.tolist(), frames]
    parts = tuple(Part(begin, end, new_seed(rng)) for begin, end in zip(bounds, bounds[1:]))
    return Video(video_id, width, height, rate, frames, parts)


def plan_query(rng, video_id, references, sources):
    """Content of its own; with `sources` also one or two clips, of the references that come next there."""
    width, height, rate = shape(rng)
    if sources is None:
        clips = [None] * int(rng.integers(1, 3))
    else:
        clips = ARRANGEMENTS[int(rng.choice(len(ARRANGEMENTS), p=ARRANGEMENT_SHARES))]
        clips = [plan_clip(rng, next(sources), references) if copied else None for copied in clips]
    parts, begin = [], 0
    for clip in clips:
        seconds = rng.uniform(2, 5) if clip is None else clip.seconds
        end = begin + int(seconds * rate)
        # What is edited need not be copied, so that letterboxes and emoji alone tell nothing.
        edits = plan_edits(rng) if clip or rng.random() < 0.4 else ()
        parts.append(Part(begin, end, new_seed(rng), clip, edits))
        begin = end
    first = next((references[clip.reference] for clip in clips if clip), None)
    if first and rng.random() < 0.75:
        width, height = first.width, first.height
    return Video(video_id, width, height, rate, begin, tuple(parts))


def plan_clip(rng, source, references):
    """A stretch of a reference, of at least three seconds."""
    speed = 1.0 if rng.random() < 0.65 else round(float(rng.uniform(0.7, 1.5)), 2)
    longest = float(references[source].seconds) / speed
    seconds = min(longest, float(rng.uniform(3, 8)))
    start = float(rng.uniform(0, longest - seconds)) * speed
    return Clip(source, start, seconds, speed)


def plan_edits(rng):
    """One to four edits that go together."""
    count = int(rng.choice(np.arange(1, 5), p=EDIT_COUNT_SHARES))
    shares = np.array(list(EDIT_SHARES.values()), float)
    names = rng.choice(list(EDIT_SHARES), count, replace=False, p=shares / shares.sum()).tolist()
    for rivals in NEVER_TOGETHER:
        for name in [name for name in names if name in rivals][1:]:
            names.remove(name)
    return tuple(sorted(names))
