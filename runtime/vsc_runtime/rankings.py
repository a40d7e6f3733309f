"""Writing rankings: a CSV for each search, both in submission.tar.gz."""

import gzip
import io
import tarfile

from .files import written_whole

FULL = "full_rankings.csv"
SUBSET = "subset_rankings.csv"
HEADER = "query_id,ref_id,score\n"


def rankings_csv(ranking):
    """Return a Ranking as CSV bytes; `None` gives the header alone.

    Scores have the fewest digits that read back as the same float32.
    """
    if ranking is None:
        return HEADER.encode()
    rows = zip(ranking.query_ids.tolist(), ranking.reference_ids.tolist(), map(str, ranking.scores))
    return (HEADER + "".join(f"{query},{reference},{score}\n" for query, reference, score in rows)).encode()


def write_rankings(path, full, subset):
    """Write submission.tar.gz whole; the same rankings give the same bytes."""
    with written_whole(path) as file:
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
            with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
                for name, ranking in ((FULL, full), (SUBSET, subset)):
                    content = rankings_csv(ranking)
                    member = tarfile.TarInfo(name)
                    member.size = len(content)
                    member.mode = 0o644
                    archive.addfile(member, io.BytesIO(content))
