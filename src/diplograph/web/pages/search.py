"""The search page, its OpenSearch description, and the names that the query editor completes."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import lru_cache

from flask import Blueprint, Response, render_template, request, url_for

from diplograph.core.errors import UsageError
from diplograph.core.names import PREFIXES
from diplograph.views.search import read_passage_facts
from diplograph.web.context import AppContext
from diplograph.web.flask_adapter import read_flask
from diplograph.web.page_cache import find_asset
from diplograph.web.rendering import PAGE_SIZE, list_pages, read_page, render

LONGEST_SEARCH = 300
# The most facts named for a passage that is found; the passage's page has them all.
PASSAGE_FACTS_SHOWN = 5
OPENSEARCH_TYPE = "application/opensearchdescription+xml"
# The query editor, which the hatch hook builds; without it pages have a plain text area.
SCRIPT = "built/editor.js"


def create_search(context: AppContext) -> Blueprint:
    """Return the blueprint of /search, and of the description by which browsers use it."""
    pages = Blueprint("search", __name__)

    @pages.get("/search")
    def search() -> Response:
        sought, kind = (request.args.get(name, "").strip() for name in ("q", "kind"))
        if len(sought) > LONGEST_SEARCH:
            raise UsageError(f"q: search for at most {LONGEST_SEARCH} characters")
        page, index = read_page(), context.index()
        found = index.find(sought, kind, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
        passages = [hit.thing.iri for hit in found.hits if hit.kind == "passage"]
        supported = read_passage_facts(context.asking(), passages)

        def address(page: int = 1, kind: str = kind) -> str:
            number = page if page > 1 else None
            return url_for("search.search", q=sought or None, kind=kind or None, page=number)

        return render(
            "search.html",
            sought=sought,
            kind=kind,
            found=found,
            whole=index.whole,
            facts={iri: tuple(map(index.name, facts)) for iri, facts in supported.items()},
            facts_shown=PASSAGE_FACTS_SHOWN,
            **list_pages(page, found.total, address=address),
        )

    @pages.get("/opensearch.xml")
    def opensearch() -> Response:
        address = read_flask(context.settings, body=False).address
        page = render_template("opensearch.xml", address=address)
        return Response(page, content_type=OPENSEARCH_TYPE)

    return pages


def create_completion(context: AppContext) -> Blueprint:
    """Return the blueprint of the names that the editor completes; templates learn its script."""
    completion = Blueprint("completion", __name__)

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def write_once(digest: str) -> bytes:
        """Return the prefixes and the terms of the graph in JSON, without empty fields."""
        terms = [
            {key: value for key, value in asdict(term).items() if value} for term in context.terms()
        ]
        document = {"prefixes": PREFIXES, "terms": terms}
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    @completion.app_context_processor
    def list_editor_values() -> dict:
        script = SCRIPT if find_asset(SCRIPT) else ""
        return {"editor_script": script, "known_prefixes": PREFIXES}

    @completion.get("/sparql/terms.json")
    def terms() -> Response:
        return Response(write_once(context.digest), content_type="application/json")

    return completion
