"""What the painters share: colours, noise, text. Pictures are uint8 arrays (height, width, 3), BGR."""

import cv2
import numpy as np

FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
    cv2.FONT_HERSHEY_PLAIN,
)
SYLLABLES = "ba co di fu ga ho ki lo mu ne pa qui ro sa tu ve wo xi ya zen tor mil gran del ast".split()


def colour(rng, low=0, high=255):
    """Return one colour for OpenCV, each channel from `low` to `high`."""
    return tuple(int(value) for value in rng.integers(low, high + 1, 3))


def palette(rng, count):
    """Return `count` colours that go together: hues around one or two, light and dark in turn."""
    base, spread = rng.uniform(0, 180), rng.uniform(8, 60)
    hues = (base + rng.normal(0, spread, count) + 90 * (rng.random(count) < 0.25)) % 180
    saturations = rng.uniform(40, 230, count)
    values = rng.permutation(np.linspace(50, 245, count)) if count > 1 else rng.uniform(50, 245, 1)
    hsv = np.stack([hues, saturations, values], axis=-1).astype(np.uint8)[None]
    return [tuple(map(int, each)) for each in cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)[0]]


def noise(rng, width, height, cells, octaves=3):
    """Return smooth noise (height, width), float32 from 0 to 1; `cells` is how many bumps fit across."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        across = max(2, round(cells * 2**octave))
        down = max(2, round(across * height / width))
        grid = rng.random((down, across), dtype=np.float32)
        total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) / 2**octave
    return cv2.normalize(total, None, 0, 1, cv2.NORM_MINMAX)


def gradient(rng, width, height, first, second):
    """Return a picture that goes from one colour to another, in a random direction."""
    angle = rng.uniform(0, 2 * np.pi)
    x, y = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)
    share = (np.cos(angle) * x[None] + np.sin(angle) * y[:, None]) / 2.83 + 0.5
    return blend(share, first, second)


def blend(share, first, second):
    """Return the picture that is `first` where `share` (height, width) is 0 and `second` where it is 1."""
    first, second = np.float32(first), np.float32(second)
    return (first + share[..., None].astype(np.float32) * (second - first)).clip(0, 255).astype(np.uint8)


def coloured(values, colours):
    """Return a picture of values (height, width) from 0 to 1, by a smooth scale through `colours`."""
    scale = cv2.resize(np.uint8(colours)[None], (256, 1), interpolation=cv2.INTER_LINEAR)[0]
    return scale[(values * 255).clip(0, 255).astype(np.uint8)]


def textured(rng, picture, strength=0.25):
    """Return the picture with the unevenness of paper, paint or light."""
    height, width = picture.shape[:2]
    grain = 1 - strength + 2 * strength * noise(rng, width, height, rng.uniform(4, 30), 3)
    return cv2.convertScaleAbs(picture * grain[..., None])


def word(rng):
    """Return a made-up word."""
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.integers(1, 4)))


def sentence(rng, words):
    """Return made-up words, the first with a capital."""
    return " ".join(word(rng) for _ in range(words)).capitalize()


def write(picture, text, position, size, ink, font=FONTS[0], thickness=1):
    """Write on the picture; `size` is the height of a capital in pixels, `position` its lower left."""
    scale = size / 21
    place = tuple(int(value) for value in position)
    cv2.putText(picture, text, place, font, scale, ink, thickness, cv2.LINE_AA)


def polygon(points, picture, ink):
    """Fill a polygon with smooth edges."""
    cv2.fillPoly(picture, [np.int32(np.round(points))], ink, cv2.LINE_AA)


def star(centre, radius, corners, inner=0.45, turn=0.0):
    """Return the points of a star, or with `inner` 1 of a regular polygon of twice the corners."""
    angles = turn + np.arange(2 * corners) * np.pi / corners
    radii = np.where(np.arange(2 * corners) % 2 == 0, radius, radius * inner)
    return np.stack([centre[0] + radii * np.cos(angles), centre[1] + radii * np.sin(angles)], axis=-1)
