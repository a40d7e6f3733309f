"""From the plan of a video to its frames, and to a file."""

import av
import cv2
import numpy as np

from .edits import chain, placed
from .motion import scene

ENCODING = {"preset": "superfast", "crf": "30", "threads": "1", "g": "48"}


def frames(video, references):
    """Yield the frames of a planned video: uint8 (height, width, 3), BGR."""
    for part in video.parts:
        draw = drawn(part, video, references)
        for index in range(part.begin, part.end):
            yield draw(float((index - part.begin) / video.rate))


def drawn(part, video, references):
    """Return what draws a part: a function of the seconds since its begin."""
    rng, (width, height) = np.random.default_rng(part.seed), (video.width, video.height)
    show = scene(rng, width, height) if part.clip is None else copied(part.clip, rng, width, height, references)
    edit = chain(part.edits, rng, width, height)
    return lambda t: edit(show(t), t)


def copied(clip, rng, width, height, references):
    """Return what shows a clip, in another size if need be."""
    original, fit = player(references[clip.reference], references), fitting(rng, width, height)
    return lambda t: fit(original(clip.start + t * clip.speed))


def player(video, references):
    """Return the frame of a video that is on the screen at a time, in seconds from its begin."""
    draws = {}

    def frame(t):
        index = min(int(t * video.rate + 1e-6), video.frames - 1)
        part = next(part for part in video.parts if index < part.end)
        if part.begin not in draws:
            draws[part.begin] = drawn(part, video, references)
        return draws[part.begin](float((index - part.begin) / video.rate))

    return frame


def fitting(rng, width, height):
    """Return what brings frames of another size to this one: stretched, or between bars."""
    stretched = rng.random() < 0.5

    def fit(frame):
        tall, wide = frame.shape[:2]
        if (wide, tall) == (width, height):
            return frame
        share = min(width / wide, height / tall)
        size = (width, height) if stretched else (int(wide * share), int(tall * share))
        return placed(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), width, height, (0, 0, 0))

    return fit


def encode(path, video, pictures):
    """Write the frames as H.264 in an mp4. One thread, so that the same frames give the same bytes."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=video.rate)
        stream.width, stream.height, stream.pix_fmt, stream.options = video.width, video.height, "yuv420p", ENCODING
        for picture in pictures:
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
