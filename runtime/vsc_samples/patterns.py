"""Painters of print and pattern: each takes (rng, width, height) and returns a picture."""

import cv2
import numpy as np

from .drawing import FONTS, blend, coloured, noise, palette, polygon, sentence, star, textured, word, write


def page(rng, width, height):
    """A printed page: a heading, columns of text, a figure."""
    paper, ink, accent = palette(rng, 3)
    if sum(paper) < sum(ink):
        paper, ink = ink, paper
    picture = textured(rng, np.full((height, width, 3), paper, np.uint8), 0.08)
    font = FONTS[int(rng.integers(len(FONTS)))]
    write(picture, sentence(rng, 3), (width * 0.05, height * 0.13), height * rng.uniform(0.05, 0.09), accent, font, 2)
    columns, size = int(rng.integers(1, 4)), rng.uniform(6, 14)
    wide = width * 0.92 / columns
    for column in range(columns):
        y, figure = height * 0.22, rng.uniform(0.25, 0.8) * height
        while y < height:
            x = width * 0.05 + column * wide
            if y > figure and y < figure + 30:
                cv2.rectangle(picture, (int(x), int(y)), (int(x + wide * 0.9), int(y + height * 0.15)), accent, -1)
                y += height * 0.15 + size * 2
            if rng.random() > 0.12:
                text = sentence(rng, 12)[: max(4, int(wide * 0.9 / size / 0.75 * rng.uniform(0.6, 1)))]
                write(picture, text, (x, y), size, ink, font)
            y += size * 2
    return picture


def poster(rng, width, height):
    """Large words and a shape."""
    colours = palette(rng, 5)
    picture = blend(noise(rng, width, height, 2, 2), colours[0], colours[1])
    centre = rng.uniform(0.2, 0.8, 2) * (width, height)
    corners, inner = int(rng.integers(3, 12)), rng.uniform(0.3, 1)
    polygon(star(centre, rng.uniform(0.2, 0.45) * height, corners, inner), picture, colours[2])
    for _ in range(rng.integers(2, 6)):
        font = FONTS[int(rng.integers(len(FONTS)))]
        size = rng.uniform(0.06, 0.22) * height
        position = (rng.uniform(-0.05, 0.5) * width, rng.uniform(0.15, 0.98) * height)
        write(
            picture, word(rng).upper(), position, size, colours[int(rng.integers(3, 5))], font, int(rng.integers(2, 7))
        )
    return picture


def chart(rng, width, height):
    """A slide with bars, lines or a pie."""
    colours = palette(rng, 7)
    paper = (245, 245, 240) if rng.random() < 0.6 else (40, 30, 30)
    ink = tuple(255 - value for value in paper)
    picture = np.full((height, width, 3), paper, np.uint8)
    write(picture, sentence(rng, 3), (width * 0.08, height * 0.12), height * 0.06, ink, FONTS[1], 2)
    left, low, right, top = 0.1 * width, 0.88 * height, 0.93 * width, 0.2 * height
    kind, count = rng.integers(3), int(rng.integers(4, 12))
    if kind < 2:
        for line in range(5):
            y = int(low + (top - low) * line / 5)
            cv2.line(picture, (int(left), y), (int(right), y), (150, 150, 150), 1)
            write(picture, str(line * int(rng.integers(5, 50))), (4, y), 8, ink)
    if kind == 0:
        wide = (right - left) / count
        for bar, value in enumerate(rng.uniform(0.1, 1, count)):
            x = left + wide * bar
            cv2.rectangle(
                picture,
                (int(x + wide * 0.1), int(low + (top - low) * value)),
                (int(x + wide * 0.8), int(low)),
                colours[bar % 7],
                -1,
            )
    elif kind == 1:
        for series in range(int(rng.integers(1, 5))):
            ys = low + (top - low) * noise(rng, 60, 4, rng.uniform(2, 10), 3)[0]
            points = np.int32(np.stack([np.linspace(left, right, 60), ys], -1))
            cv2.polylines(picture, [points], False, colours[series], 3, cv2.LINE_AA)
    else:
        centre, radius = (int(width * rng.uniform(0.3, 0.6)), int(height * 0.55)), int(height * 0.32)
        ends = np.concatenate([[0], np.sort(rng.uniform(0, 360, count - 1)), [360]])
        for slice_, (begin, end) in enumerate(zip(ends, ends[1:])):
            cv2.ellipse(picture, centre, (radius, radius), 0, begin, end, colours[slice_ % 7], -1, cv2.LINE_AA)
            write(picture, word(rng), (width * 0.78, height * (0.25 + 0.06 * slice_)), 10, colours[slice_ % 7])
    return picture


