import base64
import json
import zipfile

import numpy as np
import pytest

av = pytest.importorskip("av")
cv2 = pytest.importorskip("cv2")

from vsc_runtime import frames, stills

from conftest import write_descriptors

# BGR, a second each.
COLOURS = {"red": (0, 0, 255), "green": (0, 255, 0), "blue": (255, 0, 0), "white": (255, 255, 255)}


def write_video(path, colours, rate=10, size=(320, 240)):
    """Write H.264, in which each colour stands for a second, with one key frame at its beginning."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"g": "1000", "bf": "2"})
        (stream.width, stream.height), stream.pix_fmt = size, "yuv420p"
        for colour in colours:
            picture = np.full((size[1], size[0], 3), COLOURS[colour], np.uint8)
            for _ in range(rate):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "bgr24")))
        container.mux(stream.encode())


def colour_of(jpeg):
    """Return the name of the colour that a JPEG in Base64 is nearest to, and its (width, height)."""
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(jpeg), np.uint8), cv2.IMREAD_COLOR)
    mean = picture.reshape(-1, 3).mean(axis=0)
    name = min(COLOURS, key=lambda colour: np.abs(mean - COLOURS[colour]).sum())
    return name, (picture.shape[1], picture.shape[0])


@pytest.fixture
def world(tmp_path):
    """A zip whose Q100001 is most similar to R100001 at 2.5 s and 0.5 s, and to R100002 at 1.5 s and 2.5 s."""
    (tmp_path / "videos").mkdir()
    queries = np.eye(4, dtype=np.float32)[[0, 1, 2]]
    references = np.array([[0, 0, 9, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1], [0, 7, 0, 0]], np.float32)
    write_descriptors(
        tmp_path / "query_descriptors.npz", ["Q100001"] * 3, features=queries, timestamps=np.array([0.5, 1.5, 2.5])
    )
    write_descriptors(
        tmp_path / "reference_descriptors.npz",
        ["R100001"] * 2 + ["R100002"] * 3,
        features=references,
        timestamps=np.array([[0, 1], [1, 2], [0, 1], [1, 2], [2, 3]], np.float32),
    )
    with zipfile.ZipFile(tmp_path / "submission.zip", "w") as archive:
        for name in ("query_descriptors.npz", "reference_descriptors.npz"):
            archive.write(tmp_path / name, name)
    return tmp_path


def run(world, pairs):
    (world / "pairs.json").write_text(json.dumps(pairs))
    output = world / "frames.json"
    frames.main([str(world), "--zip", str(world / "submission.zip"), "--output", str(output)])
    return json.loads(output.read_text())


def test_each_pair_is_shown_where_it_is_most_similar(world):
    write_video(world / "videos/Q100001.mp4", ["red", "green", "blue"])
    write_video(world / "videos/R100001.mp4", ["white", "red"], size=(180, 320))
    write_video(world / "videos/R100002.mp4", ["blue", "blue", "green"], rate=25)
    first, second = run(world, [["Q100001", "R100001"], ["Q100001", "R100002"]])
    assert [first["similarity"], first["query"]["seconds"], first["reference"]["seconds"]] == [9, 2.5, 0.5]
    assert [second["similarity"], second["query"]["seconds"], second["reference"]["seconds"]] == [7, 1.5, 2.5]
    assert colour_of(first["query"]["jpeg"]) == ("blue", (240, 180))
    assert colour_of(first["reference"]["jpeg"]) == ("white", (101, 180))
    assert colour_of(second["query"]["jpeg"])[0] == "green"
    assert colour_of(second["reference"]["jpeg"])[0] == "green"


def test_given_seconds_are_shown_without_any_descriptors(world):
    write_video(world / "videos/Q100001.mp4", ["red", "green", "blue"])
    write_video(world / "videos/R100001.mp4", ["white", "red"])
    pairs = [["Q100001", "R100001", 0.5, 1.5], ["Q100001", "R100001", 2.5, 1e9], ["Q100001", "R999999", 1.25, 3]]
    (world / "pairs.json").write_text(json.dumps(pairs))
    frames.main([str(world), "--output", str(world / "frames.json")])
    first, last, unknown = json.loads((world / "frames.json").read_text())
    assert [first["similarity"], first["query"]["seconds"], first["reference"]["seconds"]] == [None, 0.5, 1.5]
    assert [colour_of(first[side]["jpeg"])[0] for side in ("query", "reference")] == ["red", "red"]
    assert [colour_of(last[side]["jpeg"])[0] for side in ("query", "reference")] == ["blue", "red"]
    assert colour_of(unknown["query"]["jpeg"])[0] == "green"
    assert unknown["reference"] == {"seconds": 3, "jpeg": None, "problem": None}


def test_given_seconds_stand_beside_moments_that_are_sought(world):
    write_video(world / "videos/Q100001.mp4", ["red", "green", "blue"])
    sought, given = run(world, [["Q100001", "R100001"], ["Q100001", "R100001", 0.5, 0]])
    assert [sought["similarity"], sought["query"]["seconds"]] == [9, 2.5]
    assert [given["similarity"], given["query"]["seconds"]] == [None, 0.5]


def test_what_is_missing_or_broken_costs_no_other_frame(world):
    (world / "videos/Q100001.mp4").write_bytes(b"no video")
    write_video(world / "videos/R100001.mp4", ["red"])
    first, missing, unknown = run(world, [["Q100001", "R100001"], ["Q100001", "R100002"], ["Q100001", "R999999"]])
    assert first["query"]["jpeg"] is None and "can't be decoded" in first["query"]["problem"]
    assert colour_of(first["reference"]["jpeg"])[0] == "red"
    assert missing["reference"] == {"seconds": 2.5, "jpeg": None, "problem": None}
    nothing = {"seconds": None, "jpeg": None, "problem": None}
    assert unknown == {"similarity": None, "query": nothing, "reference": nothing}


def test_a_timestamp_past_the_end_shows_the_last_frame_and_one_that_is_none_nothing(world):
    write_video(world / "videos/a.mp4", ["red", "green"])
    found = stills.stills(world / "videos/a.mp4", [0, 0.95, 1.05, 99])
    colours = [colour_of(base64.b64encode(found[time]))[0] for time in sorted(found)]
    assert colours == ["red", "red", "green", "green"]
    moments = frames.Moments(world / "query_descriptors.npz")
    for strange in (np.array([np.nan] * 3), np.array([-1.0] * 3), np.array(["x"] * 3)):
        moments._timestamps = strange
        assert moments.seconds("Q100001", 0) is None


def test_vectors_too_long_for_a_product_have_moments_all_the_same(world):
    huge = np.full((1, 4), 3e38, np.float32)
    write_descriptors(world / "huge.npz", ["Q100001"], features=huge, timestamps=np.array([0.5]))
    long = frames.Moments(world / "huge.npz")
    assert frames.best_moment("Q100001", "Q100001", long, long) == (None, 0.5, 0.5)


def test_a_picture_of_noise_stays_small(world):
    picture = np.random.default_rng(0).integers(0, 255, (180, 240, 3), np.uint8)
    assert len(stills._jpeg(picture)) <= stills.MAX_BYTES
