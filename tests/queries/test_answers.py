"""Each of the thirty questions: its golden answer over the invented world, and the real data's."""

import csv
import json
import re
from decimal import Decimal

import pytest
from rdflib import Literal

from diplograph.build.questions import read_questions
from diplograph.core import names
from diplograph.core.home import Home
from diplograph.core.names import PREFIXES, compact
from diplograph.core.rdf import to_rdflib
from diplograph.sparql.results import head_columns
from fixtures.project_files import ROOT

# What IRIs of the graph's own things begin with.
IDS = PREFIXES["state"].removesuffix("state/")
GOLDEN = ROOT / "tests" / "answers"
PARAMETERS = json.loads((GOLDEN / "parameters.json").read_text(encoding="utf-8"))
TITLES = {
    "planned-not-held": "Which engagements are planned and not yet reported as held?",
    "who-took-part": "Who took part in an engagement, in what role and for which state?",
    "support-of-a-fact": "Which sources support or deny a fact, and how sure are they?",
    "agenda-of-an-engagement": "What is on the agenda of an engagement, and was it expected or"
    " discussed?",
    "partnership-stages": "How did a partnership develop, and which sectors does it cover?",
    "shared-forums": "In which forums do two states work together?",
    "leads-to-a-summit": "Which engagements prepare a summit, directly or through others?",
    "hearsay-or-judgement-only": "Which facts are supported only by hearsay or by the reporter's"
    " own view?",
    "window-of-days": "What might, and what will, happen between two dates?",
    "requests-between-states": "What has one state asked of another, and on whose behalf?",
    "third-state-pressure": "Which third countries put pressure on a partnership, and over what?",
    "paragraphs-and-facts": "Which facts does each paragraph of a report support, and which"
    " paragraphs support none?",
    "date-estimates": "Which dates do reports give for an engagement, and do they agree?",
    "recurring-topics": "Which topics come up again and again between two states?",
    "delegation-leaders": "Who led each delegation, and to which meeting?",
    "earlier-visits": "When did an official visit a state before, and how exact is the date?",
    "offices-held": "Which offices has a person held, and which states did they serve?",
    "lower-bounds": 'Which numbers are reported only as "at least"?',
    "directives": "What did a leader tell a government to do?",
    "acts-of-a-body": "What did a body announce, decide, promise, criticise, request or warn of,"
    " and to whom?",
    "pairs-by-status": "How many engagements does each pair of states or other parties have, by"
    " status as of a day?",
    "agreements-in-preparation": "Which agreements are in preparation, and between whom?",
    "places-of-engagements": "Where do engagements take place, and for which is only the state"
    " known?",
    "date-passed": "Which engagements have passed their date without a reported outcome?",
    "contradictory-reports": "Where do reports contradict each other?",
    "added-by-a-report": "What did a report add or change?",
    "open-concerns": "Which concerns were raised and not yet answered?",
    "inferred-from": "What is known only by inference, and from which facts?",
    "outside-identifiers": "Which outside identifiers do things have, and on what evidence?",
    "first-since": "Which engagements are the first since an earlier one?",
    "called-off-together": "What was called off or postponed because a larger engagement was?",
    "mediators-and-brokers": "Who mediated or brokered what, and between whom?",
    "moved-engagements": "Which engagements were moved or postponed, to when, why and by whom?",
    "not-heard-of-since": "Which engagements without a date have not been mentioned since?",
    "office-holders": "Who holds which office on a given day?",
    "organizations-taking-part": "What do armed groups, companies and other organizations take"
    " part in?",
    "outcomes-of-an-engagement": "Which agreements, documents and other outcomes did an"
    " engagement have?",
    "quantities-with-units": "Which numbers and amounts are reported, and how exact are they?",
    "sanctions-in-force": "Which sanctions are in force, on whom, by whom and why?",
    "votes": "How did each party vote: for, against or abstained?",
}
# One report cannot contradict another, and the one at hand tells of no such thing.
UNANSWERED_BY_THE_REAL_DATA = {
    "called-off-together",
    "contradictory-reports",
    "mediators-and-brokers",
    "moved-engagements",
    "not-heard-of-since",
    "organizations-taking-part",
    "outcomes-of-an-engagement",
    "sanctions-in-force",
    "votes",
}

each_question = pytest.mark.parametrize("name", sorted(TITLES))


@pytest.fixture(scope="module")
def questions():
    return read_questions(Home.find(ROOT))


@pytest.fixture(scope="module")
def world_graph(world_store):
    return default_graph(world_store)


@pytest.fixture(scope="module")
def real_graph(real_store):
    return default_graph(real_store)


def default_graph(store):
    """Return what the store answers from by default, as a plain RDFLib graph."""
    shapes = names.SHAPES_GRAPH
    return to_rdflib({quad.triple for quad in store.quads() if quad.graph_name.value != shapes})


