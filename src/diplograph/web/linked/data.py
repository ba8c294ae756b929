"""RDF of things: documents at /data/..., links to them in pages, redirects from IRIs to both."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, request
from werkzeug.http import http_date

from diplograph.build.vocabularies import translate
from diplograph.core import formats, names
from diplograph.core.errors import NotAcceptable, UnknownThing
from diplograph.core.jsonld import make_jsonld, write_jsonld
from diplograph.core.serialization import write_statements
from diplograph.core.settings import Settings
from diplograph.core.things import Thing
from diplograph.store.interface import Answer
from diplograph.views.query import fill_query
from diplograph.views.thing import (
    MOST_LINKS,
    read_description,
    read_named_things,
    read_outline,
)
from diplograph.web.addresses import (
    SCHEME,
    data_address,
    find_data,
    find_iri,
    find_path,
    page_address,
    write_path,
)
from diplograph.web.context import AppContext
from diplograph.web.flask_adapter import read_flask, write_flask
from diplograph.web.http import HttpRequest, HttpResponse, compress_response, preflight
from diplograph.web.linked import DATA_LICENSE, FOAF
from diplograph.web.protocol import etags
from diplograph.web.protocol.graphs import READ_METHODS, choose_statements
from diplograph.web.protocol.negotiate import HTML_TYPE, Offer, choose_encoding, negotiate_offers

_TYPES = (HTML_TYPE, *(form.media_type for form in formats.STATEMENTS.values()))
_SUFFIXES = {form.suffix: form for form in formats.STATEMENTS.values()}
Headers = tuple[tuple[str, str], ...]


# ---- responses with RDF or a file ---------------------------------------------------------


def split_suffix(name: str) -> tuple[str, str]:
    """Return a name and the suffix of an RDF format that ends it, empty where none does.

    >>> split_suffix("0.1.0.ttl")
    ('0.1.0', 'ttl')
    """
    base, _, suffix = name.rpartition(".")
    return (base, suffix) if base and suffix in _SUFFIXES else (name, "")


def choose_form(client_request: HttpRequest, suffix: str, subject: str) -> Offer:
    """Return the RDF format of `suffix`, or without one the format that Accept prefers.

    `subject` is the name of the resource in messages. Raises NotAcceptable.
    """
    if not suffix:
        return choose_statements(client_request, subject)
    return Offer(_SUFFIXES[suffix].name, _SUFFIXES[suffix].media_type)


def answer_conditionally(
    client_request: HttpRequest,
    settings: Settings,
    *,
    tag: str,
    content_type: str,
    write: Callable[[], tuple[bytes, int | None]],
    modified: datetime | None = None,
    vary: str = "",
    encoding: str = "",
    more: Headers = (),
) -> HttpResponse:
    """Return the response with the body of entity tag `tag`, or a 304 (RFC 9110, 13.2.2).

    `write` returns the body and its number of statements, None for no RDF; it is not called where
    the tag alone decides. It raises where there is nothing to answer, and then no condition holds.
    `more` are headers of the whole response alone.
    """
    headers: Headers = (("ETag", tag), ("Cache-Control", etags.cache_headers(settings)))
    if vary:
        headers = (*headers, ("Vary", vary))
    if modified:
        headers = (*headers, ("Last-Modified", http_date(modified)))
    if etags.matches_etag(client_request, tag):
        return HttpResponse(304, headers)
    body, rows = write()
    if etags.has_wildcard(client_request) or etags.is_unmodified(client_request, modified):
        return HttpResponse(304, headers, rows=rows)
    headers = (("Content-Type", content_type), *headers, *more)
    return compress_response(client_request, headers, body, rows, encoding)


# ---- documents about things ---------------------------------------------------------------


def create_data(context: AppContext) -> Blueprint:
    """Return the blueprint of the documents about things, which any origin may read."""
    data = Blueprint("data", __name__)
    data.add_app_template_global(partial(list_head_links, context), "list_head_links")
    data.add_app_template_global(partial(outline_thing, context), "outline_thing")

    @data.route("/data/<kind>/<path:slug>", methods=list(READ_METHODS))
    def describe(kind: str, slug: str) -> Response:
        return write_flask(answer_data(context, kind, slug))

    @data.get("/data/<name>")
    @data.get("/data/reports/<name>")
    def file(name: str) -> Response:
        """Redirect from the IRI of a data file to the graph of its statements."""
        report = request.path.startswith("/data/reports/")
        iri = f"{names.ROOT}data/{'reports/' if report else ''}{name}"
        read_named_things(context.asking(), iri)
        graph = names.report_graph(name) if report else names.REFERENCE_GRAPH
        return redirect(page_address(graph), 303)

    return data


def answer_data(context: AppContext, kind: str, slug: str) -> HttpResponse:
    """Return the document about a thing in the format and the profile that a request selects.

    Raises UnknownThing with near matches, UsageError for an unknown profile, and NotAcceptable.
    """
    client_request = read_flask(context.settings, body=False)
    if client_request.method == "OPTIONS":
        return HttpResponse(204, preflight(READ_METHODS))
    profile = request.args.get("profile", "")
    if profile:
        formats.choose_profile(profile)
    stem, suffix = split_suffix(slug)
    offer = choose_form(client_request, suffix, "what is known of a thing")
    encoding = choose_encoding(client_request.headers.get("accept-encoding"))
    iri = find_iri(kind, stem)

    def write() -> tuple[bytes, int]:
        statements = describe_thing(context, iri, profile)
        if offer.name != "jsonld":
            return write_statements(statements, offer.name), len(statements)
        framed = profile == "schema.org"
        options = {"vocabulary": formats.SCHEMA_PROFILE, "root": iri} if framed else {}
        return write_jsonld(statements, **options), len(statements)

    alignments = context.alignments.digest if profile else ""
    more = [("Link", _list_links(iri))]
    if not suffix:
        address = data_address(iri, formats.STATEMENTS[offer.name].suffix)
        more.append(("Content-Location", address + (f"?profile={profile}" if profile else "")))
    parts = ("data", context.digest, iri, offer, bool(suffix), profile, encoding, alignments)
    return answer_conditionally(
        client_request,
        context.settings,
        tag=etags.hash_etag(*parts),
        content_type=offer.content_type,
        write=write,
        modified=context.modified,
        vary="Accept-Encoding" if suffix else "Accept, Accept-Encoding",
        encoding=encoding,
        more=tuple(more),
    )


def describe_thing(context: AppContext, iri: str, profile: str = "") -> frozenset[ox.Triple]:
    """Return the statements of the document about a thing, translated to a profile if one is set.

    Raises UnknownThing with near matches, and UsageError as `translate` does.
    """
    document, asking = ox.NamedNode(name_document(iri)), context.asking()
    topic, rights = ox.NamedNode(iri), ox.NamedNode(DATA_LICENSE)
    if profile in ("", formats.ASSERTED_PROFILE):
        description = read_description(asking, iri, asserted=profile == formats.ASSERTED_PROFILE)
        statements = description.statements
    else:
        description = read_description(asking, iri, kinds=True)
        statements = description.statements | read_outline(asking, iri)
        statements = translate(profile, statements, context.alignments, iri)
    if profile == "schema.org":
        return statements | {
            ox.Triple(topic, ox.NamedNode(f"{formats.SCHEMA_PROFILE}subjectOf"), document),
            ox.Triple(document, ox.NamedNode(f"{formats.SCHEMA_PROFILE}license"), rights),
        }
    about = {
        ox.Triple(document, ox.NamedNode(f"{FOAF}primaryTopic"), topic),
        ox.Triple(document, ox.NamedNode(f"{names.PREFIXES['dcterms']}license"), rights),
    }
    if description.cut:
        links, shown = f"{description.links:,}", f"{MOST_LINKS:,}"
        comment = f"Of the {links} statements that name the thing, {shown} are here."
        text = ox.Literal(comment, language="en")
        about.add(ox.Triple(document, ox.NamedNode(names.PREFIXES["rdfs"] + "comment"), text))
    return statements | about


def name_document(iri: str) -> str:
    """Return the IRI of the document about a thing, the same on every host.

    >>> name_document("https://w3id.org/diplograph/id/state/IND")
    'https://w3id.org/diplograph/data/state/IND'
    """
    path = find_data(iri)
    if path is None:
        raise UnknownThing(f"there is no document about <{iri}>")
    return names.ROOT + path.removeprefix("/")


def _list_links(iri: str) -> str:
    """Return a document's Link header, its IRIs written as URIs (RFC 3987, section 3.1)."""
    about, document = (
        quote(address, safe="%/:?#[]@!$&'()*+,;=-._~") for address in (iri, name_document(iri))
    )
    links = (
        f'<{about}>; rel="describes"',
        f'<{document}>; rel="canonical"',
        f'<{page_address(iri)}>; rel="alternate"; type="text/html"',
        f'<{DATA_LICENSE}>; rel="license"',
    )
    return ", ".join(links)


