"""What a picture looks like, in numbers that most edits change little.

Every block is the same for a picture and its mirror image: of a layout, the sum of both is
kept and the size of their difference. Pictures are uint8 (height, width, 3), BGR, of any size.
"""

import cv2
import numpy as np

BINS = 8  # directions of a gradient, 45 degrees each
CELL = 4  # pixels of a side of the squares in which they are counted
PATCH = 4  # cells of a side of a local patch
SIZES = (128, 64, 32)  # pixels to which a picture is scaled, so that patches are of three sizes
STRIDES = (4, 1, 1)  # cells from one patch to the next, at each of SIZES; the same seen from the other side
_FAINT = 0.35  # patches fainter than this share of the median are left out

_ANGLES = np.arange(BINS) * 2 * np.pi / BINS
_DIRECTIONS = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], 1).astype(np.float32)
_MIRRORED = (BINS // 2 - np.arange(BINS)) % BINS  # where a direction points in the mirror


def raw_features(picture, codebook):
    """Return all blocks in one float32 vector; `codebook` is that of the background."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    maps = [gradients(grey, size) for size in SIZES]
    blocks = [*orientations(maps[1]), greys(grey), colours(picture), codebook.summary(patches(maps))]
    return np.concatenate(blocks).astype(np.float32)


def normalised(vectors):
    """Return vectors (..., d) of length 1; those of length 0 stay."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def gradients(grey, size):
    """Return (n, n, BINS): how strong the gradients of each direction are in each cell.

    Strength is relative to that around it, so that light and contrast play no part.
    """
    scaled = cv2.GaussianBlur(cv2.resize(grey, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32), (0, 0), 0.8)
    across, down = cv2.Sobel(scaled, cv2.CV_32F, 1, 0), cv2.Sobel(scaled, cv2.CV_32F, 0, 1)
    strength = cv2.magnitude(across, down)
    share = strength / (cv2.blur(strength, (size // 4 + 1, size // 4 + 1)) + (0.5 * float(strength.mean()) + 2))
    strength += 1e-6
    across, down = across / strength, down / strength
    cells = np.empty((BINS, size // CELL, size // CELL), np.float32)
    for direction, (x, y) in enumerate(_DIRECTIONS[: BINS // 2].tolist()):
        along = cv2.addWeighted(across, x, down, y, 0)
        for bin, part in ((direction, cv2.max(along, 0)), (direction + BINS // 2, cv2.min(along, 0))):
            # The fourth power of the cosine is a soft bin, half as high at 33 degrees.
            squared = cv2.multiply(part, part)
            counted = cv2.multiply(cv2.multiply(squared, squared), share)
            cells[bin] = cv2.resize(counted, cells.shape[1:], interpolation=cv2.INTER_AREA)
    return cells.transpose(1, 2, 0)


def orientations(cells):
    """Return blocks: histograms of directions over the whole, its quarters and its sixteenths."""
    blocks = []
    for parts in (1, 2, 4):
        side = len(cells) // parts
        counts = np.sqrt(cells.reshape(parts, side, parts, side, BINS).mean((1, 3)))
        blocks.append(normalised(even_and_odd(counts, counts[:, ::-1][..., _MIRRORED])))
    return blocks


def even_and_odd(layout, mirrored):
    """Return what is the same for (rows, columns, ...) and its mirror image, flat."""
    half = (layout.shape[1] + 1) // 2
    return np.concatenate([(layout + mirrored)[:, :half].ravel(), np.abs(layout - mirrored)[:, :half].ravel()])


def greys(grey, side=8):
    """Return the order of the greys, coarsely: any rising curve of brightness leaves it."""
    pixels = cv2.resize(grey, (4 * side, 4 * side), interpolation=cv2.INTER_AREA)
    ranks = np.empty(pixels.size, np.float32)
    ranks[np.argsort(pixels, axis=None, kind="stable")] = np.linspace(-0.5, 0.5, pixels.size, dtype=np.float32)
    layout = ranks.reshape(side, 4, side, 4).mean((1, 3))
    return normalised(even_and_odd(layout, layout[:, ::-1]))


def colours(picture, side=4):
    """Return where it is redder and bluer than green."""
    small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
    layout = np.stack([small[..., 2] - small[..., 1], small[..., 0] - small[..., 1]], -1)
    return normalised(even_and_odd(layout, layout[:, ::-1]))


def patches(maps):
    """Return local patches and their mirror images, (2 n, 128), the faint ones left out."""
    windows = [
        np.lib.stride_tricks.sliding_window_view(cells, (PATCH, PATCH), axis=(0, 1))[::stride, ::stride].reshape(-1, BINS, PATCH, PATCH)
        for cells, stride in zip(maps, STRIDES)
    ]
    found = np.concatenate(windows)
    energy = np.sqrt(np.einsum("nbyx,nbyx->n", found, found))
    found = found[energy > _FAINT * np.median(energy) + 1e-3]
    both = np.concatenate([found, found[:, _MIRRORED, :, ::-1]]).reshape(2 * len(found), BINS * PATCH ** 2)
    return np.sqrt(both / (both.sum(1, keepdims=True) + 1e-6))


class Codebook:
    """Typical patches. A picture is summarised by how its patches differ from the nearest of them (VLAD).

    mean (128,) and axes (128, d): the projection of patches; words (k, d): the typical ones.
    """

    def __init__(self, mean, axes, words):
        self.mean, self.axes, self.words = (np.asarray(part, np.float32) for part in (mean, axes, words))
        self._squares = (self.words ** 2).sum(1)

    def summary(self, found):
        """Return (k d,) for patches (n, 128)."""
        points = (found - self.mean) @ self.axes
        nearest = (self._squares - 2 * points @ self.words.T).argmin(1)
        member = (nearest[:, None] == np.arange(len(self.words))).astype(np.float32)
        sums = member.T @ points - member.sum(0)[:, None] * self.words
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        return normalised((sums / (lengths + 0.1 * np.sqrt((lengths ** 2).mean()) + 1e-6)).ravel())
