"""Cuts, borders and insets."""

import cv2
import numpy as np
import pytest

from made import clip
from views import content_boxes, is_cut


def greys(frames):
    return np.stack([cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) for frame in frames[::3]])


def near(box, expected):
    return box is not None and np.abs(np.subtract(box, expected)).max() <= 2


@pytest.mark.parametrize("level", [0, 90, 255])
@pytest.mark.parametrize("box", [(20, 100, 0, 160), (0, 120, 30, 130), (18, 102, 24, 136)])
def test_borders_of_one_colour_are_no_content(level, box):
    top, bottom, left, right = box
    frames = np.full((30, 120, 160, 3), level, np.uint8)
    for frame, shown in zip(frames, clip(1)):
        frame[top:bottom, left:right] = cv2.resize(shown, (right - left, bottom - top))
    assert near(content_boxes(greys(frames))[0], box)


def test_noise_in_the_border_is_border():
    frames = np.zeros((30, 120, 160, 3), np.uint8)
    frames[:, 20:100] = clip(2)[:30, 20:100]
    frames[:, :20] += np.random.default_rng(1).integers(0, 6, (30, 20, 160, 3), dtype=np.uint8)
    assert near(content_boxes(greys(frames))[0], (20, 100, 0, 160))


def test_a_picture_in_a_picture_is_found():
    frames, shown = clip(3).copy(), clip(4)
    for frame, inner in zip(frames, shown):
        frame[40:110, 60:150] = cv2.resize(inner, (90, 70))
    content, inset = content_boxes(greys(frames))
    assert content == (0, 120, 0, 160)
    assert near(inset, (40, 110, 60, 150))


@pytest.mark.parametrize("seed", range(5, 10))
def test_moving_content_has_no_border_and_no_inset(seed):
    assert content_boxes(greys(clip(seed))) == ((0, 120, 0, 160), None)


def test_a_video_of_one_colour_is_all_content():
    assert content_boxes(np.full((5, 60, 80), 128, np.uint8)) == ((0, 60, 0, 80), None)


def test_one_frame_is_enough():
    assert content_boxes(greys(clip(5)[:1]))[0] == (0, 120, 0, 160)


def test_a_cut_begins_a_shot_and_movement_does_not():
    thumbnails = np.stack([cv2.resize(grey, (24, 24)) for grey in greys(np.concatenate([clip(6), clip(7)]))])
    shots = np.flatnonzero(is_cut(thumbnails)).tolist()
    assert shots == [0, 14]  # every third of 40 frames, and then others


def test_a_single_frame_is_a_shot():
    assert is_cut(np.zeros((1, 24, 24), np.uint8)).tolist() == [True]
