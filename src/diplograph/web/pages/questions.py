"""The questions a graph comes with: the list of them, and a page for each with its answer."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, request

from diplograph.questions import Question
from diplograph.questions import choose as choose_question
from diplograph.store.engine import PAGE, PAGE_ROWS, Asked, Engine
from diplograph.web.edition import Edition
from diplograph.web.labels import resolve
from diplograph.web.rendering import render
from diplograph.web.tables import Table, read_answer


def create_questions(edition: Edition) -> Blueprint:
    """Return the blueprint of a page for each question."""
    pages = Blueprint("questions", __name__)

    @pages.get("/questions/<name>")
    def question(name: str) -> Response:
        chosen = choose_question(edition.questions, name)
        asked = {each.name: request.args.get(each.name, "") for each in chosen.parameters}
        given = {name: value for name, value in asked.items() if value.strip()}
        asking = edition.client_engine()
        text = fill(asking, chosen, given)
        page = {"question": chosen, "given": given, "text": text}
        return render("question.html", table=answer_question(asking, text), **page)

    return pages


def fill(engine: Engine, question: Question, given: Mapping[str, str]) -> str:
    """Return the question's text with the values given in a form; things may go by their labels.

    Raises UnknownThing and AmbiguousThing, naming the field, UnknownParameter, and what
    Question.filled raises for a value that cannot be meant.
    """
    parameters = {each.name: each for each in question.parameters}
    values = {
        name: resolve(engine, parameters[name], value) if name in parameters else value
        for name, value in given.items()
        if name not in parameters or value != parameters[name].default
    }
    return question.filled(**values)


def answer_question(engine: Engine, text: str, shown: int = PAGE_ROWS) -> Table:
    """Return the answer to a query's text as a table of its first rows, with labels."""
    return read_answer(engine, engine.answer(Asked(text, PAGE, PAGE, shown=shown)))
