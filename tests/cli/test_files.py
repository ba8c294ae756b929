"""`build`, `check`, `export`, `tidy`, `init`: what they read, write and leave alone."""

from __future__ import annotations

import json
import shutil

import pytest
from click.testing import CliRunner

from diplograph.build.validate import Validated, validate
from diplograph.cli import main
from fixtures.cached_builds import build_here, find_object
from fixtures.small_home import FILES, write_home

JSON_CHECK = ["check", "--format", "json"]
LATER = "2035-01-01T00:00:00Z"


def run(*arguments):
    return CliRunner().invoke(main, [str(each) for each in arguments])


@pytest.fixture
def copy(graph, tmp_path):
    """Return a copy of the world, with its build."""
    return shutil.copytree(graph.home.root, tmp_path / "copy", symlinks=True)


# ---- build --------------------------------------------------------------------------------


def test_a_build_says_what_it_holds_and_where_it_is(copy, judged_world, monkeypatch):
    build_here(monkeypatch, judged_world)
    result = run("--home", copy, "build")
    counts, folder = result.stdout.splitlines()
    assert result.exit_code == 0
    assert counts.split()[1::2][:2] == ["statements,", "findings"]
    assert folder.startswith(str(copy))


def test_a_violation_stops_a_build_and_leaves_the_last_one(tmp_path):
    home = write_home(tmp_path)
    assert run("--home", home.root, "build").exit_code == 0
    before = (home.builds / "current").readlink()
    states = FILES["data/states.ttl"].replace('dg:alpha3Code "BEL"', 'dg:sourceNote "none"')
    write_home(tmp_path, **{"data/states.ttl": states})
    result = run("--home", home.root, "build")
    assert result.exit_code == 1
    assert "data/states.ttl:" in result.stderr
    assert (home.builds / "current").readlink() == before


# ---- check --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def checked(world, judged_world):
    """Return what `check` says of the world as text and as JSON, judged_world once for both."""
    with pytest.MonkeyPatch.context() as patch:
        build_here(patch, judged_world)
        text = run("--home", world.root, "check")
        record = run("--home", world.root, "check", "--format", "json", "--fail-on", "info")
    return text, record


def test_the_world_has_findings_and_no_violation(checked):
    text, _ = checked
    assert text.exit_code == 0
    assert text.stdout.splitlines()[-1].startswith("0 violations, ")


def test_a_finding_is_as_bad_as_asked_for(checked):
    assert checked[1].exit_code == 1


def test_findings_in_json_are_counted_and_placed(checked):
    record = json.loads(checked[1].stdout)
    assert sum(record["counts"].values()) == len(record["findings"]) > 0
    assert all(finding["line"] > 0 for finding in record["findings"])


def test_files_that_are_not_read_are_named_on_standard_error_and_in_json(tmp_path):
    home = write_home(tmp_path)
    (home.data / "more.trig").write_text("", encoding="utf-8")
    (home.data / "empty.ttl").write_text("# nothing\n", encoding="utf-8")
    checked, built = (run("--home", home.root, *words) for words in (JSON_CHECK, ["build"]))
    assert (checked.exit_code, built.exit_code) == (0, 0)
    warnings = json.loads(checked.stdout)["warnings"]
    assert [warning.split()[0] for warning in warnings] == ["data/more.trig", "data/empty.ttl"]
    lines = [f"warning: {warning}" for warning in warnings]
    assert checked.stderr.splitlines()[: len(lines)] == built.stderr.splitlines() == lines


def test_findings_as_text_name_label_message_place_and_shape(checked):
    text, record = checked
    finding = json.loads(record.stdout)["findings"][0]
    flat = " ".join(text.stdout.split())
    assert f"{finding['severity']}: {finding['label']}" in flat
    assert " ".join(finding["message"].split()) in flat
    assert f"{finding['file']}:{finding['line']} shape:" in flat


def test_a_day_that_has_passed_is_found_as_of_a_later_day(
    world, checked, judged_world, monkeypatch
):
    derived = judged_world.derived
    found = find_object(
        "world_later",
        derived.reasoned.asserted.digest + LATER,
        lambda: validate(derived, LATER).findings,
    )

    def judge(home, as_of, progress):
        assert as_of == LATER
        return Validated(derived, found)

    build_here(monkeypatch, None)
    monkeypatch.setattr("diplograph.build.bounded.judge", judge)
    later = run("--home", world.root, "check", "--as-of", "2035-01-01", "--format", "json")
    record = json.loads(later.stdout)
    assert record["as_of"] == LATER
    assert len(record["findings"]) > len(json.loads(checked[1].stdout)["findings"])


@pytest.mark.parametrize("command", ["check", "build"])
def test_a_stage_past_its_bound_is_an_error_that_says_how_to_allow_more(tmp_path, command):
    home = write_home(tmp_path)
    result = run("--home", home.root, command, "--max-stage-seconds", "0.01")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "more than the 0.01 s one stage may take" in result.stderr
    assert "DIPLOGRAPH_MAX_STAGE_SECONDS" in result.stderr
    assert not home.builds.exists()


