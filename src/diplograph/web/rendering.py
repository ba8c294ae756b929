"""How a page is written: its template, what every template may use, its form and its headers."""

from __future__ import annotations

from flask import Flask, Response, render_template, request

from diplograph.formats import RESULTS, STATEMENTS
from diplograph.names import PREFIXES, compact
from diplograph.things import Thing
from diplograph.web.addresses import locate, locate_fact
from diplograph.web.edition import Edition
from diplograph.web.negotiate import HTML_TYPE
from diplograph.wording import say_date

PAGE_TYPE = f"{HTML_TYPE}; charset=utf-8"
# What the head of every page leads to.
MENU = (
    ("Engagements", "/engagements"),
    ("Open", "/open"),
    ("Questions", "/questions"),
    ("Ontology", "/ontology"),
    ("Query", "/sparql"),
)
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


def render(template: str, **values: object) -> Response:
    """Return the page that a template makes of `values`."""
    return Response(render_template(template, **values), content_type=PAGE_TYPE)


def share(app: Flask, edition: Edition) -> None:
    """Let every template of `app` use what pages have in common."""

    @app.context_processor
    def share_all() -> dict:
        return {
            "digest": edition.digest,
            "edition": edition,
            "locate": lambda thing: locate(_name(thing)),
            "locate_fact": lambda thing: locate_fact(_name(thing)),
            "compact": compact,
            "say_date": lambda day: say_date(str(day)),
            "menu": [(words, request.root_path.rstrip("/") + path) for words, path in MENU],
            "starter": STARTER,
            "result_formats": tuple(RESULTS.values()),
            "statement_formats": tuple(STATEMENTS.values()),
        }


def _name(thing: Thing | str) -> str:
    return getattr(thing, "iri", thing)
