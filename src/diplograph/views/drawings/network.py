"""The network: parties in a ring, joined by their engagements; also as GraphML."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from itertools import combinations
from math import cos, degrees, pi, sin, sqrt

from diplograph.core.serialization import XML_ILLEGAL
from diplograph.core.things import Thing
from diplograph.views.status import OVERDUE, PENDING, UNHEARD, JudgedEngagement, count_once

# In units of the drawing.
SIZE, RADIUS = 1000.0, 300.0
# How far an edge is bent towards the middle of the ring, as a share of the way.
_BEND = 0.45
_GRAPHML = "http://graphml.graphdrawing.org/xmlns"
# Attributes of nodes and edges in GraphML: what has it, its name and type, by the key in the file.
_GRAPHML_KEYS = {
    "d0": ("node", "label", "string"),
    "d1": ("edge", "engagements", "long"),
    "d2": ("edge", "held", "long"),
    "d3": ("edge", "planned", "long"),
    "d4": ("edge", "other", "long"),
    "d5": ("edge", "weight", "double"),  # the name by which programs know the weight of an edge
}


@dataclass(frozen=True)
class NetworkNode:
    """A party at a point of the ring; `angle` in degrees is how its name is turned."""

    thing: Thing
    total: int
    x: float
    y: float
    size: float
    angle: float

    @property
    def left(self) -> bool:
        """Whether it stands on the left side, so that its name ends at it."""
        return self.x < SIZE / 2 - 1


@dataclass(frozen=True)
class NetworkEdge:
    """Engagements shared by two parties: held, planned (ahead or without outcome) and all others.

    `path` is the line as an SVG path, `width` its stroke.
    """

    one: Thing
    other: Thing
    held: int
    planned: int
    rest: int
    path: str = ""
    width: float = 1.0

    @property
    def total(self) -> int:
        """How many engagements there are in all."""
        return self.held + self.planned + self.rest

    @property
    def iris(self) -> tuple[str, str]:
        """The IRIs of both parties."""
        return self.one.iri, self.other.iri


@dataclass(frozen=True)
class Network:
    """The nodes and edges that are drawn, the strongest first; all parties and pairs counted."""

    nodes: tuple[NetworkNode, ...]
    edges: tuple[NetworkEdge, ...]
    parties: int
    pairs: int

    @property
    def height(self) -> float:
        """The height of the drawing; its width is `SIZE`."""
        return 2 * _find_middle(len(self.nodes))


def draw_network(
    entries: Iterable[JudgedEngagement],
    parties: dict[str, tuple[Thing, ...]],
    kin: Collection[frozenset[str]] = (),
    most: int = 60,
) -> Network:
    """Return the ring of the `most` parties with the most engagements and the edges between them.

    Those that meet often are near each other; the order depends on nothing but what is drawn.
    `kin` as in count_pairs.
    """
    shared: dict[Thing, list[JudgedEngagement]] = {}
    listed = list(entries)
    for entry in listed:
        for party in parties.get(entry.iri, ()):
            shared.setdefault(party, []).append(entry)
    totals = Counter({party: len(count_once(of_party)) for party, of_party in shared.items()})
    pairs = count_pairs(listed, parties, kin)
    ranked = sorted(totals, key=lambda party: (-totals[party], party.label, party.iri))[:most]
    drawn = set(ranked)
    edges = [edge for edge in pairs if edge.one in drawn and edge.other in drawn]
    nodes = _place(_order(ranked, edges), totals)
    at = {node.thing: node for node in nodes}
    joined = tuple(_draw_edge(edge, at[edge.one], at[edge.other], len(nodes)) for edge in edges)
    return Network(nodes, joined, len(totals), len(pairs))


def count_pairs(
    entries: Iterable[JudgedEngagement],
    parties: dict[str, tuple[Thing, ...]],
    kin: Collection[frozenset[str]] = (),
) -> tuple[NetworkEdge, ...]:
    """Return the shared engagements of any two parties, those with the most first.

    What happens during a visit that the two share is counted once, with the visit. Two parties of
    `kin`, a forum and its own organ, by IRI, make no pair.
    """
    shared: dict[tuple[Thing, Thing], list[JudgedEngagement]] = {}
    for entry in entries:
        for one, other in combinations(parties.get(entry.iri, ()), 2):
            if frozenset((one.iri, other.iri)) not in kin:
                shared.setdefault((one, other), []).append(entry)
    edges = []
    for pair, of_pair in shared.items():
        count = Counter(map(_find_group, count_once(of_pair)))
        edges.append(NetworkEdge(*pair, count["held"], count["planned"], count["rest"]))
    edges.sort(key=lambda edge: (-edge.total, edge.one.label, edge.other.label, *edge.iris))
    return tuple(edges)


def _find_group(entry: JudgedEngagement) -> str:
    if entry.word == "held":
        return "held"
    return "planned" if entry.word in PENDING | {OVERDUE, UNHEARD} else "rest"


def write_graphml(
    entries: Iterable[JudgedEngagement],
    parties: dict[str, tuple[Thing, ...]],
    kin: Collection[frozenset[str]] = (),
) -> bytes:
    """Return the whole network, not only what is drawn, in GraphML; nodes are named by IRI.

    `kin` as in count_pairs. The weight of an edge is the number of engagements. Characters that XML
    cannot hold are left out of labels.
    """
    listed = list(entries)
    nodes = {party.iri: party.label for entry in listed for party in parties.get(entry.iri, ())}
    edges = sorted(count_pairs(listed, parties, kin), key=lambda edge: (min(edge.iris), edge.iris))
    attributes = {
        "xmlns": _GRAPHML,
        "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
        "xsi:schemaLocation": f"{_GRAPHML} {_GRAPHML}/1.0/graphml.xsd",
    }
    root = ElementTree.Element("graphml", attributes)
    for key, (element, name, kind) in reversed(_GRAPHML_KEYS.items()):
        if nodes if element == "node" else edges:
            attributes = {"id": key, "for": element, "attr.name": name, "attr.type": kind}
            ElementTree.SubElement(root, "key", attributes)
    graph = ElementTree.SubElement(root, "graph", edgedefault="undirected")
    for iri in sorted(nodes):
        label = XML_ILLEGAL.sub("", nodes[iri])
        _add_data(ElementTree.SubElement(graph, "node", id=iri), "node", [label])
    for edge in edges:
        source, target = sorted(edge.iris)
        element = ElementTree.SubElement(graph, "edge", source=source, target=target)
        _add_data(element, "edge", [edge.total, edge.held, edge.planned, edge.rest, edge.total])
    ElementTree.indent(root)
    # A reader takes a carriage return that is not escaped for a line feed.
    return ElementTree.tostring(root).replace(b"\r", b"&#13;") + b"\n"


def _add_data(element: ElementTree.Element, kind: str, values: list[object]) -> None:
    keys = [key for key, (of, _, _) in _GRAPHML_KEYS.items() if of == kind]
    for key, value in zip(keys, values, strict=True):
        ElementTree.SubElement(element, "data", key=key).text = str(value)


def _order(ranked: list[Thing], edges: list[NetworkEdge]) -> list[Thing]:
    """Return the parties so that each stands beside one with which it shares most."""
    shared: dict[Thing, dict[Thing, int]] = {party: {} for party in ranked}
    for edge in edges:
        shared[edge.one][edge.other] = shared[edge.other][edge.one] = edge.total
    left = list(ranked)
    ring = left[:1]
    del left[:1]
    while left:
        # How much a party shares with the ends of the ring counts most, then with all of it.
        pulls = [
            1000 * (shared[party].get(ring[0], 0) + shared[party].get(ring[-1], 0))
            + sum(shared[party].get(other, 0) for other in ring)
            for party in left
        ]
        best = left.pop(pulls.index(max(pulls)))
        front = shared[best].get(ring[0], 0) > shared[best].get(ring[-1], 0)
        ring.insert(0 if front else len(ring), best)
    return ring


def _place(ring: list[Thing], totals: Counter) -> tuple[NetworkNode, ...]:
    most, count = max(totals.values(), default=1), len(ring)
    nodes = []
    for number, party in enumerate(ring):
        # From the top; of one or two, left and right.
        turn = pi * (1 - number) if count <= 2 else 2 * pi * number / count - pi / 2
        x = round(SIZE / 2 + RADIUS * cos(turn), 1)
        y = round(_find_middle(count) + RADIUS * sin(turn), 1)
        size = round(5 + 9 * sqrt(totals[party] / most), 1)
        angle = round(degrees(turn) + (180 if cos(turn) < -0.001 else 0), 1)
        nodes.append(NetworkNode(party, totals[party], x, y, size, angle))
    return tuple(nodes)


def _find_middle(count: int) -> float:
    """Return how far from the top the middle of the ring is; one or two stand on a line."""
    return 60.0 if count <= 2 else SIZE / 2


def _draw_edge(edge: NetworkEdge, one: NetworkNode, other: NetworkNode, count: int) -> NetworkEdge:
    """Return the edge as a curve between its nodes, bent towards the middle of the ring."""
    bend_x = (one.x + other.x) / 2 * (1 - _BEND) + SIZE / 2 * _BEND
    bend_y = (one.y + other.y) / 2 * (1 - _BEND) + _find_middle(count) * _BEND
    path = f"M{one.x} {one.y}Q{bend_x:.1f} {bend_y:.1f} {other.x} {other.y}"
    width = round(1 + 1.6 * sqrt(edge.total - 1), 1)
    return replace(edge, path=path, width=min(width, 9.0))
