"""Each passage shown with a statement of the first report says it: verdicts.tsv holds a reading.

A verdict is written by hand after reading the passage. A statement that is new, or is shown with
another passage than before, is missing from the file until somebody has read that passage for it.
Where a passage does not say a statement, the data are wrong and not the file: split the fact, or
have the attestation support less of it. What rules of the home make rests on several facts, each
shown with its own passages, and is not judged again.
"""

from pathlib import Path

import pytest

from diplograph.core.names import PREFIXES, TYPE, compact, expand
from diplograph.store.engine import LocalEngine
from diplograph.views.explanation import explain_statement
from diplograph.views.query import QueryRunner
from diplograph.views.records import read_asserted_values, read_evidence, read_inferred_values
from diplograph.views.schema import read_schema

REPORT = "report:moscow-talks"
VERDICTS = Path(__file__).with_name("verdicts.tsv")
COLUMNS = ["subject", "predicate", "value", "passage", "verdict", "reason"]
DG = PREFIXES["dg"]
# Notes of the editors, and bounds that are arithmetic on the date: no passage is shown for them.
NOT_OF_A_PASSAGE = {f"{PREFIXES['skos']}editorialNote", f"{DG}earliest", f"{DG}latest"}
FACT_TYPES = f"""SELECT DISTINCT ?fact ?type WHERE {{
  ?attestation <{DG}attests> ?fact .
  GRAPH ?graph {{ ?fact a ?type . }}
  FILTER (?graph != <{PREFIXES["graph"]}inferred> && STRSTARTS(STR(?type), "{DG}"))
}}"""
THINGS = f"""SELECT DISTINCT ?thing WHERE {{
  ?thing a <{PREFIXES["owl"]}NamedIndividual> .
  FILTER (CONTAINS(STR(?thing), "/id/"))
}}"""


def write_term(term):
    """Return the CURIE of an IRI, or the characters of a literal."""
    return compact(term) if "://" in term else str(term)


def list_own_statements(asking):
    """Yield the statements that files make on each attested fact, with the fact's passages."""
    types = [(row["fact"], TYPE, row["type"]) for row in asking.rows(FACT_TYPES)]
    facts = {fact for fact, _, _ in types}
    evidence = read_evidence(asking, facts)
    values = [
        (fact, value.predicate.iri, getattr(value.value, "iri", value.value))
        for fact, fact_values in read_asserted_values(asking, facts).items()
        for value in fact_values
        if value.predicate.iri not in NOT_OF_A_PASSAGE
    ]
    for statement in types + values:
        yield statement, evidence[statement[0]]


def list_inferred_statements(asking):
    """Yield the statements that follow by chains, with the passages that `why` gives for them."""
    schema = read_schema(asking)
    for row in asking.rows(THINGS):
        for value in read_inferred_values(asking, [row["thing"]]).get(row["thing"], ()):
            statement = row["thing"], value.predicate.iri, getattr(value.value, "iri", value.value)
            for fact in explain_statement(asking, schema, *statement).facts:
                yield statement, fact.attestations


@pytest.fixture(scope="module")
def shown(real_store):
    """Return each statement with each passage that it is shown with, as the file writes them."""
    asking = QueryRunner(LocalEngine(real_store))
    statements = [*list_own_statements(asking), *list_inferred_statements(asking)]
    return {
        (*map(write_term, statement), attestation.passage.thing.curie)
        for statement, attestations in statements
        for attestation in attestations
        if attestation.passage.report.curie == REPORT
    }


@pytest.fixture(scope="module")
def verdicts():
    header, *lines = VERDICTS.read_text(encoding="utf-8").splitlines()
    assert header.split("\t") == COLUMNS
    return [tuple(line.split("\t")) for line in lines]


def test_every_statement_that_is_shown_with_a_passage_was_read_against_it(shown, verdicts):
    judged = [tuple(line[:4]) for line in verdicts]
    assert sorted(shown - set(judged)) == []
    assert sorted(set(judged) - shown) == []
    assert judged == sorted(set(judged))


def test_each_passage_says_every_statement_that_it_is_shown_with(verdicts):
    assert [line for line in verdicts if line[4] != "yes"] == []


def test_each_verdict_has_a_reason_in_a_few_words(verdicts):
    assert [line for line in verdicts if len(line) != len(COLUMNS) or not line[5].strip()] == []


def test_why_of_what_rules_made_shows_a_passage_only_with_what_it_says(real_store, shown):
    asking = QueryRunner(LocalEngine(real_store))
    schema = read_schema(asking)
    derived = [
        ("event:ind-rus-annual-summit-23", "dg:partOfVisit", "event:putin-india-visit-2025-12"),
        ("event:putin-india-visit-2025-12", "dg:meetingParty", "state:RUS"),
        ("event:moscow-talks-2025-11", "dg:meetingParty", "state:IND"),
        ("person:sergey-lavrov", "dg:everMet", "person:s-jaishankar"),
    ]
    for statement in derived:
        explained = explain_statement(asking, schema, *map(expand, statement))
        leaves = {
            leaf.statement: (leaf.subject, leaf.predicate, leaf.value)
            for leaf in explained.reason.leaves()
        }
        pairs = {
            (*map(write_term, leaves[text]), attestation.passage.thing.curie)
            for fact in explained.facts
            for text in fact.statements
            for attestation in fact.attestations
        }
        assert pairs
        assert sorted(pairs - shown) == []
