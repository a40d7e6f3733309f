"""The tracks of the challenge, behind one interface: what is a track's own in a run.

A track is a class in a module of its own, `<name>_track.py`, and a line in `TRACKS`.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from importlib import import_module

TRACKS = {"descriptor": "DescriptorTrack", "matching": "MatchingTrack"}
DEFAULT = "descriptor"


def track_named(name):
    """Import a track and return its class; what only the others need is not imported."""
    return getattr(import_module(f".{name}_track", __package__), TRACKS[name])


@dataclass(frozen=True)
class PackedFile:
    """A file that submission.zip must have, and how large it may be (`basis`: by what that is reckoned)."""

    name: str
    max_bytes: int
    basis: str = ""


class Track(ABC):
    """A track in one run. Its methods are called in this order.

    Whatever a check returns is handed to the methods after it as it is. A check raises
    SubmissionFailure, and says and counts what it found otherwise.
    """

    counts: "tuple[str, ...]"
    """What it counts in the report, beside what every run does."""
    subset_file: str
    """What main.py writes."""
    outcome: str
    """What comes of a submission, in a word."""

    def __init__(self, dataset, report):
        self.dataset = dataset
        self.report = report

    @abstractmethod
    def full_files(self):
        """Return the PackedFiles of what was submitted for all queries."""

    @abstractmethod
    def validate_full(self, folder):
        """Check the full files, which are in `folder`."""

    @abstractmethod
    def max_subset_bytes(self):
        """Return how large the file of main.py's may be."""

    @abstractmethod
    def validate_subset(self, folder, full):
        """Check the file of main.py's, which is in `folder`."""

    def compare(self, full, subset):
        """Tell in the report whether main.py makes what was submitted; it is no reason to fail."""

    @abstractmethod
    def results(self, full, subset):
        """Return what goes into submission.tar.gz, as `write_results` takes it; `subset` may be None."""