def test_a_bound_that_is_not_a_number_is_a_usage_error(tmp_path):
    result = run("check", "--max-stage-seconds", "nan")
    assert result.exit_code == 2
    assert "--max-stage-seconds" in result.stderr


OWN_SEVERITY = (
    FILES["ontology/shapes/core.ttl"].replace("sh:Violation", "shape:Minor")
    + """
shape:Meeting a sh:NodeShape ; sh:targetClass dg:Meeting ; sh:class dg:Passage ;
  sh:severity <https://example.org/Trivial> ; sh:message "A meeting is no passage: drop it."@en .
shape:Source a sh:NodeShape ; sh:targetNode dg:Meeting ; sh:minLength 999 ;
  sh:severity sh:Info ; sh:message "A meeting has a name: make it longer."@en .
"""
)


@pytest.fixture(scope="module")
def rated(tmp_path_factory):
    """Return a home whose findings have severities of its own."""
    states = FILES["data/states.ttl"] + 'state:CAR a dg:State ; rdfs:label "Carsia"@en .'
    changes = {"ontology/shapes/core.ttl": OWN_SEVERITY, "data/states.ttl": states}
    return write_home(tmp_path_factory.mktemp("rated"), **changes).root


@pytest.mark.parametrize(
    ("fail_on", "code"), [(["--fail-on", "info"], 1), (["--fail-on", "warning"], 0), ([], 0)]
)
def test_a_severity_of_ones_own_is_counted_and_fails_as_info(rated, fail_on, code):
    result = run("--home", rated, "check", *fail_on)
    assert result.exit_code == code
    counted = "1 info, 1 <https://example.org/Trivial>, 1 shape:Minor"
    assert result.stdout.splitlines()[-1] == f"0 violations, 0 warnings, {counted}"
    assert "shape:Minor: Carsia" in result.stdout


def test_a_severity_of_ones_own_stops_no_build_and_stays_with_it(rated):
    record = json.loads(run("--home", rated, "check", "--format", "json").stdout)
    assert list(record["counts"])[3:] == ["<https://example.org/Trivial>", "shape:Minor"]
    assert run("--home", rated, "build").exit_code == 0
    kept = json.loads((rated / ".diplograph/builds/current/findings.json").read_text())
    assert [finding["severity"] for finding in kept] == [
        finding["severity"] for finding in record["findings"]
    ]


def test_a_malformed_shape_is_refused_by_check_and_build(tmp_path):
    text = "shape:X a sh:PropertyShape ; sh:minCount 1 .\n"
    home = write_home(tmp_path, **{"ontology/shapes/own.ttl": text})
    for command in ("check", "build"):
        result = run("--home", home.root, command)
        assert (result.exit_code, result.stdout) == (3, "")
        assert "ontology/shapes/own.ttl:10: shape:X: a sh:PropertyShape has one" in result.stderr


