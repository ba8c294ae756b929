"""The pages for people: what is here, the questions with their answers, and whether all is well."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from diplograph.formats import RESULTS, STATEMENTS
from diplograph.names import PREFIXES
from diplograph.questions import Question
from diplograph.questions import choose as choose_question
from diplograph.store.engine import Asked, Engine
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
    """Return the blueprint of the start page, a page for each question, and /health."""
    pages = Blueprint("pages", __name__)
    # One build never changes while it is served, so what is read of it is read once.
    summarise_once = cache(lambda: summarise(engine, findings))
    choose_once = cache(lambda: choose_examples(engine, questions))

    @pages.app_context_processor
    def share() -> dict:
        return {"digest": engine.digest, **SHARED}

    @pages.get("/")
    def start() -> str:
        shown = {"summary": summarise_once(), "examples": choose_once()}
        return render_template("start.html", questions=questions.values(), **shown)

    @pages.get("/questions/<name>")
    def question(name: str) -> str:
        chosen = choose_question(questions, name)
        given = {name: value for name, value in request.args.items() if value.strip()}
        text = fill(chosen, given)
        page = {"question": chosen, "given": given, "text": text}
        return render_template("question.html", table=answer_question(engine, text), **page)

    @pages.get("/health")
    def health() -> Response:
        return jsonify(ok=True, build=engine.digest, statements=summarise_once().statements)

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
    """Return three questions that have an answer here, with it; fewer where fewer have one."""
    first = [name for name in PREFERRED_EXAMPLES if name in questions]
    examples: list[Example] = []
    for name in [*first, *(name for name in questions if name not in first)]:
        answer = answer_question(engine, questions[name].text)
        if answer.rows:
            few = Table(answer.columns, answer.rows[:EXAMPLE_ROWS], answer.total)
            examples.append(Example(questions[name], few))
        if len(examples) == EXAMPLES_SHOWN:
            break
    return tuple(examples)


def fill(question: Question, given: Mapping[str, str]) -> str:
    """Return the question's text with the values given in a form; things are parted by spaces.

    Raises UnknownParameter, and what Question.filled raises for a value that cannot be meant.
    """
    things = {each.name for each in question.parameters if each.names_things}
    defaults = {each.name: each.default for each in question.parameters}
    values = {
        name: value.split() if name in things else value
        for name, value in given.items()
        if value != defaults.get(name)
    }
    return question.filled(**values)


def answer_question(engine: Engine, text: str) -> Table:
    """Return the answer to a query's text as a table with labels."""
    return read_answer(engine, engine.answer(Asked(text, solutions="json", statements="ntriples")))


def _count(engine: Engine, classes: list[str]) -> int:
    listed = " ".join(f"<{PREFIXES['dg']}{name}>" for name in classes)
    text = f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ VALUES ?class {{ {listed} }} ?x a ?class }}"
    return _number(engine, text)


def _number(engine: Engine, text: str) -> int:
    body = engine.answer(Asked(text, solutions="json")).body
    return int(json.loads(body)["results"]["bindings"][0]["n"]["value"])
