"""Painters of places: each takes (rng, width, height) and returns a picture."""

import cv2
import numpy as np

from .drawing import blend, colour, gradient, noise, palette, polygon, star, textured, word, write


def hills(rng, width, height):
    """Ridges under a sky with a sun, clouds, firs and a house."""
    colours = palette(rng, 8)
    sky = np.linspace(0, 1, height, dtype=np.float32)[:, None].repeat(width, 1)
    picture = blend(sky, colours[0], colours[1])
    sun = (int(rng.uniform(0.1, 0.9) * width), int(rng.uniform(0.1, 0.4) * height))
    cv2.circle(picture, sun, int(rng.uniform(0.04, 0.12) * height), colours[2], -1, cv2.LINE_AA)
    for _ in range(rng.integers(0, 7)):
        x, y, size = rng.uniform(0, width), rng.uniform(0, height * 0.4), rng.uniform(0.02, 0.05) * width
        for step in range(4):
            axes = (int(size * rng.uniform(0.7, 1.4)), int(size * rng.uniform(0.3, 0.6)))
            cv2.ellipse(picture, (int(x + step * size), int(y)), axes, 0, 0, 360, colours[3], -1, cv2.LINE_AA)
    layers = int(rng.integers(2, 6))
    for layer in range(layers):
        ridge = noise(rng, width, 4, rng.uniform(2, 7), 4)[0]
        top = height * (0.3 + 0.55 * (layer + 0.5) / layers) + (ridge - 0.5) * height * rng.uniform(0.15, 0.5)
        xs = np.arange(width)
        ink = tuple(int(value * (1 - 0.1 * layer)) for value in colours[4 + layer % 4])
        polygon(np.concatenate([np.stack([xs, top], -1), [[width, height], [0, height]]]), picture, ink)
        for x in rng.integers(0, width, rng.integers(0, 14)):
            size = rng.uniform(0.02, 0.09) * height
            dark = tuple(int(value * 0.6) for value in ink)
            for step in range(3):
                y = top[x] - size * step * 0.6
                polygon(
                    [(x - size * (0.5 - step * 0.1), y), (x + size * (0.5 - step * 0.1), y), (x, y - size)],
                    picture,
                    dark,
                )
    if rng.random() < 0.6:
        house(
            rng,
            picture,
            rng.uniform(0.1, 0.8) * width,
            rng.uniform(0.7, 0.95) * height,
            rng.uniform(0.1, 0.25) * height,
        )
    return textured(rng, picture, 0.15)


def house(rng, picture, x, y, size):
    """Draw a house whose lower left corner is at (x, y)."""
    wall, roof, light = palette(rng, 3)
    wide = size * rng.uniform(0.8, 1.6)
    polygon([(x, y), (x + wide, y), (x + wide, y - size), (x, y - size)], picture, wall)
    polygon(
        [(x - 0.1 * wide, y - size), (x + 1.1 * wide, y - size), (x + wide / 2, y - size * rng.uniform(1.4, 2))],
        picture,
        roof,
    )
    for column in range(2):
        left = x + wide * (0.15 + 0.5 * column)
        polygon(
            [
                (left, y - 0.4 * size),
                (left + 0.2 * wide, y - 0.4 * size),
                (left + 0.2 * wide, y - 0.7 * size),
                (left, y - 0.7 * size),
            ],
            picture,
            light,
        )


