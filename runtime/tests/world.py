"""The folders of a container in a temporary place, and runs in them."""

import json
import os
import subprocess
import sys
import tarfile
import zipfile

from conftest import RUNTIME, write_descriptors, write_metadata

QUERIES, REFERENCES, SUBSET = ["Q100001", "Q100002", "Q100003"], ["R100001", "R100002"], ["Q100001", "Q100003"]
DESCRIBING_MAIN = """
import numpy as np
ids = ["Q100001", "Q100003"]
np.savez("subset_query_descriptors.npz", video_ids=np.array(ids), timestamps=np.zeros(2),
         features=np.ones((2, 8), np.float32))
"""
_RUNTIME = "import sys; sys.path.insert(0, sys.argv.pop(1)); from vsc_runtime.__main__ import main; sys.exit(main(sys.argv[1:]))"


class World:
    """A data folder of the ids above, and `files`, what submission.zip holds: name -> content."""

    def __init__(self, folder, files):
        self.data, self.code, self.submission = folder / "data", folder / "code", folder / "code" / "submission"
        for path in (self.data, self.code, self.submission):
            path.mkdir()
        for path in (folder, *folder.parents[:2]):
            os.chmod(path, 0o755)
        os.chmod(self.code, 0o1777)
        write_metadata(self.data, QUERIES, REFERENCES, SUBSET)
        self.files = files

    def run(self, command="run", *arguments, **variables):
        """Pack, then run a subcommand; return (exit code, output)."""
        with zipfile.ZipFile(self.submission / "submission.zip", "w") as archive:
            for name, content in self.files.items():
                archive.writestr(name, content)
        return self.run_as_it_is(command, *arguments, **variables)

    def run_as_it_is(self, command, *arguments, stdin=b"", **variables):
        """Run a subcommand with `stdin` on its standard input; return (exit code, output)."""
        done = subprocess.run(
            [sys.executable, "-B", "-c", _RUNTIME, str(RUNTIME),
             command, "--data", self.data, "--code", self.code, "--submission", self.submission, *arguments],
            input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, env={**os.environ, **variables},
        )
        return done.returncode, done.stdout.decode()

    def report(self):
        return json.loads((self.submission / "run_report.json").read_text())

    def stages(self):
        return [stage["name"] for stage in self.report()["stages"]]

    def results(self):
        """Return what submission.tar.gz holds, in its order: name -> bytes."""
        with tarfile.open(self.submission / "submission.tar.gz") as archive:
            return {name: archive.extractfile(name).read() for name in archive.getnames()}


def describing(folder):
    """Return a World with a good submission to the descriptor track."""
    write_descriptors(folder / "q.npz", sorted(QUERIES * 3))
    write_descriptors(folder / "r.npz", sorted(REFERENCES * 3))
    return World(folder, {
        "query_descriptors.npz": (folder / "q.npz").read_bytes(),
        "reference_descriptors.npz": (folder / "r.npz").read_bytes(),
        "main.py": DESCRIBING_MAIN,
    })


def failed(world, kind, stage):
    """Assert how a run ended, and that it left no results; return its failure."""
    failure = world.report()["failure"]
    assert (failure["kind"], failure["stage"]) == (kind, stage)
    assert not (world.submission / "submission.tar.gz").exists()
    return failure
