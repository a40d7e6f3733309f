"""Painters of things, people and plants: each takes (rng, width, height) and returns a picture."""

import cv2
import numpy as np

from .drawing import blend, colour, gradient, noise, palette, polygon, textured


def portrait(rng, width, height):
    """A drawn face in front of a wall."""
    skin, hair, shirt, wall, other, lips = palette(rng, 6)
    picture = wallpaper(rng, width, height, wall, other)
    x, y, size = rng.uniform(0.3, 0.7) * width, rng.uniform(0.4, 0.55) * height, rng.uniform(0.2, 0.36) * height
    at = lambda dx, dy: (int(x + dx * size), int(y + dy * size))
    cv2.ellipse(picture, at(0, 2.1), (int(size * 1.5), int(size)), 0, 0, 360, shirt, -1, cv2.LINE_AA)
    cv2.ellipse(
        picture, at(0, -0.2), (int(size * rng.uniform(0.8, 1.2)), int(size * 1.15)), 0, 0, 360, hair, -1, cv2.LINE_AA
    )
    cv2.ellipse(
        picture, at(0, 0.1), (int(size * 0.72), int(size * rng.uniform(0.85, 1))), 0, 0, 360, skin, -1, cv2.LINE_AA
    )
    for side in (-1, 1):
        cv2.ellipse(
            picture,
            at(side * 0.3, -0.1),
            (int(size * 0.16), int(size * 0.1)),
            0,
            0,
            360,
            (250, 250, 250),
            -1,
            cv2.LINE_AA,
        )
        cv2.circle(picture, at(side * 0.3, -0.1), max(2, int(size * 0.07)), (30, 20, 20), -1, cv2.LINE_AA)
        cv2.line(
            picture,
            at(side * 0.15, -0.32),
            at(side * 0.5, -0.32 + rng.uniform(-0.1, 0.1)),
            hair,
            max(2, int(size * 0.06)),
            cv2.LINE_AA,
        )
    cv2.line(picture, at(0, 0), at(0.08, 0.3), tuple(int(value * 0.7) for value in skin), 2, cv2.LINE_AA)
    cv2.ellipse(
        picture,
        at(0, 0.5),
        (int(size * rng.uniform(0.15, 0.35)), int(size * rng.uniform(0.04, 0.2))),
        0,
        0,
        int(rng.choice([180, 360])),
        lips,
        -1,
        cv2.LINE_AA,
    )
    if rng.random() < 0.4:
        for side in (-1, 1):
            cv2.circle(picture, at(side * 0.3, -0.1), int(size * 0.24), (20, 20, 20), 2, cv2.LINE_AA)
    return picture


