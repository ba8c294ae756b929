"""The service description of /sparql: its language, formats, graphs and bounds, as RDF."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from urllib.parse import urlsplit

import pyoxigraph as ox

from diplograph.core.errors import UsageError
from diplograph.core.formats import RESULTS, STATEMENTS
from diplograph.core.names import INFERRED_GRAPH, NAMED_GRAPHS, PREFIXES, ROOT
from diplograph.core.serialization import serialize
from diplograph.core.settings import BOUND_TERMS, SETTINGS, UNIT_FACTORS, Settings
from diplograph.store.interface import UNION, Engine, QueryRequest
from diplograph.web.http import HttpRequest, HttpResponse, compress_response
from diplograph.web.protocol.etags import cache_headers, has_wildcard, hash_etag, matches_etag
from diplograph.web.protocol.graphs import choose_statements, graph_address

ENDPOINT = "/sparql"
BOUND_NAMESPACE = ROOT + "bound#"

SD = "http://www.w3.org/ns/sparql-service-description#"
VOID = "http://rdfs.org/ns/void#"
FORMATS_NAMESPACE = "http://www.w3.org/ns/formats/"
ENTAILMENT = "http://www.w3.org/ns/entailment/"
RDF, RDFS, XSD = PREFIXES["rdf"], PREFIXES["rdfs"], PREFIXES["xsd"]
_PREFIXES = {
    "bound": BOUND_NAMESPACE,
    "ent": ENTAILMENT,
    "formats": FORMATS_NAMESPACE,
    "rdf": RDF,
    "rdfs": RDFS,
    "sd": SD,
    "void": VOID,
    "xsd": XSD,
}
TITLE = "Diplograph: who met whom, when, where and to what end, each fact with its source"
_MATCHING = (
    "Queries match what is written, by simple entailment. What follows from it by the rules of"
    " OWL 2 RL is inferred when the graph is built, and has a named graph. Statements that say"
    " nothing new, such as that a thing is an owl:Thing, are left out."
)
_APART = " and ".join(f"<{name}>" for name, graph in NAMED_GRAPHS.items() if not graph.default)
_COMMENTS = {name: graph.comment for name, graph in NAMED_GRAPHS.items() if graph.comment}
_COMMENTS[UNION] = f"The union of all named graphs but {_APART}."
# The W3C's vocabulary of service descriptions has no term for it.
_NEWER = "Queries may also be written in SPARQL 1.2, as far as the engine has it."
_COUNTS = "SELECT ?graph (COUNT(*) AS ?n) { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph"
_COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
_english = partial(ox.Literal, language="en")


@dataclass(frozen=True)
class BuildFacts:
    """The number of statements of each named graph, sorted by IRI, and of the default graph."""

    graphs: tuple[tuple[str, int], ...]
    default: int


def build_service_description(
    request: HttpRequest, settings: Settings, facts: BuildFacts
) -> HttpResponse:
    """Return the description of the service as RDF (SPARQL 1.1 Service Description, section 2).

    Its IRIs begin with the address of the request, or the one that the operator set. Raises
    NotAcceptable, listing the formats, and UsageError where that is no valid address.
    """
    require_address(request.address)
    offer = choose_statements(request, "the service description, sent where there is no query,")
    triples = sorted(set(describe_service(request.address, settings, facts)), key=_reading_order)
    prefixes = _PREFIXES if STATEMENTS[offer.name].prefixes else None
    body = serialize(triples, offer.name, prefixes)
    tag = hash_etag(offer.media_type, body.decode())
    headers = (("ETag", tag), ("Cache-Control", cache_headers(settings)), ("Vary", "Accept"))
    if matches_etag(request, tag) or has_wildcard(request):
        return HttpResponse(304, headers)
    headers = (("Content-Type", offer.content_type), *headers)
    return compress_response(request, headers, body, len(triples))


def read_build_facts(engine: Engine) -> BuildFacts:
    """Return the counts of the engine's build; raises what `engine` raises."""
    named, default = (
        json.loads(engine.answer(QueryRequest(text)).body)["results"]["bindings"]
        for text in (_COUNTS, _COUNT)
    )
    counts = {row["graph"]["value"]: int(row["n"]["value"]) for row in named}
    return BuildFacts(tuple(sorted(counts.items())), int(default[0]["n"]["value"]))


def describe_service(address: str, settings: Settings, facts: BuildFacts) -> Iterator[ox.Triple]:
    """Yield the statements about the service at `address` and its graphs.

    sd:UnionDefaultGraph is not among its features, since the default graph leaves out the shapes;
    nor is sd:DereferencesURIs. The entailment regime is Simple: under a regime of OWL 2 the
    inferences that were left out would have to be answered too.
    """
    for subject, predicate, value in _list_statements(address, settings, facts):
        node = ox.NamedNode(value) if isinstance(value, str) else value
        yield ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), node)


