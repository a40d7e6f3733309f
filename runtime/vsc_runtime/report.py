"""run_report.json: what a run did, how long each stage took, and how it ended."""

import json
import platform
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict

from . import __version__
from .errors import RunFailure
from .files import written_whole

VERSION = 1
# Peak of the container's memory in bytes: cgroup v2, then v1.
_PEAK_MEMORY = ("/sys/fs/cgroup/memory.peak", "/sys/fs/cgroup/memory/memory.max_usage_in_bytes")
_COUNTS = ("queries", "references", "subset_queries")


class Report:
    """Collects what becomes run_report.json; times are in seconds, `counts` null until known.

    `counts` names what a track counts beside the videos, `packages()` returns versions by name.
    """

    def __init__(self, counts=(), packages=dict):
        self.stages = []
        self.counts = dict.fromkeys((*_COUNTS, *counts))
        self.main = None
        self._packages = packages
        self.reproduction = None
        self.failure = None

    @contextmanager
    def stage(self, name):
        """Time a stage; a failure in it is recorded with its name."""
        started = time.perf_counter()
        try:
            yield
        except RunFailure as failure:
            self.fail(name, failure.kind, failure.message, failure.findings)
            raise
        except Exception as error:
            self.fail(name, "bug", f"{type(error).__name__}: {error}")
            raise
        finally:
            self.stages.append({"name": name, "seconds": round(time.perf_counter() - started, 6)})

    def fail(self, stage, kind, message, findings=()):
        """Record why the run ended; the first reason counts."""
        if self.failure is None:
            self.failure = {
                "stage": stage,
                "kind": kind,
                "message": message,
                "findings": [asdict(finding) for finding in findings],
            }

    def content(self):
        """Return all that there is to say by now."""
        return {
            "version": VERSION,
            "stages": self.stages,
            "counts": self.counts,
            "main": self.main,
            "reproduction": self.reproduction,
            "peak_memory_bytes": _peak_memory(),
            "versions": {"vsc_runtime": __version__, "python": platform.python_version(), **self._packages()},
            "failure": self.failure,
        }


def write_report(content, path):
    """Write a report whole."""
    with written_whole(path) as file:
        file.write(json.dumps(content, indent=1).encode() + b"\n")


def _peak_memory():
    for path in _PEAK_MEMORY:
        try:
            with open(path) as file:
                return int(file.read())
        except (OSError, ValueError):
            continue
    return None


if __name__ == "__main__":
    # All that is left to say of a run that was killed: how much memory it took.
    write_report(Report().content(), sys.argv[1])
