"""Writing submission.tar.gz, which holds the results of a run."""

import gzip
import os
import tarfile

from .files import written_whole


def write_results(path, results):
    """Write the archive whole; the same results give the same bytes.

    `results` are pairs, in the archive's order: a file's name and a function that
    opens its content as a binary file. One at a time is open, and none is read at once.
    """
    with written_whole(path) as file:
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
            with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
                for name, opened in results:
                    with opened() as content:
                        archive.addfile(_member(name, content), content)


def _member(name, content):
    member = tarfile.TarInfo(name)
    member.size = content.seek(0, os.SEEK_END)
    member.mode = 0o644
    content.seek(0)
    return member
