"""The matching track, from submission.zip to submission.tar.gz."""

import json
import subprocess
import sys
import zipfile

import pytest

from conftest import RUNTIME
from world import World, failed

HEADER = "query_id,ref_id,query_start,query_end,ref_start,ref_end,score\n"
# As others write them: with a byte order mark, other line ends, a blank line and no last end.
FULL = ("\ufeff" + HEADER + "Q100001,R100001,0.50,1.5,0,1,0.9\n\nQ100002,R100002,1,2.25,1e0,2,+3").replace("\n", "\r\n").encode()
SUBSET = (HEADER + "Q100001,R100001,0.5,1.5,0,1,0.90\nQ100003,R100002,0,1,0,1,.1\n").encode()
STAGES = ["unpack", "validate_full", "main", "validate_subset", "write"]


def writing(content):
    return f"open('subset_matches.csv', 'wb').write({content!r})\n"


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.setenv("TRACK", "matching")
    return World(tmp_path, {"full_matches.csv": FULL, "main.py": writing(SUBSET)})


def test_a_whole_run(world):
    code, output = world.run()
    assert code == 0, output
    assert output.splitlines() == [
        "Unpacked submission.zip: 2 files",
        "Validated full_matches.csv: 2 segments",
        "Running main.py for 2 queries",
        "Validated subset_matches.csv: 2 segments",
        "Wrote submission.tar.gz",
    ]
    assert list(world.results().items()) == [("subset_matches.csv", SUBSET), ("full_matches.csv", FULL)]
    assert world.stages() == STAGES
    report = world.report()
    assert report["counts"] == {
        "queries": 3, "references": 2, "subset_queries": 2, "full_matches": 2, "subset_matches": 2,
    }
    assert (report["main"], report["reproduction"], report["failure"]) == ({"exit_code": 0}, None, None)


def test_two_containers_give_what_one_gives(world, tmp_path):
    assert world.run()[0] == 0
    expected = (world.submission / "submission.tar.gz").read_bytes()
    output = tmp_path / "output"
    output.mkdir()
    code, text = world.run("execute", "--output", output)
    assert code == 0, text
    assert sorted(entry.name for entry in output.iterdir()) == ["run_report.json", "subset_matches.csv"]
    assert (output / "subset_matches.csv").read_bytes() == SUBSET
    stages = json.loads((output / "run_report.json").read_text())["stages"]
    assert [stage["name"] for stage in stages] == ["unpack", "main", "copy"]
    world.code = tmp_path / "unused"
    code, text = world.run("score", "--subset", output / "subset_matches.csv")
    assert code == 0, text
    assert (world.submission / "submission.tar.gz").read_bytes() == expected
    assert world.stages() == [name for name in STAGES if name != "main"]


@pytest.mark.parametrize("command", ["run", "score"])
def test_without_code_the_header_stands_for_the_subset(world, command):
    del world.files["main.py"]
    world.files["subset_matches.csv"] = SUBSET  # which main.py did not write
    code, output = world.run(command)
    assert code == 0 and ("No main.py: full matches only" in output) == (command == "run")
    assert world.results() == {"subset_matches.csv": HEADER.encode(), "full_matches.csv": FULL}
    assert world.report()["counts"]["subset_matches"] == 0
    assert world.run(command, PHASE2="true")[0] == 1
    failed(world, "missing-main", "unpack")


def test_a_packed_subset_file_is_not_the_output(world):
    world.files.update({"subset_matches.csv": SUBSET, "main.py": "import os; print(os.listdir())"})
    code, output = world.run()
    assert code == 1 and "subset_matches.csv'" not in output
    failed(world, "no-output", "validate_subset")


@pytest.mark.parametrize("main, says", [
    ("pass", "was not written"),
    ("import os; os.symlink('full_matches.csv', 'subset_matches.csv')", "can't be opened as a regular"),
    ("import os; os.mkfifo('subset_matches.csv')", "not a regular file"),
    ("import os; os.makedirs('subset_matches.csv/deep')", "not a regular file"),
    ("open('subset_matches.csv', 'wb').truncate((1 << 30) + 1)", "it has 1,073,741,825 bytes; allowed 1,073,741,824"),
])
def test_no_usable_output(world, main, says):
    world.files["main.py"] = main
    code, output = world.run()
    assert code == 1 and says in output
    failed(world, "no-output", "validate_subset")


def test_what_main_does_to_the_full_matches_changes_nothing(world):
    world.files["main.py"] += "import os; os.unlink('full_matches.csv'); open('full_matches.csv', 'w').write('mine')\n"
    assert world.run()[0] == 0
    assert world.results()["full_matches.csv"] == FULL


