"""The background: videos that are nobody's, to which every query is compared.

background.npz is made by scripts/make-background.sh from pictures drawn for it. It holds what was
learned from them (the codebook, and a projection in which edits of a picture differ little),
descriptors of them, and a few of the pictures.
"""

import cv2
import numpy as np

from features import Codebook, normalised

NEAREST = 5  # descriptors of the background that a query vector's similarity is measured to


class Background:
    """What is in background.npz."""

    def __init__(self, path):
        with np.load(path, allow_pickle=False) as file:
            parts = {name: file[name] for name in file.files}
        self.codebook = Codebook(parts["patch_mean"], parts["patch_axes"], parts["words"])
        self.mean, self.axes = parts["mean"].astype(np.float32), parts["axes"] * parts["steps"]
        self._stored = normalised(parts["vectors"].astype(np.float32))
        self._packed, self._ends = parts["pictures"], parts["picture_ends"]
        self.vectors = self._stored

    def project(self, raw):
        """Return a raw feature vector as a descriptor of length 1."""
        return normalised((raw - self.mean) @ self.axes)

    def pictures(self):
        """Return the pictures, uint8 (height, width, 3), BGR; the first stored descriptors are theirs."""
        begins = [0, *self._ends[:-1].tolist()]
        return [cv2.imdecode(self._packed[begin:end], cv2.IMREAD_COLOR) for begin, end in zip(begins, self._ends)]

    def describe_with(self, describe):
        """Use the descriptors that `describe` makes: those stored, if they are its own."""
        pictures = self.pictures()
        first = normalised(describe(pictures[0]))
        # Alike, not the same: what is stored was made of the picture before it was made small.
        if first.shape == self._stored[0].shape and float(first @ self._stored[0]) > 0.9:
            return
        self.vectors = np.stack([first, *(normalised(describe(picture)) for picture in pictures[1:])])

    def nearness(self, vectors):
        """Return for vectors (n, d) their mean similarity to the NEAREST of the background: (n,)."""
        similarities = vectors @ self.vectors.T
        count = min(NEAREST, similarities.shape[1])
        return np.partition(similarities, -count, axis=1)[:, -count:].mean(1)
