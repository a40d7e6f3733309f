"""An edited picture is still more like its original than like any other."""

import cv2
import numpy as np
import pytest

from describing import BACKGROUND, describe, finished, nothing
from features import normalised
from made import clip

PICTURES = [clip(seed, seconds=1)[0] for seed in range(12)]
DESCRIBED = np.stack([describe(picture) for picture in PICTURES])


def turned(picture, degrees):
    height, width = picture.shape[:2]
    return cv2.warpAffine(picture, cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1), (width, height))


EDITS = {
    "brightness": lambda picture: cv2.convertScaleAbs(picture, alpha=0.8, beta=40),
    "contrast": lambda picture: cv2.convertScaleAbs(picture, alpha=0.5),
    "gamma": lambda picture: ((picture / 255) ** 1.5 * 255).astype(np.uint8),
    "grey": lambda picture: cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR),
    "blur": lambda picture: cv2.GaussianBlur(picture, (0, 0), 2),
    "crop": lambda picture: picture[12:-12, 16:-16],
    "stretch": lambda picture: cv2.resize(picture, (160, 80)),
    "rotation": lambda picture: turned(picture, 8),
    "flip and blur": lambda picture: cv2.GaussianBlur(picture[:, ::-1], (0, 0), 1.5),
    "text": lambda picture: cv2.putText(picture.copy(), "seen elsewhere", (5, 60), 0, 0.6, (255, 255, 255), 2),
    "sticker": lambda picture: cv2.circle(picture.copy(), (110, 40), 22, (40, 200, 250), -1),
    "recompression": lambda picture: cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 15])[1], 1),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_picture_is_most_like_its_original(edit):
    edited = np.stack([describe(EDITS[edit](picture)) for picture in PICTURES])
    similarities = edited @ DESCRIBED.T
    assert (similarities.argmax(1) == np.arange(len(PICTURES))).mean() >= 11 / 12


def test_a_mirrored_picture_has_the_same_descriptor():
    for picture, described in zip(PICTURES, DESCRIBED):
        assert describe(np.ascontiguousarray(picture[:, ::-1])) @ described > 0.98


def test_descriptors_have_length_one_and_leave_a_dimension_free():
    assert DESCRIBED.shape[1] <= 511
    assert np.allclose(np.linalg.norm(DESCRIBED, axis=1), 1, atol=1e-5)


def test_a_picture_without_contrast_is_described_too():
    assert np.isfinite(describe(np.full((9, 200, 3), 77, np.uint8))).all()


def test_products_are_similarities_less_the_nearness_to_the_background():
    queries, references = finished(DESCRIBED[:3], True), finished(DESCRIBED[3:], False)
    nearest = np.sort(DESCRIBED[:3] @ BACKGROUND.vectors.T, axis=1)[:, -5:].mean(1)
    assert queries.dtype == references.dtype == np.float32
    assert np.allclose(queries @ references.T, DESCRIBED[:3] @ DESCRIBED[3:].T - nearest[:, None], atol=1e-5)


def test_what_shows_nothing_scores_below_everything_else():
    queries, references = finished(DESCRIBED[:6], True), finished(DESCRIBED[6:], False)
    found = (queries @ references.T).min()
    assert (nothing(True) @ references.T).max() < found
    assert (nothing(True) @ nothing(False).T).max() < found


def test_the_stored_background_counts_for_the_function_that_made_it_only():
    stored = BACKGROUND.vectors
    try:
        BACKGROUND.describe_with(describe)
        assert BACKGROUND.vectors is stored
        thumbnail = lambda picture: cv2.resize(picture, (5, 5)).astype(np.float32).ravel()
        BACKGROUND.describe_with(thumbnail)
        assert BACKGROUND.vectors.shape == (len(BACKGROUND.pictures()), 75)
        assert np.allclose(BACKGROUND.vectors[4], normalised(thumbnail(BACKGROUND.pictures()[4])))
    finally:
        BACKGROUND.vectors = stored
