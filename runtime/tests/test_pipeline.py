import json
import os
import subprocess
import sys
import tarfile
import zipfile

import numpy as np
import pytest

from conftest import RUNTIME, write_descriptors, write_metadata

QUERIES, REFERENCES = ["Q100001", "Q100002", "Q100003"], ["R100001", "R100002"]
STAGES = ["unpack", "validate_full", "main", "validate_subset", "compare", "search_full", "search_subset", "write"]
GOOD_MAIN = """
import numpy as np
ids = ["Q100001", "Q100003"]
np.savez("subset_query_descriptors.npz", video_ids=np.array(ids), timestamps=np.zeros(2),
         features=np.ones((2, 8), np.float32))
"""


class World:
    """The folders of a container, in a temporary place."""

    def __init__(self, folder):
        self.data, self.code, self.submission = folder / "data", folder / "code", folder / "code" / "submission"
        for path in (self.data, self.code, self.submission):
            path.mkdir()
        for path in (folder, *folder.parents[:2]):
            os.chmod(path, 0o755)
        os.chmod(self.code, 0o1777)
        write_metadata(self.data, QUERIES, REFERENCES, ["Q100001", "Q100003"])
        write_descriptors(folder / "q.npz", sorted(QUERIES * 3))
        write_descriptors(folder / "r.npz", sorted(REFERENCES * 3))
        self.files = {
            "query_descriptors.npz": (folder / "q.npz").read_bytes(),
            "reference_descriptors.npz": (folder / "r.npz").read_bytes(),
            "main.py": GOOD_MAIN,
        }

    def run(self, command="run", *arguments, **variables):
        with zipfile.ZipFile(self.submission / "submission.zip", "w") as archive:
            for name, content in self.files.items():
                archive.writestr(name, content)
        return self.run_as_it_is(command, *arguments, **variables)

    def run_as_it_is(self, command, *arguments, **variables):
        """Run a subcommand; return (exit code, output)."""
        done = subprocess.run(
            [sys.executable, "-B", "-c",
             "import sys; sys.path.insert(0, sys.argv.pop(1)); from vsc_runtime.__main__ import main; sys.exit(main(sys.argv[1:]))",
             str(RUNTIME), command, "--data", self.data, "--code", self.code, "--submission", self.submission, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, env={**os.environ, **variables},
        )
        return done.returncode, done.stdout

    def report(self):
        return json.loads((self.submission / "run_report.json").read_text())

    def rankings(self):
        with tarfile.open(self.submission / "submission.tar.gz") as archive:
            return {name: archive.extractfile(name).read().decode().splitlines() for name in archive.getnames()}


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def failed(world, kind, stage):
    """Assert how a run ended, and that it left no results; return its failure."""
    failure = world.report()["failure"]
    assert (failure["kind"], failure["stage"]) == (kind, stage)
    assert not (world.submission / "submission.tar.gz").exists()
    return failure


def test_a_whole_run(world):
    code, output = world.run()
    assert code == 0, output
    assert output.splitlines() == [
        "Unpacked submission.zip: 3 files",
        "Validated query_descriptors.npz: 9 vectors × 8 for 3 videos",
        "Validated reference_descriptors.npz: 6 vectors × 8 for 2 videos",
        "Running main.py for 2 queries",
        "Validated subset_query_descriptors.npz: 2 vectors × 8 for 2 videos",
        "Searched 3 queries: 6 pairs",
        "Searched the subset of 2 queries: 4 pairs",
        "Wrote submission.tar.gz",
    ]
    rankings = world.rankings()
    assert [len(rows) for rows in rankings.values()] == [7, 5]
    report = world.report()
    assert [stage["name"] for stage in report["stages"]] == STAGES
    assert all(stage["seconds"] >= 0 for stage in report["stages"])
    assert report["counts"] == {
        "queries": 3, "references": 2, "subset_queries": 2, "query_descriptors": 9, "reference_descriptors": 6,
        "subset_query_descriptors": 2, "full_pairs": 6, "subset_pairs": 4,
    }
    assert (report["version"], report["main"], report["failure"]) == (1, {"exit_code": 0}, None)
    assert report["peak_memory_bytes"] is None or report["peak_memory_bytes"] > 1 << 20
    assert report["versions"]["numpy"] == np.__version__


def test_without_code(world):
    del world.files["main.py"]
    code, output = world.run()
    assert code == 0 and "No main.py: full rankings only" in output
    assert world.rankings()["subset_rankings.csv"] == ["query_id,ref_id,score"]
    assert (world.report()["main"], world.report()["counts"]["subset_pairs"]) == (None, 0)


def test_phase_2_needs_code(world):
    del world.files["main.py"]
    assert world.run(PHASE2="true")[0] == 1
    failed(world, "missing-main", "unpack")
    assert world.run(PHASE2="false")[0] == 0
    assert world.run(PHASE2="yes")[0] == 2


def test_a_raising_main(world):
    world.files["main.py"] = "raise ValueError('mine')"
    code, output = world.run()
    lines = output.splitlines()
    assert code == 1
    assert lines[-2:] == ["ValueError: mine", "main.py exited with code 1"]
    assert "Traceback (most recent call last):" in lines
    assert failed(world, "main-failed", "main")["message"] == "main.py exited with code 1"
    assert world.report()["main"] == {"exit_code": 1}


@pytest.mark.parametrize("main, says", [
    ("pass", "was not written"),
    ("import os; os.symlink('query_descriptors.npz', 'subset_query_descriptors.npz')", "can't be opened as a regular"),
    ("import os; os.mkfifo('subset_query_descriptors.npz')", "not a regular file"),
    ("import os; os.mkdir('subset_query_descriptors.npz')", "not a regular file"),
    ("open('subset_query_descriptors.npz', 'wb').truncate(1 << 30)", "1,073,741,824 bytes; allowed"),
])
def test_no_usable_output(world, main, says):
    world.files["main.py"] = main
    code, output = world.run()
    assert code == 1 and says in output
    failed(world, "no-output", "validate_subset")


def test_a_packed_subset_file_is_not_the_output(world):
    """Only what main.py itself wrote counts."""
    world.files["subset_query_descriptors.npz"] = b"left over"
    world.files["main.py"] = "import os; print(os.path.exists('subset_query_descriptors.npz'))"
    assert "False\n" in world.run()[1]


def test_findings_are_printed_and_reported(world):
    np.savez(world.code / "f.npz", video_ids=np.array(["Q100002", "Q100001"]), timestamps=np.zeros(2),
             features=np.zeros((2, 8)))
    world.files["query_descriptors.npz"] = (world.code / "f.npz").read_bytes()
    code, output = world.run()
    assert code == 1
    assert "query_descriptors.npz: ids-not-sorted: video_ids must be sorted; Q100002 comes before Q100001 [first at index 0]\n" in output
    assert output.endswith("The descriptors are not valid: 2 rules are broken\n")
    findings = failed(world, "invalid", "validate_full")["findings"]
    assert [(finding["file"], finding["rule"], finding["index"]) for finding in findings] == [
        ("query_descriptors.npz", "ids-not-sorted", 0), ("query_descriptors.npz", "not-float32", None),
    ]


def test_an_invalid_subset(world):
    world.files["main.py"] = GOOD_MAIN.replace("Q100003", "Q100002")
    assert world.run()[0] == 1
    findings = failed(world, "invalid", "validate_subset")["findings"]
    assert [(finding["rule"], finding["index"]) for finding in findings] == [("unknown-video", 1)]


@pytest.mark.parametrize("video_id, shown", [
    ("Q1\nThe submission runs.", r"unknown-video: 'Q1\nThe submission runs.' is not in query_subset.csv"),
    ("Q\x1b[2J\u202e\x9b", r"unknown-video: 'Q\x1b[2J\u202e\x9b' is not in query_subset.csv"),
    ("Q\ud800", "unreadable: video_ids can't be read: id 1 has the code 55296, which is no character"),
])
def test_an_id_is_printed_on_one_line_with_escapes(world, video_id, shown):
    world.files["main.py"] = GOOD_MAIN.replace('"Q100003"', ascii(video_id))
    code, output = world.run()
    assert code == 1
    assert f"subset_query_descriptors.npz: {shown}" in output


def test_set_missing_from_the_zip_with_a_hint(world):
    world.files = {f"mine/{name}": content for name, content in world.files.items()}
    code, output = world.run()
    assert code == 1 and "but mine/query_descriptors.npz is: zip from inside its folder" in output
    failed(world, "invalid", "unpack")


def test_environment_not_ready(world):
    assert world.run_as_it_is("run")[0] == 3
    assert failed(world, "environment", "unpack")["message"].endswith("submission.zip is missing")
    (world.data / "query_subset.csv").unlink()
    code, output = world.run()
    assert code == 3 and output.endswith("query_subset.csv is missing\n")


def test_stale_results_are_gone_even_when_a_run_fails_at_once(world):
    assert world.run()[0] == 0
    (world.data / "query_metadata.csv").unlink()
    assert world.run()[0] == 3
    assert sorted(entry.name for entry in world.submission.iterdir()) == ["run_report.json", "submission.zip"]


def test_what_main_does_to_the_sets_changes_nothing(world):
    expected = world.run() and world.rankings()
    world.files["main.py"] = GOOD_MAIN + "\nnp.savez('query_descriptors.npz', x=1); open('reference_descriptors.npz', 'w')\n"
    assert world.run()[0] == 0
    assert world.rankings() == expected


def test_planted_results_are_removed(world):
    os.chmod(world.submission, 0o777)
    world.files["main.py"] = "for name in ('submission.tar.gz', 'run_report.json'): open('submission/' + name, 'w')"
    assert world.run()[0] == 1
    failed(world, "no-output", "validate_subset")


def test_the_same_submission_gives_the_same_bytes(world):
    world.run()
    first = (world.submission / "submission.tar.gz").read_bytes()
    world.run()
    assert (world.submission / "submission.tar.gz").read_bytes() == first


def test_main_sees_the_environment_as_it_was(world):
    world.files["main.py"] = "import os; print([k for k in os.environ if k.endswith('NUM_THREADS')], os.environ['MINE'])"
    variables = {name: os.environ.pop(name) for name in list(os.environ) if name.endswith("NUM_THREADS")}
    assert "\n[] a value\n" in world.run(MINE="a value")[1]
    os.environ.update(variables)


def test_two_containers_give_what_one_gives(world, tmp_path):
    assert world.run()[0] == 0
    expected = (world.submission / "submission.tar.gz").read_bytes()
    output = tmp_path / "output"
    output.mkdir()
    code, text = world.run("execute", "--output", output)
    assert code == 0, text
    assert sorted(entry.name for entry in output.iterdir()) == ["run_report.json", "subset_query_descriptors.npz"]
    stages = json.loads((output / "run_report.json").read_text())["stages"]
    assert [stage["name"] for stage in stages] == ["unpack", "main", "copy"]
    world.code = tmp_path / "unused"
    code, text = world.run("score", "--subset", output / "subset_query_descriptors.npz")
    assert code == 0, text
    assert (world.submission / "submission.tar.gz").read_bytes() == expected
    assert not world.code.exists()
    assert [stage["name"] for stage in world.report()["stages"]] == [name for name in STAGES if name != "main"]


def test_score_without_a_subset(world):
    assert world.run("score")[0] == 0
    assert world.rankings()["subset_rankings.csv"] == ["query_id,ref_id,score"]
    assert world.run("score", PHASE2="true")[0] == 1
    failed(world, "missing-main", "unpack")


@pytest.mark.parametrize("command", ["run", "score"])
def test_a_full_set_that_no_video_could_fill_is_not_unpacked(world, command):
    with zipfile.ZipFile(world.submission / "submission.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("reference_descriptors.npz", world.files["reference_descriptors.npz"])
        archive.writestr("query_descriptors.npz", bytes(80 << 20))
    code, output = world.run_as_it_is(command)
    assert code == 1
    assert "query_descriptors.npz has 83,886,080 bytes; allowed " in output


def test_what_main_puts_in_place_of_the_report_does_not_hide_how_it_ended(world):
    world.files["main.py"] = "import os; os.mkdir('/tmp/vsc-report.json'); raise SystemExit(9)"
    code, output = world.run("execute", "--report", "/tmp/vsc-report.json")
    assert code == 1 and "main.py exited with code 9" in output
    with open("/tmp/vsc-report.json") as file:
        assert json.load(file)["main"] == {"exit_code": 9}
    os.unlink("/tmp/vsc-report.json")


def test_folders_where_files_belong_make_no_traceback(world, tmp_path):
    """Packed, and left by main.py, deeper than Python can go; a report of an earlier run likewise."""
    world.files["subset_query_descriptors.npz/deep"] = "x"
    assert world.run()[0] == 0
    del world.files["subset_query_descriptors.npz/deep"]
    world.files["main.py"] = (
        "import os\n"
        "os.mkdir('subset_query_descriptors.npz'); os.mkdir('/tmp/deep-report.json'); os.chdir('/tmp/deep-report.json')\n"
        "for _ in range(3_000): os.mkdir('d'); os.chdir('d')\n"
    )
    report = ["--report", "/tmp/deep-report.json"]
    code, output = world.run("execute", "--output", tmp_path, *report)
    assert (code, "Traceback" in output) == (1, False), output
    assert "subset_query_descriptors.npz" in output.splitlines()[-1]
    assert os.path.isfile("/tmp/deep-report.json")
    os.unlink("/tmp/deep-report.json")
    (world.submission / "run_report.json").unlink()
    (world.submission / "run_report.json").mkdir()
    code, output = world.run()
    assert code == 3 and "run_report.json of an earlier run can't be removed" in output


def test_names_that_no_encoding_has_are_printed_all_the_same(world):
    """A name in the zip that isn't UTF-8 although it says so, or that an ASCII output lacks."""
    world.files["elsewhere\u20ac/query_descriptors.npz"] = world.files.pop("query_descriptors.npz")
    code, output = world.run("run", PYTHONIOENCODING="ascii")
    assert (code, "Traceback" in output) == (1, False), output
    assert "elsewhere\\u20ac" in output
