"""Who engages with whom: states or people as nodes of a ring, what they do together as edges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from math import cos, degrees, pi, sin, sqrt

from diplograph.core.things import Thing
from diplograph.views.filter import JudgedEngagement
from diplograph.views.status import AHEAD, OVERDUE

MOST_NODES = 60
SIZE, RADIUS = 1000.0, 300.0
# Two parties, or one, stand on a line this far from the top.
FLAT_MIDDLE = 60.0


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
class Edge:
    """What two parties do together: how much was held, lies ahead or is overdue, and all else."""

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


@dataclass(frozen=True)
class Network:
    """The nodes and edges that are drawn, the strongest first, and how many nodes there are."""

    nodes: tuple[NetworkNode, ...]
    edges: tuple[Edge, ...]
    parties: int
    pairs: int

    @property
    def height(self) -> float:
        """The height of the drawing; its width is `SIZE`."""
        return SIZE if len(self.nodes) > 2 else 2 * FLAT_MIDDLE


def draw_network(
    entries: Iterable[JudgedEngagement],
    parties: dict[str, tuple[Thing, ...]],
    most: int = MOST_NODES,
) -> Network:
    """Return the ring of the `most` parties with the most engagements and the edges between them.

    The order round the ring keeps those that meet often near each other; it depends on nothing
    but what is drawn.
    """
    chosen = list(entries)
    engaged = Counter(each for entry in chosen for each in parties.get(entry.iri, ()))
    pairs = count_pairs(chosen, parties)
    ranked = sorted(engaged, key=lambda each: (-engaged[each], each.label, each.iri))[:most]
    kept = set(ranked)
    edges = [each for each in pairs if each.one in kept and each.other in kept]
    nodes = _place(_order(ranked, edges), engaged)
    places = {each.thing: each for each in nodes}
    drawn = tuple(_draw(each, places, len(nodes)) for each in edges)
    return Network(nodes, drawn, len(engaged), len(pairs))


def count_pairs(
    entries: Iterable[JudgedEngagement], parties: dict[str, tuple[Thing, ...]]
) -> tuple[Edge, ...]:
    """Return what each two parties do together, the most first."""
    counted: dict[tuple[Thing, Thing], Counter] = {}
    for entry in entries:
        for pair in combinations(parties.get(entry.iri, ()), 2):
            counted.setdefault(pair, Counter())[_sort_word(entry.word)] += 1
    edges = [
        Edge(one, other, each["held"], each["planned"], each["rest"])
        for (one, other), each in counted.items()
    ]
    return tuple(
        sorted(
            edges,
            key=lambda each: (
                -each.total,
                each.one.label,
                each.other.label,
                each.one.iri,
                each.other.iri,
            ),
        )
    )


def write_graphml(
    entries: Iterable[JudgedEngagement], parties: dict[str, tuple[Thing, ...]]
) -> bytes:
    """Return the whole network, not only what is drawn, in GraphML; nodes are named by IRI."""
    import networkx

    chosen = list(entries)
    graph = networkx.Graph()
    for each in sorted(
        {one for entry in chosen for one in parties.get(entry.iri, ())}, key=lambda each: each.iri
    ):
        graph.add_node(each.iri, label=clean(each.label))
    for edge in sorted(
        count_pairs(chosen, parties), key=lambda each: (each.one.iri, each.other.iri)
    ):
        graph.add_edge(
            edge.one.iri,
            edge.other.iri,
            engagements=edge.total,
            held=edge.held,
            planned=edge.planned,
            other=edge.rest,
        )
    return b"".join(
        line.encode() + b"\n" for line in networkx.generate_graphml(graph, encoding="utf-8")
    )


def clean(text: str) -> str:
    """Return `text` without the characters that no XML may hold."""
    return "".join(
        each for each in text if each in "\t\n\r" or (each >= " " and each not in "\ufffe\uffff")
    )


def _sort_word(word: str) -> str:
    if word == "held":
        return "held"
    return "planned" if word in AHEAD or word == OVERDUE else "rest"


def _order(ranked: list[Thing], edges: list[Edge]) -> list[Thing]:
    """Return the parties so that each stands beside one that it has most to do with."""
    ties: dict[Thing, dict[Thing, int]] = {each: {} for each in ranked}
    for edge in edges:
        ties[edge.one][edge.other] = ties[edge.other][edge.one] = edge.total
    left = list(ranked)
    ring = left[:1]
    del left[:1]
    while left:
        best = max(left, key=lambda each: (_pull(ties[each], ring), -left.index(each)))
        left.remove(best)
        front = ties[best].get(ring[0], 0) > ties[best].get(ring[-1], 0)
        ring.insert(0 if front else len(ring), best)
    return ring


def _pull(ties: dict[Thing, int], ring: list[Thing]) -> int:
    """Return how strongly one is tied to the ends of the ring, which counts most, and to all."""
    ends = ties.get(ring[0], 0) + ties.get(ring[-1], 0)
    return 1000 * ends + sum(ties.get(each, 0) for each in ring)


def _place(ring: list[Thing], engaged: Counter) -> tuple[NetworkNode, ...]:
    most = max(engaged.values(), default=1)
    middle = _find_middle(len(ring))
    nodes = []
    for number, each in enumerate(ring):
        turn = _find_turn(number, len(ring))
        node = NetworkNode(
            thing=each,
            total=engaged[each],
            x=round(SIZE / 2 + RADIUS * cos(turn), 1),
            y=round(middle + RADIUS * sin(turn), 1),
            size=round(5 + 9 * sqrt(engaged[each] / most), 1),
            angle=round(degrees(turn) + (180 if cos(turn) < -0.001 else 0), 1),
        )
        nodes.append(node)
    return tuple(nodes)


def _find_turn(number: int, count: int) -> float:
    """Return the angle of a place in the ring, from the top; of one or two, left and right."""
    return pi * (1 - number) if count <= 2 else 2 * pi * number / count - pi / 2


def _find_middle(count: int) -> float:
    return FLAT_MIDDLE if count <= 2 else SIZE / 2


def _draw(edge: Edge, places: dict[Thing, NetworkNode], count: int) -> Edge:
    one, other = places[edge.one], places[edge.other]
    middle = _find_middle(count)
    pull = 0.45
    bend_x = (one.x + other.x) / 2 * (1 - pull) + SIZE / 2 * pull
    bend_y = (one.y + other.y) / 2 * (1 - pull) + middle * pull
    path = f"M{one.x} {one.y}Q{bend_x:.1f} {bend_y:.1f} {other.x} {other.y}"
    width = round(1 + 1.6 * sqrt(edge.total - 1), 1)
    return Edge(edge.one, edge.other, edge.held, edge.planned, edge.rest, path, min(width, 9.0))
