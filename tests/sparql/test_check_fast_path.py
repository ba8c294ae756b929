"""What runs without being examined is what the examination would have let run as it stands."""

from __future__ import annotations

import os
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from diplograph.sparql.check import check_query, is_plain, refuse_depth
from fixtures.project_files import ROOT
from w3c.cases import WHERE_THEY_LIE, read_cases

QUESTIONS = {path.stem: path.read_text(encoding="utf-8") for path in ROOT.glob("queries/*.rq")}
LOOK_UP = """PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX dg: <https://w3id.org/diplograph/ontology#>
SELECT ?type ?label ?from WHERE {
  <https://w3id.org/diplograph/id/event/moscow-talks-2025-11> a ?type ; rdfs:label ?label .
  OPTIONAL { ?type dg:subject|dg:object ?from }
  FILTER (LANG(?label) = "en" && STRLEN(?label) < 90)
} ORDER BY DESC(?label) LIMIT 20
"""
PREFIXES = {"ex": "http://x.example/", "service": "http://x.example/", "": "http://x.example/"}
CASES = int(os.environ.get("DIPLOGRAPH_FUZZ", "1000"))


def parses(text, prefixes):
    """Return whether Oxigraph takes the text as a query; nothing that calls out is given to it."""
    try:
        ox.Store().query(text, prefixes=prefixes)
    except SyntaxError:
        return False
    except RuntimeError:  # a function that nobody defined
        return True
    return True


def hold(text):
    """Hold that the gate lets through only what the examination lets run as it stands.

    What does not parse is examined by the store in any case, for the error.
    """
    if not is_plain(text):
        return
    refuse_depth(text)
    if parses(text, PREFIXES):
        checked = check_query(text, PREFIXES)
        assert (checked.text, checked.graphs) == (text, ())


def test_an_ordinary_look_up_is_plain():
    assert is_plain(LOOK_UP)


def test_most_questions_are_plain_and_the_examination_agrees():
    plain = [name for name, text in QUESTIONS.items() if is_plain(text)]
    assert len(plain) > len(QUESTIONS) * 2 / 3
    for name in plain:
        hold(QUESTIONS[name])


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://x.example/> {} }",
        "SELECT * { sErViCe <http://x.example/> {} }",
        "SELECT * FROM <http://x.example/> {}",
        "SELECT*FROM<http://x.example/>{}",
        "SELECT ?from from <http://x.example/> {}",
        "SELECT (1 AS ?x)FROM NAMED<http://x.example/>{}",
        "CONSTRUCT {} FROM <http://x.example/> WHERE {}",
        "DESCRIBE ?x\nFROM ex:a {}",
        r"SELECT * { ?s ?p <http://x.example/\u0061> }",
        r"SELECT * { SERVIC\u0045 <http://x.example/> {} }",
        "SELECT * { ?s ?p ?o } \ud800",
        f"SELECT * {'{' * 101}{'}' * 101}",
        f"ASK {{ FILTER(1{'+1' * 500} > 0) }}",
        f"SELECT * {{ {'BIND(1 AS ?x)' * 90} {'FILTER(true)' * 90} {'OPTIONAL{}' * 30} }}",
    ],
)
def test_what_may_need_a_look_is_not_plain(text):
    assert not is_plain(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { <<( ?s ?p ?o )>> ?q ?r }",
        "SELECT * { <<?s ?p ?o>> ?q ?r }",
        "SELECT * { ?s ?p ?o {|?q ?r|} }",
        "SELECT * { ?s ?p ?o~?x }",
        'SELECT ("a"@en--ltr AS ?x) {}',
        'VERSION "1.2" ASK {}',
        "version'1.2' ASK {}",
        "VERSION # which?\n'1.2' ASK {}",
        "SELECT (isTRIPLE(1) AS ?x) {}",
        "SELECT (Subject # of what?\n(?t) AS ?x) {}",
        "SELECT (strlangdir \t('a', 'ar', 'rtl') AS ?x) {}",
    ],
)
def test_what_only_sparql_12_has_is_plain(text):
    assert is_plain(text)


def test_a_long_list_of_things_is_plain_and_a_sum_in_the_place_of_one_is_not():
    listed = " ".join(f"<https://w3id.org/diplograph/id/event/a-b-c-{n}>" for n in range(500))
    assert is_plain(f"SELECT * {{ VALUES ?event {{ {listed} }} ?event ?p ?o }}")
    assert not is_plain(f"ASK {{ FILTER(1 <a:{'-1' * 600}> 2) }}")
    assert not is_plain(f"ASK {{ FILTER('<a://'{'+1' * 600}>2) }}")


def test_depth_is_counted_at_least_as_the_examination_counts_it():
    text = "SELECT * {" + " { } UNION" * 60 + " {} }"
    assert is_plain(text)
    refuse_depth(text)


# ---- whatever the text --------------------------------------------------------------------

WORDS = """SELECT ASK CONSTRUCT DESCRIBE WHERE { } { } ( ) [ ] . ; , * ?x ?from $from ?service ex:a
:a service:a <http://x.example/a> <a> "text" 'from' "service" 1 -1 1.5 + - / | ^ ! && || = < > <= ?
FILTER BIND AS VALUES UNDEF OPTIONAL UNION MINUS GRAPH GROUP BY ORDER HAVING LIMIT OFFSET a true IN
DISTINCT FROM NAMED SERVICE SILENT PREFIX ex: BASE INSERT DATA DELETE LOAD << >> <<( )>> {| |} ~
"a"@en--ltr VERSION "1.2" TRIPLE( isTRIPLE( SUBJECT( COUNT( REGEX( EXISTS NOT @en ^^ _:b # \\u0053
\\ \n \t""".split(" ")
SEEDS = [LOOK_UP, *QUESTIONS.values()]
CUTS = st.tuples(st.floats(0, 1), st.integers(0, 6), st.sampled_from(["", " ", *WORDS]))


@settings(max_examples=CASES, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from(WORDS), max_size=14), st.sampled_from(["", " ", "\n"]))
@example(["SELECT", "*", "{", "?x", "<", "<http://x.example/a>", "}"], "")
def test_words_in_any_order_pass_only_where_they_may(words, between):
    hold(between.join(words))


def change(text, cuts):
    """Return `text` with a few characters replaced at each place, a share of its length."""
    for share, length, piece in cuts:
        place = int(share * len(text))
        text = text[:place] + piece + text[place + length :]
    return text


@settings(max_examples=CASES, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(SEEDS), st.lists(CUTS, max_size=4))
def test_a_changed_question_passes_only_where_it_may(text, cuts):
    hold(change(text, cuts))


@pytest.mark.skipif(not os.environ.get(WHERE_THEY_LIE), reason=f"{WHERE_THEY_LIE} is not set")
def test_the_w3cs_queries_and_changes_of_them_pass_only_where_they_may():
    texts = sorted({path.read_text(encoding="utf-8") for path in w3c_queries()})
    assert texts

    @settings(max_examples=CASES, deadline=None, derandomize=True, database=None)
    @given(st.sampled_from(texts), st.lists(CUTS, max_size=3))
    def changed(text, cuts):
        hold(change(text, cuts))

    for text in texts:
        hold(text)
    changed()


def w3c_queries() -> list[Path]:
    """Return the files of all queries that the W3C's manifests list."""
    return [case.query for case in read_cases()]
