"""The start page: counts, what is coming and overdue, the latest report, example questions.

Also the probes /health and /ready.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from flask import Blueprint, Response, jsonify, request

from diplograph.build.questions import Question
from diplograph.core.errors import DiplographError, EngineFault
from diplograph.core.settings import RETRY_AFTER_SECONDS
from diplograph.store.interface import Engine, QueryRequest
from diplograph.views.engagements import Outlook, read_outlook
from diplograph.views.query import QueryRunner
from diplograph.views.report import read_latest
from diplograph.views.statistics import read_graph_counts
from diplograph.web.context import AppContext
from diplograph.web.rendering import render
from diplograph.web.result_table import ResultTable, answer_question

# Examples in order of preference: three that show best what the graph is for, then questions about
# no particular thing, all quick on any graph. A home with none of them shows the first of its own
# questions that have an answer, of the first EXAMPLES_TRIED.
PREFERRED_EXAMPLES = (
    "planned-not-held support-of-a-fact shared-forums open-concerns delegation-leaders"
    " agreements-in-preparation first-since"
).split()
EXAMPLES_SHOWN, EXAMPLES_TRIED = 3, 8
EXAMPLE_ROWS = 3
ENGAGEMENTS_SHOWN = CHANGES_SHOWN = 6


@dataclass(frozen=True)
class Example:
    """A question with the first rows of its answer."""

    question: Question
    answer: ResultTable


def create_start(context: AppContext) -> Blueprint:
    """Return the blueprint of the start page, whose parts are read once a build or a day."""
    pages = Blueprint("start", __name__)

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def summarise_once(digest: str) -> dict:
        """Return the values of the page that are the same on any day."""
        asking, index = QueryRunner(context.engine), context.index()
        examples = choose_examples(context.engine, context.questions, index.labels)
        counts, latest = read_graph_counts(asking), read_latest(asking, index)
        return {"counts": counts, "latest": latest, "examples": examples}

    @lru_cache(maxsize=16)  # a few days; requests may name any
    def read_outlook_once(digest: str, day: date) -> Outlook:
        asking, index = QueryRunner(context.engine), context.marks()
        return read_outlook(asking, day, limit=ENGAGEMENTS_SHOWN, index=index)

    @pages.get("/")
    def start() -> Response:
        day, digest = context.day(), context.digest
        return render(
            "start.html",
            day=day,
            asof=request.args.get("asof", "").strip() or None,
            changes_shown=CHANGES_SHOWN,
            summary=summarise_once(digest),
            outlook=read_outlook_once(digest, day),
        )

    return pages


def choose_examples(
    engine: Engine, questions: Mapping[str, Question], known: Mapping[str, str] | None = None
) -> tuple[Example, ...]:
    """Return up to EXAMPLES_SHOWN questions that have an answer here, with it.

    `known` are labels by IRI; a question about a thing without one is left out, and one that
    fails. Raises EngineFault, and BoundExceeded where other queries are the cause.
    """
    preferred = [name for name in PREFERRED_EXAMPLES if name in questions]
    examples: list[Example] = []
    for name in preferred or list(questions)[:EXAMPLES_TRIED]:
        named = (parameter for parameter in questions[name].parameters if parameter.names_things)
        things = (term.value for parameter in named for term in parameter.terms)
        if known is not None and not all(thing in known for thing in things):
            continue
        try:
            answer = answer_question(engine, questions[name].text, EXAMPLE_ROWS, known)
        except DiplographError as error:
            temporary = getattr(error, "bound", None) in RETRY_AFTER_SECONDS
            if temporary or isinstance(error, EngineFault):
                raise
            continue
        if answer.rows:
            examples.append(Example(questions[name], answer))
        if len(examples) == EXAMPLES_SHOWN:
            break
    return tuple(examples)


def create_probes(context: AppContext) -> Blueprint:
    """Return the blueprint of /health and /ready.

    /health answers while the server runs, without a query; /ready answers if the engine answers a
    query now, else with a 503 that names the exceeded bound.
    """
    probes, engine = Blueprint("probes", __name__), context.engine

    @probes.get("/health")
    def health() -> Response:
        return jsonify(ok=True, build=engine.digest)

    @probes.get("/ready")
    def ready() -> Response:
        engine.answer(QueryRequest("ASK {}"), request.remote_addr or "")
        return jsonify(ready=True, build=engine.digest)

    return probes
