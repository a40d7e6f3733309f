"""The scan of a GPU with PyTorch on the processor: the same code, but for where the memory is."""

import subprocess
import sys

import numpy as np
import pytest

from conftest import RUNTIME
from test_search import as_pairs, descriptors, plainly
from vsc_runtime import gpu_scan
from vsc_runtime.cpu_scan import cpu_scan
from vsc_runtime.gpu_scan import Device, GpuScan, Scans, gpu_there
from vsc_runtime.search import search

PLENTY = 1 << 30


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="no PyTorch: the scan of a GPU is not tested here")


def device(torch, free=PLENTY, fails=lambda rows: None):
    """PyTorch's CPU as a device with `free` bytes, of which a product of so many rows may fail."""
    class Here(Device):
        blocks = []

        def free_bytes(self):
            return free

        def above(self, queries, *rest):
            self.blocks.append(len(queries))
            error = fails(len(queries))
            if error:
                raise error
            return super().above(queries, *rest)

    return Here(torch, "cpu")


def out_of_memory(torch):
    kind = getattr(torch.cuda, "OutOfMemoryError", RuntimeError)
    return kind("CUDA out of memory. Tried to allocate 20.00 MiB\nand more words")


@pytest.fixture
def sets():
    return descriptors("Q", 4, 1100, 16, 1), descriptors("R", 300, 3_000, 16, 2)


def same(ranking, expected):
    assert as_pairs(ranking) == as_pairs(expected)
    assert np.allclose(ranking.scores, expected.scores, rtol=1e-6, atol=1e-6)
    assert ranking.scores.dtype == np.float32


@pytest.mark.parametrize("free", [PLENTY, 4_000_000, 0])
def test_the_same_as_on_the_processor(torch, sets, free):
    here = device(torch, free)
    same(search(*sets, GpuScan(here)), search(*sets))
    assert max(here.blocks) <= max(64, free // 2 // (1024 * 17))
    assert (max(here.blocks) == 1100) == (free == PLENTY)


def test_the_same_as_the_definition(torch):
    queries, references = descriptors("Q", 3, 150, 8, 3), descriptors("R", 60, 1_500, 8, 4)
    ranking, expected = search(queries, references, GpuScan(device(torch))), plainly(queries, references)
    assert as_pairs(ranking) == [pair for pair, _ in expected]
    assert np.allclose(ranking.scores, [score for _, score in expected], rtol=1e-5, atol=1e-5)


def test_ties_stay_in_the_same_order(torch):
    queries, references = descriptors("Q", 3, 700, 3, 7, low=-1), descriptors("R", 60, 4_000, 3, 8, low=-1)
    same(search(queries, references, GpuScan(device(torch, 4_000_000))), search(queries, references))


@pytest.mark.parametrize("most, told", [
    (600, ["blocks of 550 vectors"]),
    (200, ["blocks of 550 vectors", "blocks of 275 vectors", "blocks of 137 vectors"]),
    (10, ["blocks of 550 vectors", "blocks of 275 vectors", "blocks of 137 vectors", "blocks of 68 vectors", "on the CPU"]),
])
def test_out_of_memory_goes_on_with_half_the_block_and_then_on_the_processor(torch, sets, capsys, most, told):
    scan = GpuScan(device(torch, fails=lambda rows: out_of_memory(torch) if rows > most else None))
    same(search(*sets, scan), search(*sets))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Searching on the GPU: PyTorch's cpu"
    assert [line.partition("going on ")[2].replace("with ", "") for line in lines[1:]] == told
    assert all(line.startswith("Out of memory on the GPU") for line in lines[1:])


@pytest.mark.parametrize("good", [1, 2, 5])
def test_what_was_done_before_a_failure_stays_and_counts_once(torch, sets, capsys, good):
    """In the middle of a strip as at its end; and the subset's search doesn't try again."""
    here = device(torch, 4_000_000)
    here.blocks = []
    scan = GpuScan(here)
    plain_above = here.above

    def above(*given):
        if len(here.blocks) >= good:
            here.blocks.append(0)
            raise RuntimeError("CUDA error: no kernel image is available\nCompile with …")
        return plain_above(*given)

    here.above = above
    expected = search(*sets)
    same(search(*sets, scan), expected)
    assert "The GPU fails: going on on the CPU (CUDA error: no kernel image is available)\n" in capsys.readouterr().out
    tried = len(here.blocks)
    same(search(*sets, scan), expected)
    assert len(here.blocks) == tried == good + 1


def test_full_precision_is_asked_for(torch):
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    device(torch)
    assert (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32) == (False, False)


def test_vectors_that_may_only_be_read_give_no_warning(torch, sets, recwarn):
    for part in sets:
        part.features.flags.writeable = False
    search(*sets, GpuScan(device(torch)))
    assert not recwarn.list


def test_on_a_gpu(torch, sets):
    if not torch.cuda.is_available():
        pytest.skip("no GPU: the search on one is not measured here")
    same(search(*sets, GpuScan(Device(torch, "cuda:0"))), search(*sets))


def test_a_gpu_is_looked_for_once_and_only_where_there_is_much_to_do(monkeypatch):
    looked = []

    def find():
        looked.append(1)

    queries, references = np.zeros((500, 4), np.float32), np.zeros((300, 4), np.float32)
    assert Scans(find).of(queries, references) is cpu_scan and not looked
    monkeypatch.setattr(gpu_scan, "LEAST_OPERATIONS", 1)
    scans = Scans(find)
    assert scans.of(queries, references) is scans.of(queries, references) is cpu_scan
    assert looked == [1]


def test_a_gpu_that_pytorch_cannot_use_is_said_and_no_reason_to_fail(capsys):
    def no_torch():
        raise ImportError("No module named 'torch'\nand more")

    assert gpu_scan.find_gpu(lambda: True, no_torch) is None
    assert capsys.readouterr().out == (
        "There is a GPU that PyTorch can't use: searching on the CPU (No module named 'torch')\n"
    )


def test_nor_one_without_a_driver(torch, capsys):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    assert gpu_scan.find_gpu(lambda: True) is None
    assert capsys.readouterr().out.startswith("There is a GPU that PyTorch can't use: searching on the CPU (")


def test_a_gpu_is_known_by_its_device(tmp_path):
    (tmp_path / "nvidiactl").touch()
    assert not gpu_there(tmp_path)
    (tmp_path / "nvidia0").touch()
    assert gpu_there(tmp_path)


def test_without_a_gpu_pytorch_is_not_imported():
    if gpu_there():
        pytest.skip("there is a GPU here")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from vsc_runtime import descriptor_track, gpu_scan; "
        "print(gpu_scan.find_gpu(), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-B", "-c", code, str(RUNTIME)], capture_output=True, text=True, check=True)
    assert done.stdout == "None False\n"