def skyline(rng, width, height):
    """Tall buildings with lit windows."""
    colours = palette(rng, 6)
    picture = gradient(rng, width, height, colours[0], colours[1])
    for row in range(int(rng.integers(1, 4))):
        x = -rng.uniform(0, 40)
        while x < width:
            wide, tall = rng.uniform(0.05, 0.18) * width, rng.uniform(0.2, 0.8) * height * (1 - 0.2 * row)
            ink = tuple(int(value * rng.uniform(0.3, 0.9)) for value in colours[2 + row])
            left, top = int(x), int(height - tall)
            cv2.rectangle(picture, (left, top), (int(x + wide), height), ink, -1)
            step = int(rng.integers(7, 15))
            light, share = colours[5], rng.uniform(0.2, 0.8)
            for y in range(top + 4, height, step):
                for window in range(left + 3, int(x + wide) - 4, step):
                    if rng.random() < share:
                        cv2.rectangle(picture, (window, y), (window + step // 3, y + step // 2), light, -1)
            x += wide * rng.uniform(0.8, 1.3)
    return picture


def city_map(rng, width, height):
    """Streets, parks, a river and names, from above."""
    ground, street, park, water, ink = palette(rng, 5)
    picture = np.full((height, width, 3), ground, np.uint8)
    for _ in range(rng.integers(2, 7)):
        centre = rng.uniform(0, 1, 2) * (width, height)
        polygon(
            star(centre, rng.uniform(0.06, 0.2) * width, int(rng.integers(3, 6)), rng.uniform(0.6, 1)), picture, park
        )
    course = (rng.uniform(0.2, 0.8) + (noise(rng, width, 4, 3, 2)[0] - 0.5)) * height
    river = np.int32(np.stack([np.arange(width), course], -1))
    cv2.polylines(picture, [river], False, water, int(rng.integers(8, 30)), cv2.LINE_AA)
    turn = rng.uniform(0, np.pi / 2)
    for direction in (turn, turn + np.pi / 2 + rng.normal(0, 0.15)):
        along = np.array([np.cos(direction), np.sin(direction)])
        across = np.array([-along[1], along[0]])
        offset = -width
        while offset < width:
            middle = np.array([width / 2, height / 2]) + across * offset
            ends = [tuple(map(int, middle + along * reach)) for reach in (-width, width)]
            cv2.line(picture, *ends, street, int(rng.choice([1, 2, 2, 3, 6])), cv2.LINE_AA)
            offset += rng.uniform(14, 60)
    for _ in range(rng.integers(3, 10)):
        write(picture, word(rng), rng.uniform(0, 0.9, 2) * (width, height), rng.uniform(7, 16), ink)
    return picture


def room(rng, width, height):
    """A room in perspective: planks, a window, pictures, furniture."""
    colours = palette(rng, 8)
    picture = textured(rng, np.full((height, width, 3), colours[0], np.uint8), 0.1)
    back = np.array([rng.uniform(0.15, 0.4), rng.uniform(0.1, 0.3), rng.uniform(0.6, 0.85), rng.uniform(0.55, 0.75)])
    left, top, right, low = back * (width, height, width, height)
    polygon([(0, height), (width, height), (right, low), (left, low)], picture, colours[1])
    polygon([(0, 0), (width, 0), (right, top), (left, top)], picture, colours[2])
    polygon([(left, top), (right, top), (right, low), (left, low)], picture, colours[3])
    for plank in np.linspace(-0.5, 1.5, int(rng.integers(8, 20))):
        cv2.line(
            picture,
            (int(left + plank * (right - left)), int(low)),
            (int((plank - 0.5) * 2.2 * width + width / 2), height),
            colours[4],
            1,
            cv2.LINE_AA,
        )
    for _ in range(rng.integers(1, 5)):
        x, y = rng.uniform(left, right * 0.9), rng.uniform(top, (top + low) / 2)
        wide, tall = rng.uniform(0.06, 0.2) * width, rng.uniform(0.08, 0.22) * height
        cv2.rectangle(picture, (int(x), int(y)), (int(x + wide), int(y + tall)), colour(rng), -1)
        cv2.rectangle(picture, (int(x), int(y)), (int(x + wide), int(y + tall)), colours[5], 3)
        cv2.line(picture, (int(x + wide / 2), int(y)), (int(x + wide / 2), int(y + tall)), colours[5], 1)
    for _ in range(rng.integers(1, 5)):
        x, y, size = rng.uniform(0, width), rng.uniform(low, height), rng.uniform(0.1, 0.25) * width
        ink = colour(rng)
        polygon([(x, y), (x + size, y), (x + size, y - size * 0.5), (x, y - size * 0.5)], picture, ink)
        lighter = tuple(min(255, value + 40) for value in ink)
        polygon(
            [
                (x, y - size * 0.5),
                (x + size, y - size * 0.5),
                (x + size * 1.3, y - size * 0.8),
                (x + size * 0.3, y - size * 0.8),
            ],
            picture,
            lighter,
        )
    return picture


def sea(rng, width, height):
    """Fish, weed and bubbles under water."""
    colours = palette(rng, 7)
    picture = textured(rng, gradient(rng, width, height, colours[0], colours[1]), 0.3)
    for x in rng.uniform(0, width, rng.integers(3, 14)):
        ys = np.linspace(height, height * rng.uniform(0.2, 0.8), 30)
        xs = x + np.sin(ys / rng.uniform(6, 25) + rng.uniform(0, 6)) * rng.uniform(3, 14)
        cv2.polylines(
            picture, [np.int32(np.stack([xs, ys], -1))], False, colours[2], int(rng.integers(2, 8)), cv2.LINE_AA
        )
    for _ in range(rng.integers(3, 14)):
        x, y, size = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0.03, 0.12) * width
        ahead, ink = rng.choice([-1, 1]), colours[int(rng.integers(3, 7))]
        cv2.ellipse(
            picture, (int(x), int(y)), (int(size), int(size * rng.uniform(0.3, 0.6))), 0, 0, 360, ink, -1, cv2.LINE_AA
        )
        polygon(
            [
                (x - ahead * size * 0.8, y),
                (x - ahead * size * 1.5, y - size * 0.5),
                (x - ahead * size * 1.5, y + size * 0.5),
            ],
            picture,
            ink,
        )
        cv2.circle(
            picture,
            (int(x + ahead * size * 0.6), int(y - size * 0.1)),
            max(2, int(size * 0.1)),
            (255, 255, 255),
            -1,
            cv2.LINE_AA,
        )
    for _ in range(rng.integers(0, 40)):
        cv2.circle(
            picture,
            (int(rng.uniform(0, width)), int(rng.uniform(0, height))),
            int(rng.integers(2, 8)),
            (230, 230, 230),
            1,
            cv2.LINE_AA,
        )
    return picture


def space(rng, width, height):
    """Planets with bands and rings before a nebula and stars."""
    colours = palette(rng, 6)
    cloud = noise(rng, width, height, rng.uniform(2, 6), 4)
    picture = blend(cloud**2, (8, 4, 4), colours[0])
    for _ in range(rng.integers(60, 260)):
        cv2.circle(
            picture,
            (int(rng.uniform(0, width)), int(rng.uniform(0, height))),
            int(rng.integers(0, 3)),
            (255, 255, 255),
            -1,
            cv2.LINE_AA,
        )
    for _ in range(rng.integers(1, 5)):
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        radius, tilt = int(rng.uniform(0.05, 0.25) * height), rng.uniform(-40, 40)
        bands = np.zeros_like(picture)
        for band in range(-radius, radius, max(3, radius // int(rng.integers(3, 9)))):
            cv2.ellipse(
                bands,
                (centre[0], centre[1] + band),
                (radius, max(2, radius // 5)),
                tilt / 4,
                0,
                360,
                colours[int(rng.integers(1, 6))],
                -1,
                cv2.LINE_AA,
            )
        disc = np.zeros((height, width), np.uint8)
        cv2.circle(disc, centre, radius, 255, -1)
        picture[disc > 0] = bands[disc > 0]
        if rng.random() < 0.5:
            cv2.ellipse(
                picture,
                centre,
                (int(radius * 1.8), int(radius * 0.5)),
                tilt,
                0,
                360,
                colours[1],
                max(2, radius // 8),
                cv2.LINE_AA,
            )
    return picture


PAINTERS = (hills, skyline, city_map, room, sea, space)
