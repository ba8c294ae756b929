"""Where on this site the thing of an IRI is shown, and which IRI an address means.

The IRIs in the data stay what they are, whatever host serves them; pages link to where they can be
read here. An address without a host works under any name and behind any prefix.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote

from flask import request

from diplograph.core.names import (
    CONCEPT_SCHEMES,
    ENTITY_KINDS,
    FACT_KINDS,
    ONTOLOGY,
    ROOT,
    SOURCE_KINDS,
)

PAGE_KINDS = frozenset((*ENTITY_KINDS, *FACT_KINDS, *SOURCE_KINDS))
_ID, _CONCEPT, _TERM = f"{ROOT}id/", f"{ROOT}concept/", f"{ONTOLOGY}#"
_QUERY, _GRAPH, _SHAPE = f"{ROOT}query/", f"{ROOT}graph/", f"{ROOT}shape/"
_KEPT = "/-._~!$&'()*+,;=:@"
_FORBIDDEN = re.compile(r"""[\x00-\x20<>"{}|\\^`#?\[\]\x7f-\x9f]|%(?![0-9A-Fa-f]{2})""")
# A scheme is shown where a thing of a kind called so would be.
SCHEME = "concept"


@lru_cache(maxsize=16_384)  # the same things are linked on every page
def find_path(iri: str) -> str | None:
    """Return the path of the page about the thing of that IRI, None where it has none here.

    What the IRI has escaped is escaped twice, so that it stays apart from what it has as it is.

    >>> find_path("https://w3id.org/diplograph/id/state/IND")
    '/page/state/IND'
    >>> find_path("https://w3id.org/diplograph/concept/topic/trade")
    '/page/topic/trade'
    """
    names = read_names(iri)
    if names:
        kind, slug = names
        return f"/report/{write_path(slug)}" if kind == "report" else _join("page", kind, slug)
    if iri.startswith(_TERM):
        return f"/ontology/{write_path(iri.removeprefix(_TERM))}"
    if iri == ONTOLOGY:
        return "/ontology"
    for base, path in ((_QUERY, "/questions/"), (_GRAPH, "/graph/"), (_SHAPE, "/ontology/shape/")):
        if iri.startswith(base):
            return path + write_path(iri.removeprefix(base))
    return None


def find_data(iri: str, suffix: str = "") -> str | None:
    """Return the path of the statements about the thing of that IRI, None where it has none here.

    `suffix` is one of formats.STATEMENTS; without it Accept decides.

    >>> find_data("https://w3id.org/diplograph/id/state/IND", "ttl")
    '/data/state/IND.ttl'
    """
    names = read_names(iri)
    return names and _join("data", *names) + (f".{suffix}" if suffix else "")


def find_iri(kind: str, slug: str) -> str:
    """Return the IRI of what /page/<kind>/<slug>, /id/... or /data/... is about.

    >>> find_iri("topic", "trade")
    'https://w3id.org/diplograph/concept/topic/trade'
    """
    if kind in CONCEPT_SCHEMES:
        return f"{_CONCEPT}{_write(kind)}/{_write(slug)}"
    if kind == SCHEME:
        return _CONCEPT + _write(slug)
    return f"{_ID}{_write(kind)}/{_write(slug)}"


def read_names(iri: str) -> tuple[str, str] | None:
    """Return kind and slug of a thing, a concept or a scheme; None for any other IRI.

    >>> read_names("https://w3id.org/diplograph/concept/topic")
    ('concept', 'topic')
    """
    if iri.startswith(_ID):
        kind, _, slug = iri.removeprefix(_ID).partition("/")
    elif iri.startswith(_CONCEPT):
        kind, _, slug = iri.removeprefix(_CONCEPT).partition("/")
        kind, slug = (kind, slug) if slug else (SCHEME, kind)
    else:
        return None
    return (kind, slug) if kind and slug else None


def page_address(iri: str) -> str | None:
    """Return the address, for the request at hand, of the page about a thing; None for no page."""
    return _here(find_path(iri))


def data_address(iri: str, suffix: str = "") -> str | None:
    """Return the address, for the request at hand, of the statements about a thing, or None."""
    return _here(find_data(iri, suffix))


def fact_address(iri: str) -> str | None:
    """Return the address of the page that says why the fact of that IRI is here."""
    return _here(f"/fact/{write_path(iri.removeprefix(_ID))}") if iri.startswith(_ID) else None


def write_path(text: str) -> str:
    """Return a path, or a part of one, as an address has it; decoded once, it is `text` again."""
    return quote(text, safe=_KEPT)


def _here(path: str | None) -> str | None:
    return None if path is None else request.root_path.rstrip("/") + path


def _join(*parts: str) -> str:
    return "".join(f"/{write_path(part)}" for part in parts)


def _write(slug: str) -> str:
    """Return a slug as an IRI has it: what no IRI may hold is escaped (RFC 3987, section 2.2)."""
    return _FORBIDDEN.sub(lambda found: quote(found[0], safe=""), slug)
