"""Which part of a video's frames is the content: without borders, and within a picture in a picture.

Frames are uint8 (height, width, 3), BGR, all of one size. A box is (top, bottom, left, right) in
pixels, the ends not included.
"""

import cv2
import numpy as np

_CUT = 18  # grey levels by which frames differ across a cut, at least
_CUT_ABOVE = 2.5  # times as much as the frames around it do
_LEVEL = 12  # grey levels within which a border is of one colour
_SMALLEST_CONTENT = 0.08  # of the frame; less than that is no content with a border
_LARGEST_INSET, _SMALLEST_SIDE = 0.93, 0.35  # of the content's area; of its width or height
_STRAIGHT = 0.8  # share of an inset's outline that has to be an edge in the same place all the time
_LOOKS = 10  # frames of a shot that are looked at for an inset
_CANDIDATES = 8  # lines of each direction that may be part of its outline


def is_cut(thumbnails):
    """Tell for thumbnails (n, h, w) of successive frames whether a shot begins at each: (n,) booleans."""
    steps = np.abs(np.diff(thumbnails.astype(np.float32), axis=0)).mean((1, 2))
    around = np.pad(steps, 2)
    most = np.max([around[:-4], around[1:-3], around[3:-1], around[4:]], axis=0) if len(steps) else steps
    return np.concatenate([[True], (steps > _CUT) & (steps > _CUT_ABOVE * most)])


def content_boxes(greys):
    """Return (content, inset) of a shot's grey frames (n, h, w): two boxes, the second perhaps None.

    The content is the frame without borders of one constant colour. The inset is a
    rectangle in it whose outline doesn't move: a picture in a picture.
    """
    top, bottom, left, right = content = without_borders(greys)
    inset = find_inset(greys[:, top:bottom, left:right])
    if inset is not None:
        inset = (inset[0] + top, inset[1] + top, inset[2] + left, inset[3] + left)
    return content, inset


def without_borders(greys):
    """Return the box that constant borders of a shot leave."""
    lowest, highest = greys.min(0), greys.max(0)
    height, width = lowest.shape
    top, bottom, left, right = 0, height, 0, width
    for _ in range(2):  # rows that are flat only between the bars at the sides are found the second time
        rows = _span(lowest[:, left:right], highest[:, left:right])
        if rows is None:
            break
        columns = _span(lowest[rows[0]:rows[1]].T, highest[rows[0]:rows[1]].T)
        if columns is None:
            break
        (top, bottom), (left, right) = rows, columns
    if (bottom - top) * (right - left) < _SMALLEST_CONTENT * height * width:
        return 0, height, 0, width
    return top, bottom, left, right


def _span(lowest, highest):
    """Return first and last + 1 of the lines that aren't of one colour; None where nearly all are."""
    # A few pixels may stray: specks of compression, an overlay's corner.
    flat = np.percentile(highest, 97, axis=1) - np.percentile(lowest, 3, axis=1) < _LEVEL
    varied = np.flatnonzero(~flat)
    if len(varied) == 0 or varied[-1] + 1 - varied[0] < 0.2 * len(flat):
        return None
    return int(varied[0]), int(varied[-1]) + 1


def find_inset(greys):
    """Return the box of the clearest steady rectangle in a shot's frames (n, h, w), or None."""
    count, height, width = greys.shape
    if min(height, width) < 24:
        return None
    looks = greys[np.linspace(0, count - 1, min(count, _LOOKS)).round().astype(int)].astype(np.float32)
    upright = _steady_edges(looks)  # (h, w - 1): between a column and the next
    level = _steady_edges(looks.transpose(0, 2, 1)).T  # (h - 1, w)
    lefts, rights = _pairs(_lines(upright.sum(0), height), width)
    tops, bottoms = _pairs(_lines(level.sum(1), width), height)
    if len(lefts) == 0 or len(tops) == 0:
        return None
    # Along each line, how much of it up to each place is an edge; lines -1 and the last are the content's own border.
    along_columns = np.pad(np.cumsum(upright, 0), ((1, 0), (1, 1)))
    along_rows = np.pad(np.cumsum(level, 1), ((1, 1), (1, 0)))
    high, wide = (bottoms - tops)[:, None], (rights - lefts)[None]

    def columns(at):
        return (along_columns[bottoms[:, None] + 1, at[None] + 1] - along_columns[tops[:, None] + 1, at[None] + 1]) / high

    def rows(at):
        return (along_rows[at[:, None] + 1, rights[None] + 1] - along_rows[at[:, None] + 1, lefts[None] + 1]) / wide

    shares = np.stack([columns(lefts), columns(rights), rows(tops), rows(bottoms)])
    shape = shares.shape[1:]
    own = np.stack([np.broadcast_to(side, shape) for side in (
        (lefts >= 0)[None], (rights < width - 1)[None], (tops >= 0)[:, None], (bottoms < height - 1)[:, None]
    )])
    sides = own.sum(0)
    worst = np.where(own, shares, 1).min(0)
    mean = np.where(own, shares, 0).sum(0) / np.maximum(sides, 1)
    fits = (sides >= 2) & (high * wide < _LARGEST_INSET * height * width) & (worst > 0.8 * _STRAIGHT) & (mean > _STRAIGHT)
    if not fits.any():
        return None
    merit = np.where(fits, 0.7 * worst + 0.3 * mean + 0.1 * sides, -1)
    row, column = np.unravel_index(np.argmax(merit), shape)
    return int(tops[row]) + 1, int(bottoms[row]) + 1, int(lefts[column]) + 1, int(rights[column]) + 1


def _steady_edges(frames):
    """Tell where columns of frames (n, h, w) differ from the next ones all the time: (h, w - 1)."""
    steps = np.minimum(np.abs(np.diff(frames, axis=2)), 24).mean(0)
    wide = np.pad(steps, ((0, 0), (3, 3)), mode="edge")
    around = (wide[:, :-6] + wide[:, 1:-5] + wide[:, 5:-1] + wide[:, 6:]) / 4
    return (steps > 4) & (steps > 1.8 * around + 1)


def _lines(counts, length):
    """Return the places of the best lines, by how many of `length` pixels of each are edges."""
    margin = max(4, length // 24)
    inner = counts[margin:-margin]
    best = np.argsort(-inner, kind="stable")[:_CANDIDATES]
    return np.sort(best[inner[best] >= 0.3 * length]) + margin


def _pairs(lines, length):
    """Return the pairs of lines, or of a line and the border, that are far enough apart: two arrays."""
    places = np.concatenate([[-1], lines, [length - 1]])
    first, second = np.triu_indices(len(places), 1)
    far = places[second] - places[first] >= _SMALLEST_SIDE * length
    return places[first][far], places[second][far]
