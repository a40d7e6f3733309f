"""What the runtime makes of inputs: reads frames from stdin, writes a line of JSON for each.

A frame is a byte for its kind (`n` an npz, `s` a submission, `m` matches), four of
little-endian length and so many bytes. Every line has `accepted`, `why`, and for what is
accepted what was read; of matches it has the findings; `seconds` and, in the last line, `peak_bytes` say what it cost.
"""

import hashlib
import json
import resource
import struct
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from vsc_runtime import match_rows, matches
from vsc_runtime.descriptor_track import DescriptorTrack
from vsc_runtime.errors import SubmissionFailure
from vsc_runtime.metadata import Dataset, VideoSet
from vsc_runtime.pipeline import unpack_full
from vsc_runtime.progress import Progress
from vsc_runtime.report import Report
from vsc_runtime.unpack import entries, open_submission
from vsc_runtime.validation import QUERY_FILE, REFERENCE_FILE, check_file, check_pair

QUERIES = VideoSet("query_metadata.csv", {"Q100001": 20, "Q100002": 20}, {"Q100001": 20.0, "Q100002": 20.0})
REFERENCES = VideoSet("reference_metadata.csv", {"R100001": 20, "R100002": 20}, {"R100001": 20.0, "R100002": 20.0})
DATASET = Dataset(QUERIES, REFERENCES, QUERIES)
TRACK = DescriptorTrack(DATASET, Report(), Progress(), alone=True)


def digest(content):
    return hashlib.sha256(content).hexdigest()


def what_was_read(checked):
    descriptors = checked.descriptors()
    times = checked.timestamps()
    order = "F" if checked._timestamps._header.fortran_order else "C"
    return {
        "ids": digest("\n".join(descriptors.video_ids.tolist()).encode()),
        "shape": list(descriptors.features.shape),
        "features": digest(np.ascontiguousarray(descriptors.features).tobytes()),
        "timestamps": digest(times.tobytes(order)),
    }


def judge_npz(path, _folder):
    checked = check_file(path, "x.npz", QUERIES, "Q")
    return [finding.rule for finding in checked.findings], [checked]


def judge_submission(path, folder):
    try:
        with open_submission(path) as archive:
            unpack_full(archive, entries(archive), folder, TRACK)
    except SubmissionFailure as failure:
        return [failure.kind], []
    pair = check_pair(folder / QUERY_FILE, folder / REFERENCE_FILE, DATASET)
    return [finding.rule for file in pair for finding in file.findings], pair


def judge_matches(path):
    pieces_of(1 << 16)
    whole = match_findings(path)
    pieces_of(1 + path.stat().st_size % 300)
    if match_findings(path) != whole:
        raise ValueError(f"whole: {whole}, in pieces: {match_findings(path)}")
    return whole


def pieces_of(size):
    matches.pieces = lambda file: match_rows.pieces(file, size)


def match_findings(path):
    checked = matches.check_matches(path, "x.csv", QUERIES, REFERENCES)
    sides = (("error", checked.findings), ("warning", checked.warnings))
    return [[each.rule, severity, each.index] for severity, found in sides for each in found]


def verdict(kind, path, folder):
    try:
        if kind == b"m":
            return {"findings": judge_matches(path)}
        why, files = (judge_npz if kind == b"n" else judge_submission)(path, folder)
        reads = [] if why else [what_was_read(file) for file in files]
        return {"accepted": not why, "why": why, "reads": reads}
    except Exception as error:  # what must never happen, for the other side to tell
        return {"crash": f"{type(error).__name__}: {error}"}


def main():
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        folder = Path(name)
        while True:
            head = sys.stdin.buffer.read(5)
            if len(head) < 5:
                break
            kind, length = struct.unpack("<cL", head)
            path = folder / "input"
            path.write_bytes(sys.stdin.buffer.read(length))
            started = time.perf_counter()
            found = verdict(kind, path, folder)
            found["seconds"] = round(time.perf_counter() - started, 4)
            print(json.dumps(found), flush=True)
    print(json.dumps({"peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}), flush=True)


if __name__ == "__main__":
    main()