def _list_statements(
    address: str, settings: Settings, facts: BuildFacts
) -> Iterator[tuple[str, str, str | ox.Literal]]:
    service = f"{address}{ENDPOINT}"
    dataset, available = f"{service}#dataset", f"{service}#graphs"
    yield service, RDF + "type", SD + "Service"
    yield service, SD + "endpoint", service
    yield service, SD + "supportedLanguage", SD + "SPARQL11Query"
    for form in (*RESULTS.values(), *STATEMENTS.values()):
        # By its name in the W3C's list of them; Oxigraph has another for JSON-LD.
        yield service, SD + "resultFormat", FORMATS_NAMESPACE + form.serializer.iri.split("/")[-1]
    if settings.services:
        yield service, SD + "feature", SD + "BasicFederatedQuery"
    yield service, SD + "defaultEntailmentRegime", ENTAILMENT + "Simple"
    yield service, SD + "defaultDataset", dataset
    yield service, SD + "availableGraphs", available
    yield service, RDFS + "label", _english(TITLE)
    yield service, RDFS + "comment", _english(_MATCHING)
    yield service, RDFS + "comment", _english(_NEWER)
    yield from _describe_bounds(service, settings)
    yield available, RDF + "type", SD + "GraphCollection"
    yield dataset, RDF + "type", SD + "Dataset"
    yield dataset, SD + "defaultGraph", address + graph_address(UNION)
    yield from _describe_graph(address, UNION, facts.default)
    for graph, statements in facts.graphs:
        named = f"{service}#{graph_address(graph)}"
        yield dataset, SD + "namedGraph", named
        yield available, SD + "namedGraph", named
        yield named, RDF + "type", SD + "NamedGraph"
        yield named, SD + "name", graph
        yield named, SD + "graph", address + graph_address(graph)
        yield from _describe_graph(address, graph, statements)


def _describe_bounds(service: str, settings: Settings) -> Iterator[tuple]:
    """Yield the bounds on a query at `service`, and what each of the properties means."""
    bounds = []
    for setting in SETTINGS:
        if setting.name in BOUND_TERMS:
            value = getattr(settings.bounds, setting.name, setting.default)
            number = type(setting.default)(value) * UNIT_FACTORS.get(setting.unit, 1)
            kind = XSD + ("decimal" if isinstance(number, float) else "integer")
            written = ox.Literal(f"{Decimal(str(number)):f}", datatype=ox.NamedNode(kind))
            bounds.append((*BOUND_TERMS[setting.name], written, kind))
    meaning = "An endpoint that SERVICE may name; every other is refused."
    bounds += [("service", meaning, address, RDFS + "Resource") for address in settings.services]
    for term, meaning, value, kind in bounds:
        yield service, BOUND_NAMESPACE + term, value
        yield BOUND_NAMESPACE + term, RDF + "type", RDF + "Property"
        yield BOUND_NAMESPACE + term, RDFS + "comment", _english(meaning)
        yield BOUND_NAMESPACE + term, RDFS + "range", kind


def _describe_graph(address: str, graph: str, statements: int) -> Iterator[tuple]:
    """Yield the number of statements of a graph, whose IRI is the address where it is read."""
    place = address + graph_address(graph)
    yield place, RDF + "type", SD + "Graph"
    yield place, RDF + "type", VOID + "Dataset"
    yield place, VOID + "triples", ox.Literal(statements)
    yield place, VOID + "dataDump", place
    if graph == INFERRED_GRAPH:
        yield place, RDFS + "seeAlso", "http://www.w3.org/ns/owl-profile/RL"
    if graph in _COMMENTS:
        yield place, RDFS + "comment", _english(_COMMENTS[graph])


def require_address(address: str) -> None:
    """Raise UsageError unless IRIs can begin with `address`: a client may have sent any Host.

    Werkzeug leaves out an invalid host (RFC 9110, 7.2, wants a 400).
    """
    try:
        named = urlsplit(ox.NamedNode(address).value).netloc
    except ValueError:
        named = ""
    if not named:
        raise UsageError("invalid Host header")


def _reading_order(triple: ox.Triple) -> tuple:
    """Order by subject, the service first, then its bounds; a subject begins with its types."""
    subject, predicate, value = triple
    apart = subject.value.startswith(BOUND_NAMESPACE), not subject.value.endswith(ENDPOINT)
    return *apart, subject.value, predicate.value != RDF + "type", predicate.value, str(value)
