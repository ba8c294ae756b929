"""The questions a graph comes with: the list of them, and a page for each with its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, request, url_for

from diplograph.build.questions import Question, find_question
from diplograph.store.interface import PAGE, PAGE_ROWS, Engine, QueryRequest
from diplograph.web.bridge import read_flask
from diplograph.web.edition import Edition
from diplograph.web.fields import Filled, fill, list_fields
from diplograph.web.refusals import wants_page
from diplograph.web.rendering import render
from diplograph.web.tables import Table, read_answer

# What each question is about; one that no group names stands in the last.
GROUPS = {
    "What is planned, held or overdue": (
        "planned-not-held date-passed window-of-days date-estimates pairs-by-status"
        " leads-to-a-summit first-since"
    ),
    "Who met whom, where and about what": (
        "who-took-part delegation-leaders places-of-engagements agenda-of-an-engagement"
        " recurring-topics earlier-visits"
    ),
    "States, partnerships and forums": (
        "partnership-stages shared-forums third-state-pressure agreements-in-preparation"
    ),
    "People, offices and bodies": "offices-held acts-of-a-body directives",
    "Requests and concerns": "requests-between-states open-concerns lower-bounds",
    "Reports and how sure they are": (
        "support-of-a-fact paragraphs-and-facts added-by-a-report contradictory-reports"
        " hearsay-or-judgement-only inferred-from outside-identifiers"
    ),
}
OTHERS = "Other questions"


@dataclass(frozen=True)
class Group:
    """Questions about one matter."""

    title: str
    questions: tuple[Question, ...]


def create_questions(edition: Edition) -> Blueprint:
    """Return the blueprint of the list of questions and of a page for each."""
    pages = Blueprint("questions", __name__)

    @pages.get("/questions")
    def questions() -> Response:
        return render("questions.html", groups=group(edition.questions))

    @pages.get("/questions/<name>")
    def question(name: str) -> Response:
        chosen = find_question(edition.questions, name)
        given = {each.name: request.args.get(each.name, "") for each in chosen.parameters}
        filled = fill(edition.client_engine(), chosen, given, edition.index())
        if filled.fault and not wants_page(read_flask(edition.settings, body=False)):
            raise filled.fault
        return _show(edition, chosen, given, filled)

    return pages


def group(questions: Mapping[str, Question]) -> tuple[Group, ...]:
    """Return the questions by what they are about; groups without any are left out."""
    named = [(title, names.split()) for title, names in GROUPS.items()]
    known = {name for _, names in named for name in names}
    named.append((OTHERS, [name for name in questions if name not in known]))
    groups = (
        Group(title, tuple(questions[name] for name in names if name in questions))
        for title, names in named
    )
    return tuple(each for each in groups if each.questions)


def answer_question(
    engine: Engine, text: str, shown: int = PAGE_ROWS, known: Mapping[str, str] | None = None
) -> Table:
    """Return the answer to a query's text as a table of its first rows, with labels.

    Those `known`, by IRI, are not asked for.
    """
    return read_answer(engine, engine.answer(QueryRequest(text, PAGE, PAGE, shown=shown)), known)


def _show(edition: Edition, chosen: Question, given: Mapping[str, str], filled: Filled) -> Response:
    """Return the page of a question; where a value cannot be meant, its form says so instead."""
    asking, index = edition.client_engine(), edition.index()
    table = answer_question(asking, filled.text, known=index.labels) if filled.text else None
    said = {name: value for name, value in given.items() if value.strip()}
    page = render(
        "question.html",
        question=chosen,
        fields=list_fields(chosen, given, filled.errors, index),
        errors=filled.errors,
        table=table,
        text=filled.text or chosen.text,
        share=url_for("questions.question", name=chosen.name, **said),
    )
    page.vary.add("Accept")
    if filled.fault:
        page.status_code = filled.fault.http_status
    return page
