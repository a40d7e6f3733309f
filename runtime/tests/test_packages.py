"""That the image holds what it promises: each package imports, at its pinned version, and works.

VSC_VARIANT (slim, slim-torch, cpu or gpu) is set in the image; elsewhere these tests are skipped.
"""

import importlib
import os
import subprocess
import sys
from importlib import metadata

import numpy as np
import pytest

VARIANT = os.environ.get("VSC_VARIANT", "")
FULL = VARIANT in ("cpu", "gpu")

pytestmark = pytest.mark.skipif(not VARIANT, reason="VSC_VARIANT is not set: not in an image")

SLIM_MODULES = ["numpy", "pandas", "scipy", "sklearn", "faiss", "av", "cv2", "PIL", "tqdm", "pytest"]
TORCH_MODULES = [*SLIM_MODULES, "torch", "torchvision"]
FULL_MODULES = [
    *SLIM_MODULES, "Cython", "fastai", "ffmpeg", "h5py", "loguru", "matplotlib", "networkx", "numba", "oss2", "magic",
    "torch", "torchaudio", "torchvision", "skimage", "setuptools", "tslearn", "augly.image", "augly.video", "imageio",
    "imageio_ffmpeg", "flash", "pytorch_lightning", "pytorchvideo", "segmentation_models_pytorch", "tensorflow", "timm",
    "transformers",
]
# Module versions, where the module tells its own; as in environment-*.yml.
PINS = {
    "numpy": "1.23.4", "pandas": "1.5.1", "scipy": "1.9.3", "sklearn": "1.1.3", "faiss": "1.7.2", "av": "9.2.0",
    "cv2": "4.6.0", "PIL": "8.4.0", "tqdm": "4.64.1", "pytest": "7.2.0", "fastai": "2.7.10", "h5py": "3.7.0",
    "loguru": "0.6.0", "matplotlib": "3.6.2", "networkx": "2.8.8", "numba": "0.56.3", "torch": "1.12.1",
    "torchaudio": "0.12.1", "torchvision": "0.13.1", "skimage": "0.19.3", "setuptools": "59.5.0", "tslearn": "0.5.2",
    "pytorch_lightning": "1.8.6", "tensorflow": "2.9.1", "timm": "0.6.12", "transformers": "4.25.1",
}
PIP_PINS = {
    "augly": "1.0.0", "imageio": "2.25.0", "lightning-flash": "0.8.1", "pytorchvideo": "0.1.2",
    "segmentation-models-pytorch": "0.3.2",
}


def modules():
    decord = ["decord"] if VARIANT == "cpu" else []
    if FULL:
        return FULL_MODULES + decord
    return TORCH_MODULES if VARIANT == "slim-torch" else SLIM_MODULES


@pytest.mark.parametrize("name", modules())
def test_imports(name):
    importlib.import_module(name)


@pytest.mark.skipif(not FULL, reason="the slim image has Debian's versions, not the pinned ones")
@pytest.mark.parametrize("name, version", PINS.items())
def test_pinned_version(name, version):
    assert importlib.import_module(name).__version__.split("+")[0] == version


@pytest.mark.skipif(not FULL, reason="the slim image has Debian's versions, not the pinned ones")
@pytest.mark.parametrize("name, version", PIP_PINS.items())
def test_pinned_distribution(name, version):
    assert metadata.version(name) == version


def test_python():
    assert sys.version_info[:2] == ((3, 9) if FULL else (3, 11))


@pytest.mark.skipif(not FULL, reason="only the full image has an environment of conda's")
def test_conda_environment():
    assert sys.prefix == "/opt/conda/envs/condaenv"
    assert sys.version_info[:3] == (3, 9, 13)
    assert subprocess.run(["git", "--version"], check=False).returncode == 0


def test_faiss_searches():
    import faiss

    vectors = np.eye(8, dtype=np.float32)
    index = faiss.IndexFlatIP(8)
    index.add(vectors)
    scores, found = index.search(vectors[3:4] * 2, 1)
    assert (scores.tolist(), found.tolist()) == ([[2.0]], [[3]])


def frames(count=12, size=64):
    """A grey square that gets brighter, (size, size, 3) uint8 each."""
    return [np.full((size, size, 3), 16 + 16 * number, np.uint8) for number in range(count)]


def test_pyav_encodes_and_decodes(tmp_path):
    import av

    path = str(tmp_path / "v.mp4")
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=12)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for image in frames():
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    with av.open(path) as container:
        means = [frame.to_ndarray(format="rgb24").mean() for frame in container.decode(video=0)]
    assert len(means) == 12
    assert np.allclose(means, [image.mean() for image in frames()], atol=6)


def test_opencv_encodes_and_decodes(tmp_path):
    import cv2

    path = str(tmp_path / "v.avi")
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*"MJPG"), 12, (64, 64))
    for image in frames():
        writer.write(image)
    writer.release()
    capture, means = cv2.VideoCapture(path), []
    while True:
        there, image = capture.read()
        if not there:
            break
        means.append(image.mean())
    assert np.allclose(means, [image.mean() for image in frames()], atol=6)


@pytest.mark.skipif(VARIANT != "gpu", reason="only the gpu image uses a GPU")
def test_torch_sees_the_gpu():
    import torch

    if os.environ.get("SKIP_GPU") == "true":
        pytest.skip("SKIP_GPU=true: run without GPUs")
    assert torch.cuda.is_available()
    assert torch.ones(2, device="cuda").sum().item() == 2


@pytest.mark.skipif(VARIANT != "cpu", reason="only the cpu image has torch without CUDA")
def test_torch_without_cuda():
    import torch

    assert not torch.cuda.is_available()