def board(rng, width, height):
    """A game: tiles with pieces on them, or a maze."""
    colours = palette(rng, 8)
    picture = np.full((height, width, 3), colours[0], np.uint8)
    step = int(rng.integers(20, 60))
    maze = rng.random() < 0.35
    for x in range(0, width, step):
        for y in range(0, height, step):
            if maze:
                ends = ((x, y), (x + step, y + step)) if rng.random() < 0.5 else ((x + step, y), (x, y + step))
                cv2.line(picture, *ends, colours[1], step // 5, cv2.LINE_AA)
                continue
            if (x // step + y // step) % 2:
                cv2.rectangle(picture, (x, y), (x + step - 1, y + step - 1), colours[1], -1)
            if rng.random() < 0.35:
                centre, ink = (x + step // 2, y + step // 2), colours[int(rng.integers(2, 8))]
                if rng.random() < 0.5:
                    cv2.circle(picture, centre, step // 3, ink, -1, cv2.LINE_AA)
                else:
                    polygon(star(centre, step * 0.42, int(rng.integers(2, 7)), rng.uniform(0.4, 1)), picture, ink)
    return picture


def mosaic(rng, width, height):
    """Cells of stained glass."""
    colours = np.uint8(palette(rng, 12))
    seeds = np.full((height, width), 255, np.uint8)
    count = int(rng.integers(15, 160))
    seeds[rng.integers(0, height, count), rng.integers(0, width, count)] = 0
    distance, cells = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    picture = colours[rng.integers(0, 12, cells.max() + 1)][cells]
    borders = cv2.morphologyEx(cells.astype(np.float32), cv2.MORPH_GRADIENT, np.ones((3, 3))) > 0
    picture[borders] = 20
    shade = 1 - 0.5 * (distance / distance.max())
    return cv2.convertScaleAbs(picture * shade[..., None])


def fractal(rng, width, height):
    """A Julia set."""
    half = (height // 2, width // 2)
    angle, zoom = rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 1.4)
    y, x = np.mgrid[-1 : 1 : half[0] * 1j, -1.3 : 1.3 : half[1] * 1j].astype(np.float32)
    z = ((x + 1j * y) * zoom).astype(np.complex64)
    c = np.complex64(0.7885 * np.exp(1j * angle))
    age = np.zeros(half, np.float32)
    for _ in range(32):
        z = z * z + c
        inside = (z.real**2 + z.imag**2) < 16
        z[~inside] = 4
        age += inside
    return coloured(cv2.resize(np.sqrt(age / 32), (width, height), interpolation=cv2.INTER_CUBIC), palette(rng, 6))


def marble(rng, width, height):
    """Veins, rings of wood or clouds."""
    field = noise(rng, width, height, rng.uniform(2, 6), 5)
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j].astype(np.float32)
    stretch = rng.uniform(-20, 20, 2)
    veins = np.sin((field * rng.uniform(3, 25) + x * stretch[0] + y * stretch[1]) * rng.uniform(0.7, 2))
    return coloured(veins / 2 + 0.5, palette(rng, 5))


def curves(rng, width, height):
    """Lines that a spirograph draws."""
    colours = palette(rng, 6)
    picture = blend(noise(rng, width, height, 2, 1), colours[0], (15, 15, 15))
    t = np.linspace(0, 2 * np.pi, 1500)
    for ink in colours[1 : int(rng.integers(2, 6))]:
        centre, sizes = rng.uniform(0.2, 0.8, 2) * (width, height), rng.uniform(0.05, 0.25, 2) * width
        turns = rng.integers(1, 14, 2)
        x = centre[0] + sizes[0] * np.cos(turns[0] * t) + sizes[1] * np.cos(turns[1] * t)
        y = centre[1] + sizes[0] * np.sin(turns[0] * t) - sizes[1] * np.sin(turns[1] * t)
        cv2.polylines(picture, [np.int32(np.stack([x, y], -1))], True, ink, int(rng.integers(1, 4)), cv2.LINE_AA)
    return picture


def circuit(rng, width, height):
    """Traces, pads and chips."""
    ground, trace, pad, chip = palette(rng, 4)
    picture = textured(rng, np.full((height, width, 3), ground, np.uint8), 0.1)
    for _ in range(rng.integers(20, 70)):
        place = rng.uniform(0, 1, 2) * (width, height)
        points = [place]
        for _ in range(rng.integers(2, 6)):
            place = place + np.array([(1, 0), (0, 1), (1, 1), (-1, 1), (-1, 0)][rng.integers(5)]) * rng.uniform(10, 70)
            points.append(place)
        cv2.polylines(picture, [np.int32(points)], False, trace, 2, cv2.LINE_AA)
        for end in (points[0], points[-1]):
            cv2.circle(picture, tuple(np.int32(end)), 4, pad, -1, cv2.LINE_AA)
    for _ in range(rng.integers(2, 8)):
        x, y = rng.uniform(0, 0.9, 2) * (width, height)
        wide, tall = rng.uniform(0.06, 0.2, 2) * width
        for pin in np.arange(x, x + wide, 9):
            cv2.line(picture, (int(pin), int(y - 5)), (int(pin), int(y + tall + 5)), pad, 3)
        cv2.rectangle(picture, (int(x), int(y)), (int(x + wide), int(y + tall)), chip, -1)
        write(picture, word(rng).upper(), (x + 4, y + tall / 2), 9, pad)
    return picture


PAINTERS = (page, poster, chart, board, mosaic, fractal, marble, curves, circuit)
