import json
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from test_search import descriptors
from vsc_runtime.progress import Progress
from vsc_runtime.search import search
from world import describing


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def told():
    """A function that works on a stage as steps (seconds, completed of 40, share) say, and returns the lines."""
    def work(steps):
        reading, writing = os.pipe()
        clock = Clock()
        with Progress(writing, clock).stage("search_full", 40) as tell:
            for clock.now, completed, share in steps:
                tell(completed, share)
        os.close(writing)
        with open(reading) as lines:
            return [json.loads(line) for line in lines]
    return work


def test_a_short_stage_tells_nothing(told):
    assert told([(0.2, 10, 0.25), (0.9, 39, 0.99)]) == []


def test_a_long_one_tells_how_far_it_is_and_how_long_it_will_take(told):
    lines = told([(second / 10, second // 10, second / 400) for second in range(1, 400)])
    assert lines[0] == {"stage": "search_full", "completed": 1, "total": 40, "seconds_left": 39.0}
    assert lines[-1] == {"stage": "search_full", "completed": 40, "total": 40, "done": True}
    assert 70 <= len(lines) <= 80
    assert {round(line["seconds_left"] + at / 2) for at, line in enumerate(lines[:-1])} == {39}


def test_one_that_begins_anew_says_so(told):
    lines = told([(10, 20, 0.5), (20, 38, 0.95), (21, 0, 0.0), (25, 10, 0.25)])
    assert [line.get("again", False) for line in lines] == [False, False, True, True, False]
    assert lines[2] == {"stage": "search_full", "completed": 0, "total": 40, "again": True}
    assert lines[3]["seconds_left"] == 12.0


def test_nobody_who_reads_is_no_reason_to_stop():
    reading, writing = os.pipe()
    os.close(reading)
    clock = Clock()
    with Progress(writing, clock).stage("search_full", 2) as tell:
        clock.now = 5
        tell(1, 0.5)
        clock.now = 9
        tell(1, 0.6)


def test_a_search_tells_of_reference_videos_in_their_order():
    queries, references = descriptors("Q", 2, 60, 4, 1), descriptors("R", 40, 9_000, 4, 2)
    seen = []
    search(queries, references, watch=lambda videos, share: seen.append((videos, share)))
    assert seen == sorted(seen) and len(seen) == 9
    assert seen[0] == (0, 0.0)
    videos = len(np.unique(references.video_ids[:8 * 1024])) - 1
    assert seen[-1] == (videos, 8 * 1024 / 9_000)


def test_only_the_scoring_takes_a_channel_and_ends_with_its_report(tmp_path):
    world = describing(tmp_path)
    assert world.run("execute", "--progress", "1")[0] == 2
    code, output = world.run("score", "--progress", "1")
    lines = [line for line in output.splitlines() if line.startswith("{")]
    assert code == 0 and [json.loads(line) for line in lines] == [{"report": world.report()}]  # it took no second


def test_a_scoring_that_fails_tells_its_report_too(tmp_path):
    world = describing(tmp_path)
    (world.submission / "submission.zip").write_bytes(b"no zip")
    code, output = world.run_as_it_is("score", "--progress", "1")
    assert code == 1 and json.loads(output.splitlines()[-1])["report"] == world.report()


def test_a_report_longer_than_a_pipe_holds_is_told_whole():
    reading, writing = os.pipe()
    report = {"failure": "x" * 300_000}
    with ThreadPoolExecutor() as pool:
        line = pool.submit(lambda: open(reading).readline())
        Progress(writing).ended(report)
        os.close(writing)
        assert json.loads(line.result()) == {"report": report}
