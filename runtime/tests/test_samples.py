"""The sample videos, in small: what is planned, what is drawn, what is in the files."""

import csv
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest

av = pytest.importorskip("av")

from conftest import RUNTIME
from vsc_samples import film
from vsc_samples.edits import EDITS, chain
from vsc_samples.motion import BY_THEMSELVES, PAINTERS, scene
from vsc_samples.plan import NEVER_TOGETHER, plan
from vsc_samples.tables import segments


def make(folder, *arguments):
    """Make data sets of 3 references and 2 queries; return what was printed."""
    command = [sys.executable, "-m", "vsc_samples", str(folder), "--references", "3", "--queries", "2", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(RUNTIME)}
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples") / "competition_data"
    printed = make(folder)
    return folder, printed


def decoded(path):
    """Return the frames of a file, uint8 (height, width, 3)."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def rows(path):
    with open(path) as file:
        return list(csv.DictReader(file))


def digests(folder):
    """Return a digest of the decoded frames of every video, and of the bytes of every other file."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = np.stack(decoded(path)).tobytes() if path.suffix == ".mp4" else path.read_bytes()
        found[str(path.relative_to(folder))] = hashlib.sha256(content).hexdigest()
    return found


def thumbnail(frame):
    grey = (
        cv2.resize(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), (16, 16), interpolation=cv2.INTER_AREA)
        .astype(np.float32)
        .ravel()
    )
    grey -= grey.mean()
    return grey / max(np.linalg.norm(grey), 1e-6)


def test_the_same_seed_gives_the_same_frames_and_another_one_others(made, tmp_path):
    folder, _ = made
    make(tmp_path / "again")
    make(tmp_path / "other", "--seed", "7")
    first, again, other = digests(folder), digests(tmp_path / "again"), digests(tmp_path / "other")
    assert first == again
    assert set(first) == set(other)
    assert not set(first.values()) & set(other.values())


def test_names_and_columns_are_those_of_the_downloads(made):
    folder, _ = made
    names = {str(path.relative_to(folder)) for path in folder.rglob("*.csv")}
    metadata = {f"{name}/{name}_{kind}_metadata.csv" for name in ("train", "test") for kind in ("query", "reference")}
    truth = {"train/train_descriptor_ground_truth.csv", "train/train_matching_ground_truth.csv"}
    assert names == metadata | truth
    for path in metadata:
        assert (folder / path).read_text().splitlines()[0] == "video_id,duration_sec,frames_per_sec,width,height,rn"
    descriptor, matching = ((folder / path).read_text().splitlines()[0] for path in sorted(truth))
    assert descriptor == "query_id,ref_id"
    assert matching == "query_id,ref_id,query_start,query_end,ref_start,ref_end"
    assert [row["video_id"] for row in rows(folder / "test/test_query_metadata.csv")] == ["Q200001", "Q200002"]


def test_metadata_are_true(made):
    folder, _ = made
    for name in ("train", "test"):
        for kind in ("query", "reference"):
            for row in rows(folder / name / f"{name}_{kind}_metadata.csv"):
                path = folder / name / kind / f"{row['video_id']}.mp4"
                with av.open(str(path)) as container:
                    stream = container.streams.video[0]
                    assert stream.codec_context.name == "h264"
                    assert float(stream.duration * stream.time_base) == pytest.approx(
                        float(row["duration_sec"]), abs=2e-3
                    )
                    assert float(stream.average_rate) == pytest.approx(float(row["frames_per_sec"]), abs=6e-3)
                frames = decoded(path)
                assert frames[0].shape[:2] == (int(row["height"]), int(row["width"]))
                assert len(frames) == round(float(row["duration_sec"]) * float(row["frames_per_sec"]))


def test_every_video_moves_the_bar(made):
    _, printed = made
    assert [json.loads(line) for line in printed.splitlines()] == [
        {"made": number, "total": 10} for number in range(1, 11)
    ]


