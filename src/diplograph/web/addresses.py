"""Map IRIs of the graph to paths of this site and back.

The IRIs in the data do not depend on the host that serves them. Paths have no host, so that links
work under any host name and behind any prefix. The day that a request gives as `asof` is passed on
to every page that depends on it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, urlencode

from flask import Flask, g, request

from diplograph.core.dates import parse_day
from diplograph.core.errors import MalformedDate
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
# What begins the paths of pages and files that are the same on any day.
_TIMELESS = tuple(
    "/ontology /questions /sparql /download /graph /data /static /.well-known /rdf-graph-store"
    " /about /health /ready /metrics /opensearch /robots /sitemap".split()
)
# How the downloads that are as of a day end: tables of facts, and the page that lists them.
_TABLES = ("/download/", ".csv", "-csv.zip", ".xlsx")
# What begins the paths of pages that pass the day on, and show later reports all the same.
_WITH_LATER = ("/fact/", "/report/", "/search", "/page/passage/", "/page/attestation/")
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


# ---- addresses in the current request -----------------------------------------------------------


def page_address(iri: str, suffix: str = "") -> str | None:
    """Return the address, in the current request, of the page about a thing; None for no page.

    `suffix`, such as `.ics`, is that of a file about the same thing.
    """
    path = find_path(iri)
    return None if path is None else site_address(path + suffix)


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
    return site_address(write_path(find_pair_path(*names))) if all(names) else None


def data_address(iri: str, suffix: str = "") -> str | None:
    """Return the address, in the current request, of the statements about a thing, or None."""
    return _with_root(find_data(iri, suffix))


def list_rdf_links(iri: str) -> list[tuple[str, str]]:
    """Return title and address of the RDF that a page offers for download; none without RDF."""
    links = (("Turtle", data_address(iri, "ttl")), ("JSON-LD", data_address(iri, "jsonld")))
    return [(title, address) for title, address in links if address]


def fact_address(iri: str, suffix: str = "") -> str | None:
    """Return the address of the page with the evidence of the fact of that IRI, or None."""
    if not iri.startswith(_ID):
        return None
    return site_address(f"/fact/{write_path(iri.removeprefix(_ID))}{suffix}")


def site_address(path: str, **parameters: object) -> str:
    """Return the address, in the current request, of a path here with the parameters not empty."""
    filled = [(name, str(value)) for name, value in parameters.items() if value not in (None, "")]
    query = f"?{urlencode(filled, safe=':,/', quote_via=quote)}" if filled else ""
    return carry_day(f"{request.root_path.rstrip('/')}{path}{query}")


def carry_day(address: str) -> str:
    """Return an address of this site with the day that the current request gives, if it does.

    Addresses of what is the same on any day, and those that name a day, are returned unchanged; one
    that begins with `?` or `#` is of the current page.
    """
    day = given_day()
    if not day:
        return address
    rest, mark, fragment = address.partition("#")
    path, _, query = rest.partition("?")
    here = path.removeprefix(request.root_path.rstrip("/")) if path else request.path
    if (not rest and mark) or not depends_on_day(here) or re.search("(^|&)asof=", query):
        return address
    return f"{path}?{query}{'&' if query else ''}asof={day}{mark}{fragment}"


def drop_day(address: str) -> str:
    """Return an address without its parameter `asof`: that of the same page as it is by default."""
    path, _, query = address.partition("?")
    rest = "&".join(part for part in query.split("&") if not part.startswith("asof="))
    return f"{path}?{rest}" if rest else path


def depends_on_day(path: str) -> bool:
    """Return whether what is at a path, or its links, depend on the day that stands for today.

    >>> depends_on_day("/page/state/IND"), depends_on_day("/ontology/Meeting")
    (True, False)
    """
    return not path.startswith(_TIMELESS) or (
        path.startswith("/download/") and path.endswith(_TABLES)
    )


def shows_later(path: str) -> bool:
    """Return whether the page at a path shows reports received after the day given, too."""
    return path.startswith(_WITH_LATER)


def given_day() -> str:
    """Return the day that the current request gives as `asof`, as 2025-12-05; "" where none."""
    if "given_day" not in g:
        g.given_day = _read_given_day()
    return g.given_day


def _read_given_day() -> str:
    text = request.args.get("asof", "").strip()
    if not text or not depends_on_day(request.path):
        return ""
    try:
        return parse_day(text).isoformat()
    except MalformedDate:  # the view refuses it, where it uses a day
        return ""


def register_day(app: Flask) -> None:
    """Let `url_for` pass the day of the request on, as the functions here do."""

    @app.url_defaults
    def pass_day_on(endpoint: str, values: dict) -> None:
        day = given_day()
        rule = next(iter(app.url_map.iter_rules(endpoint)), None) if day else None
        if rule is not None and depends_on_day(rule.rule):
            values.setdefault("asof", day)


def write_path(text: str) -> str:
    """Return a path, or a part of one, percent-encoded; decoded once it is `text` again."""
    return quote(text, safe=_SAFE_IN_PATH)


def _with_root(path: str | None) -> str | None:
    return None if path is None else request.root_path.rstrip("/") + path
