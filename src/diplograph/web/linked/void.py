"""What VoID and DCAT say of the dataset: its sizes, its parts, its files and its endpoint."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import quote

import pyoxigraph as ox

from diplograph.build.export import SELECTION_TITLES, Dump
from diplograph.core.formats import STATEMENTS
from diplograph.core.names import PREFIXES, ROOT, compact
from diplograph.views.query import QueryRunner
from diplograph.views.statistics import (
    ClassCount,
    GraphStatistics,
    PropertyCount,
    read_graph_statistics,
)
from diplograph.web.caching import hash_tag, is_known, keep, takes_any
from diplograph.web.description import ENDPOINT, FORMATS, TITLE, VOID, require_address
from diplograph.web.edition import Edition
from diplograph.web.exchange import Request, Response, carry
from diplograph.web.graphstore import choose_statements, locate
from diplograph.web.linked.shelf import Holding, Shelf
from diplograph.web.negotiate import choose_encoding

VOID_PATH = "/.well-known/void"
DCAT, FOAF, SPDX = (
    "http://www.w3.org/ns/dcat#",
    "http://xmlns.com/foaf/0.1/",
    "http://spdx.org/rdf/terms#",
)
LICENSE = "https://creativecommons.org/licenses/by/4.0/"
_TYPES = "https://www.iana.org/assignments/media-types/"
_DCTERMS, _RDF, _XSD = PREFIXES["dcterms"], PREFIXES["rdf"], PREFIXES["xsd"]
VOCABULARIES = {
    "dcat": DCAT,
    "dcterms": _DCTERMS,
    "dg": PREFIXES["dg"],
    "foaf": FOAF,
    "formats": FORMATS,
    "rdf": _RDF,
    "rdfs": PREFIXES["rdfs"],
    "skos": PREFIXES["skos"],
    "spdx": SPDX,
    "void": VOID,
    "xsd": _XSD,
}
_ABOUT = (
    "Who met whom, when, where and to what end, as reports say, each fact with the passage that"
    " supports it, in whose voice and with what hedge."
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
Statements = Iterator[ox.Triple]


def create_void(edition: Edition, shelf: Shelf) -> Callable[[Request], Response]:
    """Return what answers with the description; what each build holds is counted once."""

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def read_once(digest: str) -> GraphStatistics:
        return read_graph_statistics(QueryRunner(edition.engine))

    @lru_cache(maxsize=16)  # a few addresses; one that somebody makes up does not stay
    def write_once(digest: str, address: str, name: str) -> tuple[bytes, int]:
        return _write(describe_dataset(address, read_once(digest), shelf.list()), name)

    def describe(request: Request) -> Response:
        require_address(request.address)
        offer = choose_statements(request, "the description of the dataset")
        body, rows = write_once(edition.digest, request.address, offer.name)
        encoding = choose_encoding(request.headers.get("accept-encoding"))
        tag = hash_tag(offer.media_type, encoding, body.decode())
        vary = ("Vary", "Accept, Accept-Encoding")
        headers = (("ETag", tag), ("Cache-Control", keep(edition.settings)), vary)
        if is_known(request, tag) or takes_any(request):
            return Response(304, headers)
        headers = (("Content-Type", offer.content_type), *headers)
        return carry(request, headers, body, rows, encoding)

    return describe


def describe_dataset(address: str, holdings: GraphStatistics, holding: Holding) -> Statements:
    """Yield what is said of the dataset at `address` (VoID, W3C Note of 2011; DCAT 3).

    Every node has a name that begins with that address; none is blank.
    """
    void, service = address + VOID_PATH, address + ENDPOINT
    dataset = f"{void}#dataset"
    yield from _link(void, _RDF + "type", VOID + "DatasetDescription", DCAT + "Catalog")
    yield from _text(void, _DCTERMS + "title", "Diplograph: datasets and services")
    yield from _text(void, _DCTERMS + "description", _ABOUT)
    yield from _link(void, _DCTERMS + "license", LICENSE)
    yield from _link(void, FOAF + "primaryTopic", dataset)
    yield from _link(void, DCAT + "dataset", dataset)
    yield from _link(void, DCAT + "service", service)
    yield from _link(service, _RDF + "type", DCAT + "DataService")
    yield from _text(service, _DCTERMS + "title", "SPARQL endpoint")
    yield from _link(service, DCAT + "endpointURL", service)
    yield from _link(service, DCAT + "endpointDescription", service)
    yield from _link(service, DCAT + "servesDataset", dataset)
    yield from _describe_whole(address, dataset, holdings)
    yield from _count(dataset, holdings)
    for prefix, iri in PREFIXES.items():
        if any(each.iri.startswith(iri) for each in (*holdings.classes, *holdings.properties)):
            yield from _link(dataset, VOID + "vocabulary", _as_namespace(prefix, iri))
    for each in holdings.properties:
        yield from _describe_property(dataset, each)
    for each in holdings.classes:
        yield from _describe_class(dataset, each)
    yield from _describe_parts(address, dataset, holding)


def _describe_whole(address: str, dataset: str, holdings: GraphStatistics) -> Statements:
    yield from _link(dataset, _RDF + "type", VOID + "Dataset", DCAT + "Dataset")
    yield from _text(dataset, _DCTERMS + "title", TITLE)
    yield from _text(dataset, _DCTERMS + "description", _ABOUT)
    yield from _link(dataset, _DCTERMS + "license", LICENSE)
    if _DAY.fullmatch(holdings.modified):
        yield from _value(dataset, _DCTERMS + "modified", holdings.modified, "date")
    yield from _link(dataset, FOAF + "homepage", f"{address}/")
    yield from _link(dataset, DCAT + "landingPage", f"{address}/download/")
    yield from _link(dataset, VOID + "sparqlEndpoint", address + ENDPOINT)
    yield from _value(dataset, VOID + "uriSpace", f"{ROOT}id/")
    yield from _value(dataset, VOID + "uriRegexPattern", f"^{ROOT.replace('.', '[.]')}id/.+/.+")
    yield from _link(dataset, VOID + "exampleResource", *holdings.examples)
    for form in STATEMENTS.values():
        yield from _link(
            dataset, VOID + "feature", FORMATS + form.serializer.iri.rpartition("/")[2]
        )


def _count(dataset: str, holdings: GraphStatistics) -> Statements:
    counts = {
        "triples": holdings.triples,
        "entities": holdings.entities,
        "distinctSubjects": holdings.subjects,
        "distinctObjects": holdings.objects,
        "properties": len(holdings.properties),
        "classes": len(holdings.classes),
    }
    for name, count in counts.items():
        yield from _number(dataset, VOID + name, count)


def _describe_property(dataset: str, counted: PropertyCount) -> Statements:
    part = _name_part(dataset, "property", counted.iri)
    yield from _link(dataset, VOID + "propertyPartition", part)
    yield from _link(part, VOID + "property", counted.iri)
    yield from _number(part, VOID + "triples", counted.triples)
    yield from _number(part, VOID + "distinctSubjects", counted.subjects)
    yield from _number(part, VOID + "distinctObjects", counted.objects)


def _describe_class(dataset: str, counted: ClassCount) -> Statements:
    """Yield a class's partition, and within it one for each property: editors complete by these."""
    part = _name_part(dataset, "class", counted.iri)
    yield from _link(dataset, VOID + "classPartition", part)
    yield from _link(part, VOID + "class", counted.iri)
    yield from _number(part, VOID + "entities", counted.entities)
    for iri, triples in counted.uses:
        use = _name_part(dataset, "class", counted.iri, iri)
        yield from _link(part, VOID + "propertyPartition", use)
        yield from _link(use, VOID + "property", iri)
        yield from _number(use, VOID + "triples", triples)