def ask(store, text):
    """Return the answer as Oxigraph gives it: the columns, then the rows, as texts."""
    found = store.query(text)
    columns = [variable.value for variable in found.variables]
    return [columns] + [[row[c].value if row[c] else "" for c in columns] for row in found]


def ask_rdflib(graph, text):
    """Return the answer as RDFLib's own engine gives it, in the same form."""
    found = graph.query(text)
    rows = [[write_rdflib(term) for term in row] for row in found]
    return [[str(variable) for variable in found.vars], *rows]


def write_rdflib(term):
    """Return the text of a term or of None; a decimal as Oxigraph writes it, 3 where files say 3.0.

    Oxigraph keeps the value of a decimal, RDFLib also how it is written.
    """
    if term is None:
        return ""
    if isinstance(term, Literal) and isinstance(term.value, Decimal):
        return f"{term.value.normalize():f}"
    return str(term)


def golden(name):
    with (GOLDEN / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def over_the_world(questions, name):
    return questions[name].filled(**PARAMETERS.get(name, {}))


def test_there_are_forty_questions_under_their_titles(questions):
    assert len(TITLES) == 40
    assert {name: question.title for name, question in questions.items()} == TITLES


def test_every_golden_answer_is_claimed_by_a_question_and_every_question_has_one():
    assert {path.stem for path in GOLDEN.glob("*.csv")} == set(TITLES)
    assert {path.suffix for path in GOLDEN.iterdir()} == {".csv", ".json"}


@each_question
def test_every_golden_answer_has_rows(name):
    assert len(golden(name)) > 1


def test_every_filling_names_a_question_and_its_parameters(questions):
    known = {name: {p.name for p in question.parameters} for name, question in questions.items()}
    assert set(PARAMETERS) <= set(known)
    for name, filling in PARAMETERS.items():
        assert set(filling) <= known[name]


@each_question
def test_a_question_has_its_golden_answer_over_the_world(name, questions, world_store):
    assert ask(world_store, over_the_world(questions, name)) == golden(name)


@each_question
def test_rdflib_answers_as_oxigraph_does_over_the_world(name, questions, world_graph):
    assert ask_rdflib(world_graph, over_the_world(questions, name)) == golden(name)


@each_question
def test_rdflib_answers_as_oxigraph_does_over_the_real_data(
    name, questions, real_store, real_graph
):
    text = questions[name].text
    assert ask_rdflib(real_graph, text) == ask(real_store, text)


@each_question
def test_a_question_is_answered_by_the_real_data_where_the_report_has_an_answer(
    name, questions, real_store
):
    answered = len(ask(real_store, questions[name].text)) > 1
    assert answered == (name not in UNANSWERED_BY_THE_REAL_DATA)


@each_question
def test_the_order_of_an_answer_leaves_nothing_to_chance(name, questions, world_store, real_store):
    _, clause, last = questions[name].text.rpartition("ORDER BY")
    assert clause
    for store, text in (
        (world_store, over_the_world(questions, name)),
        (real_store, questions[name].text),
    ):
        columns, *rows = ask(store, text)
        places = [columns.index(variable) for variable in re.findall(r"\?(\w+)", last)]
        assert len({tuple(row[place] for place in places) for row in rows}) == len(rows)


@each_question
def test_a_question_asks_for_no_clock_no_chance_and_no_graph(name, questions):
    words = set(re.findall(r"[A-Z]{3,}", questions[name].text))
    assert words.isdisjoint({"NOW", "RAND", "UUID", "STRUUID", "GRAPH", "FROM", "SERVICE"})


@each_question
def test_a_table_of_120_characters_breaks_no_word(name, questions, world_store, real_store):
    for store, text in (
        (world_store, over_the_world(questions, name)),
        (real_store, questions[name].text),
    ):
        columns, *rows = ask(store, text)
        heads = head_columns(columns)
        shown = [[compact(row[columns.index(head)]) for head in heads] for row in rows]
        texts = list(zip(heads.values(), *shown, strict=True))
        longest = [max(len(word) for text in column for word in text.split()) for column in texts]
        assert sum(longest) + 2 * (len(longest) - 1) <= 120


@each_question
def test_a_thing_that_has_a_label_is_beside_it_so_that_tables_can_leave_it_out(
    name, questions, world_store
):
    columns, *rows = ask(world_store, over_the_world(questions, name))
    shown = [columns.index(head) for head in head_columns(columns)]
    things = {row[place] for row in rows for place in shown if row[place].startswith(IDS)}
    assert things == set()


@each_question
def test_every_row_that_cites_a_passage_shows_where_it_is(name, questions, world_store):
    columns, *rows = ask(world_store, over_the_world(questions, name))
    for place, column in enumerate(columns):
        if column.lower().endswith("passage"):
            cited = columns.index(f"{column}Label")
            assert all(bool(row[place]) == bool(row[cited]) for row in rows)
