"""Questions are read from their files and their parameters filled in without surprises."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pyoxigraph as ox
import pytest

from diplograph.build.build import check_questions
from diplograph.build.questions import find_question, read_question, read_questions
from diplograph.core.errors import (
    MalformedDate,
    MalformedFile,
    UnknownParameter,
    UnknownPrefix,
    UnknownQuestion,
    UnreadableFile,
    UsageError,
)
from diplograph.core.home import Home

TEXT = """\
# Which meetings does a state hold in a window of days?
PREFIX state: <https://w3id.org/diplograph/id/state/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

SELECT ?state ?from ?limit ?word ?any
WHERE {
  VALUES ?state { state:ARD state:BEL }  # parameter
  VALUES ?from { "2030-01-01T00:00:00Z"^^xsd:dateTime }  # parameter
  VALUES ?limit { 3 }  # parameter
  VALUES ?word { "talks"@en }  # parameter
  VALUES ?any { UNDEF }  # parameter
}
ORDER BY ?state
"""
STATE = "https://w3id.org/diplograph/id/state/"


@pytest.fixture
def home(tmp_path):
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "meetings-in-a-window.rq").write_text(TEXT, encoding="utf-8")
    return SimpleNamespace(root=tmp_path, queries=tmp_path / "queries")


@pytest.fixture
def question(home):
    return read_questions(home)["meetings-in-a-window"]


def answers(text: str) -> list[str]:
    return [str(row["state"]) for row in ox.Store().query(text)]


def test_the_first_line_is_the_question(question):
    assert question.title == "Which meetings does a state hold in a window of days?"


def test_parameters_keep_the_order_of_their_lines(question):
    assert [p.name for p in question.parameters] == ["state", "from", "limit", "word", "any"]
    assert question.parameters[0].default == "state:ARD state:BEL"


def test_a_question_without_values_is_its_file_unchanged(question):
    assert question.filled() == TEXT


def test_filling_changes_only_the_line_of_the_parameter(question):
    before, after = TEXT.splitlines(), question.filled(state="state:CAD").splitlines()
    assert [number for number in range(len(before)) if before[number] != after[number]] == [6]


@pytest.mark.parametrize("value", ["state:CAD", f"{STATE}CAD", f"<{STATE}CAD>"])
def test_a_curie_an_iri_and_a_bracketed_iri_name_the_same_thing(question, value):
    assert answers(question.filled(state=value)) == [f"<{STATE}CAD>"]


def test_an_object_with_an_iri_fills_as_that_iri(question):
    thing = SimpleNamespace(iri=f"{STATE}CAD")
    assert answers(question.filled(state=thing)) == [f"<{STATE}CAD>"]


def test_several_values_fill_one_line(question):
    filled = question.filled(state=["state:BEL", "state:CAD"])
    assert answers(filled) == [f"<{STATE}BEL>", f"<{STATE}CAD>"]


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("limit", "7", '"7"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        ("limit", 7, '"7"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        ("word", "summit", '"summit"@en'),
        ("word", '"Gipfel"@de', '"Gipfel"@de'),
        (
            "from",
            "2030-02-03",
            '"2030-02-03T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>',
        ),
        (
            "from",
            datetime(2030, 2, 3, 4, tzinfo=UTC),
            '"2030-02-03T04:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>',
        ),
        ("any", "plain words", '"plain words"'),
        ("any", "state:CAD", f"<{STATE}CAD>"),
    ],
)
def test_a_value_takes_the_kind_of_its_default(question, name, value, written):
    assert f"VALUES ?{name} {{ {written} }}  # parameter" in question.filled(**{name: value})


@pytest.mark.parametrize("hostile", ['x" } . ?s ?p ?o . { "', "line\nbreak", "back\\slash", "}"])
def test_a_hostile_text_stays_one_literal(question, hostile):
    rows = list(ox.Store().query(question.filled(word=hostile)))
    assert [row["word"].value for row in rows] == [hostile, hostile]


@pytest.mark.parametrize("hostile", ["state:A> } #", "https://example.org/> } {", "no thing"])
def test_a_text_that_is_no_iri_is_refused_for_a_thing(question, hostile):
    with pytest.raises(UsageError):
        question.filled(state=hostile)


def test_a_second_statement_behind_a_literal_is_refused(question):
    with pytest.raises(UsageError):
        question.filled(word='"a" . <urn:c> <urn:d> "e"')


def test_an_unknown_parameter_is_told_the_known_ones(question):
    with pytest.raises(UnknownParameter, match="state, from, limit"):
        question.filled(country="state:ARD")


def test_an_unknown_prefix_is_refused(question):
    with pytest.raises(UnknownPrefix):
        question.filled(state="country:ARD")


def test_an_impossible_date_is_refused(question):
    with pytest.raises(MalformedDate, match="soon"):
        question.filled(**{"from": "soon"})


def test_a_word_for_a_number_is_refused(question):
    with pytest.raises(UsageError, match="many"):
        question.filled(limit="many")


def test_no_value_at_all_is_refused(question):
    with pytest.raises(UsageError, match="no value"):
        question.filled(state=[])


def test_an_unknown_question_offers_near_names(home):
    with pytest.raises(UnknownQuestion, match="did you mean meetings-in-a-window"):
        find_question(read_questions(home), "meetings-in-window")


def test_a_file_without_its_question_in_words_is_malformed(home):
    (home.queries / "wordless.rq").write_text("SELECT * {}\n")
    with pytest.raises(MalformedFile, match=r"queries/wordless\.rq:1"):
        read_questions(home)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("# Bad?\nSELECT {", "queries/bad.rq:2"),
        ("# Bad?\nSELECT * {\n  ?s a ex:thing\n}\n", "queries/bad.rq:3"),
        ("# Bad?\nDELETE WHERE { ?s ?p ?o }\n", "queries/bad.rq:2"),
        ("# Bad?\nSELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }\n", "queries/bad.rq"),
    ],
)
def test_a_question_that_could_not_be_asked_is_malformed(home, text, place):
    (home.queries / "bad.rq").write_text(text)
    with pytest.raises(MalformedFile, match=f"^{place}: "):
        check_questions(home)


def test_the_projects_own_questions_can_be_asked():
    home = Home.find()
    check_questions(home)
    assert len(read_questions(home)) > 0


def test_a_file_that_is_no_question_of_a_home_needs_no_words(home):
    (home.root / "plain").write_text("SELECT * {}\n")
    assert read_question(home.root / "plain").title == ""


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("FILTER(?a > 1)  # parameter", "needs its own line"),
        ("VALUES ?a { nowhere:b }  # parameter", "cannot be parsed"),
    ],
)
def test_a_marked_line_that_is_no_parameter_is_malformed(home, line, reason):
    (home.queries / "odd.rq").write_text(f"# What?\nSELECT * {{\n  {line}\n}}\n")
    with pytest.raises(MalformedFile, match=rf"queries/odd\.rq:3.*{reason}"):
        read_questions(home)


def test_one_parameter_may_stand_on_two_lines_with_one_default(home):
    line = "VALUES ?n { 1 }  # parameter"
    text = f"# What?\nSELECT * {{ {{\n{line}\n}} UNION {{\n{line}\n}} }}\n"
    (home.queries / "twice.rq").write_text(text)
    question = read_questions(home)["twice"]
    assert len(question.parameters) == 1
    assert question.filled(n=2).count('"2"^^') == 2


def test_two_defaults_for_one_parameter_are_malformed(home):
    (home.queries / "twice.rq").write_text(
        "# What?\nSELECT * {\nVALUES ?n { 1 }  # parameter\nVALUES ?n { 2 }  # parameter\n}\n"
    )
    with pytest.raises(MalformedFile, match=r"twice\.rq:4"):
        read_questions(home)


def test_a_file_that_is_not_utf_8_is_unreadable_at_its_line(home):
    (home.queries / "latin.rq").write_bytes("# What?\n# é\n".encode("latin-1"))
    with pytest.raises(UnreadableFile, match=r"latin\.rq:2"):
        read_questions(home)
