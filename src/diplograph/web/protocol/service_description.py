"""The service description of /sparql: its language, formats, graphs and bounds, as RDF."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from urllib.parse import urlsplit

import pyoxigraph as ox

from diplograph.core.errors import UsageError
from diplograph.core.formats import RESULTS, STATEMENTS
from diplograph.core.names import INFERRED_GRAPH, NAMED_GRAPHS, PREFIXES, ROOT
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
    "xsd": PREFIXES["xsd"],
}
TITLE = "Diplograph: who met whom, when, where and to what end, each fact with its source"
_MATCHING = (
    "Queries match what is written, by simple entailment. What follows from it by the rules of"
    " OWL 2 RL was worked out beforehand and stands in a graph of its own; statements that say"
    " nothing new, such as that a thing is an owl:Thing, were left out."
)
_APART = " and ".join(f"<{name}>" for name, graph in NAMED_GRAPHS.items() if not graph.default)
_COMMENTS = {name: graph.comment for name, graph in NAMED_GRAPHS.items() if graph.comment}
_COMMENTS[UNION] = f"The union of all named graphs but {_APART}."
# The W3C's vocabulary of service descriptions has no term for it.
_NEWER = "Queries may also be written in SPARQL 1.2, as far as the engine has it."
_RULES = "http://www.w3.org/ns/owl-profile/RL"
_COUNTS = "SELECT ?graph (COUNT(*) AS ?n) { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph"
_COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


@dataclass(frozen=True)
class BuildFacts:
    """The number of statements of each named graph, sorted by IRI, and of the default graph."""

    graphs: tuple[tuple[str, int], ...]
    default: int


def create_description(engine: Engine, settings: Settings) -> Callable[[HttpRequest], HttpResponse]:
    """Return the function that describes one server; the graphs of each build are counted once."""

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def read_once(digest: str) -> BuildFacts:
        return read_build_facts(engine)

    return lambda request: build_service_description(request, settings, read_once(engine.digest))


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
    form = STATEMENTS[offer.name]
    prefixes = _PREFIXES if form.prefixes else None
    body = ox.serialize(triples, format=form.serializer, prefixes=prefixes)
    tag = hash_etag(offer.media_type, body.decode())
    headers = (("ETag", tag), ("Cache-Control", cache_headers(settings)), ("Vary", "Accept"))
    if matches_etag(request, tag) or has_wildcard(request):
        return HttpResponse(304, headers)
    headers = (("Content-Type", offer.content_type), *headers)
    return compress_response(request, headers, body, len(triples))


def read_build_facts(engine: Engine) -> BuildFacts:
    """Return the counts of the engine's build; raises what `engine` raises."""
    counts = {row["graph"]["value"]: int(row["n"]["value"]) for row in _select(engine, _COUNTS)}
    return BuildFacts(tuple(sorted(counts.items())), int(_select(engine, _COUNT)[0]["n"]["value"]))


def describe_service(address: str, settings: Settings, facts: BuildFacts) -> Iterator[ox.Triple]:
    """Yield the statements about the service at `address` and its graphs.

    sd:UnionDefaultGraph is not among its features, since the default graph leaves out the shapes;
    nor is sd:DereferencesURIs. The entailment regime is Simple: under a regime of OWL 2 the
    inferences that were left out would have to be answered too.
    """
    service = f"{address}{ENDPOINT}"
    dataset, available = f"{service}#dataset", f"{service}#graphs"
    yield from _state(service, RDF + "type", SD + "Service")
    yield from _state(service, SD + "endpoint", service)
    yield from _state(service, SD + "supportedLanguage", SD + "SPARQL11Query")
    for form in (*RESULTS.values(), *STATEMENTS.values()):
        yield from _state(service, SD + "resultFormat", _name_format(form.serializer.iri))
    if settings.services:
        yield from _state(service, SD + "feature", SD + "BasicFederatedQuery")
    yield from _state(service, SD + "defaultEntailmentRegime", ENTAILMENT + "Simple")
    yield from _state(service, SD + "defaultDataset", dataset)
    yield from _state(service, SD + "availableGraphs", available)
    yield from _state_text(service, "label", TITLE)
    yield from _state_text(service, "comment", _MATCHING)
    yield from _state_text(service, "comment", _NEWER)
    yield from _describe_bounds(service, settings)
    yield from _state(available, RDF + "type", SD + "GraphCollection")
    yield from _state(dataset, RDF + "type", SD + "Dataset")
    yield from _state(dataset, SD + "defaultGraph", address + graph_address(UNION))
    yield from _describe_graph(address, UNION, facts.default)
    for graph, statements in facts.graphs:
        named = f"{service}#{graph_address(graph)}"
        yield from _state(dataset, SD + "namedGraph", named)
        yield from _state(available, SD + "namedGraph", named)
        yield from _state(named, RDF + "type", SD + "NamedGraph")
        yield from _state(named, SD + "name", graph)
        yield from _state(named, SD + "graph", address + graph_address(graph))
        yield from _describe_graph(address, graph, statements)


