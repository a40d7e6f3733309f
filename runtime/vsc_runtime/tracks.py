"""The tracks of the challenge, behind one interface: what is a track's own in a run.

A track is two classes, each in a module of its own, and a line in `TRACKS`: what the container of the
code has to know of it (`<name>_track.py`), and what scores (`<name>_scoring.py`) and imports much.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from importlib import import_module

TRACKS = {
    "descriptor": ("DescriptorTrack", "DescriptorScoring"),
    "matching": ("MatchingTrack", "MatchingScoring"),
}
DEFAULT = "descriptor"


def track_named(name):
    """Import a track and return its class."""
    return getattr(import_module(f".{name}_track", __package__), TRACKS[name][0])


def scoring_named(name):
    """Import what scores a track and return its class, a track too."""
    return getattr(import_module(f".{name}_scoring", __package__), TRACKS[name][1])


@dataclass(frozen=True)
class PackedFile:
    """A file that submission.zip must have, and how large it may be (`basis`: by what that is reckoned)."""

    name: str
    max_bytes: int
    basis: str = ""


class Track(ABC):
    """A track in one run. `alone` tells that no code of the submission's has been in the container."""

    counts: "tuple[str, ...]"
    """What it counts in the report, beside what every run does."""
    subset_file: str
    """What main.py writes."""
    outcome: str
    """What comes of a submission, in a word."""
    packages = dict
    """Called for the versions of what results depend on, by name."""

    def __init__(self, dataset, report, progress, alone):
        self.dataset = dataset
        self.report = report
        self.progress = progress
        self.alone = alone

    @abstractmethod
    def full_files(self):
        """Return the PackedFiles of what was submitted for all queries."""

    @abstractmethod
    def max_subset_bytes(self):
        """Return how large the file of main.py's may be."""


class Scoring(Track):
    """A track that can be scored. Its methods are called in this order.

    Whatever a check returns is handed to the methods after it as it is. A check raises
    SubmissionFailure, and says and counts what it found otherwise. A GPU is used only `alone`.
    """

    @abstractmethod
    def validate_full(self, folder):
        """Check the full files, which are in `folder`."""

    @abstractmethod
    def validate_subset(self, folder, full):
        """Check the file of main.py's, which is in `folder`."""

    def compare(self, full, subset):
        """Tell in the report whether main.py makes what was submitted; it is no reason to fail."""

    @abstractmethod
    def results(self, full, subset):
        """Return what goes into submission.tar.gz, as `write_results` takes it; `subset` may be None."""
