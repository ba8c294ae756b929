"""The description of the dataset and its files in VoID and DCAT, for /.well-known/void."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

import pyoxigraph as ox

from diplograph.build.export import SELECTION_TITLES, Dump
from diplograph.core.formats import STATEMENTS
from diplograph.core.names import PREFIXES, ROOT, SHAPES_GRAPH, compact
from diplograph.views.statistics import ClassCount, GraphStatistics, PropertyCount
from diplograph.web.linked import DATA_LICENSE, FOAF
from diplograph.web.protocol.graphs import graph_address
from diplograph.web.protocol.service_description import (
    ENDPOINT,
    FORMATS_NAMESPACE,
    TITLE,
    VOID,
)

VOID_PATH = "/.well-known/void"
VOCABULARIES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": PREFIXES["dcterms"],
    "dg": PREFIXES["dg"],
    "foaf": FOAF,
    "formats": FORMATS_NAMESPACE,
    "rdf": PREFIXES["rdf"],
    "rdfs": PREFIXES["rdfs"],
    "skos": PREFIXES["skos"],
    "spdx": "http://spdx.org/rdf/terms#",
    "void": VOID,
    "xsd": PREFIXES["xsd"],
}
_ABOUT = (
    "Who met whom, when, where and to what end, as reports say, each fact with the passage that"
    " supports it, in whose voice and with what hedge."
)
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_TYPE = PREFIXES["rdf"] + "type"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

TripleIterator = Iterator[ox.Triple]
# An IRI, a CURIE of VOCABULARIES, a literal, or several of them.
Values = str | ox.Literal | Iterable[str]


def describe_dataset(
    address: str,
    statistics: GraphStatistics,
    graphs: Iterable[tuple[str, int]],
    dumps: Iterable[Dump],
) -> TripleIterator:
    """Yield the description of the dataset at `address` (VoID, W3C Note of 2011; DCAT 3).

    `graphs` are the named graphs with their numbers of statements. Every node has an IRI that
    begins with the address; there are no blank nodes.
    """
    document, service = address + VOID_PATH, address + ENDPOINT
    dataset, dumps = f"{document}#dataset", tuple(dumps)
    yield from _describe(
        document,
        {
            "rdf:type": ("void:DatasetDescription", "dcat:Catalog"),
            "dcterms:title": _english("Diplograph: datasets and services"),
            "dcterms:description": _english(_ABOUT),
            "dcterms:license": DATA_LICENSE,
            "foaf:primaryTopic": dataset,
            "dcat:dataset": (dataset, *(f"{document}#{name}" for name in _selections(dumps))),
            "dcat:service": service,
        },
    )
    yield from _describe(
        service,
        {
            "rdf:type": "dcat:DataService",
            "dcterms:title": _english("SPARQL endpoint"),
            "dcat:endpointURL": service,
            "dcat:endpointDescription": service,
            "dcat:servesDataset": dataset,
        },
    )
    yield from _describe_whole(address, dataset, statistics)
    for counted in statistics.properties:
        yield from _describe_property(dataset, counted)
    for counted in statistics.classes:
        yield from _describe_class(dataset, counted)
    for graph, statements in graphs:
        yield from _describe_graph(address, dataset, graph, statements)
    for selection in _selections(dumps):
        yield from _describe_selection(document, dataset, selection)
    for dump in dumps:
        yield from _describe_dump(address, dataset, dump)


def write_description(triples: Iterable[ox.Triple], name: str) -> tuple[bytes, int]:
    """Return triples in the format of that name in STATEMENTS, and how many there are."""
    form, ordered = STATEMENTS[name], sorted(set(triples), key=_reading_order)
    prefixes = VOCABULARIES if form.prefixes else None
    return ox.serialize(ordered, format=form.serializer, prefixes=prefixes), len(ordered)


def _describe_whole(address: str, dataset: str, statistics: GraphStatistics) -> TripleIterator:
    formats = (form.serializer.iri.rpartition("/")[2] for form in STATEMENTS.values())
    used = [counted.iri for counted in (*statistics.classes, *statistics.properties)]
    yield from _describe(
        dataset,
        {
            "rdf:type": ("void:Dataset", "dcat:Dataset"),
            "dcterms:title": _english(TITLE),
            "dcterms:description": _english(_ABOUT),
            "dcterms:license": DATA_LICENSE,
            "foaf:homepage": f"{address}/",
            "dcat:landingPage": f"{address}/download/",
            "void:sparqlEndpoint": address + ENDPOINT,
            "void:uriSpace": _typed(f"{ROOT}id/", "string"),
            "void:uriRegexPattern": _typed(f"^{ROOT.replace('.', '[.]')}id/.+/.+", "string"),
            "void:exampleResource": statistics.examples,
            "void:feature": [FORMATS_NAMESPACE + name for name in formats],
            "void:vocabulary": [
                iri.rstrip("#") if prefix == "dg" else iri  # the IRI of our ontology has no #
                for prefix, iri in PREFIXES.items()
                if any(term.startswith(iri) for term in used)
            ],
            "void:triples": _count(statistics.triples),
            "void:entities": _count(statistics.entities),
            "void:distinctSubjects": _count(statistics.subjects),
            "void:distinctObjects": _count(statistics.objects),
            "void:properties": _count(len(statistics.properties)),
            "void:classes": _count(len(statistics.classes)),
        },
    )
    if _DAY.fullmatch(statistics.modified):
        yield from _describe(dataset, {"dcterms:modified": _typed(statistics.modified, "date")})


def _describe_property(dataset: str, counted: PropertyCount) -> TripleIterator:
    partition = _name_partition(dataset, "property", counted.iri)
    yield from _describe(dataset, {"void:propertyPartition": partition})
    yield from _describe(
        partition,
        {
            "void:property": counted.iri,
            "void:triples": _count(counted.triples),
            "void:distinctSubjects": _count(counted.subjects),
            "void:distinctObjects": _count(counted.objects),
        },
    )


def _describe_class(dataset: str, counted: ClassCount) -> TripleIterator:
    """Yield a class's partition with one for each property, from which query editors complete."""
    partition = _name_partition(dataset, "class", counted.iri)
    yield from _describe(dataset, {"void:classPartition": partition})
    yield from _describe(
        partition, {"void:class": counted.iri, "void:entities": _count(counted.entities)}
    )
    for iri, triples in counted.uses:
        inner = _name_partition(dataset, "class", counted.iri, iri)
        yield from _describe(partition, {"void:propertyPartition": inner})
        yield from _describe(inner, {"void:property": iri, "void:triples": _count(triples)})


