"""The rules that a set of descriptors must meet. Each check adds findings; none stops the others.

The rule ids are shared with the `vsc` command line tool, and one table of
cases drives the tests of both.
"""

import re
from dataclasses import dataclass

import numpy as np

from .descriptor_track import MAX_DIMENSIONS, QUERY_FILE, REFERENCE_FILE, SUBSET_FILE
from .descriptors import (
    MissingArray, NpyMember, Unreadable, as_text, first_impossible, open_descriptors, run_starts,
)
from .findings import Finding

_SCAN_BYTES = 4 << 20
# What is larger isn't loaded: a small compressed file can declare any size. An id takes 28 bytes, a timestamp 16.
_MAX_ITEM_BYTES = 256
_SMALL_BYTES = 1 << 20
_MAX_LIST_BYTES = 1 << 30


@dataclass(frozen=True)
class Descriptors:
    """A valid set: `video_ids` (N,) unicode and sorted, `features` (N, D) float32."""

    video_ids: np.ndarray
    features: np.ndarray

    @property
    def videos(self):
        """How many videos have descriptors."""
        return len(run_starts(self.video_ids))


class CheckedFile:
    """A descriptor file after its checks: `findings`, and `dimensions` where they could be told."""

    def __init__(self, file):
        self.file = file
        self.findings = []
        self.dimensions = None
        self._ids = None
        self._features = None
        self._timestamps = None

    def add(self, rule, message, index=None):
        """Record a broken rule."""
        self.findings.append(Finding(self.file, rule, message, index))

    def descriptors(self):
        """Return the set; only for a file without findings."""
        assert not self.findings
        return Descriptors(self._ids, self._features)

    def timestamps(self):
        """Return the timestamps, (N,) or (N, 2) of whatever type; they play no part in the search."""
        assert not self.findings
        return self._timestamps.load()


def check_pair(query_path, reference_path, dataset):
    """Check the two full sets; return both CheckedFiles."""
    query = check_file(query_path, QUERY_FILE, dataset.queries, "Q")
    reference = check_file(reference_path, REFERENCE_FILE, dataset.references, "R")
    _check_dimensions(reference, query)
    return query, reference


def check_subset(subset_path, reference, dataset):
    """Check the subset's set; its dimensions must be those of the CheckedFile `reference`."""
    subset = check_file(subset_path, SUBSET_FILE, dataset.subset, "Q")
    _check_dimensions(subset, reference)
    return subset


def check_file(path, file, videos, letter):
    """Check one file against the VideoSet that it may speak of and its ids' first letter."""
    checked = CheckedFile(file)
    try:
        members = open_descriptors(path)
    except FileNotFoundError:
        checked.add("unreadable", "the file is missing")
        return checked
    except Unreadable as error:
        checked.add("unreadable", str(error))
        return checked
    for problem in members.values():
        if isinstance(problem, MissingArray):
            checked.add("missing-array", f"{problem}; found {_names(members)}")
        elif isinstance(problem, Unreadable):
            checked.add("unreadable", str(problem))
    ids, features, timestamps = (
        member if isinstance(member, NpyMember) else None for member in members.values()
    )
    checked._timestamps = timestamps
    if timestamps is not None and _fits(checked, timestamps, videos):
        _load(checked, timestamps)  # for damage only
    ids = _check_headers(checked, ids, features, timestamps)
    if ids is not None and _fits(checked, ids, videos) and 0 < ids.shape[0] <= 2 * videos.max_vectors:
        _check_ids(checked, ids, videos, letter)
    if features is not None and len(features.shape) == 2:
        _check_size(checked, features.shape[0], videos)
        _check_features(checked, features, videos)
    return checked


def _names(members):
    found = [name for name, member in members.items() if not isinstance(member, MissingArray)]
    return ", ".join(found) or "none of the three arrays"


def _check_headers(checked, ids, features, timestamps):
    """Check what the headers tell; return the member `ids` if it is a list of strings."""
    if ids is not None and (len(ids.shape) != 1 or ids.dtype.kind not in "US"):
        checked.add("unreadable", f"video_ids has shape {ids.shape} and type {ids.dtype}; needed: (N,) strings")
        ids = None
    if features is not None and len(features.shape) != 2:
        checked.add("features-shape", f"features has shape {features.shape}; needed: (N, D)")
    if timestamps is not None:
        shape = timestamps.shape
        if len(shape) != 1 and not (len(shape) == 2 and shape[1] == 2):
            checked.add("timestamps-shape", f"timestamps has shape {shape}; allowed: (N,) or (N, 2)")
    members = {"video_ids": ids, "timestamps": timestamps, "features": features}
    lengths = {name: member.shape[0] for name, member in members.items() if member is not None and member.shape}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} {length:,}" for name, length in lengths.items())
        checked.add("lengths-differ", f"the arrays must be equally long; found {found}")
    return ids


