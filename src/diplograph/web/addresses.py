"""Where on this site the thing of an IRI is shown, and which IRI an address means.

The IRIs in the data stay what they are, whatever host serves them; pages link to where they can be
read here. An address without a host works under any name and behind any prefix.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from flask import request

from diplograph.names import ENTITY_KINDS, FACT_KINDS, ONTOLOGY, ROOT, SCHEMES, SOURCE_KINDS

KINDS = frozenset((*ENTITY_KINDS, *FACT_KINDS, *SOURCE_KINDS))
_ID, _CONCEPT, _TERM = f"{ROOT}id/", f"{ROOT}concept/", f"{ONTOLOGY}#"
_QUERY, _GRAPH, _SHAPE = f"{ROOT}query/", f"{ROOT}graph/", f"{ROOT}shape/"
# A scheme is shown where a thing of a kind called so would be.
SCHEME = "concept"


def find_path(iri: str) -> str | None:
    """Return the path of the page about the thing of that IRI, None where it has none here.

    >>> find_path("https://w3id.org/diplograph/id/state/IND")
    '/page/state/IND'
    >>> find_path("https://w3id.org/diplograph/concept/topic/trade")
    '/page/topic/trade'
    """
    if iri.startswith(_ID):
        kind, _, slug = iri.removeprefix(_ID).partition("/")
        return (
            (f"/report/{_quote(slug)}" if kind == "report" else _page(kind, slug)) if slug else None
        )
    if iri.startswith(_CONCEPT):
        scheme, _, name = iri.removeprefix(_CONCEPT).partition("/")
        return _page(scheme, name) if name else _page(SCHEME, scheme)
    if iri.startswith(_TERM):
        return f"/ontology/{_quote(iri.removeprefix(_TERM))}"
    if iri == ONTOLOGY:
        return "/ontology"
    for base, path in ((_QUERY, "/questions/"), (_GRAPH, "/graph/"), (_SHAPE, "/ontology/shape/")):
        if iri.startswith(base):
            return path + _quote(iri.removeprefix(base))
    return None


def find_iri(kind: str, slug: str) -> str:
    """Return the IRI of what /page/<kind>/<slug>, /id/... or /data/... is about.

    >>> find_iri("topic", "trade")
    'https://w3id.org/diplograph/concept/topic/trade'
    """
    if kind in SCHEMES:
        return f"{_CONCEPT}{kind}/{_write(slug)}"
    if kind == SCHEME:
        return _CONCEPT + _write(slug)
    return f"{_ID}{kind}/{_write(slug)}"


def locate(iri: str) -> str | None:
    """Return the address, for the request at hand, of the page about a thing; None for no page."""
    path = find_path(iri)
    return None if path is None else request.root_path.rstrip("/") + path


def locate_fact(iri: str) -> str | None:
    """Return the address of the page that says why the fact of that IRI is here."""
    if not iri.startswith(_ID):
        return None
    return f"{request.root_path.rstrip('/')}/fact/{_quote(iri.removeprefix(_ID))}"


def _page(kind: str, slug: str) -> str:
    return f"/page/{_quote(kind)}/{_quote(slug)}"


def _quote(text: str) -> str:
    """Return `text` as an address has it; what an IRI has escaped already stays as it is."""
    return quote(unquote(text), safe="/-._~!$&'()*+,;=:@")


def _write(slug: str) -> str:
    """Return a slug as an IRI has it: what no IRI may hold is escaped."""
    return quote(slug, safe="/-._~!$&'()*+,;=:@")