def test_half_of_the_queries_have_copied_and_segments_are_inside_both_videos(made):
    dataset = plan("train", 1, 42, 96, 72)
    queries = {query.video_id: float(query.seconds) for query in dataset.queries}
    references = {reference.video_id: float(reference.seconds) for reference in dataset.references}
    found = segments(dataset)
    assert len({row[0] for row in found}) == 36
    for query, reference, *times in found:
        begin, end, first, last = map(float, times)
        assert 0 <= begin < end <= queries[query] + 1e-3
        assert 0 <= first < last <= references[reference] + 1e-3
        assert end - begin > 2.8
        assert 0.69 < (last - first) / (end - begin) < 1.51


def test_train_and_test_and_seeds_have_nothing_in_common():
    seeds = [
        {part.seed for video in dataset.references + dataset.queries for part in video.parts}
        for dataset in (plan("train", 1, 42, 96, 72), plan("test", 2, 42, 96, 72), plan("train", 1, 43, 96, 72))
    ]
    assert not seeds[0] & seeds[1] and not seeds[0] & seeds[2]


def test_all_edits_occur_alone_and_together_and_no_two_that_exclude_each_other():
    queries = [query for seed in range(5) for query in plan("train", 1, seed, 96, 72).queries]
    chains = [part.edits for query in queries for part in query.parts if part.clip]
    assert any(part.edits for query in queries for part in query.parts if not part.clip)
    assert {name for names in chains for name in names} == set(EDITS)
    assert {len(names) for names in chains} >= {1, 2, 3}
    for rivals in NEVER_TOGETHER:
        assert all(len(rivals.intersection(names)) <= 1 for names in chains)
    clips = [part.clip for query in queries for part in query.parts if part.clip]
    assert any(clip.speed > 1.2 for clip in clips) and any(clip.speed < 0.8 for clip in clips)
    assert any(part.clip is None for query in queries for part in query.parts if any(each.clip for each in query.parts))


def test_a_clip_without_edits_shows_the_frames_of_its_reference():
    dataset = plan("train", 1, 42, 96, 72)
    query = next(query for query in dataset.queries if any(part.clip for part in query.parts))
    part = next(part for part in query.parts if part.clip)
    source = dataset.references[part.clip.reference]
    plain = replace(part, edits=(), clip=replace(part.clip, speed=1.0))
    draw = film.drawn(plain, replace(query, width=source.width, height=source.height), dataset.references)
    originals = list(film.frames(source, dataset.references))
    for t in (0, 1.0, 2.5):
        index = int((plain.clip.start + t) * source.rate + 1e-6)
        np.testing.assert_array_equal(draw(t), originals[index])


@pytest.mark.parametrize("kind", [*PAINTERS, *BY_THEMSELVES], ids=lambda kind: kind.__name__)
def test_whatever_is_drawn_is_a_frame(kind):
    for seed in range(3):
        drawn = kind(np.random.default_rng(seed), 192, 144)
        frame = drawn(1.5) if callable(drawn) else drawn
        assert frame.shape == (144, 192, 3) and frame.dtype == np.uint8
        assert frame.std() > 2


def test_scenes_move_and_time_may_be_asked_for_in_any_order():
    for seed in range(12):
        one = scene(np.random.default_rng(seed), 160, 120)
        other = scene(np.random.default_rng(seed), 160, 120)
        late, early = one(4.0), one(0.0)
        np.testing.assert_array_equal(other(0.0), early)
        np.testing.assert_array_equal(other(4.0), late)
        assert np.abs(late.astype(int) - early).mean() > 0.3


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_changes_a_frame_and_keeps_its_size(name):
    frame = scene(np.random.default_rng(5), 160, 120)(1.0)
    before = frame.copy()
    for seed in range(4):
        edited = chain([name], np.random.default_rng(seed), 160, 120)(frame, 1.0)
        assert edited.shape == frame.shape and edited.dtype == np.uint8
        assert np.abs(edited.astype(int) - frame).mean() > 0.2
        np.testing.assert_array_equal(frame, before)


def test_no_two_references_look_alike():
    dataset = plan("train", 1, 42, 96, 72)
    vectors, owners = [], []
    for number, video in enumerate(dataset.references):
        draw = film.player(video, dataset.references)
        for second in range(int(video.seconds)):
            vectors.append(thumbnail(draw(float(second))))
            owners.append(number)
    alike, owners = np.stack(vectors) @ np.stack(vectors).T, np.array(owners)
    alike[owners[:, None] == owners[None]] = -1
    assert alike.max() < 0.97
