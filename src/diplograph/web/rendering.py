"""How a page is written: its template, what every template may use, its form and its headers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flask import Flask, Response, render_template, request
from markupsafe import Markup, escape

from diplograph.core.dates import say_date
from diplograph.core.formats import RESULTS, STATEMENTS
from diplograph.core.names import PREFIXES, ROOT, compact
from diplograph.core.things import Thing
from diplograph.web.addresses import fact_address, page_address
from diplograph.web.context import AppContext
from diplograph.web.protocol.negotiate import HTML_TYPE

# Control characters and noncharacters (HTML Living Standard, 13.2.3.5); a graph may hold them.
# It is said by what is allowed: most characters are, and the first test then settles it.
_FORBIDDEN = re.compile(
    "[^\t\n\x0c\r -~\xa0-\ufdcf\ufdf0-\ufffd"
    + "".join(f"{chr(plane)}-{chr(plane + 0xFFFD)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)
PAGE_TYPE = f"{HTML_TYPE}; charset=utf-8"
# What the head of every page leads to.
MENU = (
    ("Engagements", "/engagements"),
    ("Open", "/open"),
    ("Questions", "/questions"),
    ("Ontology", "/ontology"),
    ("Query", "/sparql"),
)
_HEADING = re.compile(r'<h2 id="([^"]+)">(.*?)</h2>', re.DOTALL)
_SMALL = re.compile(r"<span.*?</span>", re.DOTALL)
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
    return Response(write_page(template, **values), content_type=PAGE_TYPE)


def write_page(template: str, **values: object) -> str:
    """Return the text of that page; what HTML forbids stands as a replacement character."""
    return _FORBIDDEN.sub("\ufffd", render_template(template, **values))


def share(app: Flask, edition: AppContext) -> None:
    """Let every template of `app` use what pages have in common."""

    @app.context_processor
    def share_all() -> dict:
        return {
            "digest": edition.digest,
            "edition": edition,
            "write_link": write_link,
            "write_links": write_links,
            "locate": lambda thing: page_address(_name(thing)),
            "lead_out": lead_out,
            "locate_fact": lambda thing: fact_address(_name(thing)),
            "compact": compact,
            "find_headings": find_headings,
            "say_date": lambda day: say_date(str(day)),
            "menu": [(words, request.root_path.rstrip("/") + path) for words, path in MENU],
            "starter": STARTER,
            "result_formats": tuple(RESULTS.values()),
            "statement_formats": tuple(STATEMENTS.values()),
        }


def write_link(thing: Thing) -> Markup:
    """Return the label of a thing, leading to its page here, else to where its IRI leads."""
    label, address = escape(thing.label), page_address(thing.iri)
    if address:
        return Markup(f'<a href="{escape(address)}">{label}</a>')
    if lead_out(thing) and not thing.iri.startswith(ROOT):
        return Markup(f'<a href="{escape(thing.iri)}" rel="external noopener">{label}</a>')
    return label


def write_links(things: Iterable[Thing], between: str = ", ") -> Markup:
    """Return these links with `between` between them."""
    return Markup(escape(between)).join(map(write_link, things))


def find_headings(body: str) -> list[tuple[str, Markup]]:
    """Return the name and the words of each section's heading in a part of a page, in order.

    What is small beside the words, such as a count, is left out. The words are escaped already.
    """
    return [(name, Markup(_SMALL.sub("", words).strip())) for name, words in _HEADING.findall(body)]


def lead_out(thing: Thing | str) -> str:
    """Return the address of a thing elsewhere; nothing where its IRI is none that a page opens.

    A browser runs what some schemes name, such as javascript: and data:.
    """
    iri = _name(thing)
    return iri if iri.lower().startswith(("http://", "https://")) else ""


def _name(thing: Thing | str) -> str:
    return getattr(thing, "iri", thing)
