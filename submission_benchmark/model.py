"""A trained network in the place of the classical descriptor: TorchScript, as the challenge's baseline has it."""

import cv2
import numpy as np

SIDE = 288  # pixels; SSCD was trained with pictures of this size, or larger
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's pictures, red first
MOST_DIMENSIONS = 511  # of 512; one is for the score normalisation


def load_model(path, background):
    """Return a function from a picture to a vector, or None where there is no such file or no torch."""
    if not path.exists():
        return None
    try:
        import torch
    except ImportError:
        return None
    return Model(torch, path, background.pictures())


class Model:
    """A network from (1, 3, SIDE, SIDE) to (1, d). If d is too many, those that vary least on `pictures` are left out."""

    def __init__(self, torch, path, pictures):
        torch.set_num_threads(1)
        self._torch = torch
        self._network = torch.jit.load(str(path), map_location="cpu").eval()
        self._kept = slice(None)
        first = self(pictures[0])
        if len(first) > MOST_DIMENSIONS:
            spread = np.var([self(picture) for picture in pictures], axis=0)
            self._kept = np.sort(np.argsort(-spread, kind="stable")[:MOST_DIMENSIONS])

    def __call__(self, picture):
        scaled = cv2.cvtColor(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
        values = (scaled.astype(np.float32) / 255 - np.float32(MEAN)) / np.float32(DEVIATION)
        with self._torch.no_grad():
            made = self._network(self._torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))[None])
        return made[0].numpy().astype(np.float32)[self._kept]
