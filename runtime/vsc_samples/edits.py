"""What people do to the videos that they copy.

An edit is made from (rng, width, height) and is a function of a frame and its time in seconds. It
returns another frame of the same size. Frames are uint8 (height, width, 3), BGR.
"""

import cv2
import numpy as np

from .drawing import FONTS, colour, palette, polygon, sentence, star, write
from .motion import scene


def crop(rng, width, height):
    """A part of the picture, made as large as the whole."""
    share = rng.uniform(0.65, 0.9, 2)
    wide, tall = int(width * share[0]), int(height * share[1])
    x, y = int(rng.integers(0, width - wide + 1)), int(rng.integers(0, height - tall + 1))
    return lambda frame, t: cv2.resize(
        frame[y : y + tall, x : x + wide], (width, height), interpolation=cv2.INTER_LINEAR
    )


def rotate(rng, width, height):
    """Turned a little, with the corners cut off or black; or upside down, or on its side."""
    if rng.random() < 0.2:
        quarters = int(rng.integers(1, 4))
        return lambda frame, t: cv2.resize(
            np.ascontiguousarray(np.rot90(frame, quarters)), (width, height), interpolation=cv2.INTER_LINEAR
        )
    angle, zoom = rng.choice([-1, 1]) * rng.uniform(4, 18), rng.choice([1, 1.25])
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(angle), float(zoom))
    return lambda frame, t: cv2.warpAffine(frame, matrix, (width, height))


def flip(rng, width, height):
    """As in a mirror."""
    return lambda frame, t: cv2.flip(frame, 1)


def stretch(rng, width, height):
    """Scaled to be wider or taller, between bars."""
    share = rng.uniform(0.55, 0.8)
    size = (int(width * share), height) if rng.random() < 0.5 else (width, int(height * share))
    return lambda frame, t: placed(cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR), width, height, (0, 0, 0))


def letterbox(rng, width, height):
    """Smaller, in a frame of one colour or of the picture itself, blurred."""
    share = rng.uniform(0.55, 0.85)
    size = (int(width * share), int(height * share))
    ink = (0, 0, 0) if rng.random() < 0.6 else colour(rng)
    if rng.random() < 0.3:
        return lambda frame, t: placed(cv2.resize(frame, size), width, height, cv2.blur(frame, (41, 41)))
    return lambda frame, t: placed(cv2.resize(frame, size), width, height, ink)


def placed(part, width, height, ground):
    """Return the part in the middle of a frame of one colour, or of the frame `ground`."""
    frame = np.full((height, width, 3), ground, np.uint8) if isinstance(ground, tuple) else ground
    tall, wide = part.shape[:2]
    x, y = (width - wide) // 2, (height - tall) // 2
    frame[y : y + tall, x : x + wide] = part
    return frame


def picture_in_picture(rng, width, height):
    """Small, in a corner of other content."""
    share = rng.uniform(0.6, 0.8)
    size = (int(width * share), int(height * share))
    x, y = (int(rng.integers(0, whole - part + 1)) for whole, part in zip((width, height), size))
    other = scene(rng, width, height)

    def edit(frame, t):
        whole = other(t)
        whole[y : y + size[1], x : x + size[0]] = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
        return whole

    return edit


def blur(rng, width, height):
    """Out of focus."""
    sigma = rng.uniform(0.8, 2.5)
    return lambda frame, t: cv2.GaussianBlur(frame, (0, 0), sigma)


def brightness(rng, width, height):
    """Brighter or darker, with more contrast or less."""
    contrast, light = rng.uniform(0.55, 1.5), rng.uniform(-45, 45)
    return lambda frame, t: cv2.convertScaleAbs(
        np.clip(frame * np.float32(contrast) + np.float32(light + 127.5 * (1 - contrast)), 0, 255)
    )


