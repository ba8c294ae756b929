"""The page of a fact: its attestations side by side, agreement between reports, citations of it."""

from __future__ import annotations

from datetime import date
from functools import lru_cache, partial

from flask import Blueprint, Response, redirect, request

from diplograph.core.dates import parse_day
from diplograph.core.errors import UnknownThing, UsageError
from diplograph.core.names import TYPE, expand, is_curie
from diplograph.views.explanation import explain_statement
from diplograph.views.fact import (
    MENTIONS_SHOWN,
    FactSheet,
    cite,
    read_fact,
    write_bibtex,
    write_citation,
    write_csl,
    write_ris,
)
from diplograph.views.schema import Schema, read_schema
from diplograph.views.thing import read_named_things
from diplograph.web.addresses import fact_address, find_iri, list_rdf_links, page_address
from diplograph.web.context import AppContext
from diplograph.web.rendering import list_pages, read_page, render
from diplograph.web.table_files import send_file

# The formats of citations by suffix: title, content type, and what writes them.
CITATION_FORMATS = {
    "bib": ("BibTeX", "application/x-bibtex; charset=utf-8", write_bibtex),
    "json": ("CSL-JSON", "application/json; charset=utf-8", write_csl),
    "ris": ("RIS", "application/x-research-info-systems; charset=utf-8", write_ris),
}
# The longest term in an address, in characters; the graph's own literals are far shorter.
_LONGEST_TERM = 4000


def create_fact(context: AppContext) -> Blueprint:
    """Return the blueprint of facts, their citations, and explanations of statements."""
    pages = Blueprint("fact", __name__)

    @pages.get("/fact/<kind>/<path:slug>")
    def fact(kind: str, slug: str) -> Response:
        iri, asking, page = find_iri(kind, slug), context.asking(), read_page()
        try:
            sheet = read_fact(asking, iri, page)
        except UnknownThing:
            named = read_named_things(asking, iri)  # raises again where nothing has this IRI
            return redirect(page_address(named.thing.iri), 303)
        citation = cite(sheet, context.digest, _read_accessed())
        return render(
            "fact.html",
            sheet=sheet,
            citation=citation,
            cited=write_citation(citation),
            entries=[
                (suffix, title, write(citation))
                for suffix, (title, _, write) in CITATION_FORMATS.items()
            ],
            forms=list_fact_formats(sheet),
            **list_pages(page, sheet.total, MENTIONS_SHOWN),
        )

    def send_citation(suffix: str, kind: str, slug: str) -> Response:
        accessed, (_, content_type, write) = _read_accessed(), CITATION_FORMATS[suffix]
        sheet = read_fact(context.asking(), find_iri(kind, slug))
        citation = cite(sheet, context.digest, accessed)
        return send_file(f"{citation.key}.{suffix}", write(citation), content_type)

    for suffix in CITATION_FORMATS:
        rule = f"/fact/<kind>/<path:slug>.{suffix}"
        pages.add_url_rule(rule, suffix, partial(send_citation, suffix))

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def read_schema_once(digest: str) -> Schema:
        return read_schema(context.asking())

    @pages.get("/fact/statement")
    def statement() -> Response:
        terms = [_read_term(name) for name in ("subject", "predicate", "object")]
        schema = read_schema_once(context.digest)
        explained = explain_statement(context.asking(), schema, *terms)
        return render("statement.html", explained=explained)

    return pages


def list_fact_formats(sheet: FactSheet) -> list[tuple[str, str]]:
    """Return title and address of each format of the fact and of its citation."""
    iri = sheet.thing.iri
    citations = [
        (title, fact_address(iri, f".{suffix}")) for suffix, (title, *_) in CITATION_FORMATS.items()
    ]
    return [*list_rdf_links(iri), *citations]


def _read_accessed() -> date | None:
    """Return the day given as `asof`, else None: a citation does not depend on the clock."""
    text = request.args.get("asof", "").strip()
    return parse_day(text) if text else None


def _read_term(name: str) -> str:
    """Return the IRI or the text that a parameter of the address names; `a` is rdf:type."""
    text = request.args.get(name, "").strip()
    if not text or len(text) > _LONGEST_TERM:
        raise UsageError(f"{name}: give a CURIE such as event:moscow-talks-2025-11, or an IRI")
    if name == "predicate" and text == "a":
        return TYPE
    if is_curie(text) or (text.startswith("<") and text.endswith(">")):
        text = expand(text)
    if name != "object" and "://" not in text:
        raise UsageError(f"{name}: {text[:60]!r} is no CURIE and no IRI")
    return text
