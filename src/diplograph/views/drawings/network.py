"""The network: parties in a ring, joined by their engagements; also as GraphML."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from itertools import combinations
from math import sqrt

from diplograph.core.serialization import XML_ILLEGAL
from diplograph.core.things import Thing
from diplograph.views.drawings import (
    NARROW,
    WIDE,
    Drawing,
    Mark,
    PairLink,
    Picture,
    Shape,
    Words,
)
from diplograph.views.drawings.legend import LegendEntry, draw_legend
from diplograph.views.drawings.text import fit, measure
from diplograph.views.status import OVERDUE, PENDING, UNHEARD, JudgedEngagement, count_once

# The most parties that are drawn, in the wide drawing and in the narrow one, and the most pairs;
# fewer parties or pairs than the least say no more than the table.
MOST_NODES, MOST_NARROW, MOST_EDGES = 24, 12, 60
LEAST_NODES, LEAST_EDGES = 3, 2
# The distance of two names, and the room for them beside the ring or the column.
_STEP, _EDGE, _NAMES = 30.0, 2.0, 290.0
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
class NetworkEdge:
    """Engagements shared by two parties: held, planned (ahead or without outcome) and others."""

    one: Thing
    other: Thing
    held: int
    planned: int
    rest: int

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
    """All pairs, the strongest first, the number of parties, and their drawing.

    `drawing` is None where a picture says no more than the table of the pairs.
    """

    edges: tuple[NetworkEdge, ...]
    parties: int
    drawing: Drawing | None = None


def draw_network(
    entries: Iterable[JudgedEngagement],
    parties: dict[str, tuple[Thing, ...]],
    kin: Collection[frozenset[str]] = (),
    most: int = MOST_NODES,
) -> Network:
    """Return the pairs, and the ring of at most `most` parties of the strongest pairs.

    Those that meet often are near each other; the order depends on nothing but what is drawn.
    `kin` as in count_pairs. Parties without a pair are not drawn.
    """
    shared: dict[Thing, list[JudgedEngagement]] = {}
    listed = list(entries)
    for entry in listed:
        for party in parties.get(entry.iri, ()):
            shared.setdefault(party, []).append(entry)
    pairs = count_pairs(listed, parties, kin)
    totals = Counter({party: len(count_once(of_party)) for party, of_party in shared.items()})
    joined = {party for edge in pairs for party in (edge.one, edge.other)}
    if len(joined) < LEAST_NODES or len(pairs) < LEAST_EDGES:
        return Network(pairs, len(totals))
    ranked = sorted(joined, key=lambda party: (-totals[party], party.label, party.iri))[:most]
    wide, edges = _draw_ring(*_select(ranked, pairs), totals)
    narrow, _ = _draw_column(*_select(ranked[:MOST_NARROW], pairs), totals)
    notes = []
    if len(joined) > len(ranked):
        notes.append(
            f"The {len(ranked)} of {len(joined)} parties with the most engagements are drawn."
            " Narrow the filter to see others; the GraphML file has all."
        )
    if len(edges) == MOST_EDGES:
        notes.append(f"The {MOST_EDGES} strongest lines between them are drawn.")
    drawing = Drawing(
        name="network",
        title=f"{len(ranked)} parties and what they do together",
        description=(
            f"{len(edges)} lines each join two parties of one engagement, the thicker the more"
            " there are. A line leads to the page of the two. The table says the same."
        ),
        wide=wide,
        narrow=narrow,
        notes=tuple(notes),
    )
    return Network(pairs, len(totals), drawing)


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


def _select(
    ranked: list[Thing], pairs: Iterable[NetworkEdge]
) -> tuple[list[Thing], list[NetworkEdge]]:
    """Return the parties in their order around the ring, and the edges between them."""
    drawn = set(ranked)
    edges = [edge for edge in pairs if edge.one in drawn and edge.other in drawn]
    return _order(ranked, edges), edges[:MOST_EDGES]


def _draw_ring(
    ring: list[Thing], edges: list[NetworkEdge], totals: Counter
) -> tuple[Picture, list[NetworkEdge]]:
    """Return a ring whose right half has the first parties from the top, names outside of it.

    Names are level and at distances, and edges stay within the ring, so nothing crosses a name.
    """
    right = (len(ring) + 1) // 2
    middle, reach = right * _STEP / 2 + _EDGE, (WIDE - 2 * _NAMES) / 2 - 30
    half = right * _STEP / 2
    places: dict[Thing, tuple[float, float]] = {}
    for number, party in enumerate(ring):
        first = number < right
        step = number if first else len(ring) - 1 - number
        count = right if first else len(ring) - right
        y = middle + (step - (count - 1) / 2) * _STEP
        outward = sqrt(max(0.0, 1 - ((y - middle) / half) ** 2)) * reach
        x = WIDE / 2 + (outward if first else -outward)
        places[party] = (round(x, 1), round(y, 1))
    marks = []
    for edge in reversed(edges):
        (x1, y1), (x2, y2) = places[edge.one], places[edge.other]
        bend_x = (x1 + x2) / 2 * (1 - _BEND) + WIDE / 2 * _BEND
        bend_y = (y1 + y2) / 2 * (1 - _BEND) + middle * _BEND
        marks.append(_draw_edge(edge, f"M{x1} {y1}Q{bend_x:.1f} {bend_y:.1f} {x2} {y2}"))
    for number, party in enumerate(ring):
        marks.append(_draw_node(party, totals, *places[party], left=number >= right))
    legend, bottom = draw_legend(_LEGEND, WIDE, max(y for _, y in places.values()) + 34)
    return Picture(WIDE, bottom, (*marks, *legend)), edges


def _draw_column(
    ring: list[Thing], edges: list[NetworkEdge], totals: Counter
) -> tuple[Picture, list[NetworkEdge]]:
    """Return the parties below each other, joined by arcs on their left side."""
    x, step = 130.0, 34.0
    places = {party: round(20 + number * step, 1) for number, party in enumerate(ring)}
    longest = max((abs(places[edge.one] - places[edge.other]) for edge in edges), default=1)
    marks = []
    for edge in reversed(edges):
        y1, y2 = sorted((places[edge.one], places[edge.other]))
        reach = round(10 + (x - 24) * (y2 - y1) / longest, 1)
        path = f"M{x} {y1}C{x - reach * 1.2:.1f} {y1} {x - reach * 1.2:.1f} {y2} {x} {y2}"
        marks.append(_draw_edge(edge, path))
    marks += [_draw_node(party, totals, x, y, narrow=True) for party, y in places.items()]
    legend, bottom = draw_legend(_LEGEND, NARROW, 20 + len(ring) * step + 6)
    return Picture(NARROW, bottom, (*marks, *legend)), edges


def _draw_node(
    party: Thing, totals: Counter, x: float, y: float, *, left: bool = False, narrow: bool = False
) -> Mark:
    most, total = max(totals.values()), totals[party]
    size = round(4 + 7 * sqrt(total / most), 1)
    room = NARROW - x - 18 if narrow else _NAMES - 20
    name = fit(party.label, room - measure(f" · {total:,}"))
    text = f"{name} · {total:,}"
    shapes = (
        Shape("circle", "reach", {"cx": x, "cy": y, "r": 14}),
        Shape("circle", "node", {"cx": x, "cy": y, "r": size}),
    )
    place = x - 17 if left else x + 17
    words = Words(text, round(place, 1), y + 4.5, anchor="end" if left else "start")
    title = f"{party.label}: {total:,} engagement{'s' if total != 1 else ''}"
    return Mark(shapes, (replace(words, label=party.label),), title, party, "party", party.label)


def _draw_edge(edge: NetworkEdge, path: str) -> Mark:
    width = round(min(1.2 + 1.6 * sqrt(edge.total - 1), 9.0), 1)
    style = "line" if edge.held else "line hoped"
    shapes = (
        Shape("path", "reach", {"d": path}),
        Shape("path", style, {"d": path, "stroke-width": width}),
    )
    title = (
        f"{edge.one.label} and {edge.other.label}: {edge.held} held, {edge.planned} planned,"
        f" {edge.rest} otherwise"
    )
    return Mark(shapes, (), title, PairLink(edge.one, edge.other), "edge")


def _sample(style: str) -> Callable[[float, float], tuple[Shape, ...]]:
    return lambda x, y: (Shape("path", style, {"d": f"M{x:g} {y:g}h28", "stroke-width": 3}),)


_LEGEND = (
    LegendEntry("at least one was held", 28.0, _sample("line"), "key edge"),
    LegendEntry("only planned, or not held", 28.0, _sample("line hoped"), "key edge"),
    LegendEntry("numbers: engagements of each"),
)
