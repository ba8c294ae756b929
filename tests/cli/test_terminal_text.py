"""Text of data, file names and arguments reaches no terminal with what a terminal acts on."""

import json
import re
from dataclasses import replace

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from diplograph.cli import main
from diplograph.core.errors import Inconsistent, ValidationFailed
from diplograph.store.store import Store
from fixtures.small_build import write_files
from fixtures.small_home import write_home

HOSTILE = 'a\x1b]0;x\x07b\x9b31m\u202ec\x7f\x85\u2028d\x08\x0b\re\t"f\nforged: line'
PERSON = "person:ada-varn"
ACTIVE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def run(graph, tmp_path_factory):
    """Return a function that runs a command on the world with each label and gist made hostile."""
    quads = sorted(graph.store.match(), key=str)
    named = (".org/2000/01/rdf-schema#label", "#gist", "#hedgeText", "#editorialNote")
    spoilt = [
        ox.Quad(quad.subject, quad.predicate, _spoil(quad, named), quad.graph_name)
        for quad in quads
    ]
    text = ox.serialize(spoilt, format=ox.RdfFormat.N_QUADS).decode()
    store = Store.open(write_files(tmp_path_factory.mktemp("build") / "hostile", text))
    hostile = replace(graph, store=store)

    def run_command(*arguments):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("diplograph.cli.Session.load", lambda session: hostile)
            return CliRunner().invoke(main, ["--home", str(graph.home.root), *arguments])

    return run_command


def _spoil(quad, named):
    value = quad.object
    if not (isinstance(value, ox.Literal) and quad.predicate.value.endswith(named)):
        return value
    kind = {"language": value.language} if value.language else {"datatype": value.datatype}
    return ox.Literal(HOSTILE + value.value, **kind)


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", PERSON),
        ("show", "event:morn-visit"),
        ("why", "event:morn-visit"),
        ("why", PERSON, "a", "dg:Agent"),
        ("ask", "SELECT ?label { person:ada-varn rdfs:label ?label }"),
        ("ask", "DESCRIBE person:ada-varn"),
        ("ask", 'ASK { FILTER("\x1b" = "\x1b") }'),
    ],
)
def test_labels_and_texts_are_shown_with_escapes(run, arguments):
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    assert not ACTIVE.search(result.output.replace("\n\t", "\n"))
    assert "\nforged" not in result.output
    assert arguments[0] == "ask" or "\\u001b]0;x\\u0007b" in result.output


def test_a_table_has_one_line_for_each_row(run):
    query = "SELECT ?label { VALUES ?x { person:ada-varn state:XAA } ?x rdfs:label ?label }"
    assert len(run("ask", query).stdout.splitlines()) == 3


def test_statements_shown_as_turtle_read_back_equal(run):
    query = "CONSTRUCT WHERE { person:ada-varn rdfs:label ?label }"
    quads = list(ox.parse(run("ask", query).stdout, format=ox.RdfFormat.TURTLE))
    assert [quad.object.value.startswith(HOSTILE) for quad in quads] == [True]


@pytest.mark.parametrize("form", ["csv", "json"])
def test_formats_for_programs_are_exact(run, form):
    query = "SELECT ?label { person:ada-varn rdfs:label ?label }"
    text = run("ask", query, "--format", form).stdout_bytes.decode()
    exact = json.loads(text)["results"]["bindings"][0]["label"]["value"] if form == "json" else text
    assert HOSTILE[:20] in exact


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", HOSTILE),
        ("ask", f"SELECT {HOSTILE}"),
        ("ask", f"/no/such/{HOSTILE}.rq"),
        ("ask", "planned-not-held", "--param", HOSTILE),
        ("ask", "--format", HOSTILE),
        (f"--{HOSTILE}",),
        (HOSTILE,),
        ("tidy", f"no-such-{HOSTILE}.ttl"),
    ],
)
def test_errors_repeat_arguments_with_escapes(run, arguments):
    result = run(*arguments)
    assert result.exit_code != 0
    assert not ACTIVE.search(result.output)


def test_a_label_forges_no_line_of_a_list_of_errors():
    assert str(ValidationFailed((HOSTILE, "b"))).count("\n") == 2
    assert str(Inconsistent((HOSTILE, "b"))).count("\n") == 2


def test_file_names_are_shown_with_escapes(tmp_path):
    name = "a\x1b[31m\nforged\u202e.ttl"
    home = write_home(tmp_path, **{f"data/{name}": "\nstate:X a dg:State"})

    def run(*arguments):
        return CliRunner().invoke(main, ["--home", str(home.root), *arguments])

    failed = run("check")
    assert (failed.exit_code, failed.stderr.count("\n")) == (3, 1)
    assert r"data/a\u001b[31m\nforged\u202e.ttl:" in failed.stderr
    write_home(tmp_path, **{f"data/{name}": "\nstate:X   a dg:State ."})
    tidied = run("tidy")
    assert r"data/a\u001b[31m\nforged\u202e.ttl" in tidied.stdout
    assert not ACTIVE.search(tidied.output)
