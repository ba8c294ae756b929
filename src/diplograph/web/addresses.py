"""Map IRIs of the graph to paths of this site and back.

The IRIs in the data do not depend on the host that serves them. Paths have no host, so that links
work under any host name and behind any prefix.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote

from flask import request

from diplograph.core.names import CONCEPT_SCHEMES, ONTOLOGY, PREFIXES, ROOT

# The kind under which a concept scheme itself, and concepts of schemes without a prefix, are found.
SCHEME = "concept"
_ID, _CONCEPT, _TERM = f"{ROOT}id/", PREFIXES["dgc"], PREFIXES["dg"]
_OTHER_PATHS = {
    _TERM: "/ontology/",
    PREFIXES["query"]: "/questions/",
    PREFIXES["graph"]: "/graph/",
    PREFIXES["shape"]: "/ontology/shape/",
}
_SAFE_IN_PATH = "/-._~!$&'()*+,;=:@"
# RFC 3987, section 2.2
_FORBIDDEN_IN_IRI = re.compile(r"""[\x00-\x20<>"{}|\\^`#?\[\]\x7f-\x9f]|%(?![0-9A-Fa-f]{2})""")


@lru_cache(maxsize=16_384)  # pages link to the same things again and again
def find_path(iri: str) -> str | None:
    """Return the path of the page about the thing of that IRI, None where it has none here.

    Escapes in the IRI are escaped once more, so that they stay distinct from plain characters.

    >>> find_path("https://w3id.org/diplograph/id/state/IND")
    '/page/state/IND'
    >>> find_path("https://w3id.org/diplograph/concept/topic/trade")
    '/page/topic/trade'
    """
    names = read_names(iri)
    if names:
        kind, slug = names
        return write_path(f"/report/{slug}" if kind == "report" else f"/page/{kind}/{slug}")
    if iri == ONTOLOGY:
        return "/ontology"
    for namespace, path in _OTHER_PATHS.items():
        if iri.startswith(namespace):
            return path + write_path(iri.removeprefix(namespace))
    return None


def find_data(iri: str, suffix: str = "") -> str | None:
    """Return the path of the statements about the thing of that IRI, None where it has none here.

    `suffix` is one of formats.STATEMENTS; without it the Accept header decides.

    >>> find_data("https://w3id.org/diplograph/id/state/IND", "ttl")
    '/data/state/IND.ttl'
    """
    names = read_names(iri)
    return names and write_path(f"/data/{'/'.join(names)}") + (f".{suffix}" if suffix else "")


def find_iri(kind: str, slug: str) -> str:
    """Return the IRI that the paths /page/<kind>/<slug>, /id/... and /data/... stand for.

    A kind needs no entry in any table: any kind that is not a concept scheme's is one of `id/`.

    >>> find_iri("topic", "trade")
    'https://w3id.org/diplograph/concept/topic/trade'
    """
    namespace = _CONCEPT if kind in (SCHEME, *CONCEPT_SCHEMES) else _ID
    name = slug if kind == SCHEME else f"{kind}/{slug}"
    return namespace + _FORBIDDEN_IN_IRI.sub(lambda match: quote(match[0], safe=""), name)


def find_pair_path(one: str, other: str) -> str:
    """Return the path of the page of two parties, whatever their order.

    A state is named by its code, another party by its kind and its name there.

    >>> find_pair_path("rus", "IND")
    '/pair/IND/RUS'
    >>> find_pair_path("forum.brics", "IND")
    '/pair/IND/forum.brics'
    """
    names = (name if "." in name else name.upper() for name in (one, other))
    return f"/pair/{'/'.join(sorted(names))}"


def name_party(iri: str) -> str:
    """Return the name of a party in the path of a pair's page; empty where it has none.

    >>> name_party("https://w3id.org/diplograph/id/forum/brics")
    'forum.brics'
    """
    kind, slug = read_names(iri) or ("", "")
    return slug if kind == "state" else f"{kind}.{slug}" if kind else ""


def find_party(name: str) -> str:
    """Return the IRI of the party of that name in the path of a pair's page.

    >>> find_party("IND")
    'https://w3id.org/diplograph/id/state/IND'
    """
    kind, dot, slug = name.partition(".")
    return find_iri(kind, slug) if dot else find_iri("state", name)


def read_names(iri: str) -> tuple[str, str] | None:
    """Return kind and slug of a thing, a concept or a scheme; None for any other IRI.

    >>> read_names("https://w3id.org/diplograph/concept/topic")
    ('concept', 'topic')
    """
    for namespace in (_ID, _CONCEPT):
        if iri.startswith(namespace):
            kind, _, slug = iri.removeprefix(namespace).partition("/")
            if namespace == _CONCEPT and kind and (not slug or kind not in CONCEPT_SCHEMES):
                return SCHEME, iri.removeprefix(namespace)
            return (kind, slug) if kind and slug else None
    return None


def page_address(iri: str) -> str | None:
    """Return the address, in the current request, of the page about a thing; None for no page."""
    return _with_root(find_path(iri))


def absolute_address(iri: str, base_url: str = "", *, fact: bool = False) -> str:
    """Return the address, with its host, of the page about a thing; the IRI where it has none.

    `fact`: of the page with the evidence of that fact. The host and what comes before the path are
    those of `base_url`, or else of the request.
    """
    is_fact = fact and iri.startswith(_ID)
    path = f"/fact/{write_path(iri.removeprefix(_ID))}" if is_fact else find_path(iri)
    return (base_url or request.url_root).rstrip("/") + path if path else iri


def pair_address(one: str, other: str) -> str | None:
    """Return the address, in the current request, of the page about two parties, None for none."""
    names = name_party(one), name_party(other)
    return _with_root(write_path(find_pair_path(*names))) if all(names) else None


def data_address(iri: str, suffix: str = "") -> str | None:
    """Return the address, in the current request, of the statements about a thing, or None."""
    return _with_root(find_data(iri, suffix))


def list_rdf_links(iri: str) -> list[tuple[str, str]]:
    """Return title and address of the RDF that a page offers for download; none without RDF."""
    links = (("Turtle", data_address(iri, "ttl")), ("JSON-LD", data_address(iri, "jsonld")))
    return [(title, address) for title, address in links if address]


def fact_address(iri: str) -> str | None:
    """Return the address of the page with the evidence of the fact of that IRI, or None."""
    return _with_root(f"/fact/{write_path(iri.removeprefix(_ID))}") if iri.startswith(_ID) else None


def write_path(text: str) -> str:
    """Return a path, or a part of one, percent-encoded; decoded once it is `text` again."""
    return quote(text, safe=_SAFE_IN_PATH)


def _with_root(path: str | None) -> str | None:
    return None if path is None else request.root_path.rstrip("/") + path
