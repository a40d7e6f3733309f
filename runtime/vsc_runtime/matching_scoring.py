"""What scores the matching track: its checks."""

import io
from functools import partial

from .findings import refuse
from .match_rows import COLUMNS
from .matches import check_matches
from .matching_track import FULL_FILE, SUBSET_FILE, MatchingTrack
from .packages import installed_packages
from .say import say
from .tracks import Scoring

HEADER = (",".join(COLUMNS) + "\n").encode()


class MatchingScoring(MatchingTrack, Scoring):
    """Its tables are kept as they are: the checks return the path of what was checked."""

    packages = staticmethod(installed_packages)

    def validate_full(self, folder):
        """Check the submitted matches of all queries."""
        return self._check(folder / FULL_FILE, self.dataset.queries, "full_matches")

    def validate_subset(self, folder, full):
        """Check main.py's matches, which are of the subset's queries only."""
        return self._check(folder / SUBSET_FILE, self.dataset.subset, "subset_matches")

    def results(self, full, subset):
        """Return both tables byte for byte; without one of main.py's a header stands for it."""
        if subset is None:
            self.report.counts["subset_matches"] = 0
        made = partial(open, subset, "rb") if subset else partial(io.BytesIO, HEADER)
        return [(SUBSET_FILE, made), (FULL_FILE, partial(open, full, "rb"))]

    def _check(self, path, queries, count):
        checked = check_matches(path, path.name, queries, self.dataset.references)
        for warning in checked.warnings:
            say(f"warning: {warning}")
        refuse("matches", checked.findings)
        self.report.counts[count] = checked.segments
        say(f"Validated {checked.file}: {checked.segments:,} segments")
        return path
