"""Questions and prefixes are in the graph as query editors elsewhere look for them."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from diplograph.build.build import build
from diplograph.build.dataset import digest_inputs, read_files
from diplograph.build.questions import Question, describe_questions, read_questions
from diplograph.core.names import PREFIXES, QUESTIONS_GRAPH
from fixtures.small_home import write_home

# What SIB's sparql-editor asks an endpoint for (sib-swiss/sparql-editor), and Trifid after it.
EXAMPLES = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?example ?comment ?query WHERE {
  ?example a sh:SPARQLExecutable ;
    rdfs:comment ?comment ;
    sh:select|sh:ask|sh:construct|sh:describe ?query .
} ORDER BY ?example
"""
NAMESPACES = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT DISTINCT ?prefix ?namespace
WHERE { [] sh:declare [ sh:prefix ?prefix ; sh:namespace ?namespace ] }
ORDER BY ?prefix
"""
SH = PREFIXES["sh"]


def kinds_of(text: str) -> set[str]:
    """Return the classes of SHACL that a question of that text is a member of."""
    said = describe_questions([Question("asked", "Is it so?", text)])
    example = ox.NamedNode(PREFIXES["query"] + "asked")
    found = {each.object.value for each in said if each.subject == example}
    return {iri.removeprefix(SH) for iri in found if iri.startswith(SH)}


def test_an_editor_is_given_every_question_with_its_words(world, world_store):
    rows = {row["example"].value: row for row in world_store.query(EXAMPLES)}
    questions = read_questions(world)
    assert sorted(rows) == sorted(PREFIXES["query"] + name for name in questions)
    for name, question in questions.items():
        row = rows[PREFIXES["query"] + name]
        assert (row["comment"].value, row["query"].value) == (question.title, question.text)


def test_an_editor_is_given_every_prefix(world_store):
    rows = {row["prefix"].value: row["namespace"] for row in world_store.query(NAMESPACES)}
    assert {prefix: each.value for prefix, each in rows.items()} == PREFIXES
    assert {each.datatype.value for each in rows.values()} == {PREFIXES["xsd"] + "anyURI"}


def test_an_example_of_the_graph_runs_as_it_stands(world_store):
    for row in world_store.query(EXAMPLES):
        assert world_store.query(row["query"].value) is not None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("# Is it so?\nPREFIX a: <urn:a#>\nSELECT * { ?s ?p ?o }", "SPARQLSelectExecutable"),
        ("BASE <urn:a>\nprefix : <urn:ask> ask { ?s ?p ?o }", "SPARQLAskExecutable"),
        ("# ASK\nCONSTRUCT WHERE { ?s ?p ?o }", "SPARQLConstructExecutable"),
    ],
)
def test_an_example_has_the_kind_of_its_form(text, kind):
    assert kinds_of(text) == {"SPARQLExecutable", kind}


def test_a_describe_is_an_example_of_no_special_kind():
    assert kinds_of("DESCRIBE <urn:a>") == {"SPARQLExecutable"}


def test_what_is_no_query_is_no_example():
    assert describe_questions([Question("asked", "", "DROP ALL")]) == frozenset()


def test_no_questions_declare_no_prefixes():
    assert describe_questions([]) == frozenset()


def test_examples_and_prefixes_have_no_blank_nodes(world_store):
    quads = world_store.quads(QUESTIONS_GRAPH)
    assert not any(isinstance(term, ox.BlankNode) for quad in quads for term in quad)


def test_the_questions_are_no_part_of_what_is_reasoned(judged_world):
    said = judged_world.derived.statements()
    assert not any(each.predicate.value.startswith(SH) for each in said)


def test_another_question_is_another_build(tmp_path):
    home = write_home(tmp_path)
    before = digest_inputs(home)
    (home.queries / "states.rq").write_text("# Which?\nSELECT * { ?s a <urn:x> } ORDER BY ?s\n")
    assert digest_inputs(home) != before
    assert digest_inputs(home) == read_files(home).digest
    assert QUESTIONS_GRAPH in build(home).graphs