def _check_size(checked, count, videos):
    if count == 0:
        checked.add("no-vectors", "no vectors at all; at least one is needed")
    elif count > videos.max_vectors:
        checked.add(
            "too-many-vectors",
            f"found {count:,} vectors; allowed {videos.max_vectors:,}, one per second of the "
            f"{len(videos):,} videos in {videos.name}",
        )


def _fits(checked, member, videos):
    """Check that ids or timestamps are no larger than a list for all vectors."""
    if member.dtype.itemsize > _SMALL_BYTES:
        each = f"{member.dtype.itemsize:,} bytes for each vector"
        checked.add("unreadable", f"{member.name} takes {each}, which are far too many")
        return False
    allowed = min(max(_SMALL_BYTES, videos.max_vectors * _MAX_ITEM_BYTES), _MAX_LIST_BYTES)
    if member.nbytes > allowed:
        checked.add("unreadable", f"{member.name} takes {member.nbytes:,} bytes, too many for a value for each vector")
    return member.nbytes <= allowed


def _load(checked, member):
    """Return the values of a member, or None and a finding."""
    try:
        return member.load()
    except Unreadable as error:
        checked.add("unreadable", str(error))
        return None


def _check_ids(checked, member, videos, letter):
    ids = _load(checked, member)
    if ids is None:
        return
    ids = as_text(ids)
    impossible = first_impossible(ids)
    if impossible is not None:
        at, code = impossible
        checked.add("unreadable", f"video_ids can't be read: id {at} has the code {code}, which is no character")
        return
    falls = np.flatnonzero(ids[:-1] > ids[1:])
    if falls.size:
        at = int(falls[0])
        checked.add("ids-not-sorted", f"video_ids must be sorted; {_shown(ids[at])} comes before {_shown(ids[at + 1])}", at)
    wrong_kind = unknown = None
    for start in run_starts(ids).tolist():
        video_id = str(ids[start])
        if not video_id.startswith(letter):
            wrong_kind = start if wrong_kind is None else wrong_kind
        elif video_id not in videos:
            unknown = start if unknown is None else unknown
    if wrong_kind is not None:
        checked.add("wrong-id-kind", f"found {_shown(ids[wrong_kind])}; ids here start with {letter}", wrong_kind)
    if unknown is not None:
        checked.add("unknown-video", f"{_shown(ids[unknown])} is not in {videos.name}", unknown)
    checked._ids = ids


def _shown(video_id):
    """Return an id as it is where it looks like one, else in quotes, escaped and not too long."""
    text = str(video_id)
    return text if re.fullmatch(r"[\x21-\x7e]{1,64}", text) else ascii(text[:64])


def _check_features(checked, member, videos):
    count, dimensions = member.shape
    checked.dimensions = dimensions
    if member.dtype != np.float32:
        checked.add("not-float32", f"features is {member.dtype.str} ({member.dtype.name}); needed: float32 (<f4)")
    if dimensions > MAX_DIMENSIONS:
        checked.add("too-many-dimensions", f"found {dimensions:,} dimensions; allowed {MAX_DIMENSIONS}")
    elif dimensions == 0:
        checked.add("features-shape", f"features has shape {member.shape}; at least one dimension is needed")
    if member.dtype != np.float32 or dimensions > MAX_DIMENSIONS or count > videos.max_vectors:
        return  # refused for its header already: its values aren't loaded
    features = _load(checked, member)
    if features is None:
        return
    row = first_not_finite(features)
    if row is not None:
        value = features[row][~np.isfinite(features[row])][0]
        checked.add("not-finite", f"found {value}; every value must be finite", row)
    checked._features = features


def first_not_finite(features):
    """Return the first row of (N, D) floats that has a NaN or infinity, or None; scans by chunks."""
    step = max(1, _SCAN_BYTES // max(1, features.shape[1] * features.itemsize))
    for start in range(0, len(features), step):
        finite = np.isfinite(features[start:start + step])
        if not finite.all():
            return start + int(np.flatnonzero(~finite.all(axis=1))[0])
    return None


def _check_dimensions(checked, other):
    """Add to `checked` that its vectors can't be compared with the other file's."""
    if checked.dimensions and other.dimensions and checked.dimensions != other.dimensions:
        checked.add(
            "dimensions-differ",
            f"found {checked.dimensions:,} dimensions; {other.file} has {other.dimensions:,}",
        )
