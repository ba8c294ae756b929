"""The statements about one thing in any RDF format, as they are or in the words of a profile."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, request

from diplograph.build.vocabularies import translate
from diplograph.core.errors import NotAcceptable, UnknownThing
from diplograph.core.formats import (
    ASSERTED_PROFILE,
    SCHEMA_PROFILE,
    STATEMENTS,
    TRIPLE_FORMATS,
    choose_profile,
)
from diplograph.core.jsonld import make_jsonld, write_jsonld
from diplograph.core.names import (
    ONTOLOGY,
    PREFIXES,
    REFERENCE_GRAPH,
    ROOT,
    TYPE,
    compact,
    report_graph,
)
from diplograph.core.serialization import write_statements
from diplograph.core.things import Thing
from diplograph.views.query import QueryRunner, fill_query
from diplograph.views.thing import (
    MOST_LINKS,
    Description,
    read_description,
    read_named_things,
    read_outline,
)
from diplograph.web import http
from diplograph.web.addresses import (
    SCHEME,
    data_address,
    find_data,
    find_iri,
    page_address,
    write_path,
)
from diplograph.web.context import AppContext
from diplograph.web.flask_adapter import read_flask, write_flask
from diplograph.web.http import HttpResponse, compress_response, preflight
from diplograph.web.protocol.etags import (
    cache_headers,
    has_wildcard,
    hash_etag,
    is_unmodified,
    matches_etag,
)
from diplograph.web.protocol.graphs import READ_METHODS, choose_statements
from diplograph.web.protocol.negotiate import HTML_TYPE, Offer, choose_encoding, negotiate_offers
from diplograph.web.settings import Settings


@dataclass(frozen=True)
class Alternate:
    """One link of a page's head."""

    relation: str
    address: str
    media_type: str = ""
    title: str = ""


def list_alternates(edition: AppContext, thing: Thing | str | None = None) -> Iterator[Alternate]:
    """Yield the links of the page at hand: its own address, and the forms of its thing's RDF."""
    yield Alternate("canonical", find_canonical(edition.settings))
    iri = getattr(thing, "iri", thing)
    for form in TRIPLE_FORMATS:
        address = iri and data_address(iri, form.suffix)
        if address:
            yield Alternate("alternate", address, form.media_type, form.title)
            if form.name == "jsonld" and not edition.still:  # a file has no parameters
                words = f"{form.title} in the words of schema.org"
                address = f"{address}?profile=schema.org"
                yield Alternate("alternate", address, form.media_type, words)


def find_canonical(settings: Settings) -> str:
    """Return the address at which the page at hand is at home, whatever day it is asked for.

    It is whole where the operator says what it begins with; a client may have sent any Host.
    """
    page = request.args.get("page", "")
    path = write_path(request.path) + (f"?page={page}" if page.isdecimal() and page != "1" else "")
    if settings.base_url:
        return settings.base_url.rstrip("/") + path
    return request.root_path.rstrip("/") + path


def outline(edition: AppContext, thing: Thing | str) -> dict[str, Any]:
    """Return what a thing is in the words of schema.org, as JSON-LD; one query.

    It is empty where schema.org has no word for such a thing.
    """
    iri, alignments = getattr(thing, "iri", thing), edition.alignments
    properties = [
        name
        for name, wider in alignments.properties.items()
        if any(each.startswith(SCHEMA_PROFILE) for each in wider)
    ]
    if not properties:
        return {}
    statements = read_outline(edition.asking(), iri, properties)
    said = translate("schema.org", statements, alignments, iri)
    typed = any(each.subject.value == iri and each.predicate.value == TYPE for each in said)
    return make_jsonld(said, vocabulary=SCHEMA_PROFILE, root=iri) if typed else {}


DATA_LICENSE = "https://creativecommons.org/licenses/by/4.0/"
_FOAF = "http://xmlns.com/foaf/0.1/"
_SUFFIXES = {form.suffix: form for form in STATEMENTS.values()}


@dataclass(frozen=True)
class DataRequest:
    """What a request wants to read: about which thing, in which format and profile.

    `fixed` says that the address names the format, so that Accept has no say.
    """

    iri: str
    offer: Offer
    fixed: bool
    profile: str
    encoding: str

    @property
    def vary(self) -> str:
        """What of the request had a say."""
        return "Accept-Encoding" if self.fixed else "Accept, Accept-Encoding"


def create_data(edition: AppContext) -> Blueprint:
    """Return the blueprint that gives the statements about each thing, for any origin to read."""
    data = Blueprint("data", __name__)
    data.add_app_template_global(partial(list_alternates, edition), "list_alternates")
    data.add_app_template_global(partial(outline, edition), "outline")

    @data.route("/data/<kind>/<path:slug>", methods=list(READ_METHODS))
    def describe(kind: str, slug: str) -> Response:
        asked = read_flask(edition.settings, body=False)
        return write_flask(answer_data(edition, asked, kind, slug))

    @data.get("/data/<name>")
    @data.get("/data/reports/<name>")
    def file(name: str) -> Response:
        """Lead from the IRI of a data file to the graph that holds what it says."""
        report = request.path.startswith("/data/reports/")
        iri = f"{ROOT}data/{'reports/' if report else ''}{name}"
        read_named_things(edition.asking(), iri)
        return redirect(page_address(report_graph(name) if report else REFERENCE_GRAPH), 303)

    return data


