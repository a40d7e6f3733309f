"""What scores the descriptor track: its checks, the comparison, and the searches."""

import io

from .descriptor_track import QUERY_FILE, REFERENCE_FILE, SUBSET_FILE, DescriptorTrack
from .findings import refuse
from .gpu_scan import Scans
from .packages import installed_packages
from .rankings import FULL, SUBSET, rankings_csv
from .reproduction import NotComparable, compare
from .say import say
from .search import search
from .tracks import Scoring
from .validation import check_pair, check_subset


class DescriptorScoring(DescriptorTrack, Scoring):
    """What was checked of the full files is two CheckedFiles, and of main.py's one."""

    packages = staticmethod(installed_packages)

    def validate_full(self, folder):
        """Check both sets; return (queries, references)."""
        query, reference = check_pair(folder / QUERY_FILE, folder / REFERENCE_FILE, self.dataset)
        refuse("descriptors", query.findings + reference.findings)
        self._tell(query, "query_descriptors")
        self._tell(reference, "reference_descriptors")
        return query, reference

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
        scans = Scans() if self.alone else Scans(find=None)
        with self.report.stage("search_full"):
            everything = self._search("search_full", query, reference, scans)
            self.report.counts["full_pairs"] = len(everything)
            say(f"Searched {len(self.dataset.queries):,} queries: {len(everything):,} pairs")
        partial = None
        if subset:
            with self.report.stage("search_subset"):
                partial = self._search("search_subset", subset.descriptors(), reference, scans)
                say(f"Searched the subset of {len(self.dataset.subset):,} queries: {len(partial):,} pairs")
        self.report.counts["subset_pairs"] = len(partial) if partial else 0
        return [(FULL, _csv(everything)), (SUBSET, _csv(partial))]

    def _search(self, stage, queries, references, scans):
        scan = scans.of(queries.features, references.features)
        with self.progress.stage(stage, references.videos) as watch:
            return search(queries, references, scan, watch)

    def _tell(self, checked, count):
        descriptors = checked.descriptors()
        vectors, dimensions = descriptors.features.shape
        self.report.counts[count] = vectors
        say(f"Validated {checked.file}: {vectors:,} vectors × {dimensions} for {descriptors.videos:,} videos")


def _csv(ranking):
    return lambda: io.BytesIO(rankings_csv(ranking))
