"""The search over things and gists."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request, url_for

from diplograph.core.errors import UsageError
from diplograph.core.things import Thing
from diplograph.views.search import SearchIndex, SearchResults, read_passage_facts
from diplograph.web.bridge import read_flask
from diplograph.web.edition import Edition
from diplograph.web.paging import PAGE_SIZE, count_pages, read_page
from diplograph.web.rendering import render

LONGEST_SEARCH = 300
# Of the facts that a passage found supports, so many are named; the passage's page has them all.
FACTS_SHOWN = 5
OPENSEARCH_TYPE = "application/opensearchdescription+xml"


def create_search(edition: Edition) -> Blueprint:
    """Return the blueprint of /search, and of the description that lets browsers use it."""
    pages = Blueprint("search", __name__)

    @pages.get("/search")
    def search() -> Response:
        sought, kind, page = _read_sought(), request.args.get("kind", "").strip(), read_page()
        index = edition.index()
        offset = (page - 1) * PAGE_SIZE
        found = index.find(sought, kind, limit=PAGE_SIZE, offset=offset)

        def address(page: int = 1, kind: str = kind) -> str:
            chosen = {"kind": kind or None, "page": page if page > 1 else None}
            return url_for("search.search", q=sought or None, **chosen)

        shown = {"sought": sought, "kind": kind, "found": found, "whole": index.whole}
        paged = {"page": page, "pages": count_pages(found.total), "address": address}
        facts = _read_facts(edition, index, found)
        return render("search.html", facts=facts, facts_shown=FACTS_SHOWN, **shown, **paged)

    @pages.get("/opensearch.xml")
    def opensearch() -> Response:
        address = read_flask(edition.settings, body=False).address
        page = render_template("opensearch.xml", address=address)
        return Response(page, content_type=OPENSEARCH_TYPE)

    return pages


def _read_sought() -> str:
    sought = request.args.get("q", "").strip()
    if len(sought) > LONGEST_SEARCH:
        raise UsageError(f"q: search for at most {LONGEST_SEARCH} characters")
    return sought


def _read_facts(
    edition: Edition, index: SearchIndex, found: SearchResults
) -> dict[str, tuple[Thing, ...]]:
    """Return the facts that each passage found supports, by the passage's IRI."""
    passages = [hit.thing.iri for hit in found.hits if hit.kind == "passage"]
    supported = read_passage_facts(edition.asking(), passages)
    return {passage: tuple(map(index.name, facts)) for passage, facts in supported.items()}
