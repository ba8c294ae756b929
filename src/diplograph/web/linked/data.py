"""The statements about one thing in any RDF format, as they are or in the words of a profile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, request

from diplograph.build.vocabularies import (
    ASSERTED_PROFILE,
    SCHEMA_PROFILE,
    choose_profile,
    translate,
)
from diplograph.core.errors import UnknownThing
from diplograph.core.formats import STATEMENTS, write_statements
from diplograph.core.jsonld import write_jsonld
from diplograph.core.names import PREFIXES, REFERENCE_GRAPH, ROOT, report_graph
from diplograph.views.query import QueryRunner
from diplograph.views.thing import MOST_LINKS, Description, read_description, read_named_things
from diplograph.web import exchange
from diplograph.web.addresses import find_data, find_iri, locate, locate_data
from diplograph.web.bridge import read_flask, write_flask
from diplograph.web.caching import hash_tag, is_known, is_unmodified, keep, takes_any
from diplograph.web.edition import Edition
from diplograph.web.exchange import carry
from diplograph.web.graphstore import READS, choose_statements
from diplograph.web.headers import preflight
from diplograph.web.linked.heads import list_alternates, outline
from diplograph.web.negotiate import Offer, choose_encoding

LICENSE = "https://creativecommons.org/licenses/by/4.0/"
_FOAF = "http://xmlns.com/foaf/0.1/"
_SUFFIXES = {form.suffix: form for form in STATEMENTS.values()}


@dataclass(frozen=True)
class Wanted:
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


def create_data(edition: Edition) -> Blueprint:
    """Return the blueprint that gives the statements about each thing, for any origin to read."""
    data = Blueprint("data", __name__)
    data.add_app_template_global(partial(list_alternates, edition), "list_alternates")
    data.add_app_template_global(partial(outline, edition), "outline")

    @data.route("/data/<kind>/<path:slug>", methods=list(READS))
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
        return redirect(locate(report_graph(name) if report else REFERENCE_GRAPH), 303)

    return data


def answer_data(
    edition: Edition, asked: exchange.Request, kind: str, slug: str
) -> exchange.Response:
    """Return what is known of a thing in the format and the profile that are asked for.

    Raises UnknownThing with near matches, UsageError for a profile that there is not, and
    NotAcceptable.
    """
    if asked.method == "OPTIONS":
        return exchange.Response(204, preflight(READS))
    wanted = read_wanted(asked, kind, slug)
    alignments = edition.alignments.digest if wanted.profile else ""
    parts = (wanted.iri, wanted.offer, wanted.fixed, wanted.profile, wanted.encoding, alignments)
    tag = hash_tag("data", edition.digest, *parts)
    headers = (("ETag", tag), ("Cache-Control", keep(edition.settings)), ("Vary", wanted.vary))
    if edition.built:
        headers = (*headers, ("Last-Modified", f"{edition.built:%a, %d %b %Y %H:%M:%S} GMT"))
    if is_known(asked, tag):
        return exchange.Response(304, headers)
    body, rows = write_data(edition, wanted)
    if takes_any(asked) or is_unmodified(asked, edition.built):
        return exchange.Response(304, headers, rows=rows)
    headers = (("Content-Type", wanted.offer.content_type), *headers, *_lead(wanted))
    return carry(asked, headers, body, rows, wanted.encoding)


def read_wanted(asked: exchange.Request, kind: str, slug: str) -> Wanted:
    """Return what a request wants; raises UsageError and NotAcceptable."""
    profile = request.args.get("profile", "")
    if profile:
        choose_profile(profile)
    stem, dot, suffix = slug.rpartition(".")
    encoding = choose_encoding(asked.headers.get("accept-encoding"))
    if dot and stem and suffix in _SUFFIXES:
        form = _SUFFIXES[suffix]
        offer = Offer(form.name, form.media_type)
        return Wanted(find_iri(kind, stem), offer, True, profile, encoding)
    offer = choose_statements(asked, "what is known of a thing")
    return Wanted(find_iri(kind, slug), offer, False, profile, encoding)


def write_data(edition: Edition, wanted: Wanted) -> tuple[bytes, int]:
    """Return the document about a thing, and how many statements it holds."""
    statements = describe_thing(edition, edition.asking(), wanted.iri, wanted.profile)
    if wanted.offer.name != "jsonld":
        return write_statements(statements, wanted.offer.name), len(statements)
    framed = wanted.profile == "schema.org"
    words = {"vocabulary": SCHEMA_PROFILE, "root": wanted.iri} if framed else {}
    return write_jsonld(statements, **words), len(statements)


def describe_thing(
    edition: Edition, asking: QueryRunner, iri: str, profile: str = ""
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
        thing, rights = ox.NamedNode(iri), ox.NamedNode(LICENSE)
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
    topic, rights = ox.NamedNode(found.iri), ox.NamedNode(LICENSE)
    yield ox.Triple(document, ox.NamedNode(f"{_FOAF}primaryTopic"), topic)
    yield ox.Triple(document, ox.NamedNode(f"{PREFIXES['dcterms']}license"), rights)
    if found.cut:
        words = f"Of the {found.links:,} statements that name the thing, {MOST_LINKS:,} are here."
        comment = ox.NamedNode(f"{PREFIXES['rdfs']}comment")
        yield ox.Triple(document, comment, ox.Literal(words, language="en"))


def _lead(wanted: Wanted) -> Iterator[tuple[str, str]]:
    """Yield the headers that lead from a document to its thing, its page, and its own address."""
    page = locate(wanted.iri)
    links = [
        f'<{_as_uri(wanted.iri)}>; rel="describes"',
        f'<{_as_uri(name_document(wanted.iri))}>; rel="canonical"',
        f'<{page}>; rel="alternate"; type="text/html"',
        f'<{LICENSE}>; rel="license"',
    ]
    yield "Link", ", ".join(links)
    if not wanted.fixed:
        address = locate_data(wanted.iri, STATEMENTS[wanted.offer.name].suffix)
        profile = f"?profile={wanted.profile}" if wanted.profile else ""
        yield "Content-Location", f"{address}{profile}"


def _as_uri(iri: str) -> str:
    """Return an IRI as a URI (RFC 3987, section 3.1): headers are ASCII."""
    return quote(iri, safe="%/:?#[]@!$&'()*+,;=-._~")
