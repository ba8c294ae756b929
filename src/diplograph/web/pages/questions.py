"""The page of all questions of the home, and a page for each with its form and its answer."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, request, url_for

from diplograph.build.questions import Question, find_question
from diplograph.core.names import PREFIXES
from diplograph.web.context import AppContext
from diplograph.web.errors import wants_page
from diplograph.web.flask_adapter import read_flask
from diplograph.web.forms import fill_question, list_fields
from diplograph.web.rendering import make_locator, render
from diplograph.web.result_drawings import draw_result
from diplograph.web.result_table import answer_question, make_file_table
from diplograph.web.table_files import send_workbook

# Title of a group to the names of its questions; questions in no group come last.
GROUPS = {
    "Planned, held or overdue": (
        "planned-not-held date-passed not-heard-of-since moved-engagements called-off-together"
        " window-of-days date-estimates pairs-by-status leads-to-a-summit first-since"
    ),
    "Who met whom, where, and what about": (
        "who-took-part delegation-leaders mediators-and-brokers organizations-taking-part"
        " places-of-engagements agenda-of-an-engagement recurring-topics earlier-visits"
    ),
    "Outcomes": "outcomes-of-an-engagement agreements-in-preparation votes",
    "States, partnerships and forums": (
        "partnership-stages shared-forums third-state-pressure sanctions-in-force"
    ),
    "People, offices and bodies": "offices-held office-holders acts-of-a-body directives",
    "Requests, concerns and numbers": (
        "requests-between-states open-concerns lower-bounds quantities-with-units"
    ),
    "Reports, and how sure they are": (
        "support-of-a-fact paragraphs-and-facts added-by-a-report contradictory-reports"
        " hearsay-or-judgement-only inferred-from outside-identifiers"
    ),
}
OTHERS = "Other questions"
# The most rows of an answer in one workbook.
_MOST_FILE_ROWS = 10_000


def create_questions(context: AppContext) -> Blueprint:
    """Return the blueprint of the list of questions and of a page for each."""
    pages = Blueprint("questions", __name__)

    @pages.get("/questions")
    def questions() -> Response:
        return render("questions.html", groups=group(context.questions))

    @pages.get("/questions/<name>")
    def question(name: str) -> Response:
        return _write_page(context, find_question(context.questions, name))

    @pages.get("/questions/<name>.xlsx")
    def workbook(name: str) -> Response:
        return _write_file(context, find_question(context.questions, name))

    return pages


def _write_page(context: AppContext, question: Question) -> Response:
    """Return the page of a question; raises what is wrong with its form where no page is wanted."""
    index, given = context.index(), _read_given(question)
    filled = fill_question(question, given, index)
    if filled.fault and not wants_page(read_flask(context.settings, body=False)):
        raise filled.fault
    table = None
    if filled.text:
        table = answer_question(context.client_engine(), filled.text, known=index.labels)

    def address(page: str, /, **changed: str) -> str:
        return url_for(page, name=question.name, **_list_given(given) | changed)

    page = render(
        "question.html",
        question=question,
        question_iri=PREFIXES["query"] + question.name,
        fields=list_fields(question, given, filled.errors, index, filled.near),
        errors=filled.errors,
        table=table,
        drawings=draw_result(table, context.asking()) if table else (),
        text=filled.text or question.text,
        link_value=lambda parameter, meant: address("questions.question", **{parameter: meant}),
        workbook=address("questions.workbook"),
        share=address("questions.question"),
    )
    page.vary.add("Accept")
    if filled.fault:
        page.status_code = filled.fault.http_status
    return page


def _write_file(context: AppContext, question: Question) -> Response:
    """Return the answer to a question as a workbook; raises what is wrong with its form."""
    index = context.index()
    filled = fill_question(question, _read_given(question), index)
    if filled.fault:
        raise filled.fault
    engine = context.client_engine()
    result = answer_question(engine, filled.text, _MOST_FILE_ROWS, known=index.labels)
    table = make_file_table(result, "Answer", make_locator(context))
    return send_workbook(question.name, [table], question.title)


def _list_given(given: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters that are not left empty."""
    return {parameter: text for parameter, text in given.items() if text.strip()}


def _read_given(question: Question) -> dict[str, str]:
    """Return what was typed for each parameter, "" for nothing."""
    return {
        parameter.name: request.args.get(parameter.name, "") for parameter in question.parameters
    }


def group(questions: Mapping[str, Question]) -> dict[str, list[Question]]:
    """Return the questions of each group of GROUPS that has any here, by title."""
    groups = {title: names.split() for title, names in GROUPS.items()}
    grouped = {name for names in groups.values() for name in names}
    groups[OTHERS] = [name for name in questions if name not in grouped]
    filled = {
        title: [questions[name] for name in names if name in questions]
        for title, names in groups.items()
    }
    return {title: members for title, members in filled.items() if members}
