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
    """Frames from one cut to the next: `times` (n,) in seconds, `greys` (n, h, w) uint8.

    `pictures` {place: (h, w, 3) uint8 BGR} are those to describe.
    """

    def __init__(self, samples):
        times, greys, pictures = zip(*samples)
        self.times, self.greys = np.array(times), np.stack(greys)
        self.pictures = {place: picture for place, picture in enumerate(pictures) if picture is not None}


def read_shots(path, pictures_per_second=1):
    """Yield the shots of a video. Raises av.error.FFmpegError where it can't be read, perhaps after some shots."""
    chunk = []
    try:
        for sample in _samples(path, 1 / pictures_per_second):
            chunk.append(sample)
            if len(chunk) == _CHUNK:
                yield from _cut(chunk)
                chunk = []
    except av.error.FFmpegError:
        yield from _cut(chunk)
        raise
    yield from _cut(chunk)


def _samples(path, period):
    """Yield (time, grey, picture): PER_SECOND frames a second; `picture` is None but in one of each `period` seconds."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        context.thread_count = 1  # several videos at once use the cores better
        if stream.average_rate is not None and stream.average_rate >= _PLENTY:
            context.skip_frame = "NONREF"
        size, begin, next_look, next_picture, last = None, 0.0, 0.0, 0.5 * period, None
        for frame in container.decode(stream):
            if frame.time is None:
                continue
            if last is None:
                size, begin = _small(frame.width, frame.height), frame.time
            last, time = frame, frame.time - begin
            if time < next_look:
                continue
            next_look = (int(time * PER_SECOND) + 1) / PER_SECOND
            picture = None
            if time >= next_picture:
                next_picture = (int(time / period - 0.5) + 1.5) * period
                picture = _picture(frame, size)
            yield time, _grey(frame, size), picture
        if last is not None and next_picture == 0.5 * period:  # shorter than half of one
            yield last.time - begin, _grey(last, size), _picture(last, size)


def _small(width, height):
    scale = min(1, LONGEST_SIDE / max(width, height))
    return max(2, round(width * scale)), max(2, round(height * scale))


def _picture(frame, size):
    return _pixels(frame.reformat(*size, "bgr24", interpolation="AREA"), 3).reshape(size[1], size[0], 3)


def _grey(frame, size):
    return _pixels(frame.reformat(*size, "gray", interpolation="AREA"), 1)


def _pixels(frame, bytes_each):
    """Return a copy of a packed frame's lines, (h, w * bytes_each); to_ndarray looks for numpy anew each time."""
    plane = frame.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width * bytes_each].copy()


def _cut(chunk):
    """Yield the shots of samples."""
    if not chunk:
        return
    thumbnails = np.stack([cv2.resize(grey, (24, 24), interpolation=cv2.INTER_AREA) for _, grey, _ in chunk])
    bounds = [*np.flatnonzero(is_cut(thumbnails)).tolist(), len(chunk)]
    for begin, end in zip(bounds, bounds[1:]):
        yield Shot(chunk[begin:end])
