"""The pages for people: what is here, the questions with their answers, and whether all is well."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from diplograph.errors import DiplographError, EngineFault
from diplograph.formats import RESULTS, STATEMENTS
from diplograph.names import PREFIXES
from diplograph.questions import Question
from diplograph.questions import choose as choose_question
from diplograph.store.engine import PAGE, PAGE_ROWS, Asked, Engine
from diplograph.web.clients import ClientEngine
from diplograph.web.labels import resolve
from diplograph.web.refusals import RETRY_SECONDS
from diplograph.web.tables import Table, read_answer

# The three that say most about what this is for; another folder shows the first that answer.
PREFERRED_EXAMPLES = ("planned-not-held", "support-of-a-fact", "shared-forums")
EXAMPLES_SHOWN = 3
EXAMPLE_ROWS = 6

_COUNTED = (("reports", "Report"), ("passages", "Passage"), ("facts", "Fact"))
_ENGAGEMENTS = ("Meeting", "Visit")

# What an empty form begins with, so that nobody has to know a prefix by heart.
STARTER = f"""PREFIX dg: <{PREFIXES["dg"]}>
PREFIX rdfs: <{PREFIXES["rdfs"]}>

SELECT ?meeting ?label
WHERE {{
  ?meeting a dg:Meeting ;
           rdfs:label ?label .
}}
ORDER BY ?label
LIMIT 100
"""


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


def describe_address(iri: str) -> str:
    """Return the address that shows every statement about the thing `iri` names."""
    return url_for("endpoint.sparql", query=f"DESCRIBE <{iri}>")


# What every page may use.
SHARED = {
    "describe": describe_address,
    "starter": STARTER,
    "result_formats": tuple(RESULTS.values()),
    "statement_formats": tuple(STATEMENTS.values()),
}


def create_pages(
    engine: Engine, questions: Mapping[str, Question], findings: int | None
) -> Blueprint:
    """Return the blueprint of the start page, a page for each question, /health and /ready.

    /health says that the server runs, and asks nothing; /ready that a query would be answered now,
    and is a 503 that names the bound where it would not.
    """
    pages = Blueprint("pages", __name__)

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def summarise_once(digest: str) -> Summary:
        return summarise(engine, findings)

    @lru_cache(maxsize=2)
    def choose_once(digest: str) -> tuple[Example, ...]:
        return choose_examples(engine, questions)

    @pages.app_context_processor
    def share() -> dict:
        return {"digest": engine.digest, **SHARED}

    @pages.get("/")
    def start() -> str:
        digest = engine.digest
        shown = {"summary": summarise_once(digest), "examples": choose_once(digest)}
        return render_template("start.html", questions=questions.values(), **shown)

    @pages.get("/questions/<name>")
    def question(name: str) -> str:
        chosen = choose_question(questions, name)
        asked = {each.name: request.args.get(each.name, "") for each in chosen.parameters}
        given = {name: value for name, value in asked.items() if value.strip()}
        asking = ClientEngine(engine, request.remote_addr or "")
        text = fill(asking, chosen, given)
        page = {"question": chosen, "given": given, "text": text}
        return render_template("question.html", table=answer_question(asking, text), **page)

    _add_probes(pages, engine)
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


def _add_probes(pages: Blueprint, engine: Engine) -> None:
    @pages.get("/health")
    def health() -> Response:
        return jsonify(ok=True, build=engine.digest)

    @pages.get("/ready")
    def ready() -> Response:
        engine.answer(Asked("ASK {}"), request.remote_addr or "")
        return jsonify(ready=True, build=engine.digest)


def _count(engine: Engine, classes: list[str]) -> int:
    listed = " ".join(f"<{PREFIXES['dg']}{name}>" for name in classes)
    text = f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ VALUES ?class {{ {listed} }} ?x a ?class }}"
    return _number(engine, text)


def _number(engine: Engine, text: str) -> int:
    body = engine.answer(Asked(text, solutions="json")).body
    return int(json.loads(body)["results"]["bindings"][0]["n"]["value"])
