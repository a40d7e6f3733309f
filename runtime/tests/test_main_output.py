"""What main.py leaves, and what it tries on the way."""

import json
import os

import pytest

from world import DESCRIBING_MAIN, describing, failed


@pytest.fixture
def world(tmp_path):
    return describing(tmp_path)


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


def test_an_invalid_subset(world):
    world.files["main.py"] = DESCRIBING_MAIN.replace("Q100003", "Q100002")
    assert world.run()[0] == 1
    findings = failed(world, "invalid", "validate_subset")["findings"]
    assert [(finding["rule"], finding["index"]) for finding in findings] == [("unknown-video", 1)]


@pytest.mark.parametrize("video_id, shown", [
    ("Q1\nThe submission runs.", r"unknown-video: 'Q1\nThe submission runs.' is not in query_subset.csv"),
    ("Q\x1b[2J\u202e\x9b", r"unknown-video: 'Q\x1b[2J\u202e\x9b' is not in query_subset.csv"),
    ("Q\ud800", "unreadable: video_ids can't be read: id 1 has the code 55296, which is no character"),
])
def test_an_id_is_printed_on_one_line_with_escapes(world, video_id, shown):
    world.files["main.py"] = DESCRIBING_MAIN.replace('"Q100003"', ascii(video_id))
    code, output = world.run()
    assert code == 1
    assert f"subset_query_descriptors.npz: {shown}" in output


def test_what_main_does_to_the_sets_changes_nothing(world):
    expected = world.run() and world.results()
    world.files["main.py"] = DESCRIBING_MAIN + "\nnp.savez('query_descriptors.npz', x=1); open('reference_descriptors.npz', 'w')\n"
    assert world.run()[0] == 0
    assert world.results() == expected


def test_planted_results_are_removed(world):
    os.chmod(world.submission, 0o777)
    world.files["main.py"] = "for name in ('submission.tar.gz', 'run_report.json'): open('submission/' + name, 'w')"
    assert world.run()[0] == 1
    failed(world, "no-output", "validate_subset")


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
