"""The start page: counts, what is coming and overdue, the latest report, example questions.

Also the probes /health and /ready.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from flask import Blueprint, Response, current_app, jsonify, request

from diplograph.build.questions import Question
from diplograph.core.errors import BoundExceeded, BuildLost, DiplographError, EngineFault
from diplograph.core.settings import RETRY_AFTER_SECONDS
from diplograph.store.interface import Engine, QueryRequest
from diplograph.views.engagements import Outlook, read_outlook
from diplograph.views.query import QueryRunner
from diplograph.views.report import read_latest
from diplograph.views.statistics import read_graph_counts
from diplograph.web.context import RELOADS, AppContext
from diplograph.web.errors import describe_error
from diplograph.web.flask_adapter import read_flask
from diplograph.web.protocol.etags import NO_STORE
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
NO_WORKER = "no query worker can be replaced: the files of the build that is served are gone"
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
        counts, latest = read_graph_counts(asking, index.unspoken), read_latest(asking, index)
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
    query now, else with a 503 that names the exceeded bound, and says what becomes of the builds.
    """
    probes, engine = Blueprint("probes", __name__), context.engine

    @probes.get("/health")
    def health() -> Response:
        return jsonify(ok=True, build=engine.digest)

    @probes.get("/ready")
    def ready() -> Response:
        client_request = read_flask(context.settings, body=False)
        describe = current_app.extensions.get(RELOADS)
        state = {"build": engine.digest, **(describe(client_request) if describe else {})}
        try:
            engine.answer(QueryRequest("ASK {}"), request.remote_addr or "")
            if getattr(engine, "build_lost", False):
                raise BuildLost(NO_WORKER)
        except (BoundExceeded, BuildLost, EngineFault) as error:
            report = describe_error(error)
            response = jsonify(ready=False, **state, **report.fields)
            response.status_code = report.status
            response.headers.extend(report.headers)
            response.headers["Cache-Control"] = NO_STORE
            return response
        return jsonify(ready=True, **state)

    return probes
