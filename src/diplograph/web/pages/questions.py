"""The questions a graph comes with: the list of them, and a page for each with its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, request, url_for

from diplograph.build.questions import Question, find_question
from diplograph.web.context import AppContext
from diplograph.web.errors import wants_page
from diplograph.web.flask_adapter import read_flask
from diplograph.web.forms import FilledQuestion, fill_question, list_fields
from diplograph.web.rendering import render
from diplograph.web.result_table import answer_question

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
class QuestionGroup:
    """Questions about one matter."""

    title: str
    questions: tuple[Question, ...]


def create_questions(edition: AppContext) -> Blueprint:
    """Return the blueprint of the list of questions and of a page for each."""
    pages = Blueprint("questions", __name__)

    @pages.get("/questions")
    def questions() -> Response:
        return render("questions.html", groups=group(edition.questions))

    @pages.get("/questions/<name>")
    def question(name: str) -> Response:
        chosen = find_question(edition.questions, name)
        given = {each.name: request.args.get(each.name, "") for each in chosen.parameters}
        filled = fill_question(edition.client_engine(), chosen, given, edition.index())
        if filled.fault and not wants_page(read_flask(edition.settings, body=False)):
            raise filled.fault
        return _show(edition, chosen, given, filled)

    return pages


def group(questions: Mapping[str, Question]) -> tuple[QuestionGroup, ...]:
    """Return the questions by what they are about; groups without any are left out."""
    named = [(title, names.split()) for title, names in GROUPS.items()]
    known = {name for _, names in named for name in names}
    named.append((OTHERS, [name for name in questions if name not in known]))
    groups = (
        QuestionGroup(title, tuple(questions[name] for name in names if name in questions))
        for title, names in named
    )
    return tuple(each for each in groups if each.questions)


def _show(
    edition: AppContext, chosen: Question, given: Mapping[str, str], filled: FilledQuestion
) -> Response:
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