def _describe_graph(address: str, dataset: str, graph: str, statements: int) -> TripleIterator:
    place = address + graph_address(graph)
    if graph != SHAPES_GRAPH:  # no part of the default graph
        yield from _describe(dataset, {"void:subset": place})
    yield from _describe(
        place,
        {
            "rdf:type": "void:Dataset",
            "dcterms:title": _english(compact(graph)),
            "void:triples": _count(statements),
            "void:dataDump": place,
        },
    )


def _describe_selection(document: str, dataset: str, selection: str) -> TripleIterator:
    part, title = f"{document}#{selection}", SELECTION_TITLES[selection]
    yield from _describe(dataset, {"void:subset": part})
    yield from _describe(
        part,
        {
            "rdf:type": ("void:Dataset", "dcat:Dataset"),
            "dcterms:title": _english(title),
            "dcterms:description": _english(f"{title}. {_ABOUT}"),
            "dcterms:license": DATA_LICENSE,
        },
    )


def _describe_dump(address: str, dataset: str, dump: Dump) -> TripleIterator:
    document, place = address + VOID_PATH, f"{address}/download/{dump.name}"
    part, checksum = f"{document}#{dump.what}", f"{document}#sha256-{dump.name}"
    yield from _describe(part, {"dcat:distribution": place, "void:dataDump": place})
    if dump.what == "inferred":
        yield from _describe(dataset, {"void:dataDump": place})
    title = f"{SELECTION_TITLES[dump.what]}, as {dump.form.title}"
    yield from _describe(
        place,
        {
            "rdf:type": "dcat:Distribution",
            "dcterms:title": _english(title),
            "dcterms:license": DATA_LICENSE,
            "dcat:downloadURL": place,
            "dcat:accessURL": f"{address}/download/",
            "dcat:accessService": address + ENDPOINT,
            "dcat:mediaType": _MEDIA_TYPES + dump.form.media_type,
            "dcat:compressFormat": (_MEDIA_TYPES + dump.media_type,) if dump.packed else (),
            "dcat:byteSize": _typed(str(dump.size), "nonNegativeInteger"),
            "spdx:checksum": checksum,
        },
    )
    yield from _describe(
        checksum,
        {
            "rdf:type": "spdx:Checksum",
            "spdx:algorithm": "spdx:checksumAlgorithm_sha256",
            "spdx:checksumValue": _typed(dump.sha256, "hexBinary"),
        },
    )


def _selections(dumps: Iterable[Dump]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(dump.what for dump in dumps))


def _describe(subject: str, properties: Mapping[str, Values]) -> TripleIterator:
    """Yield the statements of a subject; the keys are CURIEs of VOCABULARIES."""
    for predicate, values in properties.items():
        for value in [values] if isinstance(values, str | ox.Literal) else values:
            term = _expand(value) if isinstance(value, str) else value
            yield ox.Triple(ox.NamedNode(subject), _expand(predicate), term)


def _expand(name: str) -> ox.NamedNode:
    """Return the node of an IRI, or of a CURIE of VOCABULARIES."""
    prefix, _, local = name.partition(":")
    return ox.NamedNode(VOCABULARIES[prefix] + local if prefix in VOCABULARIES else name)


def _english(text: str) -> ox.Literal:
    return ox.Literal(text, language="en")


def _typed(text: str, datatype: str) -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(PREFIXES["xsd"] + datatype))


def _count(number: int) -> ox.Literal:
    return _typed(str(number), "integer")


def _name_partition(dataset: str, kind: str, *iris: str) -> str:
    names = "/".join(compact(iri).strip("<>") for iri in iris)
    return f"{dataset.partition('#')[0]}#{kind}/{quote(names, safe='/:')}"


def _reading_order(triple: ox.Triple) -> tuple:
    """Sort by subject, the description and the dataset first; the types of a subject come first."""
    subject, predicate, value = (term.value for term in triple)
    name = subject.partition(VOID_PATH)[2]
    place = {"": 0, "#dataset": 1}.get(name, 2) if VOID_PATH in subject else 3
    return place, subject, predicate != _TYPE, predicate, value
