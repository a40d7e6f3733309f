"""The descriptor track: vectors for each video, and the video pairs that a search ranks best by them."""

from .tracks import PackedFile, Track

QUERY_FILE = "query_descriptors.npz"
REFERENCE_FILE = "reference_descriptors.npz"
SUBSET_FILE = "subset_query_descriptors.npz"
MAX_DIMENSIONS = 512

# Beside four bytes per value, a vector has an id and two timestamps; the rest is headers.
_BYTES_PER_VECTOR = (MAX_DIMENSIONS + 1) * 4 + 64
_SLACK_BYTES = 1 << 20
# A full set may come in float64 or with more arrays; what is larger by far isn't unpacked.
_SET_FACTOR = 4
_SET_SLACK_BYTES = 64 << 20


class DescriptorTrack(Track):
    """Its full files are two sets, of queries and of references; main.py's is one."""

    counts = ("query_descriptors", "reference_descriptors", "subset_query_descriptors", "full_pairs", "subset_pairs")
    subset_file = SUBSET_FILE
    outcome = "rankings"

    def full_files(self):
        """Return the two sets, each as large as vectors for its videos can be."""
        return [_packed(QUERY_FILE, self.dataset.queries), _packed(REFERENCE_FILE, self.dataset.references)]

    def max_subset_bytes(self):
        """Return what vectors for the subset's videos take."""
        return self.dataset.subset.max_vectors * _BYTES_PER_VECTOR + _SLACK_BYTES


def _packed(name, videos):
    allowed = videos.max_vectors * _BYTES_PER_VECTOR * _SET_FACTOR + _SET_SLACK_BYTES
    return PackedFile(name, allowed, f" for {len(videos):,} videos")
