"""Two frames of each pair of videos, one of either: `python -m vsc_runtime.frames`.

Reads `videos/<id>.mp4` and `pairs.json` in a folder: a list of [query, reference, seconds of the query,
seconds of the reference] or, for the moments at which the two are most similar by the sets in
submission.zip, of [query, reference]. Writes JSON, for each pair in its order

    {"similarity": inner product or null, "query": side, "reference": side}
    side: {"seconds": number or null, "jpeg": Base64, "problem": why there is no jpeg}

with null for what there is not. None of the submission's code runs.
"""

import argparse
import base64
import json
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from .descriptor_track import QUERY_FILE, REFERENCE_FILE
from .files import written_whole
from .moments import Moments, best_moment
from .stills import stills
from .unpack import check_room, entries, open_submission, unpack_one


def main(arguments=None):
    """Make the frames."""
    parser = argparse.ArgumentParser(prog="vsc_runtime.frames", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder of pairs.json and videos/")
    parser.add_argument("--zip", type=Path, help="submission.zip, where a pair has no seconds")
    parser.add_argument("--output", type=Path, required=True, help="the file to write")
    options = parser.parse_args(arguments)
    pairs = [tuple(pair) for pair in json.loads((options.folder / "pairs.json").read_text())]
    with written_whole(options.output) as file:
        file.write(json.dumps(frames(pairs, options.zip, options.folder / "videos"), allow_nan=False).encode())


def frames(pairs, submission, videos):
    """Return what is written of `pairs` [(query, reference) or (query, reference, seconds, seconds)]."""
    moments = _moments(pairs, submission)
    wanted = defaultdict(set)
    for pair, (_, *times) in moments.items():
        for video, time in zip(pair, times):
            if time is not None:
                wanted[video].add(time)
    found = {
        video: stills(videos / f"{video}.mp4", times)
        for video, times in wanted.items()
        if (videos / f"{video}.mp4").exists()
    }
    return [_told(pair, moments.get(pair, (None, None, None)), found) for pair in pairs]


def _moments(pairs, submission):
    """Return {pair: (similarity, seconds, seconds)}; a pair without vectors is missing."""
    given = {pair: (None, *pair[2:]) for pair in pairs if len(pair) == 4}
    wanted = [pair for pair in pairs if pair not in given]
    return {**given, **_most_similar(wanted, submission)} if wanted else given


def _most_similar(pairs, submission):
    with tempfile.TemporaryDirectory(prefix="vsc-") as folder, open_submission(submission) as archive:
        sets = []
        named = entries(archive)
        check_room([named[name] for name in (QUERY_FILE, REFERENCE_FILE)], folder)
        for name in (QUERY_FILE, REFERENCE_FILE):
            unpack_one(archive, named[name], Path(folder) / name)
            sets.append(Moments(Path(folder) / name))
        found = {pair: best_moment(*pair, *sets) for pair in pairs}
    return {pair: moment for pair, moment in found.items() if moment is not None}


def _told(pair, moment, found):
    similarity, *times = moment
    sides = (_side(time, found.get(video, {}).get(time)) for video, time in zip(pair, times))
    return {"similarity": similarity, **dict(zip(("query", "reference"), sides))}


def _side(seconds, still):
    is_jpeg = isinstance(still, bytes)
    return {
        "seconds": seconds,
        "jpeg": base64.b64encode(still).decode() if is_jpeg else None,
        "problem": None if is_jpeg or still is None else str(still),
    }


if __name__ == "__main__":
    sys.exit(main())
