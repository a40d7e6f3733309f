"""What moves: a camera over a painted picture with actors in front of it, and scenes that move by themselves.

A scene is made from (rng, width, height) and is a function of the time in seconds that returns the
frame then: uint8 (height, width, 3), BGR. The same time gives the same frame, in any order.
"""

import cv2
import numpy as np

from . import landscapes, patterns, things
from .actors import before
from .drawing import FONTS, coloured, gradient, noise, palette, polygon, sentence, write

PAINTERS = landscapes.PAINTERS + things.PAINTERS + patterns.PAINTERS
MARGIN = 1.5  # a painted picture is larger than the frame, so that the camera has somewhere to go


def paint(rng, width, height):
    """Return a picture by any of the painters."""
    return PAINTERS[int(rng.integers(len(PAINTERS)))](rng, width, height)


def filmed(rng, width, height):
    """A painted picture under a moving camera, with actors before it."""
    return before(camera(rng, paint(rng, int(width * MARGIN), int(height * MARGIN)), width, height), rng, width, height)


def camera(rng, picture, width, height):
    """A camera that pans, zooms, turns or trembles over a picture."""
    tall, wide = picture.shape[:2]
    middle, path = np.array([wide / 2, tall / 2]), rng.uniform(0, 2 * np.pi)
    reach = np.array([(wide - width) / 2, (tall - height) / 2]) * np.array([np.cos(path), np.sin(path)])
    zooms = rng.uniform(0.85, 1.5, 2)
    turn, sway, shake = rng.normal(0, 4), rng.uniform(0.1, 0.5), rng.choice([0, 0, 2.5])
    phase = rng.uniform(0, 2 * np.pi)

    def frame(t):
        way = np.sin(phase + sway * t)
        centre = middle + reach * way + shake * np.array([np.sin(7.1 * t), np.cos(5.3 * t)])
        zoom = zooms[0] + (zooms[1] - zooms[0]) * (way / 2 + 0.5)
        matrix = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), turn * way, zoom)
        matrix[:, 2] += np.array([width / 2, height / 2]) - centre
        return cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)

    return frame


def waves(rng, width, height):
    """Waves that run through each other."""
    colours, count = palette(rng, 5), int(rng.integers(3, 6))
    y, x = np.mgrid[0:1:60j, 0:1:80j].astype(np.float32)
    fields = [
        (rng.uniform(-14, 14), rng.uniform(-14, 14), rng.uniform(-1.5, 1.5), rng.uniform(0, 6)) for _ in range(count)
    ]

    def frame(t):
        total = sum(np.sin(fx * x + fy * y + speed * t + phase) for fx, fy, speed, phase in fields)
        field = cv2.resize(np.float32(total / count / 2 + 0.5), (width, height), interpolation=cv2.INTER_LINEAR)
        return coloured(field, colours)

    return before(frame, rng, width, height)


def rippled(rng, width, height):
    """A painted picture seen through moving water or bent glass."""
    picture = paint(rng, width, height)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    deep, wide, speed = rng.uniform(3, 12), rng.uniform(0.02, 0.08), rng.uniform(1, 4)

    def frame(t):
        across = x + np.float32(deep) * np.sin(y[:, :1] * np.float32(wide) + np.float32(speed * t))
        down = y + np.float32(deep) * np.cos(x[:1] * np.float32(wide) + np.float32(0.7 * speed * t))
        return cv2.remap(picture, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)

    return before(frame, rng, width, height)


def tunnel(rng, width, height):
    """A flight through a tunnel, its walls painted."""
    picture = paint(rng, 256, 256)
    centre = rng.uniform(0.3, 0.7, 2) * (width, height)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    away = np.sqrt((x - centre[0]) ** 2 + (y - centre[1]) ** 2) + 4
    around = (np.arctan2(y - centre[1], x - centre[0]) / np.pi * 0.5 + 0.5) * 512
    depth, shade = np.float32(60 * height / 4) / away, np.clip(away / height * 2, 0, 1)[..., None].astype(np.float32)
    speed, turn = rng.uniform(8, 30), rng.uniform(-15, 15)

    def frame(t):
        seen = cv2.remap(
            picture, np.float32((around + turn * t) % 255), np.float32((depth + speed * t) % 255), cv2.INTER_LINEAR
        )
        return cv2.convertScaleAbs(seen * shade)

    return frame


def kaleidoscope(rng, width, height):
    """A painted picture mirrored around a centre, turning."""
    picture, parts = paint(rng, 320, 320), int(rng.integers(3, 8))
    centre = rng.uniform(0.35, 0.65, 2) * (width, height)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    away = np.sqrt((x - centre[0]) ** 2 + (y - centre[1]) ** 2) * np.float32(140 / height)
    slice_ = np.float32(np.pi / parts)
    angle = np.abs(np.arctan2(y - centre[1], x - centre[0]) % (2 * slice_) - slice_)
    xs, ys, speed = away * np.cos(angle), away * np.sin(angle), rng.uniform(-0.3, 0.3)

    def frame(t):
        cos, sin = np.float32(np.cos(speed * t)), np.float32(np.sin(speed * t))
        return cv2.remap(
            picture,
            xs * cos - ys * sin + 160,
            xs * sin + ys * cos + 160,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )

    return frame