# ---- links in the head of a page ----------------------------------------------------------


@dataclass(frozen=True)
class HeadLink:
    """One `link` element."""

    relation: str
    address: str
    media_type: str = ""
    title: str = ""


def list_head_links(context: AppContext, thing: Thing | str | None = None) -> Iterator[HeadLink]:
    """Yield the links of the current page: its own address, and each format of its thing's RDF.

    That of a question is the graph of all questions.
    """
    page = request.args.get("page", "")
    # Without parameters but the page number. It has a host only where the operator sets the base
    # URL: the Host header is the client's.
    path = write_path(request.path) + (f"?page={page}" if page.isdecimal() and page != "1" else "")
    base = context.settings.base_url or request.root_path
    yield HeadLink("canonical", base.rstrip("/") + path)
    iri = getattr(thing, "iri", thing)
    if iri and iri.startswith(names.PREFIXES["query"]):
        yield from _list_question_links(context)
        return
    for form in formats.TRIPLE_FORMATS:
        address = iri and data_address(iri, form.suffix)
        if address:
            yield HeadLink("alternate", address, form.media_type, form.title)
            if form.name == "jsonld" and not context.still:  # a file has no parameters
                title = f"{form.title} in the words of schema.org"
                address = f"{address}?profile=schema.org"
                yield HeadLink("alternate", address, form.media_type, title)