def answer_data(
    edition: AppContext, asked: http.HttpRequest, kind: str, slug: str
) -> http.HttpResponse:
    """Return what is known of a thing in the format and the profile that are asked for.

    Raises UnknownThing with near matches, UsageError for a profile that there is not, and
    NotAcceptable.
    """
    if asked.method == "OPTIONS":
        return http.HttpResponse(204, preflight(READ_METHODS))
    wanted = read_wanted(asked, kind, slug)
    alignments = edition.alignments.digest if wanted.profile else ""
    parts = (wanted.iri, wanted.offer, wanted.fixed, wanted.profile, wanted.encoding, alignments)
    tag = hash_etag("data", edition.digest, *parts)
    headers = (
        ("ETag", tag),
        ("Cache-Control", cache_headers(edition.settings)),
        ("Vary", wanted.vary),
    )
    if edition.built:
        headers = (*headers, ("Last-Modified", f"{edition.built:%a, %d %b %Y %H:%M:%S} GMT"))
    if matches_etag(asked, tag):
        return http.HttpResponse(304, headers)
    body, rows = write_data(edition, wanted)
    if has_wildcard(asked) or is_unmodified(asked, edition.built):
        return http.HttpResponse(304, headers, rows=rows)
    headers = (("Content-Type", wanted.offer.content_type), *headers, *_lead(wanted))
    return compress_response(asked, headers, body, rows, wanted.encoding)


def read_wanted(asked: http.HttpRequest, kind: str, slug: str) -> DataRequest:
    """Return what a request wants; raises UsageError and NotAcceptable."""
    profile = request.args.get("profile", "")
    if profile:
        choose_profile(profile)
    stem, dot, suffix = slug.rpartition(".")
    encoding = choose_encoding(asked.headers.get("accept-encoding"))
    if dot and stem and suffix in _SUFFIXES:
        form = _SUFFIXES[suffix]
        offer = Offer(form.name, form.media_type)
        return DataRequest(find_iri(kind, stem), offer, True, profile, encoding)
    offer = choose_statements(asked, "what is known of a thing")
    return DataRequest(find_iri(kind, slug), offer, False, profile, encoding)


def write_data(edition: AppContext, wanted: DataRequest) -> tuple[bytes, int]:
    """Return the document about a thing, and how many statements it holds."""
    statements = describe_thing(edition, edition.asking(), wanted.iri, wanted.profile)
    if wanted.offer.name != "jsonld":
        return write_statements(statements, wanted.offer.name), len(statements)
    framed = wanted.profile == "schema.org"
    words = {"vocabulary": SCHEMA_PROFILE, "root": wanted.iri} if framed else {}
    return write_jsonld(statements, **words), len(statements)


def describe_thing(
    edition: AppContext, asking: QueryRunner, iri: str, profile: str = ""
) -> frozenset[ox.Triple]:
    """Return the statements of the document about a thing, in the words of a profile if one is set.

    Raises UnknownThing with near matches, and UsageError as `translate` does.
    """
    document = ox.NamedNode(name_document(iri))
    if profile in ("", ASSERTED_PROFILE):
        found = read_description(asking, iri, asserted=profile == ASSERTED_PROFILE)
        return found.statements | frozenset(_say_document(document, found))
    found = read_description(asking, iri, kinds=True)
    statements = translate(profile, found.statements, edition.alignments, iri)
    if profile == "schema.org":
        thing, rights = ox.NamedNode(iri), ox.NamedNode(DATA_LICENSE)
        about = ox.Triple(thing, ox.NamedNode(f"{SCHEMA_PROFILE}subjectOf"), document)
        return statements | {
            about,
            ox.Triple(document, ox.NamedNode(f"{SCHEMA_PROFILE}license"), rights),
        }
    return statements | frozenset(_say_document(document, found))


def name_document(iri: str) -> str:
    """Return the IRI of the document about a thing, the same on every host.

    >>> name_document("https://w3id.org/diplograph/id/state/IND")
    'https://w3id.org/diplograph/data/state/IND'
    """
    path = find_data(iri)
    if path is None:
        raise UnknownThing(f"there is no document about <{iri}>")
    return ROOT + path.removeprefix("/")


def _say_document(document: ox.NamedNode, found: Description) -> Iterator[ox.Triple]:
    """Yield what the document is about, what may be done with it, and what it leaves out."""
    topic, rights = ox.NamedNode(found.iri), ox.NamedNode(DATA_LICENSE)
    yield ox.Triple(document, ox.NamedNode(f"{_FOAF}primaryTopic"), topic)
    yield ox.Triple(document, ox.NamedNode(f"{PREFIXES['dcterms']}license"), rights)
    if found.cut:
        words = f"Of the {found.links:,} statements that name the thing, {MOST_LINKS:,} are here."
        comment = ox.NamedNode(f"{PREFIXES['rdfs']}comment")
        yield ox.Triple(document, comment, ox.Literal(words, language="en"))