def wallpaper(rng, width, height, ground, ink):
    """Stripes, dots, checks or clouds behind something."""
    picture = np.full((height, width, 3), ground, np.uint8)
    kind, step = rng.integers(4), int(rng.integers(10, 50))
    if kind == 0:
        for x in range(-height, width, step):
            cv2.line(picture, (x, 0), (x + int(rng.integers(2)) * height, height), ink, max(1, step // 3), cv2.LINE_AA)
    elif kind == 1:
        for x in range(0, width, step):
            for y in range(0, height, step):
                cv2.circle(picture, (x + step // 2 * (y // step % 2), y), max(2, step // 4), ink, -1, cv2.LINE_AA)
    elif kind == 2:
        xs, ys = np.arange(width) // step, np.arange(height) // step
        picture[(xs[None] + ys[:, None]) % 2 == 0] = ink
    else:
        picture = blend(noise(rng, width, height, rng.uniform(2, 8), 3), ground, ink)
    return picture


def still_life(rng, width, height):
    """Vases and fruit on a table."""
    colours = palette(rng, 6)
    picture = wallpaper(rng, width, height, colours[0], colours[1])
    table = int(rng.uniform(0.55, 0.8) * height)
    cv2.rectangle(picture, (0, table), (width, height), colours[2], -1)
    for _ in range(rng.integers(3, 11)):
        x, y, size = rng.uniform(0, width), table + rng.uniform(-0.05, 0.3) * height, rng.uniform(0.05, 0.13) * width
        ink = colour(rng, 30)
        if rng.random() < 0.4:
            profile = 0.35 + 0.65 * noise(rng, 20, 4, 3, 2)[0]
            ys = y - np.linspace(0, 1, 20) * size * 2.6
            outline = np.concatenate(
                [np.stack([x - profile * size, ys], -1), np.stack([x + profile * size, ys], -1)[::-1]]
            )
            polygon(outline, picture, ink)
            cv2.line(
                picture,
                (int(x - size * 0.2), int(y - size * 0.4)),
                (int(x - size * 0.2), int(y - size * 2)),
                (255, 255, 255),
                2,
                cv2.LINE_AA,
            )
        else:
            cv2.circle(picture, (int(x), int(y - size)), int(size), ink, -1, cv2.LINE_AA)
            cv2.circle(
                picture,
                (int(x - size * 0.3), int(y - size * 1.3)),
                max(2, int(size * 0.2)),
                (255, 255, 255),
                -1,
                cv2.LINE_AA,
            )
    return textured(rng, picture, 0.12)


def garden(rng, width, height):
    """Flowers in a meadow."""
    colours = palette(rng, 6)
    picture = textured(rng, gradient(rng, width, height, colours[0], colours[1]), 0.4)
    for y in np.sort(rng.uniform(0.1, 1.1, rng.integers(8, 45))) * height:
        x, size = rng.uniform(0, width), rng.uniform(0.02, 0.07) * width
        ink, petals = colours[int(rng.integers(2, 6))], int(rng.integers(4, 9))
        cv2.line(
            picture, (int(x), int(y)), (int(x + rng.normal(0, 6)), int(y + size * 4)), (40, 110, 50), 2, cv2.LINE_AA
        )
        for petal in range(petals):
            angle = 2 * np.pi * petal / petals
            centre = (int(x + np.cos(angle) * size), int(y + np.sin(angle) * size))
            cv2.ellipse(
                picture,
                centre,
                (max(2, int(size * 0.8)), max(2, int(size * 0.4))),
                np.degrees(angle),
                0,
                360,
                ink,
                -1,
                cv2.LINE_AA,
            )
        cv2.circle(picture, (int(x), int(y)), max(2, int(size * 0.5)), colours[1], -1, cv2.LINE_AA)
    return picture


def tree(rng, width, height):
    """One large bare tree, branch by branch."""
    sky, ground, wood, leaf = palette(rng, 4)
    picture = gradient(rng, width, height, sky, ground)
    cv2.rectangle(picture, (0, int(height * rng.uniform(0.8, 0.95))), (width, height), leaf, -1)
    bend, shrink = rng.uniform(0.25, 0.7), rng.uniform(0.68, 0.8)
    leafy = rng.random() < 0.6

    def grow(x, y, angle, length, depth):
        end = (x + np.cos(angle) * length, y - np.sin(angle) * length)
        cv2.line(picture, (int(x), int(y)), (int(end[0]), int(end[1])), wood, max(1, depth), cv2.LINE_AA)
        if depth == 0:
            if leafy:
                cv2.circle(picture, (int(end[0]), int(end[1])), int(rng.integers(2, 7)), leaf, -1, cv2.LINE_AA)
            return
        for side in (-1, 1):
            grow(
                *end, angle + side * bend * rng.uniform(0.5, 1.4), length * shrink * rng.uniform(0.85, 1.15), depth - 1
            )

    for _ in range(rng.integers(1, 4)):
        grow(rng.uniform(0.15, 0.85) * width, height * 0.95, np.pi / 2, height * rng.uniform(0.15, 0.25), 6)
    return picture


def crowd(rng, width, height):
    """Rows of people seen from the front."""
    colours = palette(rng, 9)
    picture = textured(rng, np.full((height, width, 3), colours[0], np.uint8), 0.3)
    rows = int(rng.integers(2, 6))
    for row in range(rows):
        y = height * (0.25 + 0.75 * (row + 0.5) / rows)
        size = height * rng.uniform(0.04, 0.07) * (0.6 + row * 0.3)
        x = rng.uniform(0, 2 * size)
        while x < width:
            coat, hair = colours[int(rng.integers(1, 9))], colours[int(rng.integers(1, 9))]
            lift = y + rng.normal(0, size * 0.4)
            cv2.ellipse(
                picture,
                (int(x), int(lift + size * 2.6)),
                (int(size * 1.3), int(size * 1.8)),
                0,
                0,
                360,
                coat,
                -1,
                cv2.LINE_AA,
            )
            cv2.circle(picture, (int(x), int(lift - size * 0.15)), int(size), hair, -1, cv2.LINE_AA)
            cv2.ellipse(
                picture,
                (int(x), int(lift + size * 0.15)),
                (int(size * 0.75), int(size * 0.85)),
                0,
                0,
                360,
                (150, 180, 225),
                -1,
                cv2.LINE_AA,
            )
            x += size * rng.uniform(2.1, 4)
    return picture


def collage(rng, width, height):
    """Torn papers and shapes, one over the other."""
    colours = palette(rng, 10)
    picture = np.full((height, width, 3), colours[0], np.uint8)
    for _ in range(rng.integers(10, 40)):
        centre = rng.uniform(0, 1, 2) * (width, height)
        corners, size = int(rng.integers(3, 9)), rng.uniform(0.05, 0.25) * width
        angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
        radii = size * rng.uniform(0.4, 1, corners)
        outline = centre + np.stack([np.cos(angles) * radii, np.sin(angles) * radii], -1)
        polygon(outline + 3, picture, (30, 30, 30))
        polygon(outline, picture, colours[int(rng.integers(10))])
    return textured(rng, picture, 0.2)


PAINTERS = (portrait, still_life, garden, tree, crowd, collage)
