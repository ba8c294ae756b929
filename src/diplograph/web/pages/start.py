"""The start page: what is here, what comes, what is overdue, what is new, what can be asked."""

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
from diplograph.views.report import Latest, read_latest
from diplograph.views.statistics import GraphCounts, read_graph_counts
from diplograph.web.context import AppContext
from diplograph.web.rendering import render
from diplograph.web.result_table import ResultTable, answer_question

# The three that say most about what this is for, and what stands in for those without an answer,
# which ask about no thing in particular; all are quick on any graph. Another folder shows the first
# of its own that answer, of the first so many.
PREFERRED_EXAMPLES = (
    "planned-not-held",
    "support-of-a-fact",
    "shared-forums",
    "open-concerns",
    "delegation-leaders",
    "agreements-in-preparation",
    "first-since",
)
EXAMPLES_SHOWN, EXAMPLES_TRIED = 3, 8
EXAMPLE_ROWS = 3
ENGAGEMENTS_SHOWN = 6
CHANGES_SHOWN = 6


@dataclass(frozen=True)
class Example:
    """A question with the first rows of its answer."""

    question: Question
    answer: ResultTable

    @property
    def more(self) -> int:
        """How many rows the answer has beyond those shown."""
        return self.answer.total - len(self.answer.rows)


@dataclass(frozen=True)
class Summary:
    """What a build holds whatever the day, its latest report, and questions with their answers."""

    counts: GraphCounts
    latest: Latest | None
    examples: tuple[Example, ...]


def create_start(edition: AppContext) -> Blueprint:
    """Return the blueprint of the start page; what is the same for everybody is read once."""
    pages = Blueprint("start", __name__)

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def summarise_once(digest: str) -> Summary:
        return summarise(edition)

    @lru_cache(maxsize=16)  # a few days; one that somebody makes up does not stay
    def look_out_once(digest: str, day: date) -> Outlook:
        asking, marks = QueryRunner(edition.engine), edition.marks()
        return read_outlook(asking, day, limit=ENGAGEMENTS_SHOWN, index=marks)

    @pages.get("/")
    def start() -> Response:
        day, digest = edition.day(), edition.digest
        shown = {"summary": summarise_once(digest), "outlook": look_out_once(digest, day)}
        asof = request.args.get("asof", "").strip() or None
        return render("start.html", day=day, asof=asof, changes_shown=CHANGES_SHOWN, **shown)

    return pages


def summarise(edition: AppContext) -> Summary:
    """Return what the start page says of a build, whatever the day."""
    asking, index = QueryRunner(edition.engine), edition.index()
    return Summary(
        counts=read_graph_counts(asking),
        latest=read_latest(asking, index),
        examples=choose_examples(edition.engine, edition.questions, index.labels),
    )


def choose_examples(
    engine: Engine, questions: Mapping[str, Question], known: Mapping[str, str] | None = None
) -> tuple[Example, ...]:
    """Return three questions that have an answer here, with it; fewer where fewer have one.

    Labels `known`, by IRI, are not asked for, nor is a question about things without one. A
    question that cannot be answered is no example; the list of questions still leads to its error.
    Raises BoundExceeded where other queries are to blame, and EngineFault where the engine is, so
    that it is asked again.
    """
    preferred = [name for name in PREFERRED_EXAMPLES if name in questions]
    tried = preferred or list(questions)[:EXAMPLES_TRIED]
    examples: list[Example] = []
    for name in (each for each in tried if known is None or _knows(known, questions[each])):
        try:
            answer = answer_question(engine, questions[name].text, EXAMPLE_ROWS, known)
        except DiplographError as error:
            passing = getattr(error, "bound", None) in RETRY_AFTER_SECONDS
            if passing or isinstance(error, EngineFault):
                raise
            continue
        if answer.rows:
            examples.append(Example(questions[name], answer))
        if len(examples) == EXAMPLES_SHOWN:
            break
    return tuple(examples)


def _knows(known: Mapping[str, str], question: Question) -> bool:
    """Return whether all things that a question asks about by default are known by a label."""
    named = (each for each in question.parameters if each.names_things)
    return all(term.value in known for each in named for term in each.terms)


def create_probes(edition: AppContext) -> Blueprint:
    """Return the blueprint of /health and /ready.

    /health says that the server runs, and asks nothing; /ready that a query would be answered now,
    and is a 503 that names the bound where it would not.
    """
    probes, engine = Blueprint("probes", __name__), edition.engine

    @probes.get("/health")
    def health() -> Response:
        return jsonify(ok=True, build=engine.digest)

    @probes.get("/ready")
    def ready() -> Response:
        engine.answer(QueryRequest("ASK {}"), request.remote_addr or "")
        return jsonify(ready=True, build=engine.digest)

    return probes
