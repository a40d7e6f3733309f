"""All inner products on a GPU, by PyTorch, which is imported only where there is one and much to do."""

from pathlib import Path

from .cpu_scan import cpu_scan
from .say import say
from .vector_pairs import STRIP_COLUMNS, plain

# Below so many operations the processor is done before PyTorch has been imported and the device is awake.
LEAST_OPERATIONS = 1e12
# A block of fewer queries is not worth the way; one of more has places that no 32 bits hold.
LEAST_ROWS = 64
_MOST_ROWS = 1 << 20
# Shares of the device's free memory that the queries may take for good, and then a block.
_QUERIES_SHARE = 0.5
_BLOCK_SHARE = 0.5
# Beside a query's vector: its products, their comparison and, where all pass, their places and scores.
_BYTES_PER_ROW = STRIP_COLUMNS * (4 + 1 + 8 + 4)


def gpu_there(devices=Path("/dev")):
    """Tell whether the container was given a GPU, without asking a library."""
    return any(devices.glob("nvidia[0-9]*")) or (devices / "dxg").exists()


def import_torch():
    """Import PyTorch and return it: it takes seconds."""
    import torch

    return torch


def find_gpu(there=gpu_there, load=import_torch):
    """Return the first GPU as a Device, or None; what stands in the way of one that is there is said."""
    if not there():
        return None
    try:
        return Device(load(), "cuda:0")
    except Exception as error:  # whatever it is, the processor can do the work
        say(f"There is a GPU that PyTorch can't use: searching on the CPU ({_first_line(error)})")
        return None


def _first_line(error):
    return str(error).partition("\n")[0]


class Scans:
    """Chooses what makes the products of a search: a GPU that is looked for once, or the processor."""

    def __init__(self, find=find_gpu):
        self._find = find
        self._gpu = None

    def of(self, queries, references):
        """Return the scan for two arrays of vectors."""
        if 2 * len(queries) * references.size < LEAST_OPERATIONS:
            return cpu_scan
        if self._find:
            device, self._find = self._find(), None
            self._gpu = device and GpuScan(device)
        return self._gpu or cpu_scan


class Device:
    """A device of PyTorch's, in float32 throughout: TensorFloat-32 would leave ten bits of a score."""

    def __init__(self, torch, name):
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        self.torch = torch
        self._device = torch.device(name)
        self.name = torch.cuda.get_device_name(self._device) if self._device.type == "cuda" else f"PyTorch's {name}"

    def free_bytes(self):
        """Return how much memory the device has free."""
        return self.torch.cuda.mem_get_info(self._device)[0]

    def put(self, vectors):
        """Return vectors as a tensor on the device."""
        return self.torch.tensor(plain(vectors), device=self._device)

    def room(self, rows):
        """Return room for a block of products."""
        return self.torch.empty(rows * STRIP_COLUMNS, dtype=self.torch.float32, device=self._device)

    def above(self, queries, references, threshold, room):
        """Return (places, products) above `threshold` of all products, row by row; `references` are columns."""
        shape = len(queries), references.shape[1]
        products = room[:shape[0] * shape[1]]
        self.torch.mm(queries, references, out=products.view(shape))
        places = (products > float(threshold)).nonzero().view(-1)
        return places.cpu().numpy(), products[places].cpu().numpy()

    def is_out_of_memory(self, error):
        """Tell an error of too little memory from others; before PyTorch 1.13 it has no class of its own."""
        own = getattr(self.torch.cuda, "OutOfMemoryError", ())
        return isinstance(error, own) or "out of memory" in str(error) or "ALLOC_FAILED" in str(error)

    def release(self):
        """Give back memory that is no longer used, which PyTorch keeps: `free_bytes` counts none of it."""
        self.torch.cuda.empty_cache()


class GpuScan:
    """As `cpu_scan`. Where the device's memory ends it goes on with half the block, and at last on the processor."""

    def __init__(self, device):
        self._device = device
        self._rows = _MOST_ROWS
        self._queries_share = _QUERIES_SHARE
        self._gone = False
        say(f"Searching on the GPU: {device.name}")

    def __call__(self, queries, references, pairs, best, watch=lambda column: None):
        work = _Work(queries, references, pairs, best, watch)
        while not self._gone:
            try:
                return self._scan(work)
            except RuntimeError as error:
                self._learn_from(error)
        cpu_scan(queries, references, pairs, best, watch, start=(work.column, work.row))

    def _learn_from(self, error):
        if not self._device.is_out_of_memory(error):
            say(f"The GPU fails: going on on the CPU ({_first_line(error)})")
            self._gone = True
        elif self._rows < 2 * LEAST_ROWS:
            say("Out of memory on the GPU: going on on the CPU")
            self._gone = True
        else:
            self._rows //= 2
            self._queries_share = 0
            say(f"Out of memory on the GPU: going on with blocks of {self._rows:,} vectors")

    def _scan(self, work):
        device, queries, references = self._device, work.queries, work.references
        device.release()  # what an earlier scan had, which no error holds any more
        self._rows = min(self._rows, len(queries))
        stays = queries.nbytes <= self._queries_share * device.free_bytes()
        here = device.put(queries) if stays else None
        row_bytes = _BYTES_PER_ROW + (0 if stays else queries.itemsize * queries.shape[1])
        fitting = int(_BLOCK_SHARE * device.free_bytes()) // row_bytes
        rows = self._rows = max(LEAST_ROWS, min(self._rows, fitting))
        room = device.room(rows)
        while work.column < len(references):
            strip = device.put(references[work.column:work.column + STRIP_COLUMNS]).T
            while work.row < len(queries):
                part = slice(work.row, work.row + rows)
                block = here[part] if stays else device.put(queries[part])
                work.take(*device.above(block, strip, work.best.threshold, room), strip.shape[1], rows)
            work.next_strip()


class _Work:
    """A scan's sets and how far it has come: all before (column, row) has been handed over."""

    def __init__(self, queries, references, pairs, best, watch):
        self.queries, self.references, self.best = queries, references, best
        self.column = self.row = 0
        self._pairs, self._watch = pairs, watch

    def take(self, places, scores, width, rows):
        self.best.add(self._pairs.codes(places, width, self.row, self.column), scores)
        self.row += rows

    def next_strip(self):
        self._watch(self.column)
        self.column, self.row = self.column + STRIP_COLUMNS, 0
