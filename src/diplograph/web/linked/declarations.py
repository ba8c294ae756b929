"""What the IRIs of questions, shapes and prefixes answer: 303 to a page, or to their graph."""

from __future__ import annotations

from collections.abc import Container

from flask import Blueprint, Response, redirect, request

from diplograph.core.errors import UnknownThing
from diplograph.core.names import ONTOLOGY, PREFIXES, ROOT, compact
from diplograph.views.query import QueryRunner, fill_query
from diplograph.web.addresses import locate, write_path
from diplograph.web.caching import keep
from diplograph.web.edition import Edition
from diplograph.web.linked.identities import choose_offer

_KINDS = "any(query, shape, shapes, prefix)"
# The prefixes that the queries of shapes use are named like shapes.
_PREFIXES = PREFIXES["shape"] + "prefix"


def create_declarations(edition: Edition) -> Blueprint:
    """Return the blueprint of these addresses; what is declared is told by its whole graph."""
    declarations = Blueprint("declarations", __name__)

    @declarations.get(f"/<{_KINDS}:kind>/<path:name>")
    def lead(kind: str, name: str) -> Response:
        iri = f"{ROOT}{kind}/{write_path(name)}"
        theme = f"{ONTOLOGY}/{write_path(name.partition('/')[0])}"
        known = read_graphs(edition.asking(), iri, theme)
        if iri not in known:
            raise UnknownThing(f"nothing here is called {compact(iri)}")
        page = choose_offer(edition, compact(iri)) is None
        response = redirect(find_page(iri, theme, known) if page else locate(known[iri]), 303)
        response.headers["Vary"] = "Accept"
        response.headers["Cache-Control"] = keep(edition.settings)
        return response

    return declarations


def read_graphs(asking: QueryRunner, *iris: str) -> dict[str, str]:
    """Return the graph that says something of each, for those of which one does."""
    rows = asking.rows(fill_query("declared", thing=iris))
    return {row["thing"]: row["graph"] for row in reversed(rows)}


def find_page(iri: str, theme: str, known: Container[str]) -> str:
    """Return the address of the page about what is declared: a file of shapes is under its theme.

    A constraint's query is on the constraint's page. What has no page of its own, such as a prefix,
    is told on the page of the whole ontology.
    """
    path = f"/ontology{theme.removeprefix(ONTOLOGY)}" if theme in known else "/ontology"
    whole = request.root_path.rstrip("/") + path
    return whole if iri.startswith(_PREFIXES) else locate(iri.removesuffix("-query")) or whole
