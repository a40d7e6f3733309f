"""Reads videos: a few small frames of each second, shot by shot."""

import av
import cv2
import numpy as np

from views import is_cut

PER_SECOND = 4  # frames that are looked at to find shots, borders and insets
LONGEST_SIDE = 224  # pixels to which frames are made smaller
_CHUNK = 256  # frames in memory at once
# Of so many frames a second, those that no other frame refers to needn't be decoded: the next is near.
_PLENTY = 20


class Shot:
    """Frames from one cut to the next: `times` (n,) in seconds, `frames` (n, h, w, 3) uint8 BGR.

    `chosen` (n,) booleans: the frames to describe, one of each second.
    """

    def __init__(self, times, frames, chosen):
        self.times, self.frames, self.chosen = times, frames, chosen

    def greys(self):
        """Return (n, h, w) uint8."""
        return np.stack([cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) for frame in self.frames])


def read_shots(path):
    """Yield the shots of a video. Raises av.AVError where it can't be read, perhaps after some shots."""
    chunk = []
    try:
        for sample in _samples(path):
            chunk.append(sample)
            if len(chunk) == _CHUNK:
                yield from _cut(chunk)
                chunk = []
    except av.AVError:
        yield from _cut(chunk)
        raise
    yield from _cut(chunk)


def _samples(path):
    """Yield (time, frame, chosen): PER_SECOND frames a second, one of them chosen."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        context.thread_count = 1  # several videos at once use the cores better
        if stream.average_rate is not None and stream.average_rate >= _PLENTY:
            context.skip_frame = "NONREF"
        size, begin, next_look, next_choice = None, None, 0.0, 0.5
        for frame in container.decode(stream):
            if frame.time is None:
                continue
            begin = frame.time if begin is None else begin
            time = frame.time - begin
            if time < next_look:
                continue
            next_look = (int(time * PER_SECOND) + 1) / PER_SECOND
            chosen = time >= next_choice
            if chosen:
                next_choice = int(time - 0.5) + 1.5
            size = size or _small(frame.width, frame.height)
            yield time, frame.reformat(*size, "bgr24", interpolation="AREA").to_ndarray(), chosen


def _small(width, height):
    scale = min(1, LONGEST_SIDE / max(width, height))
    return max(2, round(width * scale)), max(2, round(height * scale))


def _cut(chunk):
    if not chunk:
        return
    times, frames, chosen = zip(*chunk)
    times, chosen = np.array(times), np.array(chosen)
    thumbnails = np.stack([cv2.cvtColor(cv2.resize(frame, (24, 24), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY) for frame in frames])
    bounds = [*np.flatnonzero(is_cut(thumbnails)).tolist(), len(frames)]
    for begin, end in zip(bounds, bounds[1:]):
        yield Shot(times[begin:end], np.stack(frames[begin:end]), chosen[begin:end])