def hue(rng, width, height):
    """Other colours: turned hues, grey, or negative."""
    kind, turn = rng.random(), int(rng.integers(20, 160))
    if kind < 0.15:
        return lambda frame, t: 255 - frame
    if kind < 0.4:
        return lambda frame, t: cv2.cvtColor(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)

    def edit(frame, t):
        hsv = cv2.cvtColor(frame, cv2.COLOR_BGR2HSV)
        hsv[..., 0] = (hsv[..., 0].astype(np.uint16) + turn) % 180
        return cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)

    return edit


def grain(rng, width, height):
    """The noise of a bad camera."""
    strength = rng.uniform(6, 22)
    fields = rng.normal(0, strength, (4, height, width, 1)).astype(np.int16)
    return lambda frame, t: np.clip(frame + fields[int(t * 12) % 4], 0, 255).astype(np.uint8)


def recompress(rng, width, height):
    """Small and badly compressed, then large again."""
    quality, share = int(rng.integers(8, 30)), rng.uniform(0.5, 1)

    def edit(frame, t):
        small = cv2.resize(frame, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        _, packed = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return cv2.resize(cv2.imdecode(packed, cv2.IMREAD_COLOR), (width, height), interpolation=cv2.INTER_LINEAR)

    return edit


def text(rng, width, height):
    """Lines of text over it."""
    lines = []
    for _ in range(rng.integers(1, 4)):
        words, font = sentence(rng, int(rng.integers(1, 5))), FONTS[int(rng.integers(len(FONTS)))]
        lines.append(
            (
                words,
                rng.uniform(0, 1, 2) * (0.5 * width, height),
                rng.uniform(0.05, 0.12) * height,
                palette(rng, 1)[0],
                font,
            )
        )

    def edit(frame, t):
        frame = frame.copy()
        for words, place, size, ink, font in lines:
            write(frame, words, place, size, (0, 0, 0), font, 4)
            write(frame, words, place, size, ink, font, 2)
        return frame

    return edit


def emoji(rng, width, height):
    """Drawn faces and stars over it, some of them moving."""
    marks = [
        (
            rng.uniform(0.1, 0.9, 2) * (width, height),
            rng.uniform(0.06, 0.16) * height,
            rng.uniform(-20, 20, 2) * rng.integers(0, 2),
            rng.random() < 0.65,
            palette(rng, 1)[0],
        )
        for _ in range(rng.integers(1, 5))
    ]

    def edit(frame, t):
        frame = frame.copy()
        for place, size, speed, face, ink in marks:
            x, y = place + speed * np.sin(t)
            if face:
                smile(frame, x, y, size)
            else:
                polygon(star((x, y), size, 5, 0.45, -np.pi / 2), frame, ink)
        return frame

    return edit


def smile(frame, x, y, size):
    """Draw a yellow face."""
    at = lambda dx, dy: (int(x + dx * size), int(y + dy * size))
    cv2.circle(frame, at(0, 0), int(size), (40, 200, 250), -1, cv2.LINE_AA)
    for side in (-1, 1):
        cv2.circle(frame, at(side * 0.35, -0.25), max(1, int(size * 0.12)), (30, 40, 60), -1, cv2.LINE_AA)
    cv2.ellipse(
        frame,
        at(0, 0.1),
        (int(size * 0.55), int(size * 0.5)),
        0,
        15,
        165,
        (30, 40, 60),
        max(1, int(size * 0.12)),
        cv2.LINE_AA,
    )


# In the order in which they are done, whichever come together.
EDITS = {
    edit.__name__: edit
    for edit in (
        crop,
        rotate,
        flip,
        brightness,
        hue,
        blur,
        grain,
        text,
        emoji,
        stretch,
        letterbox,
        picture_in_picture,
        recompress,
    )
}


def chain(names, rng, width, height):
    """Return one edit that does all of these, in the order of EDITS."""
    steps = [make(rng, width, height) for name, make in EDITS.items() if name in names]

    def edit(frame, t):
        for step in steps:
            frame = step(frame, t)
        return frame

    return edit