def test_an_invalid_full_file_ends_it_before_the_code_runs(world):
    world.files.update({"full_matches.csv": b"query_id\n", "main.py": "print('RAN')"})
    code, output = world.run()
    assert code == 1 and "RAN" not in output
    assert "full_matches.csv: wrong-columns: " in output
    assert output.endswith("The matches are not valid: 1 rule is broken\n")
    findings = failed(world, "invalid", "validate_full")["findings"]
    assert [(finding["file"], finding["rule"]) for finding in findings] == [("full_matches.csv", "wrong-columns")]


def test_full_matches_missing_from_the_zip_with_a_hint(world):
    world.files = {f"mine/{name}": content for name, content in world.files.items()}
    code, output = world.run()
    assert code == 1 and "but mine/full_matches.csv is: zip from inside its folder" in output
    failed(world, "invalid", "unpack")


def test_full_matches_beyond_the_limit_are_not_unpacked(world):
    with zipfile.ZipFile(world.submission / "submission.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("full_matches.csv", "w") as file:
            for _ in range(1 << 10):
                file.write(bytes(1 << 20))
            file.write(b"x")
    code, output = world.run_as_it_is("score")
    assert code == 1 and "full_matches.csv has 1,073,741,825 bytes; allowed 1,073,741,824\n" in output
    failed(world, "invalid", "unpack")


def test_the_subset_may_speak_of_its_own_queries_only(world):
    """A query of the whole set is fine in the full matches, where it was submitted."""
    world.files["main.py"] = writing(SUBSET.replace(b"Q100003", b"Q100002"))
    code, output = world.run()
    assert code == 1 and "Q100002" in output and "query_subset.csv" in output
    findings = failed(world, "invalid", "validate_subset")["findings"]
    assert [(finding["file"], finding["rule"], finding["index"]) for finding in findings] == [
        ("subset_matches.csv", "unknown-video", 1),
    ]


def test_warnings_are_printed_and_fail_nothing(world):
    world.files["full_matches.csv"] = HEADER.encode()
    world.files["main.py"] = writing(SUBSET.replace(b"0.5,1.5", b"1.5,1.5"))
    code, output = world.run()
    assert code == 0
    assert "warning: full_matches.csv: no-matches: " in output
    assert "warning: subset_matches.csv: zero-length-segment: " in output
    assert list(world.results()) == ["subset_matches.csv", "full_matches.csv"]


@pytest.mark.parametrize("video_id, says", [
    ("Q\x1b[2J", "unreadable: line 3: it has control characters"),
    ("Q\u202e\x9b\u2028The submission runs.", r"unknown-video: line 3, query_id: 'Q\u202e\x9b\u2028The submission runs.' is not in"),
])
def test_what_can_not_be_seen_is_printed_as_escapes(world, video_id, says):
    world.files["main.py"] = writing(SUBSET.replace(b"Q100003", video_id.encode()))
    code, output = world.run()
    assert code == 1 and f"subset_matches.csv: {says}" in output
    assert not any(character in output for character in video_id if not character.isprintable())


def test_the_same_submission_gives_the_same_bytes(world):
    world.run()
    first = (world.submission / "submission.tar.gz").read_bytes()
    world.run()
    assert (world.submission / "submission.tar.gz").read_bytes() == first


def test_the_track_is_that_of_the_command_line_then_that_of_the_environment(world):
    assert world.run("run", "--track", "matching", TRACK="descriptor")[0] == 0
    code, output = world.run(TRACK="")
    assert code == 1 and "query_descriptors.npz is not in submission.zip" in output
    code, output = world.run(TRACK="Matching\x1b")
    assert (code, output) == (2, "TRACK is 'Matching\\x1b'; allowed: descriptor, matching\n")
    code, output = world.run("run", "--track", "both")
    assert code == 2 and "invalid choice: 'both'" in output


def imported(call, *modules):
    """Return those of the modules that are imported by the runtime after a call."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        f"from vsc_runtime import pipeline, tracks\ntracks.{call}\n"
        f"print([name for name in sys.modules if name in {modules}])"
    )
    done = subprocess.run([sys.executable, "-B", "-c", code, RUNTIME], capture_output=True, text=True, timeout=60)
    return done.stdout.strip() or done.stderr


def test_what_searches_is_not_imported():
    """It takes time and memory that nothing of this track needs."""
    assert imported("scoring_named('matching')", "vsc_runtime.search", "vsc_runtime.validation") == "[]"


@pytest.mark.parametrize("track", ["matching", "descriptor"])
def test_where_code_runs_nothing_is_imported_that_only_scores(track):
    assert imported(f"track_named('{track}')", "numpy", "vsc_runtime.search", "vsc_runtime.matches") == "[]"
    assert "numpy" in imported(f"scoring_named('{track}')", "numpy", "numpy.core")
