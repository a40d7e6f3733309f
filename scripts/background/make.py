"""Makes submission_benchmark/background.npz; run by scripts/make-background.sh. The same file each time.

    python3 make.py SUBMISSION_BENCHMARK [SCENES]

Pictures of generated scenes and edited versions of them give
    patch_mean, patch_axes, words   the codebook of local patches
    mean, axes, steps               the projection of raw features: within it edits change little (whitened
                                    by what differs between versions of a picture), and most of what
                                    differs between pictures is kept (Mikolajczyk and Matas, 2007)
    vectors                         descriptors of a picture of each scene
    pictures, picture_ends          some of them as JPEG, for other descriptors to be made of

Everyone who installs vsc downloads this file, so axes and vectors are whole numbers of a few bits: each
of the axes in steps of its own, the vectors of length VECTOR_LENGTH. What is found with
them is what is found without rounding, as much as with other scenes.
"""

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")

import multiprocessing
import sys
from pathlib import Path

import cv2
import numpy as np

SEED = 2022
VERSIONS = 6  # edited ones of each picture
WORDS, PATCH_DIMENSIONS = 16, 32
DIMENSIONS = 192
RIDGE = 0.02  # of the mean variance within, added to each, for what the pictures don't tell
AXIS_STEPS, VECTOR_LENGTH = 15, 32
SHIPPED, SHIPPED_SIZE, QUALITY = 48, (96, 72), 50


def main(folder, scenes):
    sys.path.insert(0, str(folder))
    cv2.setNumThreads(1)
    from features import normalised

    with multiprocessing.get_context("fork").Pool() as pool:
        samples = np.concatenate(pool.map(patch_sample, range(0, scenes, 2), 1))
        codebook = learn_codebook(samples)
        numbered = [(number, codebook) for number in range(scenes)]
        groups, frames = zip(*pool.starmap(raw_versions, numbered, 1))
    versions = np.concatenate(groups)  # (pictures, 1 + VERSIONS, raw features)
    mean, axes = learn_projection(versions)
    mean, (axes, steps) = mean.astype(np.float16), in_steps(axes)
    firsts = versions[:: len(versions) // scenes, 0]  # of each scene
    vectors = normalised((firsts - mean.astype(np.float32)) @ (axes * steps))

    # Those that are shipped come first among the vectors.
    chosen = np.linspace(0, scenes - 1, min(SHIPPED, scenes)).round().astype(int)
    order = np.concatenate([chosen, np.setdiff1d(np.arange(scenes), chosen)])
    pictures = [packed(frames[number]) for number in chosen]
    np.savez_compressed(
        folder / "background.npz",
        patch_mean=codebook[0].astype(np.float16), patch_axes=codebook[1].astype(np.float16), words=codebook[2].astype(np.float16),
        mean=mean, axes=axes, steps=steps, vectors=np.round(vectors[order] * VECTOR_LENGTH).astype(np.int8),
        pictures=np.concatenate(pictures), picture_ends=np.cumsum([len(picture) for picture in pictures]),
    )
    print(f"{len(versions)} pictures of {scenes} scenes, {versions.shape[2]} raw features, {vectors.shape[1]} dimensions, "
          f"{(folder / 'background.npz').stat().st_size} bytes")


def scene_frames(number):
    """Return a generator for a scene's number, and its frames."""
    from scenes import SCENES, frames_of

    rng = np.random.default_rng([SEED, number])
    return rng, frames_of(SCENES[number % len(SCENES)], rng)


def patch_sample(number):
    """Return some patches of a scene, (n, 128)."""
    from features import SIZES, gradients, patches

    rng, frames = scene_frames(number)
    grey = cv2.cvtColor(frames[0], cv2.COLOR_BGR2GRAY)
    found = patches([gradients(grey, size) for size in SIZES])
    return found[rng.permutation(len(found))[:80]]


def learn_codebook(samples):
    """Return mean, axes and words of patches (n, 128)."""
    mean = samples.mean(0)
    _, sizes, axes = np.linalg.svd(samples - mean, full_matrices=False)
    spread = sizes[:PATCH_DIMENSIONS, None] / np.sqrt(len(samples))
    axes = (axes[:PATCH_DIMENSIONS] / np.sqrt(spread)).T
    cv2.setRNGSeed(SEED)
    points = np.ascontiguousarray((samples - mean) @ axes, np.float32)
    _, _, words = cv2.kmeans(points, WORDS, None, (cv2.TERM_CRITERIA_COUNT, 30, 0), 2, cv2.KMEANS_PP_CENTERS)
    return tuple(part.astype(np.float16).astype(np.float32) for part in (mean, axes, words))


def raw_versions(number, codebook):
    """Return raw features (MOMENTS, 1 + VERSIONS, d) of a scene's pictures and their versions, and its first picture."""
    from edits import edited
    from features import Codebook, raw_features

    rng, frames = scene_frames(number)
    book = Codebook(*codebook)
    rows = []
    for frame in frames:
        # A copy is described at other moments than its original: any of the neighbours may be edited.
        near = [edited(rng, frame if rng.random() < 0.5 else frames[int(rng.integers(len(frames)))]) for _ in range(VERSIONS)]
        rows.append([raw_features(picture, book) for picture in [frame, *near]])
    return np.array(rows, np.float32), frames[0]


def learn_projection(versions):
    """Return mean (d,) and axes (d, DIMENSIONS) for raw features (pictures, versions, d)."""
    versions = versions.astype(np.float64)
    mean = versions.mean((0, 1))
    within = (versions - versions.mean(1, keepdims=True)).reshape(-1, versions.shape[2])
    scatter = within.T @ within / len(within)
    scatter += RIDGE * np.trace(scatter) / len(scatter) * np.eye(len(scatter))
    variances, axes = np.linalg.eigh(scatter)
    whitening = axes / np.sqrt(variances)
    between = (versions.mean(1) - mean) @ whitening
    variances, axes = np.linalg.eigh(between.T @ between / len(between))
    return mean, whitening @ axes[:, ::-1][:, :DIMENSIONS]


def in_steps(axes):
    """Return axes (d, dimensions) as whole numbers, int8, and what one is on each axis: (dimensions,) float32."""
    steps = (np.abs(axes).max(0) / AXIS_STEPS).astype(np.float32)
    return np.round(axes / steps).astype(np.int8), steps


def packed(picture):
    """Return a picture as JPEG, (bytes,) uint8."""
    small = cv2.resize(picture, SHIPPED_SIZE, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].ravel()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 540)
