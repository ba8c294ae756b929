"""Diagrams of the ontology: boxes and arrows with their places, which a template writes as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise, product

from diplograph.core.things import Thing
from diplograph.views.drawings import LABEL_SIZE, Arrow, Box
from diplograph.views.drawings.text import fit, measure, wrap
from diplograph.views.ontology import OntologyTerm, Vocabulary

# The classes at the top, from what exists to what was read; a class not named here comes after.
_LEVELS = ("Entity", "Fact", "Attestation", "Source")
# Pixels of the drawing, which is as wide as a phone shows without scaling the letters down.
_WIDTH, _EDGE, _GAP, _RISE = 340, 6, 10, 34
_TITLE, _LINE, _PADDING = 30, 19, 10
_INNER = _WIDTH - 2 * _EDGE
# The most boxes in a row of boxes, and lines in a box (two more).
_SHOWN = 6


@dataclass(frozen=True)
class Relation:
    """The properties that lead from one level to another, without inverse ones.

    `main` are those between the levels themselves, or else all; the most used come first.
    """

    start: Thing
    end: Thing
    properties: tuple[Thing, ...]
    main: tuple[Thing, ...]


@dataclass(frozen=True)
class DiagramBox(Box):
    """A box with a title and lines below it; `mark` is its style: this, other or more.

    `whole` is all its text where some of it is cut.
    """

    title: str
    lines: tuple[str, ...] = ()
    mark: str = "other"
    whole: str = ""

    @property
    def baselines(self) -> tuple[tuple[float, str], ...]:
        """The baseline of each line, with its text."""
        start = self.y + _TITLE + _LINE - 5
        return tuple((start + place * _LINE, line) for place, line in enumerate(self.lines))


@dataclass(frozen=True)
class Diagram:
    """A drawing with its title and its description in words."""

    title: str
    description: str
    width: float
    height: float
    boxes: tuple[DiagramBox, ...]
    arrows: tuple[Arrow, ...]  # of kind "kinds" from a class to a wider one, else "points"


def relate_levels(vocabulary: Vocabulary, sizes: Mapping[str, int]) -> tuple[Relation, ...]:
    """Return the relations between the levels, by start and end in reading order.

    `sizes` are the numbers of statements by property IRI.
    """
    tops = {level.thing.iri: level.thing for level in _order_levels(vocabulary)}
    between: dict[tuple[str, str], list[OntologyTerm]] = {}
    for term in vocabulary.properties:
        start, end = (_find_top(vocabulary, tops, near) for near in (term.domains, term.ranges))
        if term.leading and start and end:
            between.setdefault((start, end), []).append(term)
    relations = []
    for ends in product(tops, repeat=2):
        start, end = (tops[iri] for iri in ends)
        terms = between.get(ends, [])
        whole = [term for term in terms if start in term.domains and end in term.ranges]
        main = sorted(whole or terms, key=lambda term: (-sizes.get(term.thing.iri, 0), term.name))
        properties = (tuple(term.thing for term in chosen) for chosen in (terms, main))
        if terms:
            relations.append(Relation(start, end, *properties))
    return tuple(relations)


def draw_levels(vocabulary: Vocabulary, relations: Iterable[Relation]) -> Diagram | None:
    """Return the levels from top to bottom with the relations of each; None without levels."""
    levels, relations = _order_levels(vocabulary), tuple(relations)
    boxes: list[DiagramBox] = []
    for level in levels:
        kinds = ", ".join(child.label for child in level.children)
        lines = list(wrap(f"kinds: {kinds}", _INNER - 2 * _PADDING, 2)) if kinds else []
        lines += [
            f"→ {relation.end.label}: {_list(relation.main)}"
            for relation in relations
            if relation.start == level.thing and relation.end != level.thing
        ]
        boxes.append(_box(_EDGE, _below(boxes), _INNER, level.thing.label, lines))
    if not boxes:
        return None
    related = {(relation.start, relation.end) for relation in relations}
    arrows = [
        _between(above, below, down=(upper.thing, lower.thing) in related)
        for (upper, lower), (above, below) in zip(pairwise(levels), pairwise(boxes), strict=True)
        if {(upper.thing, lower.thing), (lower.thing, upper.thing)} & related
    ]
    description = "; ".join(
        f"{relation.start.label} to {relation.end.label}: {_list(relation.main)}"
        for relation in relations
    )
    return _finish("The levels of the ontology", f"{description}.", boxes, arrows)


def draw_term(term: OntologyTerm) -> Diagram:
    """Return a class or a property among the terms next to it."""
    return _draw_class(term) if term.is_class else _draw_property(term)


def _order_levels(vocabulary: Vocabulary) -> tuple[OntologyTerm, ...]:
    """Return the classes at the top in reading order."""
    places = {name: place for place, name in enumerate(_LEVELS)}
    return tuple(
        sorted(vocabulary.roots, key=lambda term: (places.get(term.name, len(places)), term.name))
    )


def _find_top(vocabulary: Vocabulary, tops: Mapping[str, Thing], classes: tuple[Thing, ...]) -> str:
    """Return the IRI of the level of the first of these classes that has one, else ""."""
    for named in classes:
        term = vocabulary.terms.get(named.iri)
        for wider in (named, *(term.wider if term else ())):
            if wider.iri in tops:
                return wider.iri
    return ""


def _draw_class(term: OntologyTerm) -> Diagram:
    """Return a class below its parents, with its own properties, above its children."""
    lines = [
        f"{tie.property.label} → {tie.other.label if tie.other else 'any'}"
        for ties in term.has
        if ties.of == term.thing
        for tie in ties.ends
    ]
    parents = _row(term.parents, _EDGE)
    this = _box(_EDGE, _below(parents), _INNER, term.thing.label, _cut(lines), mark="this")
    children = _row(term.children, this.bottom + _RISE)
    middles = [(parent.x + parent.width / 2, parent.bottom) for parent in parents]
    arrows = [Arrow(x, this.y, x, bottom, "kinds") for x, bottom in middles]
    if children:
        arrows.append(Arrow(_WIDTH / 2, children[0].y - 4, _WIDTH / 2, this.bottom, "kinds"))
    sentences = [f"{term.thing.label} is a class."]
    sentences += [f"It is a kind of {_list(term.parents, 9)}."] if term.parents else []
    sentences += [f"Its kinds are {_list(term.children, 99)}."] if term.children else []
    sentences += [f"Its own properties: {'; '.join(lines)}."] if lines else []
    title = f"{term.thing.label} among the classes next to it"
    return _finish(title, " ".join(sentences), [*parents, this, *children], arrows)


def _draw_property(term: OntologyTerm) -> Diagram:
    """Return a property between its domain and its range, with the terms it follows from."""
    near = {"under": term.parents, "over": term.children, "backwards": term.inverses}
    lines = [f"{words}: {_list(things, 9)}" for words, things in near.items() if things]
    lines += [f"follows from: {' · '.join(step.label for step in path)}" for path in term.chains]
    start, end = _list(term.domains, 9), _list(term.ranges, 9)
    narrow, left = _WIDTH * 0.6, _WIDTH * 0.2
    boxes = [_box(left, _EDGE, narrow, start)] if start else []
    boxes.append(_box(_EDGE, _below(boxes), _INNER, term.thing.label, _cut(lines), mark="this"))
    if end:
        boxes.append(_box(left, _below(boxes), narrow, end))
    arrows = [_between(above, below, down=True) for above, below in pairwise(boxes)]
    sentences = [f"{term.thing.label} leads from {start or 'anything'} to {end or 'anything'}."]
    sentences += [f"{line}." for line in lines]
    title = f"{term.thing.label} among the terms next to it"
    return _finish(title, " ".join(sentences), boxes, arrows)


def _box(
    x: float, y: float, width: float, title: str, lines: Iterable[str] = (), mark: str = "other"
) -> DiagramBox:
    lines = tuple(lines)
    shown = tuple(fit(line, width - 2 * _PADDING) for line in lines)
    height = _TITLE + (len(shown) * _LINE + _PADDING if shown else 0)
    name = fit(title, width - 2 * _PADDING, LABEL_SIZE, bold=True)
    whole = "; ".join((title, *lines)) if (name, shown) != (title, tuple(lines)) else ""
    return DiagramBox(x, y, width, height, name, shown, mark, whole)


def _row(things: tuple[Thing, ...], top: float) -> list[DiagramBox]:
    """Return boxes for some things, two in a row if they fit; the last one counts the others."""
    titles = _cut([thing.label for thing in things], _SHOWN)
    half = (_INNER - _GAP) / 2
    widest = max((measure(title, bold=True) for title in titles), default=0)
    columns = 2 if len(titles) > 1 and widest <= half - 2 * _PADDING else 1
    width = half if columns == 2 else _INNER
    return [
        _box(
            _EDGE + (place % columns) * (width + _GAP),
            top + (place // columns) * (_TITLE + _GAP),
            width,
            title,
            mark="more" if place == _SHOWN - 1 < len(things) - 1 else "other",
        )
        for place, title in enumerate(titles)
    ]


def _cut(texts: list[str], most: int = _SHOWN + 2, last: str = "and {} more") -> list[str]:
    """Return the texts; of more than `most` the first, and a last one that counts the others."""
    if len(texts) <= most:
        return texts
    return [*texts[: most - 1], last.format(len(texts) - most + 1)]


def _below(boxes: list[DiagramBox]) -> float:
    """Return the top of a box below these boxes, or the top of the drawing."""
    return max(box.bottom for box in boxes) + _RISE if boxes else _EDGE


def _between(above: DiagramBox, below: DiagramBox, *, down: bool) -> Arrow:
    start, end = (above.bottom, below.y) if down else (below.y, above.bottom)
    return Arrow(_WIDTH / 2, start, _WIDTH / 2, end)


def _finish(title: str, description: str, boxes: list[DiagramBox], arrows: list[Arrow]) -> Diagram:
    height = max(box.bottom for box in boxes) + _EDGE
    return Diagram(title, description, _WIDTH, height, tuple(boxes), tuple(arrows))


def _list(things: Iterable[Thing], most: int = 3) -> str:
    return ", ".join(_cut([thing.label for thing in things], most, "{} more"))
