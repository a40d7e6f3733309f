"""The matching track: which segment of which reference is where in a query. Nothing is searched for here."""

from .match_rows import MAX_BYTES
from .tracks import PackedFile, Track

FULL_FILE = "full_matches.csv"
SUBSET_FILE = "subset_matches.csv"


class MatchingTrack(Track):
    """Both its files are tables of matches."""

    counts = ("full_matches", "subset_matches")
    subset_file = SUBSET_FILE
    outcome = "matches"

    def full_files(self):
        """Return the one table."""
        return [PackedFile(FULL_FILE, MAX_BYTES)]

    def max_subset_bytes(self):
        """Return the limit of any table."""
        return MAX_BYTES
