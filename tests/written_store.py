"""A store of one invented event with its report, as small or as large as a test needs it."""

import pyoxigraph as ox

from diplograph.core.names import INFERRED_GRAPH, report_graph
from diplograph.store.engine import LocalEngine
from diplograph.store.store import Store
from small_build import expand, write_files

GRAPH = report_graph("tale")
PASSAGE = "/page/passage/tale/1"

_TALE = """
    event:talks rdf:type dg:Fact
    event:talks rdf:type dg:Event
    event:talks rdf:type dg:Meeting
    report:tale rdf:type dg:Report
    passage-tale:1 rdf:type dg:Passage
    passage-tale:1 dg:passageOf report:tale
    passage-tale:1 dg:paragraph "1"^^xsd:integer
    passage-tale:1 dg:startOffset "0"^^xsd:integer
    passage-tale:1 dg:endOffset "9"^^xsd:integer
    attestation:tale/1 rdf:type dg:Attestation
    attestation:tale/1 dg:quotes passage-tale:1
    attestation:tale/1 dg:attests event:talks
"""


class Counting(LocalEngine):
    """An engine that keeps what it was asked."""

    def __init__(self, store):
        super().__init__(store)
        self.asked = []

    def answer(self, asked, client=""):
        self.asked.append(asked.text)
        return super().answer(asked, client)


def write_store(folder, hostile="Talks", agenda=0, more=(), inferred=()):
    """Return the store of a build in `folder`: talks that are called `hostile`, wherever they can.

    `agenda` is how many items stand on their agenda; `more` are further statements, as lines,
    and `inferred` those that rules are said to have given.
    """
    lines = [line.strip() for line in _TALE.strip().splitlines()]
    for number in range(agenda):
        item = f"agenda-item:item-{number:04}"
        lines += [
            f"{item} rdf:type dg:Fact",
            f"{item} dg:agendaOf event:talks",
            f"attestation:tale/1 dg:attests {item}",
        ]
    quads = [" ".join(map(expand, line.split(maxsplit=2))) for line in (*lines, *more)]
    label = str(ox.Literal(hostile))
    for subject, name in (
        ("event:talks", "rdfs:label"),
        ("report:tale", "rdfs:label"),
        ("passage-tale:1", "rdfs:label"),
        ("passage-tale:1", "dg:gist"),
        ("attestation:tale/1", "dg:hedgeText"),
        ("event:talks", "skos:editorialNote"),
    ):
        quads.append(f"{expand(subject)} {expand(name)} {label}")
    given = [" ".join(map(expand, line.split(maxsplit=2))) for line in inferred]
    graphs = {GRAPH: quads, INFERRED_GRAPH: given}
    lines = [f"{quad} <{graph}> .\n" for graph, held in graphs.items() for quad in held]
    text = "".join(sorted(lines))
    return Store.open(write_files(folder, text))
