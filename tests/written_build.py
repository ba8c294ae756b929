"""The small build with what Oxigraph would not give back as written, and a graph of another's."""

from pathlib import Path
from urllib.parse import quote

from diplograph.core.names import REFERENCE_GRAPH, SHAPES_GRAPH
from diplograph.store.interface import UNION
from small_build import REPORT_GRAPH, write_build, write_files

FOREIGN = "http://elsewhere.example/a+b"
GRAPHS = (FOREIGN, REFERENCE_GRAPH, REPORT_GRAPH, SHAPES_GRAPH)
THREE = '"03"^^<http://www.w3.org/2001/XMLSchema#nonNegativeInteger>'
WRITTEN = f"""\
<urn:x> <urn:count> {THREE} <{REFERENCE_GRAPH}> .
<urn:x> <urn:part> _:part <{REFERENCE_GRAPH}> .
_:part <urn:name> "a \\"part\\" <of> it & more"@en <{REFERENCE_GRAPH}> .
<urn:x> <urn:count> {THREE} <{REPORT_GRAPH}> .
<urn:x> <urn:is> <urn:y> <{FOREIGN}> .
"""


def write_written_build(folder: Path) -> Path:
    """Write the build into `folder` and return it."""
    write_build(folder)
    small = (folder / "graph.nq").read_text(encoding="utf-8")
    return write_files(folder, small + WRITTEN)


def address_of(graph: str) -> str:
    """Return the indirect address of a graph (Graph Store Protocol, section 4.2)."""
    return "/store?default" if graph == UNION else f"/store?graph={quote(graph, safe='')}"
