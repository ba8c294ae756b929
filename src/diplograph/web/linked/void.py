"""The description of the dataset and its files in VoID and DCAT; see templates/void.ttl.jinja."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox
from flask import render_template, request

from diplograph.build.export import Dump
from diplograph.core.formats import STATEMENTS
from diplograph.core.names import PREFIXES, ROOT, SELECTIONS, SHAPES_GRAPH, TYPE, compact
from diplograph.core.serialization import serialize
from diplograph.views.statistics import GraphStatistics
from diplograph.views.status import EngagementIndexEntry
from diplograph.web.context import AppContext
from diplograph.web.linked import DATA_LICENSE, FOAF
from diplograph.web.protocol.graphs import graph_address
from diplograph.web.protocol.service_description import FORMATS_NAMESPACE, TITLE, VOID

# Whom the header of the ontology names as its creator.
_CREATOR = "Diplograph contributors"
VOID_PATH = "/.well-known/void"
VOCABULARIES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "foaf": FOAF,
    "formats": FORMATS_NAMESPACE,
    "spdx": "http://spdx.org/rdf/terms#",
    "void": VOID,
    **{name: PREFIXES[name] for name in ("dcterms", "dg", "rdf", "rdfs", "skos", "xsd")},
}
_ABOUT = (
    "Who met whom, when, where and why, as reports say. Each fact links to the passage it comes"
    " from: who said it, and how sure they were."
)


def describe_dataset(
    address: str,
    statistics: GraphStatistics,
    graphs: Iterable[tuple[str, int]],
    dumps: Iterable[Dump],
) -> list[ox.Triple]:
    """Return the description of the dataset at `address`.

    `graphs` are the named graphs with their numbers of statements.
    """
    used = [counted.iri for counted in (*statistics.classes, *statistics.properties)]
    turtle = render_template(
        "void.ttl.jinja",
        address=address,
        void_path=VOID_PATH,
        vocabularies=VOCABULARIES,
        used_vocabularies=[
            namespace.rstrip("#") if prefix == "dg" else namespace
            for prefix, namespace in PREFIXES.items()
            if any(iri.startswith(namespace) for iri in used)
        ],
        title=TITLE,
        about=_ABOUT,
        license=DATA_LICENSE,
        root=ROOT,
        modified=statistics.modified if _is_day(statistics.modified) else "",
        statistics=statistics,
        formats=tuple(STATEMENTS.values()),
        graphs=graphs,
        shapes_graph=SHAPES_GRAPH,  # no part of the default graph
        graph_address=graph_address,
        dumps=dumps,
        selection_titles=SELECTIONS,
        media_types="https://www.iana.org/assignments/media-types/",
        literal=lambda text: str(ox.Literal(text, language="en")),
        name=lambda iri: quote(compact(iri).strip("<>"), safe="/:"),
    )
    return [quad.triple for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE)]


def outline_dataset(context: AppContext, dumps: Iterable[Dump] = ()) -> dict[str, Any]:
    """Return the dataset in schema.org's words, as JSON-LD, for the page of the current request.

    `dumps` are the files that the page lists. Addresses are whole where the operator gives the
    site's, else relative. Raises what the engine raises.
    """
    age, settings = context.data_age(), context.settings
    address = settings.base_url.rstrip("/") or request.root_path.rstrip("/")
    if context.still:  # files know no root: they are relative to the page
        address = "/".join([".", *[".."] * (request.path.count("/") - 1)])
    covered = _say_covered(context.marks())
    modified = max(day for day in ("", age.received, age.published) if _is_day(day) or not day)
    publisher = settings.publisher and {"@type": "Organization", "name": settings.publisher}
    described = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": f"{ROOT}dataset",
        "name": TITLE,
        "description": _ABOUT,
        "url": f"{address}/",
        "license": DATA_LICENSE,
        "isAccessibleForFree": True,
        "keywords": ["diplomacy", "international relations", "meetings", "visits", "provenance"],
        "version": context.digest[:12],
        "creator": {"@type": "Organization", "@id": f"{ROOT}contributors", "name": _CREATOR},
        "publisher": publisher,
        "dateModified": modified,
        "temporalCoverage": covered,
        "distribution": [
            _outline_file(f"{address}/engagements.csv", "Engagements as CSV", "text/csv"),
            *(
                _outline_file(f"{address}/download/{dump.name}", dump.name, dump.media_type)
                | {"contentSize": f"{dump.size} B", "sha256": dump.sha256}
                for dump in dumps
            ),
        ],
    }
    return {name: value for name, value in described.items() if value}


def _outline_file(address: str, name: str, media_type: str) -> dict[str, str]:
    return {
        "@type": "DataDownload",
        "name": name,
        "encodingFormat": media_type,
        "contentUrl": address,
    }


def _say_covered(engagements: Iterable[EngagementIndexEntry]) -> str:
    """Return the first and the last day on which an engagement may fall, as ISO 8601 has them."""
    states = [entry.states[-1] for entry in engagements if entry.states]
    first = min((state.earliest for state in states if state.earliest), default=None)
    last = max((state.latest for state in states if state.latest), default=None)
    return f"{first.date()}/{last.date()}" if first and last else ""


def _is_day(text: str) -> bool:
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) is not None


def write_description(triples: Iterable[ox.Triple], name: str) -> tuple[bytes, int]:
    """Return triples in the format of that name in STATEMENTS, and how many there are.

    Raises NotExpressible.
    """
    ordered = sorted(set(triples), key=_reading_order)
    prefixes = VOCABULARIES if STATEMENTS[name].prefixes else None
    return serialize(ordered, name, prefixes), len(ordered)


def _reading_order(triple: ox.Triple) -> tuple:
    """Sort by subject, the description and the dataset first; the types of a subject come first."""
    subject, predicate, value = (term.value for term in triple)
    name = subject.partition(VOID_PATH)[2]
    place = {"": 0, "#dataset": 1}.get(name, 2) if VOID_PATH in subject else 3
    return place, subject, predicate != TYPE, predicate, value
