"""The start page: what is here, and questions that show what it is for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from flask import Blueprint, Response

from diplograph.errors import DiplographError, EngineFault
from diplograph.names import PREFIXES
from diplograph.questions import Question
from diplograph.store.engine import Asked, Engine
from diplograph.web.edition import Edition
from diplograph.web.pages.questions import answer_question
from diplograph.web.refusals import RETRY_SECONDS
from diplograph.web.rendering import render
from diplograph.web.tables import Table

# The three that say most about what this is for; another folder shows the first that answer.
PREFERRED_EXAMPLES = ("planned-not-held", "support-of-a-fact", "shared-forums")
EXAMPLES_SHOWN = 3
EXAMPLE_ROWS = 6

_COUNTED = (("reports", "Report"), ("passages", "Passage"), ("facts", "Fact"))
_ENGAGEMENTS = ("Meeting", "Visit")


@dataclass(frozen=True)
class Example:
    """A question with the first rows of its answer."""

    question: Question
    answer: Table

    @property
    def more(self) -> int:
        """How many rows the answer has beyond those shown."""
        return self.answer.total - len(self.answer.rows)


@dataclass(frozen=True)
class Summary:
    """What a build holds: how many of what, and the digest that names it."""

    counts: tuple[tuple[str, int], ...]
    statements: int
    digest: str


def create_start(edition: Edition) -> Blueprint:
    """Return the blueprint of the start page."""
    pages = Blueprint("start", __name__)
    engine, questions = edition.engine, edition.questions

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def summarise_once(digest: str) -> Summary:
        return summarise(engine, edition.findings)

    @lru_cache(maxsize=2)
    def choose_once(digest: str) -> tuple[Example, ...]:
        return choose_examples(engine, questions)

    @pages.get("/")
    def start() -> Response:
        shown = {
            "summary": summarise_once(engine.digest),
            "examples": choose_once(engine.digest),
        }
        return render("start.html", questions=questions.values(), **shown)

    return pages


def summarise(engine: Engine, findings: int | None = None) -> Summary:
    """Return the counts of what the build holds; findings are left out where nobody counted."""
    counts = [(noun, _count(engine, [name])) for noun, name in _COUNTED]
    counts.append(("engagements", _count(engine, list(_ENGAGEMENTS))))
    if findings is not None:
        counts.append(("findings", findings))
    statements = _number(engine, "SELECT (COUNT(*) AS ?n) { GRAPH ?graph { ?s ?p ?o } }")
    return Summary(tuple(counts), statements, engine.digest)


def choose_examples(engine: Engine, questions: Mapping[str, Question]) -> tuple[Example, ...]:
    """Return three questions that have an answer here, with it; fewer where fewer have one.

    A question that cannot be answered is no example; the list of questions still leads to its
    error. Raises BoundExceeded where other queries are to blame, and EngineFault where the engine
    is, so that it is asked again.
    """
    first = [name for name in PREFERRED_EXAMPLES if name in questions]
    examples: list[Example] = []
    for name in [*first, *(name for name in questions if name not in first)]:
        try:
            answer = answer_question(engine, questions[name].text, EXAMPLE_ROWS)
        except DiplographError as error:
            passing = getattr(error, "bound", None) in RETRY_SECONDS
            if passing or isinstance(error, EngineFault):
                raise
            continue
        if answer.rows:
            examples.append(Example(questions[name], answer))
        if len(examples) == EXAMPLES_SHOWN:
            break
    return tuple(examples)


def _count(engine: Engine, classes: list[str]) -> int:
    listed = " ".join(f"<{PREFIXES['dg']}{name}>" for name in classes)
    text = f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ VALUES ?class {{ {listed} }} ?x a ?class }}"
    return _number(engine, text)


def _number(engine: Engine, text: str) -> int:
    body = engine.answer(Asked(text, solutions="json")).body
    return int(json.loads(body)["results"]["bindings"][0]["n"]["value"])