def solids(rng, width, height):
    """Polyhedra of glass that turn in front of a wall."""
    colours = palette(rng, 8)
    wall = gradient(rng, width, height, colours[0], colours[1])
    cube = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float64)
    sides = [(0, 1, 3, 2), (4, 5, 7, 6), (0, 1, 5, 4), (2, 3, 7, 6), (0, 2, 6, 4), (1, 3, 7, 5)]
    bodies = [
        (
            rng.uniform(0.15, 0.85, 2) * (width, height),
            rng.uniform(0.08, 0.25) * height * rng.uniform(0.5, 1.3, 3),
            rng.uniform(-0.6, 0.6, 2),
            rng.permutation(6),
        )
        for _ in range(rng.integers(1, 6))
    ]

    def frame(t):
        picture = wall.copy()
        for centre, sizes, speeds, inks in bodies:
            (a, b), corners = speeds * t + 0.5, cube * sizes
            turn = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
            tilt = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
            corners = corners @ turn.T @ tilt.T
            for side in sorted(range(6), key=lambda each: corners[list(sides[each]), 2].mean()):
                polygon(centre + corners[list(sides[side]), :2], picture, colours[2 + inks[side] % 6])
        return picture

    return before(frame, rng, width, height)


def life(rng, width, height):
    """Cells that live and die, by the rules of the game of life."""
    colours, cell = palette(rng, 3), int(rng.integers(8, 17))
    shape = (height // cell + 1, width // cell + 1)
    states = [(rng.random(shape) < rng.uniform(0.2, 0.45)).astype(np.uint8)]
    kernel, pace = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], np.float32), rng.uniform(0.3, 1.2)

    def frame(t):
        while len(states) <= int(t * pace):
            around = cv2.filter2D(states[-1], -1, kernel, borderType=cv2.BORDER_REFLECT)
            states.append(((around == 3) | ((states[-1] == 1) & (around == 2))).astype(np.uint8))
        now = np.uint8(colours)[states[int(t * pace)]]
        return cv2.resize(now, None, fx=cell, fy=cell, interpolation=cv2.INTER_NEAREST)[:height, :width].copy()

    return before(frame, rng, width, height)


def equaliser(rng, width, height):
    """Bars that go up and down, as with music."""
    colours, count = palette(rng, 6), int(rng.integers(5, 22))
    wall = gradient(rng, width, height, colours[0], colours[1])
    speeds, phases, tall = rng.uniform(0.3, 1.5, (count, 2)), rng.uniform(0, 6, (count, 2)), rng.uniform(0.4, 1, count)
    mirrored = rng.random() < 0.4

    def frame(t):
        picture = wall.copy()
        levels = np.abs(np.sin(speeds * t + phases).mean(axis=1)) * tall * height * 0.8
        step = width / count
        for bar, level in enumerate(levels):
            low = height / 2 + level / 2 if mirrored else height * 0.95
            corner = (int(step * (bar + 0.15)), int(low - level))
            cv2.rectangle(picture, corner, (int(step * (bar + 0.85)), int(low)), colours[2 + bar % 4], -1)
        return picture

    return before(frame, rng, width, height)


def credits(rng, width, height):
    """Names that roll up."""
    ground, ink, accent = palette(rng, 3)
    roll = np.full((height * 4, width, 3), tuple(value // 3 for value in ground), np.uint8)
    y, size, font = 30.0, rng.uniform(10, 20), FONTS[int(rng.integers(len(FONTS)))]
    while y < height * 4:
        text, indent = sentence(rng, int(rng.integers(1, 4))), rng.uniform(0.05, 0.5)
        write(
            roll,
            text,
            (width * indent, y),
            size * rng.choice([0.8, 1, 1.6]),
            ink if rng.random() < 0.7 else accent,
            font,
            int(rng.integers(1, 3)),
        )
        y += size * rng.uniform(1.6, 3)
    speed = rng.uniform(0.04, 0.12) * height

    def frame(t):
        top = int(speed * t) % (height * 3)
        return roll[top : top + height].copy()

    return before(frame, rng, width, height)


def clouds(rng, width, height):
    """Fields of noise that drift through each other."""
    colours = palette(rng, 5)
    layers = [noise(rng, width * 2, height * 2, rng.uniform(3, 12), 4) for _ in range(2)]
    drifts, sharp = rng.uniform(-25, 25, (2, 2)), rng.uniform(1, 3)

    def frame(t):
        total = np.zeros((height, width), np.float32)
        for layer, drift in zip(layers, drifts):
            x, y = (np.abs((drift * t / (width, height) + 0.5) % 2 - 1) * (width - 1, height - 1)).astype(int)
            total += layer[y : y + height, x : x + width]
        return coloured(((total / 2 - 0.5) * sharp + 0.5).clip(0, 1), colours)

    return before(frame, rng, width, height)


BY_THEMSELVES = (waves, rippled, tunnel, kaleidoscope, solids, life, equaliser, credits, clouds)


def scene(rng, width, height):
    """Return any scene: more often than not a painted picture under a camera."""
    kinds = (filmed,) * 14 + BY_THEMSELVES
    return kinds[int(rng.integers(len(kinds)))](rng, width, height)
