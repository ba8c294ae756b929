"""`diplograph ask`: questions by name, file, standard input and text, in every format."""

from __future__ import annotations

import csv
import io
import json

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from diplograph.cli import main

STATES = "SELECT ?state ?label { ?state a dg:State ; rdfs:label ?label } ORDER BY ?state"


@pytest.fixture
def ask(graph):
    """Return a function that asks the world on the command line."""

    def run(*arguments, **options):
        command = ["--home", str(graph.home.root), "ask", *arguments]
        return CliRunner().invoke(main, command, **options)

    return run


def test_a_table_has_aligned_columns_and_curies(ask):
    lines = ask(STATES).stdout.splitlines()
    assert lines[0].split() == ["State", "Label"]
    assert lines[1].startswith("state:XAA")
    assert {line.index("Label") for line in lines[:1]} == {lines[1].index("Ardenia")}


def test_a_piped_table_is_120_characters_wide_and_breaks_no_word(ask, graph):
    result = ask("support-of-a-fact", "--param", "fact=stage:defence-pact-proposed")
    rows = graph.ask("support-of-a-fact", fact="stage:defence-pact-proposed")
    lines = result.stdout.splitlines()
    assert len(lines) > 1 + len(rows) > 1
    assert max(map(len, lines)) <= 120
    assert all(line == line.rstrip() for line in lines)
    words = {word for line in lines for word in line.split()}
    assert {word for row in rows for word in row.gist.split()} <= words


def test_a_table_leaves_out_things_beside_their_labels_unless_asked_for_iris(ask):
    question = "offices-held", "--param", "person=Ada Varn"
    columns = "Person Office State From Until How sure Source"
    assert ask(*question).stdout.splitlines()[0].split() == columns.split()
    assert "office:xaa" not in ask(*question).stdout
    lines = ask(*question, "--iris").stdout.splitlines()
    assert lines[0].split()[:4] == ["person", "personLabel", "office", "officeLabel"]
    assert "office:xaa-foreign-minister" in lines[1]


def test_a_table_with_iris_keeps_every_row_on_its_line(ask, graph):
    fact = "stage:defence-pact-proposed"
    result = ask("support-of-a-fact", "--param", f"fact={fact}", "--iris")
    rows = graph.ask("support-of-a-fact", fact=fact)
    assert len(result.stdout.splitlines()) == 1 + len(rows) > 1


def test_a_label_without_its_thing_is_shown(ask):
    query = 'SELECT ?a ?aLabel { VALUES (?a ?aLabel) { (UNDEF "nobody") (state:XAA "Ardenia") } }'
    assert ask(query).stdout.split() == ["A", "nobody", "Ardenia"]


def test_csv_gives_full_iris_and_quotes_where_needed(ask):
    query = 'SELECT ?a ?b { VALUES (?a ?b) { (<https://example.org/a,b> "two, words") } }'
    rows = list(csv.reader(io.StringIO(ask(query, "--format", "csv").stdout)))
    assert rows == [["a", "b"], ["https://example.org/a,b", "two, words"]]


def test_tsv_gives_terms_as_sparql_writes_them(ask):
    lines = ask(STATES, "--format", "tsv").stdout.splitlines()
    assert lines[0] == "?state\t?label"
    assert lines[1] == '<https://w3id.org/diplograph/id/state/XAA>\t"Ardenia"@en'


def test_json_is_sparql_results_json(ask):
    result = json.loads(ask(STATES, "--format", "json").stdout)
    assert result["head"]["vars"] == ["state", "label"]
    assert result["results"]["bindings"][0]["label"]["value"] == "Ardenia"


def test_a_question_is_asked_from_standard_input(ask):
    assert ask("-", input=STATES).stdout == ask(STATES).stdout


def test_a_byte_order_mark_is_passed_over_wherever_a_query_comes_from(ask, tmp_path):
    file = tmp_path / "q.rq"
    file.write_text("\ufeffASK {}", encoding="utf-8")
    for result in (ask("-", input="\ufeffASK {}"), ask(str(file)), ask("\ufeffASK {}")):
        assert (result.exit_code, result.stdout) == (0, "yes\n")


def test_an_update_is_no_query(ask):
    result = ask("INSERT DATA { <urn:a> <urn:b> 1 }")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "line 1, column 1: INSERT would change the graph" in result.stderr


def test_columns_are_in_the_order_of_the_query(ask):
    result = ask("SELECT * { ?zeta a dg:State ; rdfs:label ?alpha }", "--format", "csv")
    assert result.stdout.splitlines()[0] == "zeta,alpha"


def test_a_question_is_asked_from_a_file_with_parameters(ask, tmp_path):
    path = tmp_path / "label.rq"
    path.write_text(
        "# What is a state called?\n"
        "PREFIX state: <https://w3id.org/diplograph/id/state/>\n"
        "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
        "SELECT ?label {\n  VALUES ?state { state:XBE }  # parameter\n"
        "  ?state rdfs:label ?label .\n}\n"
    )
    assert ask(str(path)).stdout.split() == ["Label", "Belmora"]
    assert ask(str(path), "--param", "state=Ardenia").stdout.split() == ["Label", "Ardenia"]


def test_a_parameter_given_twice_has_two_values(ask):
    both = ask("offices-held", "--param", "person=Ada Varn", "--param", "person=Celia Morn")
    one = ask("offices-held", "--param", "person=Ada Varn")
    assert set(one.stdout.splitlines()[1:]) != set(both.stdout.splitlines()[1:])
    assert len(both.stdout.splitlines()) > len(one.stdout.splitlines())


@pytest.mark.parametrize(("query", "said"), [("a dg:State", "yes\n"), ("a dg:Person", "no\n")])
def test_ask_is_answered_in_a_word(ask, query, said):
    assert ask(f"ASK {{ state:XAA {query} }}").stdout == said


def test_ask_in_json_is_a_boolean(ask):
    result = ask("ASK { state:XAA a dg:State }", "--format", "json")
    assert json.loads(result.stdout)["boolean"] is True


@pytest.mark.parametrize(
    "query", ["DESCRIBE state:XAA", "CONSTRUCT { ?s a dg:State } WHERE { ?s a dg:State }"]
)
def test_statements_come_as_turtle(ask, query):
    triples = list(ox.parse(ask(query).stdout, format=ox.RdfFormat.TURTLE))
    assert any("state/XAA" in str(triple.subject) for triple in triples)


def test_no_answer_is_said_beside_and_is_no_failure(ask):
    result = ask("SELECT ?s { ?s a dg:NoSuchClass }")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "no answer\n")


def test_without_a_question_all_are_listed_with_their_parameters(ask, graph):
    text = ask().stdout
    assert [name for name in graph.questions if name not in text] == []
    assert "--param person=person:sergey-lavrov\n" in text
    assert "--param state=...\n" in text


def test_asking_an_up_to_date_build_does_not_reason_again(ask, monkeypatch):
    monkeypatch.setattr("diplograph.build.reason.reason", pytest.fail)
    monkeypatch.setattr("diplograph.build.dataset.read_files", pytest.fail)
    assert ask(STATES).exit_code == 0
