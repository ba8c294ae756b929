"""A build of a dozen statements about an invented meeting, written as a build folder holds them."""

import hashlib
import json
from pathlib import Path

from diplograph.core.names import PREFIXES, REFERENCE_GRAPH, SHAPES_GRAPH, report_graph
from diplograph.store.build_files import FINDINGS, GRAPH, RECORD, make_record

REPORT_GRAPH = report_graph("tale")

STATEMENTS = {
    REPORT_GRAPH: """
        event:harbour-talks rdf:type dg:Fact
        event:harbour-talks rdf:type dg:Meeting
        event:harbour-talks rdfs:label "Harbour talks"@en
        event:harbour-talks rdfs:label "Hafengespräche"@de
        event:harbour-talks dg:takesPlaceIn city:corvo
        event:harbour-talks dg:ordinalInSeries "3"^^xsd:integer
        event:lantern-visit rdf:type dg:Fact
        event:lantern-visit rdf:type dg:Visit
        event:lantern-visit rdfs:label "Lantern, visit; \\"first\\" <b>"@en
        report:tale rdf:type dg:Report
        passage-tale:1 rdf:type dg:Passage
    """,
    REFERENCE_GRAPH: """
        city:corvo rdf:type dg:City
        city:corvo rdfs:label "Corvo"@en
    """,
    SHAPES_GRAPH: """
        shape:City rdf:type sh:NodeShape
    """,
}


def write_build(folder: Path) -> Path:
    """Write the build into `folder` and return it."""
    return write_files(folder, _write_statements())


def write_files(folder: Path, graph: str) -> Path:
    """Write the files of a build whose graph.nq is `graph` into `folder` and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / GRAPH).write_bytes(graph.encode())
    (folder / FINDINGS).write_bytes(b"[]")
    (folder / RECORD).write_text(json.dumps(make_record(graph.encode(), b"[]")), encoding="utf-8")
    return folder


def _write_statements() -> str:
    lines = [
        " ".join(expand(term) for term in (*line.split(maxsplit=2), f"<{graph}>")) + " .\n"
        for graph, block in STATEMENTS.items()
        for line in block.strip().splitlines()
    ]
    return "".join(sorted(lines))


def expand(term: str) -> str:
    """Return a CURIE, or a literal whose datatype is one, as N-Quads has it."""
    if term.startswith("<"):
        return term
    value, mark, datatype = term.rpartition("^^")
    if mark:
        return f"{value}^^{expand(datatype)}"
    if term.startswith('"'):
        return term
    prefix, _, local = term.partition(":")
    base = PREFIXES["passage"] + "tale/" if prefix == "passage-tale" else PREFIXES[prefix]
    return f"<{base}{local}>"


DIGEST = hashlib.sha256(_write_statements().encode()).hexdigest()
