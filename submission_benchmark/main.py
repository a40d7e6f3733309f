"""A baseline that finds copies: one descriptor per second of video, without a trained network.

    describing.py   a picture -> a vector: describe() is the function to replace with your own
    views.py        which part of a frame is the picture: no borders; a picture in a picture alone
    videos.py       video -> shots of small frames
    features.py     what describe() computes; background.py what its scores are held against

A query's inner product with a reference is their similarity, less the query's mean similarity to
the nearest pictures of a background that comes along: what looks like everything is no find. For
that the last dimension is 1 in references and minus this mean in queries.

It describes the videos of /data/query_subset.csv, references (R...) among them too, and names on
stderr those that it can't read: they get a vector that is similar to nothing.
"""

from pathlib import Path

from describing import read_ids, write_descriptors


def main(data=Path("/data"), output=Path("/code_execution/subset_query_descriptors.npz"), workers=None):
    """Describe the videos of the subset in `data` and write `output`."""
    write_descriptors(read_ids(data), data, output, workers)


if __name__ == "__main__":
    main()