def _lead(wanted: DataRequest) -> Iterator[tuple[str, str]]:
    """Yield the headers that lead from a document to its thing, its page, and its own address."""
    page = page_address(wanted.iri)
    links = [
        f'<{_as_uri(wanted.iri)}>; rel="describes"',
        f'<{_as_uri(name_document(wanted.iri))}>; rel="canonical"',
        f'<{page}>; rel="alternate"; type="text/html"',
        f'<{DATA_LICENSE}>; rel="license"',
    ]
    yield "Link", ", ".join(links)
    if not wanted.fixed:
        address = data_address(wanted.iri, STATEMENTS[wanted.offer.name].suffix)
        profile = f"?profile={wanted.profile}" if wanted.profile else ""
        yield "Content-Location", f"{address}{profile}"


def _as_uri(iri: str) -> str:
    """Return an IRI as a URI (RFC 3987, section 3.1): headers are ASCII."""
    return quote(iri, safe="%/:?#[]@!$&'()*+,;=-._~")


_TYPES = (HTML_TYPE, *(form.media_type for form in STATEMENTS.values()))


def create_identities(edition: AppContext) -> Blueprint:
    """Return the blueprint of the addresses that our IRIs have on this host.

    Each leads to another by a path, so it works under any host name and behind any prefix.
    """
    identities = Blueprint("identities", __name__)

    def lead(kind: str, slug: str) -> Response:
        if request.method == "OPTIONS":
            return write_flask(HttpResponse(204, preflight(READ_METHODS)))
        iri = find_iri(kind, slug)
        address = choose_address(edition, iri)
        read_named_things(edition.asking(), iri)
        response = redirect(address, 303)  # a thing is no document (httpRange-14)
        response.headers["Vary"] = "Accept"
        response.headers["Cache-Control"] = cache_headers(edition.settings)
        return response

    @identities.route("/id/<kind>/<path:slug>", methods=list(READ_METHODS))
    def thing(kind: str, slug: str) -> Response:
        return lead(kind, slug)

    @identities.route("/concept/<scheme>/<path:name>", methods=list(READ_METHODS))
    def concept(scheme: str, name: str) -> Response:
        return lead(scheme, name)

    @identities.route("/concept/<scheme>", methods=list(READ_METHODS))
    def scheme(scheme: str) -> Response:
        return lead(SCHEME, scheme)

    @identities.get("/page/report/<path:slug>")
    def report(slug: str) -> Response:
        query = request.query_string.decode("ascii", "replace")
        address = page_address(find_iri("report", slug))
        return redirect(f"{address}?{query}" if query else address, 301)

    return identities


def choose_address(edition: AppContext, iri: str) -> str:
    """Return where the thing of that IRI is told of as the request likes it best.

    A client that names a form of RDF gets it; one that takes anything, or says nothing, gets the
    page, as anybody who follows a link. Raises NotAcceptable with the list offered.
    """
    offer = choose_offer(edition, "a thing")
    if offer is None:
        return page_address(iri)
    query = request.query_string.decode("ascii", "replace")
    address = data_address(iri, STATEMENTS[offer.name].suffix)
    return f"{address}?{query}" if request.args.get("profile") else address


def choose_offer(edition: AppContext, what: str) -> Offer | None:
    """Return the form of RDF that the request at hand likes best, None where that is a page.

    `what` is what a message calls it. Raises NotAcceptable with the list offered.
    """
    asked = read_flask(edition.settings, body=False)
    best = negotiate_offers(asked.headers.get("accept", ""), _TYPES)
    if best == HTML_TYPE and not request.args.get("format"):
        return None
    try:
        return choose_statements(asked, what)
    except NotAcceptable as error:
        raise NotAcceptable(f"{error}, and as {HTML_TYPE}") from error


_KINDS = "any(query, shape, shapes, prefix)"
# The prefixes that the queries of shapes use are named like shapes.
_PREFIXES = PREFIXES["shape"] + "prefix"


def create_declarations(edition: AppContext) -> Blueprint:
    """Return the blueprint of these addresses; what is declared is told by its whole graph."""
    declarations = Blueprint("declarations", __name__)

    @declarations.get(f"/<{_KINDS}:kind>/<path:name>")
    def lead(kind: str, name: str) -> Response:
        iri = f"{ROOT}{kind}/{write_path(name)}"
        theme = f"{ONTOLOGY}/{write_path(name.partition('/')[0])}"
        known = read_declaring_graphs(edition.asking(), iri, theme)
        if iri not in known:
            raise UnknownThing(f"nothing here is called {compact(iri)}")
        page = choose_offer(edition, compact(iri)) is None
        response = redirect(find_page(iri, theme, known) if page else page_address(known[iri]), 303)
        response.headers["Vary"] = "Accept"
        response.headers["Cache-Control"] = cache_headers(edition.settings)
        return response

    return declarations


def read_declaring_graphs(asking: QueryRunner, *iris: str) -> dict[str, str]:
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
    return whole if iri.startswith(_PREFIXES) else page_address(iri.removesuffix("-query")) or whole