def _describe_bounds(service: str, settings: Settings) -> Iterator[ox.Triple]:
    """Yield the bounds on a query at `service`, and what each of the properties means."""
    for setting in SETTINGS:
        if setting.name in BOUND_TERMS:
            term, meaning = BOUND_TERMS[setting.name]
            value = getattr(settings.bounds, setting.name, setting.default)
            factor = UNIT_FACTORS.get(setting.unit, 1)
            number = _write_number(type(setting.default)(value) * factor)
            yield ox.Triple(ox.NamedNode(service), ox.NamedNode(BOUND_NAMESPACE + term), number)
            yield from _define(term, meaning, number.datatype)
    for address in settings.services:
        yield ox.Triple(
            ox.NamedNode(service), ox.NamedNode(BOUND_NAMESPACE + "service"), ox.NamedNode(address)
        )
    if settings.services:
        meaning = "An endpoint that SERVICE may name; every other is refused."
        yield from _define("service", meaning, ox.NamedNode(RDFS + "Resource"))


def _define(name: str, meaning: str, values: ox.NamedNode) -> Iterator[ox.Triple]:
    statements = {
        RDF + "type": ox.NamedNode(RDF + "Property"),
        RDFS + "comment": ox.Literal(meaning, language="en"),
        RDFS + "range": values,
    }
    for predicate, value in statements.items():
        yield ox.Triple(ox.NamedNode(BOUND_NAMESPACE + name), ox.NamedNode(predicate), value)


def _write_number(value: float) -> ox.Literal:
    kind = "decimal" if isinstance(value, float) else "integer"
    return ox.Literal(f"{Decimal(str(value)):f}", datatype=ox.NamedNode(XSD + kind))


def _describe_graph(address: str, graph: str, statements: int) -> Iterator[ox.Triple]:
    """Yield the number of statements of a graph, whose IRI is the address where it is read."""
    place = address + graph_address(graph)
    yield from _state(place, RDF + "type", SD + "Graph")
    yield from _state(place, RDF + "type", VOID + "Dataset")
    count = ox.Literal(str(statements), datatype=ox.NamedNode(PREFIXES["xsd"] + "integer"))
    yield ox.Triple(ox.NamedNode(place), ox.NamedNode(VOID + "triples"), count)
    yield from _state(place, VOID + "dataDump", place)
    if graph == INFERRED_GRAPH:
        yield from _state(place, RDFS + "seeAlso", _RULES)
    if graph in _COMMENTS:
        yield from _state_text(place, "comment", _COMMENTS[graph])


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


def _name_format(iri: str) -> str:
    """Return a format's name in the W3C's list of them; Oxigraph has another for JSON-LD."""
    return FORMATS_NAMESPACE + iri.rpartition("/")[2]


def _state(subject: str, predicate: str, value: str) -> Iterator[ox.Triple]:
    yield ox.Triple(*(ox.NamedNode(iri) for iri in (subject, predicate, value)))


def _state_text(subject: str, predicate: str, text: str) -> Iterator[ox.Triple]:
    literal = ox.Literal(text, language="en")
    yield ox.Triple(ox.NamedNode(subject), ox.NamedNode(RDFS + predicate), literal)


def _reading_order(triple: ox.Triple) -> tuple:
    """Order by subject, the service first, then its bounds; a subject begins with its types."""
    subject, predicate, value = triple
    apart = subject.value.startswith(BOUND_NAMESPACE), not subject.value.endswith(ENDPOINT)
    return *apart, subject.value, predicate.value != RDF + "type", predicate.value, str(value)


def _select(engine: Engine, text: str) -> list[dict]:
    return json.loads(engine.answer(QueryRequest(text)).body)["results"]["bindings"]
