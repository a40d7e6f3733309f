"""What moves in front of a scene: actors, which `before` lets play there."""

import cv2
import numpy as np

from .drawing import FONTS, palette, polygon, sentence, star, write


def before(scene, rng, width, height):
    """The scene with actors in front of it, or without."""
    actors = [ACTORS[int(rng.integers(len(ACTORS)))](rng, width, height) for _ in range(rng.choice([0, 1, 1, 2]))]

    def frame(t):
        picture = scene(t)
        for act in actors:
            act(picture, t)
        return picture

    return frame


def balls(rng, width, height):
    """Balls or stars that bounce off the edges."""
    count = int(rng.integers(1, 7))
    colours, radii = palette(rng, count), rng.uniform(0.03, 0.12, count) * height
    starts, speeds = rng.uniform(0, 2, (count, 2)), rng.uniform(-0.6, 0.6, (count, 2))
    corners, inner, turn = int(rng.integers(2, 8)), rng.uniform(0.3, 1), rng.uniform(-3, 3)

    def act(picture, t):
        places = np.abs((starts + speeds * t) % 2 - 1) * (width, height)
        for place, radius, ink in zip(places, radii, colours):
            if inner > 0.8:
                cv2.circle(picture, (int(place[0]), int(place[1])), int(radius), ink, -1, cv2.LINE_AA)
            else:
                polygon(star(place, radius, corners, inner, turn * t), picture, ink)

    return act


def car(rng, width, height):
    """A car that drives through."""
    body, glass = palette(rng, 2)
    size, speed, y = rng.uniform(0.15, 0.35) * width, rng.uniform(-0.5, 0.5) * width, rng.uniform(0.75, 0.95) * height
    start = rng.uniform(0, width)

    def act(picture, t):
        x = (start + speed * t) % (width + 2 * size) - size
        polygon([(x, y), (x + size, y), (x + size, y - size * 0.2), (x, y - size * 0.2)], picture, body)
        polygon(
            [
                (x + size * 0.2, y - size * 0.2),
                (x + size * 0.8, y - size * 0.2),
                (x + size * 0.65, y - size * 0.38),
                (x + size * 0.3, y - size * 0.38),
            ],
            picture,
            glass,
        )
        for wheel in (0.22, 0.78):
            cv2.circle(picture, (int(x + size * wheel), int(y)), int(size * 0.1), (20, 20, 20), -1, cv2.LINE_AA)

    return act


def walker(rng, width, height):
    """A figure of lines that walks through."""
    ink = palette(rng, 1)[0]
    size, speed, y = rng.uniform(0.2, 0.5) * height, rng.uniform(-0.25, 0.25) * width, rng.uniform(0.8, 0.98) * height
    start, pace, thick = rng.uniform(0, width), rng.uniform(3, 8), int(rng.integers(2, 7))

    def act(picture, t):
        x, swing = (start + speed * t) % (width + size) - size / 2, np.sin(pace * t)
        at = lambda dx, dy: (int(x + dx * size), int(y - dy * size))
        cv2.circle(picture, at(0, 0.9), int(size * 0.1), ink, -1, cv2.LINE_AA)
        cv2.line(picture, at(0, 0.8), at(0, 0.42), ink, thick, cv2.LINE_AA)
        for side in (-1, 1):
            cv2.line(picture, at(0, 0.42), at(side * swing * 0.2, 0), ink, thick, cv2.LINE_AA)
            cv2.line(picture, at(0, 0.72), at(-side * swing * 0.2, 0.45), ink, thick, cv2.LINE_AA)

    return act


def snow(rng, width, height):
    """Snow, rain, sparks or bubbles."""
    count = int(rng.integers(20, 90))
    starts, fall = rng.uniform(0, 1, (count, 2)), rng.uniform(-0.3, 0.9)
    speeds, ink, radius = rng.uniform(0.5, 1.5, count) * fall, palette(rng, 1)[0], int(rng.integers(1, 4))

    def act(picture, t):
        xs = (starts[:, 0] + 0.03 * np.sin(t + starts[:, 1] * 9)) % 1 * width
        ys = (starts[:, 1] + speeds * t) % 1 * height
        for x, y in zip(xs, ys):
            cv2.circle(picture, (int(x), int(y)), radius, ink, -1)

    return act


def ticker(rng, width, height):
    """A line of text that runs through a band."""
    band, ink = palette(rng, 2)
    size = rng.uniform(0.045, 0.08) * height
    y, speed, text = rng.choice([0.12, 0.9, 0.97]) * height, rng.uniform(15, 45), sentence(rng, 25)

    def act(picture, t):
        cv2.rectangle(picture, (0, int(y - size * 1.5)), (width, int(y + size * 0.5)), band, -1)
        write(picture, text, (width * 0.5 - speed * t, y), size, ink, FONTS[1])

    return act


ACTORS = (balls, car, walker, snow, ticker)
