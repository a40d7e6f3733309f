"""The descriptor track: vectors for each video, and the video pairs that a search ranks best by them."""

import io

from .findings import refuse
from .rankings import FULL, SUBSET, rankings_csv
from .reproduction import NotComparable, compare
from .say import say
from .search import search
from .tracks import PackedFile, Track
from .validation import MAX_DIMENSIONS, QUERY_FILE, REFERENCE_FILE, SUBSET_FILE, check_pair, check_subset

# Beside four bytes per value, a vector has an id and two timestamps; the rest is headers.
_BYTES_PER_VECTOR = (MAX_DIMENSIONS + 1) * 4 + 64
_SLACK_BYTES = 1 << 20
# A full set may come in float64 or with more arrays; what is larger by far isn't unpacked.
_SET_FACTOR = 4
_SET_SLACK_BYTES = 64 << 20


class DescriptorTrack(Track):
    """Its full files are two CheckedFiles, of queries and of references; main.py's is one."""

    counts = ("query_descriptors", "reference_descriptors", "subset_query_descriptors", "full_pairs", "subset_pairs")
    subset_file = SUBSET_FILE
    outcome = "rankings"

    def full_files(self):
        """Return the two sets, each as large as vectors for its videos can be."""
        return [_packed(QUERY_FILE, self.dataset.queries), _packed(REFERENCE_FILE, self.dataset.references)]

    def validate_full(self, folder):
        """Check both sets; return (queries, references)."""
        query, reference = check_pair(folder / QUERY_FILE, folder / REFERENCE_FILE, self.dataset)
        refuse("descriptors", query.findings + reference.findings)
        self._tell(query, "query_descriptors")
        self._tell(reference, "reference_descriptors")
        return query, reference

    def max_subset_bytes(self):
        """Return what vectors for the subset's videos take."""
        return self.dataset.subset.max_vectors * _BYTES_PER_VECTOR + _SLACK_BYTES

    def validate_subset(self, folder, full):
        """Check the subset's set beside the references."""
        _, reference = full
        subset = check_subset(folder / SUBSET_FILE, reference, self.dataset)
        refuse("descriptors", subset.findings)
        self._tell(subset, "subset_query_descriptors")
        return subset

    def compare(self, full, subset):
        """Measure how main.py's vectors agree with the submitted ones, by what is scored."""
        query, _ = full
        with self.report.stage("compare"):
            try:
                self.report.reproduction = compare(query, subset, self.dataset.subset)
            except NotComparable as error:
                self.report.reproduction = {"not_compared": str(error)}

    def results(self, full, subset):
        """Search for all queries and for the subset; return the two rankings."""
        query, reference = (checked.descriptors() for checked in full)
        with self.report.stage("search_full"):
            everything = search(query, reference)
            self.report.counts["full_pairs"] = len(everything)
            say(f"Searched {len(self.dataset.queries):,} queries: {len(everything):,} pairs")
        partial = None
        if subset:
            with self.report.stage("search_subset"):
                partial = search(subset.descriptors(), reference)
                say(f"Searched the subset of {len(self.dataset.subset):,} queries: {len(partial):,} pairs")
        self.report.counts["subset_pairs"] = len(partial) if partial else 0
        return [(FULL, _csv(everything)), (SUBSET, _csv(partial))]

    def _tell(self, checked, count):
        descriptors = checked.descriptors()
        vectors, dimensions = descriptors.features.shape
        self.report.counts[count] = vectors
        say(f"Validated {checked.file}: {vectors:,} vectors × {dimensions} for {descriptors.videos:,} videos")


def _packed(name, videos):
    allowed = videos.max_vectors * _BYTES_PER_VECTOR * _SET_FACTOR + _SET_SLACK_BYTES
    return PackedFile(name, allowed, f" for {len(videos):,} videos")


def _csv(ranking):
    return lambda: io.BytesIO(rankings_csv(ranking))
