import json
import os
import zipfile

import numpy as np
import pytest

from world import describing, failed

STAGES = ["unpack", "validate_full", "main", "validate_subset", "compare", "search_full", "search_subset", "write"]


@pytest.fixture
def world(tmp_path):
    return describing(tmp_path)


def rankings(world):
    return {name: content.decode().splitlines() for name, content in world.results().items()}


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
    assert [len(rows) for rows in rankings(world).values()] == [7, 5]
    report = world.report()
    assert world.stages() == STAGES
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
    assert rankings(world)["subset_rankings.csv"] == ["query_id,ref_id,score"]
    assert (world.report()["main"], world.report()["counts"]["subset_pairs"]) == (None, 0)


def test_phase_2_needs_code(world):
    del world.files["main.py"]
    assert world.run(PHASE2="true")[0] == 1
    failed(world, "missing-main", "unpack")
    assert world.run(PHASE2="false")[0] == 0
    assert world.run(PHASE2="yes")[0] == 2


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
    assert world.stages() == [name for name in STAGES if name != "main"]


def handed(content):
    return b"%d\n%s" % (len(content), content)


def test_score_waits_for_the_subset_on_its_input(world, tmp_path):
    output = tmp_path / "output"
    output.mkdir()
    assert world.run("execute", "--output", output)[0] == 0
    made = output / "subset_query_descriptors.npz"
    assert world.run("score", "--subset", made)[0] == 0
    from_file = world.results(), world.stages()
    assert world.run("score", "--subset", "-", stdin=handed(made.read_bytes()))[0] == 0
    assert (world.results(), world.stages()) == from_file


@pytest.mark.parametrize("stdin, code, says", [
    (b"", 3, "The scoring has waited in vain: nothing was handed over on standard input"),
    (b"a lot\n", 3, "The scoring has waited in vain"),
    (b"9" * 100, 3, "The scoring has waited in vain"),
    (b"10\nabc", 3, "subset_query_descriptors.npz did not arrive: what was handed over ended 7 bytes early"),
    (b"99999999\n", 1, "subset_query_descriptors.npz is refused: it has 99,999,999 bytes; allowed"),
    (handed(b"no npz"), 1, "subset_query_descriptors.npz: unreadable"),
])
def test_score_tells_what_is_wrong_with_what_is_handed_over(world, stdin, code, says):
    ended, output = world.run("score", "--subset", "-", stdin=stdin)
    assert (ended, says in output) == (code, True), output


def test_score_without_a_subset(world):
    assert world.run("score")[0] == 0
    assert rankings(world)["subset_rankings.csv"] == ["query_id,ref_id,score"]
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


def test_names_that_no_encoding_has_are_printed_all_the_same(world):
    """A name in the zip that isn't UTF-8 although it says so, or that an ASCII output lacks."""
    world.files["elsewhere\u20ac/query_descriptors.npz"] = world.files.pop("query_descriptors.npz")
    code, output = world.run("run", PYTHONIOENCODING="ascii")
    assert (code, "Traceback" in output) == (1, False), output
    assert "elsewhere\\u20ac" in output