def _describe_parts(address: str, dataset: str, holding: Holding) -> Statements:
    """Yield the named graphs, and the files with their checksums."""
    for graph, statements in holding.facts.graphs:
        place = address + locate(graph)
        if graph != PREFIXES["graph"] + "shapes":  # no part of the default graph
            yield from _link(dataset, VOID + "subset", place)
        yield from _link(place, _RDF + "type", VOID + "Dataset")
        yield from _text(place, _DCTERMS + "title", compact(graph))
        yield from _number(place, VOID + "triples", statements)
        yield from _link(place, VOID + "dataDump", place)
    for what in dict.fromkeys(dump.what for dump in holding.dumps):
        part = f"{address}{VOID_PATH}#{what}"
        yield from _link(dataset, VOID + "subset", part)
        yield from _link(address + VOID_PATH, DCAT + "dataset", part)
        yield from _link(part, _RDF + "type", VOID + "Dataset", DCAT + "Dataset")
        yield from _text(part, _DCTERMS + "title", SELECTION_TITLES[what])
        yield from _text(part, _DCTERMS + "description", f"{SELECTION_TITLES[what]}. {_ABOUT}")
        yield from _link(part, _DCTERMS + "license", LICENSE)
    for dump in holding.dumps:
        yield from _describe_dump(address, dataset, dump)


