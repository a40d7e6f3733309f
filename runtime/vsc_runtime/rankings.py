"""Rankings as CSV."""

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
