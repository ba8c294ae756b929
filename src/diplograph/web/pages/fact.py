"""Why a fact is here: its attestations side by side, who agrees, and how to cite it."""

from __future__ import annotations

from functools import lru_cache

from flask import Blueprint, Response, redirect, request

from diplograph.core.dates import parse_day
from diplograph.core.errors import UnknownThing, UsageError
from diplograph.core.names import TYPE, expand, is_curie
from diplograph.views.explanation import Schema, explain_statement, read_schema
from diplograph.views.fact import (
    MENTIONS_SHOWN,
    Citation,
    FactSheet,
    cite,
    read_fact,
    write_bibtex,
    write_csl,
    write_text,
)
from diplograph.views.thing import read_named_things
from diplograph.web.addresses import data_address, fact_address, find_iri, page_address
from diplograph.web.context import AppContext
from diplograph.web.paging import count_pages, read_page
from diplograph.web.rendering import render

BIBTEX_TYPE, CSL_TYPE = "application/x-bibtex; charset=utf-8", "application/json; charset=utf-8"
# Characters of a literal in an address; the graph's own are far shorter.
_LONGEST = 4000


def create_fact(edition: AppContext) -> Blueprint:
    """Return the blueprint of these pages."""
    pages = Blueprint("fact", __name__)

    @pages.get("/fact/<kind>/<path:slug>")
    def fact(kind: str, slug: str) -> Response:
        iri, asking, page = find_iri(kind, slug), edition.asking(), read_page()
        try:
            sheet = read_fact(asking, iri, page)
        except UnknownThing:
            named = read_named_things(
                asking, iri
            )  # raises again where there is nothing of that name
            return redirect(page_address(named.thing.iri), 303)
        citation = cite(sheet, edition.digest, _read_accessed())
        return render(
            "fact.html",
            sheet=sheet,
            texts=_write_all(citation),
            forms=list_fact_formats(sheet),
            page=page,
            pages=count_pages(sheet.total, MENTIONS_SHOWN),
            address=lambda number: f"?page={number}",
        )

    @pages.get("/fact/<kind>/<path:slug>.bib")
    def bibtex(kind: str, slug: str) -> Response:
        citation = _cite(edition, find_iri(kind, slug))
        return _send(write_bibtex(citation), BIBTEX_TYPE, f"{citation.key}.bib")

    @pages.get("/fact/<kind>/<path:slug>.json")
    def csl(kind: str, slug: str) -> Response:
        citation = _cite(edition, find_iri(kind, slug))
        return _send(write_csl(citation), CSL_TYPE, f"{citation.key}.json")

    _add_statement(pages, edition)
    return pages


def list_fact_formats(sheet: FactSheet) -> list[tuple[str, str]]:
    """Return what the fact and its citation can be had as, each with its address."""
    iri = sheet.thing.iri
    forms = [("Turtle", data_address(iri, "ttl")), ("JSON-LD", data_address(iri, "jsonld"))]
    asof = request.args.get("asof", "").strip()
    tail = f"?asof={asof}" if asof else ""  # it was read as a day before
    for word, suffix in (("BibTeX", "bib"), ("CSL-JSON", "json")):
        forms.append((word, f"{fact_address(iri)}.{suffix}{tail}"))
    return [(word, address) for word, address in forms if address]


def _add_statement(pages: Blueprint, edition: AppContext) -> None:
    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def read_schema_once(digest: str) -> Schema:
        return read_schema(edition.asking())

    @pages.get("/fact/statement")
    def statement() -> Response:
        subject, predicate, written = (
            _read_term(name) for name in ("subject", "predicate", "object")
        )
        schema = read_schema_once(edition.digest)
        explained = explain_statement(edition.asking(), schema, subject, predicate, written)
        return render("statement.html", explained=explained)


def _write_all(citation: Citation) -> dict[str, str]:
    return {
        "text": write_text(citation),
        "bibtex": write_bibtex(citation),
        "csl": write_csl(citation),
    }


def _cite(edition: AppContext, iri: str) -> Citation:
    accessed = _read_accessed()
    return cite(read_fact(edition.asking(), iri), edition.digest, accessed)


def _read_accessed() -> object:
    """Return the day given as `asof`, None where none is: no clock is read for a citation."""
    asked = request.args.get("asof", "").strip()
    return parse_day(asked) if asked else None


def _send(text: str, content_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, content_type=content_type, headers=headers)


def _read_term(name: str) -> str:
    """Return the IRI or the text that a parameter of the address names; `a` is rdf:type.

    Raises UsageError where it is missing or far too long, or where a property is no name of one.
    """
    written = request.args.get(name, "").strip()
    if not written or len(written) > _LONGEST:
        raise UsageError(f"{name}: give a CURIE such as event:moscow-talks-2025-11, or an IRI")
    if name == "predicate" and written == "a":
        return TYPE
    if is_curie(written) or (written.startswith("<") and written.endswith(">")):
        written = expand(written)
    if name != "object" and "://" not in written:
        raise UsageError(f"{name}: {written[:60]!r} is no CURIE and no IRI")
    return written
