"""A TorchScript model beside main.py is used where torch is there."""

import numpy as np
import pytest

from describing import BACKGROUND
from model import MOST_DIMENSIONS, load_model


def test_without_a_model_the_classical_descriptor_is_used(tmp_path):
    assert load_model(tmp_path / "model.torchscript.pt", BACKGROUND) is None


@pytest.mark.parametrize("dimensions", [64, 512])
def test_a_model_describes_pictures(tmp_path, dimensions):
    torch = pytest.importorskip("torch", reason="this image has no torch")
    path = tmp_path / "model.torchscript.pt"
    network = torch.nn.Sequential(torch.nn.AvgPool2d(36), torch.nn.Flatten(), torch.nn.Linear(192, dimensions))
    torch.jit.trace(network, torch.zeros(1, 3, 288, 288)).save(str(path))
    model = load_model(path, BACKGROUND)
    pictures = BACKGROUND.pictures()[:2]
    made = [model(picture) for picture in pictures]
    assert {vector.shape for vector in made} == {(min(dimensions, MOST_DIMENSIONS),)}
    assert made[0].dtype == np.float32 and not np.allclose(made[0], made[1])
    assert np.array_equal(made[0], model(pictures[0]))
