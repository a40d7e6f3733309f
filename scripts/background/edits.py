"""Edits of pictures, so that what they change can be told from what they leave. uint8 (h, w, 3), BGR."""

import cv2
import numpy as np


def edited(rng, picture):
    """Return the picture after one to three edits."""
    for edit in sorted(rng.choice(len(EDITS), rng.choice([1, 1, 2, 3]), replace=False, p=np.array(SHARES) / sum(SHARES))):
        picture = EDITS[edit](rng, picture)
    return np.ascontiguousarray(picture)


def crop(rng, picture):
    height, width = picture.shape[:2]
    tall, wide = int(height * rng.uniform(0.55, 0.92)), int(width * rng.uniform(0.55, 0.92))
    y, x = rng.integers(0, height - tall + 1), rng.integers(0, width - wide + 1)
    return picture[y : y + tall, x : x + wide]


def rotate(rng, picture):
    height, width = picture.shape[:2]
    if rng.random() < 0.1:
        return np.rot90(picture, int(rng.integers(1, 4)))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-17, 17), rng.choice([1, 1.25]))
    return cv2.warpAffine(picture, matrix, (width, height))


def flip(rng, picture):
    return picture[::-1] if rng.random() < 0.2 else picture[:, ::-1]


def blur(rng, picture):
    return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.8, 3.5))


def light(rng, picture):
    curved = (picture.astype(np.float32) / 255) ** rng.uniform(0.6, 1.6) * 255
    return np.clip((curved - 128) * rng.uniform(0.5, 1.8) + 128 + rng.uniform(-60, 60), 0, 255).astype(np.uint8)


def hue(rng, picture):
    kind = rng.random()
    if kind < 0.1:
        return 255 - picture
    hsv = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV).astype(int)
    hsv[..., 0] = (hsv[..., 0] + rng.integers(20, 160)) % 180
    hsv[..., 1] = np.clip(hsv[..., 1] * (0 if kind < 0.3 else rng.uniform(0.3, 1.6)), 0, 255)
    return cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR)


def overlay(rng, picture):
    picture, (height, width) = picture.copy(), picture.shape[:2]
    for _ in range(rng.integers(1, 4)):
        x, y, tint = int(rng.integers(width)), int(rng.integers(height)), colour(rng)
        if rng.random() < 0.5:
            cv2.circle(picture, (x, y), int(rng.integers(10, 45)), tint, -1)
        else:
            cv2.rectangle(picture, (x, y), (x + int(rng.integers(20, 90)), y + int(rng.integers(15, 60))), tint, -1)
    return picture


def text(rng, picture):
    picture, (height, width) = picture.copy(), picture.shape[:2]
    for _ in range(rng.integers(1, 4)):
        letters = "".join(chr(letter) for letter in rng.integers(97, 123, 8))
        place = int(rng.integers(width // 2)), int(rng.integers(height))
        cv2.putText(picture, letters, place, 0, rng.uniform(0.6, 1.5), colour(rng), int(rng.integers(1, 4)))
    return picture


def grain(rng, picture):
    return np.clip(picture + rng.normal(0, rng.uniform(4, 18), picture.shape), 0, 255).astype(np.uint8)


def coarsen(rng, picture):
    height, width = picture.shape[:2]
    share = rng.uniform(0.3, 0.6)
    small = cv2.resize(picture, (int(width * share), int(height * share)), interpolation=cv2.INTER_AREA)
    _, packed = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 70))])
    return cv2.resize(cv2.imdecode(packed, cv2.IMREAD_COLOR), (width, height))


def border(rng, picture):
    """A little of a border that wasn't found."""
    high, wide = (int(length * rng.uniform(0, 0.06)) for length in picture.shape[:2])
    return cv2.copyMakeBorder(picture, high, high, wide, wide, cv2.BORDER_CONSTANT, value=(0, 0, 0))


def colour(rng):
    return tuple(int(value) for value in rng.integers(0, 256, 3))


EDITS = (crop, rotate, flip, blur, light, hue, overlay, text, grain, coarsen, border)
SHARES = (1.5, 1, 1, 1, 1, 1, 1, 1, 0.7, 1, 0.7)
