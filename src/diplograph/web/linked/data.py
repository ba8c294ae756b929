"""RDF documents about things at /data/..., and the redirects from IRIs to documents and pages."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, request

from diplograph.build.vocabularies import translate
from diplograph.core.errors import NotAcceptable, UnknownThing
from diplograph.core.formats import (
    ASSERTED_PROFILE,
    SCHEMA_PROFILE,
    STATEMENTS,
    choose_profile,
)
from diplograph.core.jsonld import write_jsonld
from diplograph.core.names import ONTOLOGY, PREFIXES, REFERENCE_GRAPH, ROOT, compact, report_graph
from diplograph.core.serialization import write_statements
from diplograph.views.query import QueryRunner, fill_query
from diplograph.views.thing import MOST_LINKS, Description, read_description, read_named_things
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
from diplograph.web.http import HttpRequest, HttpResponse, preflight
from diplograph.web.linked import DATA_LICENSE, FOAF
from diplograph.web.linked.head_links import list_head_links, outline_thing
from diplograph.web.linked.responses import answer_conditionally, choose_form, split_suffix
from diplograph.web.protocol.etags import cache_headers, hash_etag
from diplograph.web.protocol.graphs import READ_METHODS, choose_statements
from diplograph.web.protocol.negotiate import HTML_TYPE, Offer, choose_encoding, negotiate_offers

_DCTERMS, _RDFS = PREFIXES["dcterms"], PREFIXES["rdfs"]
_TYPES = (HTML_TYPE, *(form.media_type for form in STATEMENTS.values()))
_DECLARED = "any(query, shape, shapes, prefix)"
# Prefixes declared for the queries of shapes have IRIs that begin so.
_PREFIX_DECLARATIONS = PREFIXES["shape"] + "prefix"


# ---- documents about things ---------------------------------------------------------------


@dataclass(frozen=True)
class DataRequest:
    """What a request for a document selects: the thing, the format and the profile.

    `fixed` says that the path names the format, so that Accept does not matter.
    """

    iri: str
    offer: Offer
    fixed: bool
    profile: str
    encoding: str

    @property
    def vary(self) -> str:
        """The request headers that select the response."""
        return "Accept-Encoding" if self.fixed else "Accept, Accept-Encoding"


def create_data(context: AppContext) -> Blueprint:
    """Return the blueprint of the documents about things, which any origin may read."""
    data = Blueprint("data", __name__)
    data.add_app_template_global(partial(list_head_links, context), "list_head_links")
    data.add_app_template_global(partial(outline_thing, context), "outline_thing")

    @data.route("/data/<kind>/<path:slug>", methods=list(READ_METHODS))
    def describe(kind: str, slug: str) -> Response:
        client_request = read_flask(context.settings, body=False)
        return write_flask(answer_data(context, client_request, kind, slug))

    @data.get("/data/<name>")
    @data.get("/data/reports/<name>")
    def file(name: str) -> Response:
        """Redirect from the IRI of a data file to the graph of its statements."""
        report = request.path.startswith("/data/reports/")
        iri = f"{ROOT}data/{'reports/' if report else ''}{name}"
        read_named_things(context.asking(), iri)
        return redirect(page_address(report_graph(name) if report else REFERENCE_GRAPH), 303)

    return data


def answer_data(
    context: AppContext, client_request: HttpRequest, kind: str, slug: str
) -> HttpResponse:
    """Return the document about a thing in the format and the profile that a request selects.

    Raises UnknownThing with near matches, UsageError for an unknown profile, and NotAcceptable.
    """
    if client_request.method == "OPTIONS":
        return HttpResponse(204, preflight(READ_METHODS))
    selected = read_data_request(client_request, kind, slug)
    alignments = context.alignments.digest if selected.profile else ""
    parts = (selected.iri, selected.offer, selected.fixed, selected.profile, selected.encoding)
    return answer_conditionally(
        client_request,
        context.settings,
        tag=hash_etag("data", context.digest, *parts, alignments),
        content_type=selected.offer.content_type,
        write=lambda: write_data(context, selected),
        modified=context.built,
        vary=selected.vary,
        encoding=selected.encoding,
        more=tuple(_list_links(selected)),
    )


def read_data_request(client_request: HttpRequest, kind: str, slug: str) -> DataRequest:
    """Return what a request selects; raises UsageError and NotAcceptable."""
    profile = request.args.get("profile", "")
    if profile:
        choose_profile(profile)
    stem, suffix = split_suffix(slug)
    offer = choose_form(client_request, suffix, "what is known of a thing")
    encoding = choose_encoding(client_request.headers.get("accept-encoding"))
    return DataRequest(find_iri(kind, stem), offer, bool(suffix), profile, encoding)


def write_data(context: AppContext, selected: DataRequest) -> tuple[bytes, int]:
    """Return the document about a thing, and how many statements it holds."""
    statements = describe_thing(context, context.asking(), selected.iri, selected.profile)
    if selected.offer.name != "jsonld":
        return write_statements(statements, selected.offer.name), len(statements)
    framed = selected.profile == "schema.org"
    options = {"vocabulary": SCHEMA_PROFILE, "root": selected.iri} if framed else {}
    return write_jsonld(statements, **options), len(statements)


def describe_thing(
    context: AppContext, asking: QueryRunner, iri: str, profile: str = ""
) -> frozenset[ox.Triple]:
    """Return the statements of the document about a thing, translated to a profile if one is set.

    Raises UnknownThing with near matches, and UsageError as `translate` does.
    """
    document = ox.NamedNode(name_document(iri))
    if profile in ("", ASSERTED_PROFILE):
        description = read_description(asking, iri, asserted=profile == ASSERTED_PROFILE)
        return description.statements | frozenset(_describe_document(document, description))
    description = read_description(asking, iri, kinds=True)
    statements = translate(profile, description.statements, context.alignments, iri)
    if profile == "schema.org":
        subject_of = ox.NamedNode(f"{SCHEMA_PROFILE}subjectOf")
        rights = ox.NamedNode(f"{SCHEMA_PROFILE}license")
        return statements | {
            ox.Triple(ox.NamedNode(iri), subject_of, document),
            ox.Triple(document, rights, ox.NamedNode(DATA_LICENSE)),
        }
    return statements | frozenset(_describe_document(document, description))


def name_document(iri: str) -> str:
    """Return the IRI of the document about a thing, the same on every host.

    >>> name_document("https://w3id.org/diplograph/id/state/IND")
    'https://w3id.org/diplograph/data/state/IND'
    """
    path = find_data(iri)
    if path is None:
        raise UnknownThing(f"there is no document about <{iri}>")
    return ROOT + path.removeprefix("/")


def _describe_document(document: ox.NamedNode, description: Description) -> Iterator[ox.Triple]:
    """Yield the topic and the licence of a document, and a comment on statements left out."""
    topic, rights = ox.NamedNode(description.iri), ox.NamedNode(DATA_LICENSE)
    yield ox.Triple(document, ox.NamedNode(f"{FOAF}primaryTopic"), topic)
    yield ox.Triple(document, ox.NamedNode(f"{_DCTERMS}license"), rights)
    if description.cut:
        comment = (
            f"Of the {description.links:,} statements that name the thing, {MOST_LINKS:,} are here."
        )
        text = ox.Literal(comment, language="en")
        yield ox.Triple(document, ox.NamedNode(f"{_RDFS}comment"), text)


def _list_links(selected: DataRequest) -> Iterator[tuple[str, str]]:
    """Yield the headers that lead from a document to its thing, its page, and its own address."""
    links = [
        f'<{_as_uri(selected.iri)}>; rel="describes"',
        f'<{_as_uri(name_document(selected.iri))}>; rel="canonical"',
        f'<{page_address(selected.iri)}>; rel="alternate"; type="text/html"',
        f'<{DATA_LICENSE}>; rel="license"',
    ]
    yield "Link", ", ".join(links)
    if not selected.fixed:
        address = data_address(selected.iri, STATEMENTS[selected.offer.name].suffix)
        profile = f"?profile={selected.profile}" if selected.profile else ""
        yield "Content-Location", f"{address}{profile}"


def _as_uri(iri: str) -> str:
    """Return an IRI as a URI (RFC 3987, section 3.1): headers are ASCII."""
    return quote(iri, safe="%/:?#[]@!$&'()*+,;=-._~")


# ---- redirects from IRIs ------------------------------------------------------------------


def create_identities(context: AppContext) -> Blueprint:
    """Return the blueprint of the paths that the IRIs of things and concepts have on this host.

    Each redirects to a path, so it works under any host name and behind any prefix.
    """
    identities = Blueprint("identities", __name__)

    def redirect_thing(kind: str, slug: str) -> Response:
        if request.method == "OPTIONS":
            return write_flask(HttpResponse(204, preflight(READ_METHODS)))
        iri = find_iri(kind, slug)
        address = choose_address(context, iri)
        read_named_things(context.asking(), iri)
        return _see_other(context, address)

    @identities.route("/id/<kind>/<path:slug>", methods=list(READ_METHODS))
    def thing(kind: str, slug: str) -> Response:
        return redirect_thing(kind, slug)

    @identities.route("/concept/<scheme>", methods=list(READ_METHODS))
    @identities.route("/concept/<scheme>/<path:name>", methods=list(READ_METHODS))
    def concept(scheme: str, name: str = "") -> Response:
        return redirect_thing(SCHEME, f"{scheme}/{name}" if name else scheme)

    @identities.get("/page/report/<path:slug>")
    def report(slug: str) -> Response:
        query = request.query_string.decode("ascii", "replace")
        address = page_address(find_iri("report", slug))
        return redirect(f"{address}?{query}" if query else address, 301)

    return identities


def choose_address(context: AppContext, iri: str) -> str:
    """Return the address of the RDF or of the page of a thing, whichever the client prefers.

    A client that names an RDF format gets that; any other the page. Raises NotAcceptable with the
    formats offered.
    """
    offer = choose_offer(context, "a thing")
    if offer is None:
        return page_address(iri)
    query = request.query_string.decode("ascii", "replace")
    address = data_address(iri, STATEMENTS[offer.name].suffix)
    return f"{address}?{query}" if request.args.get("profile") else address


def choose_offer(context: AppContext, subject: str) -> Offer | None:
    """Return the RDF format that the current request prefers, None where it prefers a page.

    `subject` is the name of the resource in messages. Raises NotAcceptable with the formats
    offered.
    """
    client_request = read_flask(context.settings, body=False)
    best = negotiate_offers(client_request.headers.get("accept", ""), _TYPES)
    if best == HTML_TYPE and not request.args.get("format"):
        return None
    try:
        return choose_statements(client_request, subject)
    except NotAcceptable as error:
        raise NotAcceptable(f"{error}, and as {HTML_TYPE}") from error


def create_declarations(context: AppContext) -> Blueprint:
    """Return the blueprint of the IRIs of questions, shapes, files of shapes and prefixes.

    Their RDF is the whole graph that declares them.
    """
    declarations = Blueprint("declarations", __name__)

    @declarations.get(f"/<{_DECLARED}:kind>/<path:name>")
    def declaration(kind: str, name: str) -> Response:
        iri = f"{ROOT}{kind}/{write_path(name)}"
        theme = f"{ONTOLOGY}/{write_path(name.partition('/')[0])}"
        graphs = read_declaring_graphs(context.asking(), iri, theme)
        if iri not in graphs:
            raise UnknownThing(f"nothing here is called {compact(iri)}")
        if choose_offer(context, compact(iri)) is None:
            return _see_other(context, find_page(iri, theme, graphs))
        return _see_other(context, page_address(graphs[iri]))

    return declarations


def read_declaring_graphs(asking: QueryRunner, *iris: str) -> dict[str, str]:
    """Return a graph with statements about each IRI, without the IRIs that have none."""
    rows = asking.rows(fill_query("declared", thing=iris))
    return {row["thing"]: row["graph"] for row in reversed(rows)}


def find_page(iri: str, theme: str, known: Container[str]) -> str:
    """Return the address of the page about a declaration.

    A file of shapes is on the page of its theme, a constraint's query on the constraint's page, and
    anything without a page of its own, such as a prefix, on the page of the whole ontology.
    """
    path = f"/ontology{theme.removeprefix(ONTOLOGY)}" if theme in known else "/ontology"
    whole = request.root_path.rstrip("/") + path
    if iri.startswith(_PREFIX_DECLARATIONS):
        return whole
    return page_address(iri.removesuffix("-query")) or whole


def _see_other(context: AppContext, address: str) -> Response:
    """Return a 303: the thing itself is no document (W3C TAG, httpRange-14)."""
    response = redirect(address, 303)
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = cache_headers(context.settings)
    return response
