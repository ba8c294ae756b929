"""`diplograph show` and `why`: labels first, CURIEs beside, dates in words, JSON for programs."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import termios

import pytest
from click.testing import CliRunner

from diplograph.cli import main


@pytest.fixture
def run(graph):
    """Return a function that runs a command on the world."""

    def run_command(*arguments, **options):
        command = ["--home", str(graph.home.root), *map(str, arguments)]
        return CliRunner().invoke(main, command, **options)

    return run_command


def lines_of(result) -> list[str]:
    assert result.exit_code == 0, result.output
    return [line.strip() for line in result.stdout.splitlines()]


# ---- show ---------------------------------------------------------------------------------


def test_a_thing_is_headed_by_its_label_and_kinds(run):
    lines = lines_of(run("show", "Ada Varn"))
    assert lines[:2] == ["Ada Varn  person:ada-varn", "official"]


def test_the_same_thing_is_shown_by_any_of_its_names(run):
    by_curie = run("show", "person:ada-varn").stdout
    assert by_curie == run("show", "Ada Varn").stdout
    assert by_curie == run("show", "https://w3id.org/diplograph/id/person/ada-varn").stdout


def test_dates_are_in_words_with_their_edtf_beside(run):
    assert "14 to 15 April 2031  2031-04-14/2031-04-15" in run("show", "event:morn-visit").stdout


def test_an_event_says_how_it_stands_and_when_as_of_a_day(run):
    shown = run("show", "event:belport-talks", "--as-of", "2031-03-11").stdout
    assert "overdue" in shown
    assert "10 March 2031" in shown
    earlier = run("show", "event:belport-talks", "--as-of", "2031-02-10").stdout
    assert "Not known on that day" in earlier
    assert "March 2031" not in earlier


def test_a_day_that_is_none_is_refused(run):
    assert run("show", "event:belport-talks", "--as-of", "soon").exit_code == 3


def test_a_fact_says_what_ties_it_to_the_thing(run):
    assert "visit; visitor: Celia Morn" in run("show", "Celia Morn").stdout


def test_values_stand_in_one_column(run):
    lines = run("show", "state:XAA").stdout.splitlines()
    block = lines[3 : lines.index("", 3)]
    assert len(block) > 1
    starts = {line.index(line.split("  ", 2)[2].strip()) for line in block if line[2] != " "}
    assert len(starts) == 1


def test_piped_text_is_plain_and_wrapped(run):
    text = run("show", "event:morn-visit").stdout
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 100
    assert all(line == line.rstrip() for line in text.splitlines())


def test_text_wraps_to_the_width_of_the_terminal(run):
    text = run("show", "event:morn-visit", env={"COLUMNS": "60"}).stdout
    assert max(map(len, text.splitlines())) <= 60


def test_show_in_json_has_iri_curie_and_label(run):
    sheet = json.loads(run("show", "Ada Varn", "--format", "json").stdout)
    assert sheet["thing"] == {
        "iri": "https://w3id.org/diplograph/id/person/ada-varn",
        "curie": "person:ada-varn",
        "label": "Ada Varn",
    }
    assert sheet["facts"][0]["attestations"][0]["passage"]["paragraph"] > 0


# ---- why ----------------------------------------------------------------------------------


def test_a_fact_is_explained_by_its_passage_line_by_line(run):
    lines = lines_of(run("why", "status-record:lantern-council-cancelled"))
    assert lines[3:] == [
        "paragraph 1, characters 0 to 119  passage-corvia-courier:1",
        "report         Corvia Courier on the neighbours  report:corvia-courier",
        "voice          Foreign Ministry of Corvia  body:xco-foreign-ministry",
        "modality       asserted",
        "evidentiality  quoted statement",
        'hedge          "told this newspaper"',
        "paraphrase     The Council's session is said to have been called off.",
    ]


def test_a_reading_without_a_voice_is_the_reports_own(run):
    assert "voice          the report's own" in run("why", "event:morn-visit").stdout


def test_an_inferred_statement_is_explained_down_to_files(run):
    lines = lines_of(run("why", "Ada Varn", "ever held office", "Foreign Minister of Ardenia"))
    assert "Ada Varn - ever held office - Foreign Minister of Ardenia" in lines
    assert 'since "ever held office" is "has tenure", then "office"  prp-spo2' in lines
    assert 'since "has tenure" is "holder" read backwards  prp-inv2' in lines
    assert any(line.startswith("stated in data/reports/harbour-wire.ttl:") for line in lines)
    assert "What it is based on" in lines


def test_an_axiom_is_shown_where_a_statement_rests_on_nothing_else(run):
    assert "stated in ontology/" in run("why", "dg:Summit", "rdfs:subClassOf", "dg:Event").stdout


def test_a_reference_entity_says_where_it_is_taken_from(run):
    assert "source note  Invented for the tests." in run("why", "state:XAA").stdout


def test_a_verified_source_shows_the_passages_own_words(run, graph, request):
    source = request.config.rootpath / "tests/world/sources/corvia-courier.txt"
    passage = graph.why("passage-corvia-courier:5").passage
    text = source.read_text(encoding="utf-8")[passage.start : passage.end]
    shown = run("why", "passage-corvia-courier:5", "--source", source).stdout
    assert f'"{text}"' in " ".join(shown.split())


def test_another_text_is_refused_before_anything_is_shown(run, tmp_path):
    (tmp_path / "other.txt").write_text("another text")
    result = run("why", "passage-corvia-courier:5", "--source", tmp_path / "other.txt")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "other.txt: this is the text of no report here" in result.stderr


def test_why_in_json_has_the_derivation_and_the_passages(run):
    record = json.loads(run("why", "Ada Varn", "a", "dg:Official", "--format", "json").stdout)
    assert record["step"]["statement"] == "Ada Varn is an official"
    assert record["step"]["premises"]
    assert record["facts"][0]["attestations"][0]["passage"]["gist"]


# ---- on a terminal ------------------------------------------------------------------------


def run_on_a_terminal(home, *arguments) -> str:
    """Return what the program shows on a terminal of 70 columns."""
    script = "from diplograph.cli import main; main(prog_name='diplograph')"
    controller, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 70))
    command = [sys.executable, "-c", script, "--home", str(home), *arguments]
    environment = {**os.environ, "TERM": "xterm"}
    for name in ("NO_COLOR", "COLUMNS"):
        environment.pop(name, None)
    with subprocess.Popen(command, stdout=terminal, env=environment) as process:
        os.close(terminal)
        shown = b""
        while part := _read(controller):
            shown += part
    os.close(controller)
    assert process.returncode == 0
    return shown.decode().replace("\r\n", "\n")


def _read(controller: int) -> bytes:
    try:
        return os.read(controller, 4096)
    except OSError:  # Linux says so when the other end is closed
        return b""


def test_on_a_terminal_curies_are_dimmed_beside_labels(graph):
    assert "\x1b[1mArdenia\x1b[0m  \x1b[2mstate:XAA\x1b[0m" in run_on_a_terminal(
        graph.home.root, "show", "state:XAA"
    )


def test_on_a_terminal_text_wraps_to_its_width(graph):
    shown = run_on_a_terminal(graph.home.root, "show", "event:morn-visit")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert 60 < max(map(len, plain.splitlines())) <= 70


def test_on_a_terminal_a_table_keeps_within_its_width(graph):
    query = "SELECT ?p ?gist ?label { ?p dg:gist ?gist ; rdfs:label ?label } ORDER BY ?p"
    shown = run_on_a_terminal(graph.home.root, "ask", query)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert 60 < max(map(len, plain.splitlines())) <= 70