def test_check_writes_nothing(tmp_path):
    home = write_home(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert run("--home", home.root, "check").exit_code == 0
    assert sorted(tmp_path.rglob("*")) == before


# ---- export -------------------------------------------------------------------------------


def test_export_to_a_file_and_to_standard_output_are_the_same_bytes(graph, tmp_path):
    path = tmp_path / "graph.nq"
    arguments = ["--home", graph.home.root, "export", "--format", "nquads", "--what", "inferred"]
    assert run(*arguments, "-o", path).stdout == ""
    assert path.read_bytes() == run(*arguments).stdout_bytes == graph.export("nquads", "inferred")


def test_the_formats_offered_are_those_of_the_table():
    from diplograph.cli import export
    from diplograph.core.formats import STATEMENTS
    from diplograph.core.names import SELECTIONS

    options = {option.name: option for option in export.export_command.params}
    assert set(options["form"].type.choices) == {*STATEMENTS, "xlsx", "csv"}
    assert set(options["what"].type.choices) == set(SELECTIONS)


# ---- tidy ---------------------------------------------------------------------------------

UNTIDY = "@prefix dg: <https://w3id.org/diplograph/ontology#> . <urn:a> a dg:State.\n"


def test_tidy_check_names_an_untidy_file_and_changes_nothing(tmp_path):
    path = tmp_path / "a.ttl"
    path.write_text(UNTIDY)
    result = run("tidy", "--check", tmp_path)
    assert (result.exit_code, result.stdout) == (1, f"untidy: {path}\n")
    assert path.read_text() == UNTIDY


def test_tidy_lays_a_file_out_once_and_for_all(tmp_path):
    path = tmp_path / "a.ttl"
    path.write_text(UNTIDY)
    assert run("tidy", path).stdout == f"tidied: {path}\n"
    assert run("tidy", "--check", path).exit_code == 0
    assert path.read_text() != UNTIDY


def test_a_bad_file_does_not_keep_tidy_from_the_others(tmp_path):
    contents = {"a": UNTIDY, "bad": "no Turtle", "comment": "# mine\n" + UNTIDY, "z": UNTIDY}
    for name, text in contents.items():
        (tmp_path / f"{name}.ttl").write_text(text)
    (tmp_path / "dangling.ttl").symlink_to("nowhere")
    (tmp_path / "folder.ttl").mkdir()
    result = run("tidy", tmp_path, tmp_path / "nowhere.ttl")
    assert result.exit_code == 3
    assert result.stdout.splitlines() == [
        f"tidied: {tmp_path / name}" for name in ("a.ttl", "z.ttl")
    ]
    assert [line.split(": ")[1:3] for line in result.stderr.splitlines()] == [
        [f"{tmp_path}/bad.ttl:1", "no is not a valid subject or graph name"],
        [
            f"{tmp_path}/comment.ttl:1",
            "1 comment would be lost; write comments as"
            " skos:editorialNote or rdfs:comment, or use --drop-comments; the first is",
        ],
        [f"{tmp_path}/dangling.ttl", "the file cannot be read"],
        [f"{tmp_path}/folder.ttl", "the file cannot be read"],
        [f"{tmp_path}/nowhere.ttl", "the file cannot be read"],
    ]
    assert (tmp_path / "bad.ttl").read_text() == "no Turtle"


@pytest.mark.parametrize("options", [[], ["--check"]])
def test_tidy_leaves_a_file_with_comments_and_exits_with_1(tmp_path, options):
    path = tmp_path / "a.ttl"
    path.write_text(UNTIDY + "# mine\n")
    result = run("tidy", *options, path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"{path}:2: 1 comment would be lost" in result.stderr
    assert path.read_text() == UNTIDY + "# mine\n"


def test_tidy_drops_comments_on_request(tmp_path):
    path = tmp_path / "a.ttl"
    path.write_text(UNTIDY + "# mine\n")
    assert run("tidy", "--drop-comments", path).exit_code == 0
    assert "mine" not in path.read_text()


def test_tidy_says_that_a_folder_has_no_turtle(tmp_path):
    (tmp_path / "a.rdf").touch()
    result = run("tidy", tmp_path)
    assert (result.exit_code, result.stdout) == (3, "")
    assert f"{tmp_path}: there is no Turtle file" in result.stderr


def test_tidy_accepts_a_home_without_data(tmp_path):
    home = write_home(tmp_path)
    shutil.rmtree(home.data)
    home.data.mkdir()
    assert run("--home", tmp_path, "tidy").stderr == ""


def test_tidy_names_a_broken_file_of_the_ontology_once(tmp_path):
    write_home(tmp_path, **{"ontology/broken.ttl": "no Turtle"})
    result = run("--home", tmp_path, "tidy")
    assert (result.exit_code, result.stderr.count("broken.ttl:10: ")) == (3, 1)


def test_a_home_that_git_gave_other_line_ends_is_tidy(tmp_path):
    run("init", tmp_path / "new")
    for path in (tmp_path / "new").rglob("*.ttl"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert run("--home", tmp_path / "new", "tidy", "--check").output == ""


def test_tidy_without_paths_looks_at_the_home(copy):
    (copy / "data" / "a.ttl").write_text(UNTIDY)
    result = run("--home", copy, "tidy", "--check")
    assert f"untidy: {copy / 'data' / 'a.ttl'}" in result.stdout.splitlines()


# ---- init ---------------------------------------------------------------------------------


def test_a_new_home_can_be_checked_at_once(tmp_path):
    result = run("init", tmp_path / "new")
    assert result.exit_code == 0
    assert run("--home", tmp_path / "new", "check").exit_code == 0


def test_a_new_home_is_tidy(tmp_path):
    run("init", tmp_path / "new")
    assert run("--home", tmp_path / "new", "tidy", "--check").stdout == ""


def test_init_copies_from_the_home_that_is_named(copy, tmp_path):
    (copy / "queries" / "own.rq").write_text("# What?\nASK {}\n")
    run("--home", copy, "init", tmp_path / "new")
    assert (tmp_path / "new" / "queries" / "own.rq").is_file()


def test_init_refuses_a_folder_that_holds_something(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    result = run("init", tmp_path)
    assert result.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--site", "public", "--dumps", "dumps"], "choose one of --dumps and --site"),
        (["--output", "graph.ttl", "--site", "public"], "choose one of --output and --site"),
        (["--as-of", "2025-12-05"], "--as-of goes with --site, or with --format xlsx or csv"),
    ],
)
def test_an_export_is_one_thing_at_a_time(world, tmp_path, monkeypatch, options, told):
    monkeypatch.chdir(tmp_path)
    result = run("--home", world.root, "export", *options)
    assert (result.exit_code, told in result.output) == (2, True)
    assert list(tmp_path.iterdir()) == []