def _describe_dump(address: str, dataset: str, dump: Dump) -> Statements:
    place, part = f"{address}/download/{dump.name}", f"{address}{VOID_PATH}#{dump.what}"
    sum_of = f"{address}{VOID_PATH}#sha256-{dump.name}"
    yield from _link(part, DCAT + "distribution", place)
    yield from _link(part, VOID + "dataDump", place)
    yield from _link(dataset, VOID + "dataDump", *([place] if dump.what == "inferred" else []))
    yield from _link(place, _RDF + "type", DCAT + "Distribution")
    yield from _text(
        place, _DCTERMS + "title", f"{SELECTION_TITLES[dump.what]}, as {dump.form.title}"
    )
    yield from _link(place, _DCTERMS + "license", LICENSE)
    yield from _link(place, DCAT + "downloadURL", place)
    yield from _link(place, DCAT + "accessURL", f"{address}/download/")
    yield from _link(place, DCAT + "accessService", address + ENDPOINT)
    yield from _link(place, DCAT + "mediaType", _TYPES + dump.form.media_type)
    if dump.packed:
        yield from _link(place, DCAT + "compressFormat", _TYPES + dump.media_type)
    yield from _value(place, DCAT + "byteSize", str(dump.size), "nonNegativeInteger")
    yield from _link(place, SPDX + "checksum", sum_of)
    yield from _link(sum_of, _RDF + "type", SPDX + "Checksum")
    yield from _link(sum_of, SPDX + "algorithm", SPDX + "checksumAlgorithm_sha256")
    yield from _value(sum_of, SPDX + "checksumValue", dump.sha256, "hexBinary")


def _write(triples: Statements, name: str) -> tuple[bytes, int]:
    """Return the statements in a format of STATEMENTS, and how many they are."""
    form, ordered = STATEMENTS[name], sorted(set(triples), key=_reading_order)
    prefixes = VOCABULARIES if form.prefixes else None
    return ox.serialize(ordered, format=form.serializer, prefixes=prefixes), len(ordered)


def _reading_order(triple: ox.Triple) -> tuple:
    """Order by subject, the description and the dataset first; each says first what it is."""
    subject, predicate, value = (term.value for term in triple)
    name = subject.partition(VOID_PATH)[2]
    place = {"": 0, "#dataset": 1}.get(name, 2) if VOID_PATH in subject else 3
    return place, subject, predicate != _RDF + "type", predicate, value


def _name_part(dataset: str, kind: str, *iris: str) -> str:
    names = "/".join(compact(iri).strip("<>") for iri in iris)
    return f"{dataset.partition('#')[0]}#{kind}/{quote(names, safe='/:')}"


def _as_namespace(prefix: str, iri: str) -> str:
    """Return the IRI of the vocabulary itself: ours is named without the mark at the end."""
    return iri.rstrip("#") if prefix == "dg" else iri


def _link(subject: str, predicate: str, *values: str) -> Statements:
    for value in values:
        yield ox.Triple(*map(ox.NamedNode, (subject, predicate, value)))


def _text(subject: str, predicate: str, words: str) -> Statements:
    yield ox.Triple(
        ox.NamedNode(subject), ox.NamedNode(predicate), ox.Literal(words, language="en")
    )


def _value(subject: str, predicate: str, written: str, datatype: str = "string") -> Statements:
    value = ox.Literal(written, datatype=ox.NamedNode(_XSD + datatype))
    yield ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), value)


def _number(subject: str, predicate: str, count: int) -> Statements:
    return _value(subject, predicate, str(count), "integer")