def _list_question_links(context: AppContext) -> Iterator[HeadLink]:
    graph = page_address(names.QUESTIONS_GRAPH)
    for form in formats.TRIPLE_FORMATS if context.has_questions_graph() else ():
        title = f"All questions in {form.title}"
        if not context.still:
            yield HeadLink("alternate", f"{graph}?format={form.name}", form.media_type, title)
        elif form.name == "turtle":  # as which the graph is copied
            yield HeadLink("alternate", graph or "", form.media_type, title)


def outline_thing(context: AppContext, thing: Thing | str) -> dict[str, Any]:
    """Return a thing as JSON-LD in schema.org, empty where that has no class for it; one query.

    It depends on the build and the alignments alone, so it is stored as answers are.
    """
    iri = getattr(thing, "iri", thing)
    if not context.alignments.classes or find_data(iri) is None:
        return {}
    tag = ("outline", context.digest, context.alignments.digest, iri)
    stored = context.cache.find(tag)
    if stored is None:
        document = json.dumps(_outline(context, iri), ensure_ascii=False).encode()
        stored = Answer(document, "outline")
        context.cache.store(tag, stored)
    return json.loads(stored.body)


def _outline(context: AppContext, iri: str) -> dict[str, Any]:
    alignments = context.alignments
    translated = translate("schema.org", read_outline(context.asking(), iri), alignments, iri)
    described = {(triple.subject.value, triple.predicate.value) for triple in translated}
    if (iri, names.TYPE) not in described:
        return {}
    return make_jsonld(translated, vocabulary=formats.SCHEMA_PROFILE, root=iri)


# ---- redirects from IRIs ------------------------------------------------------------------


def create_identities(context: AppContext) -> Blueprint:
    """Return the blueprint of the IRIs of things and concepts: redirects to paths, on any host."""
    identities = Blueprint("identities", __name__)

    def redirect_thing(kind: str, slug: str) -> Response:
        if request.method == "OPTIONS":
            return write_flask(HttpResponse(204, preflight(READ_METHODS)))
        iri = find_iri(kind, slug)
        address, offer = page_address(iri), choose_offer(context, "a thing")
        if offer:
            address = data_address(iri, formats.STATEMENTS[offer.name].suffix)
            if request.args.get("profile"):
                address += f"?{request.query_string.decode('ascii', 'replace')}"
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
        address = request.root_path.rstrip("/") + (find_path(find_iri("report", slug)) or "")
        return redirect(f"{address}?{query}" if query else address, 301)

    return identities


def choose_offer(context: AppContext, subject: str) -> Offer | None:
    """Return the RDF format that the current request prefers, None where it prefers a page.

    Raises NotAcceptable with the formats offered of the `subject`.
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
    """Return the blueprint of the IRIs of questions, shapes and prefixes: redirects to graphs."""
    declarations = Blueprint("declarations", __name__)

    @declarations.get("/<any(query, shape, shapes, prefix):kind>/<path:name>")
    def declaration(kind: str, name: str) -> Response:
        iri = f"{names.ROOT}{kind}/{write_path(name)}"
        theme = f"{names.ONTOLOGY}/{write_path(name.partition('/')[0])}"
        rows = context.asking().rows(fill_query("declared", thing=(iri, theme)))
        graphs = {row["thing"]: row["graph"] for row in reversed(rows)}
        if iri not in graphs:
            raise UnknownThing(f"nothing in this graph is called {names.compact(iri)}")
        if choose_offer(context, names.compact(iri)) is None:
            return _see_other(context, _find_page(iri, theme, graphs))
        return _see_other(context, page_address(graphs[iri]))

    return declarations


def _find_page(iri: str, theme: str, known: Container[str]) -> str:
    """Return the address of the page about a declaration, else of its theme, else the ontology."""
    path = f"/ontology{theme.removeprefix(names.ONTOLOGY)}" if theme in known else "/ontology"
    whole = request.root_path.rstrip("/") + path
    if iri.startswith(names.PREFIXES["shape"] + "prefix"):  # declared for the queries of shapes
        return whole
    return page_address(iri.removesuffix("-query")) or whole


def _see_other(context: AppContext, address: str) -> Response:
    """Return a 303: the thing itself is no document (W3C TAG, httpRange-14)."""
    response = redirect(address, 303)
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = etags.cache_headers(context.settings)
    return response
