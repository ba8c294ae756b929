"""Diagrams of the ontology as boxes and arrows with their places; a template writes them as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from diplograph.core.things import Thing
from diplograph.views.ontology import OntologyTerm, Vocabulary

# From what exists to what is read, as the story goes; a level that is not named here comes after.
_ORDER = ("Entity", "Fact", "Attestation", "Source")


@dataclass(frozen=True)
class Relation:
    """The properties that lead from one level to another; those read backwards are not counted.

    `main` are those between the levels themselves, or else all, the ones used most first.
    """

    start: Thing
    end: Thing
    properties: tuple[Thing, ...]
    main: tuple[Thing, ...]


def order_levels(vocabulary: Vocabulary) -> tuple[OntologyTerm, ...]:
    """Return the classes at the top, in the order in which they are best told."""
    places = {name: place for place, name in enumerate(_ORDER)}
    return tuple(
        sorted(vocabulary.roots, key=lambda each: (places.get(each.name, len(places)), each.name))
    )


def relate_levels(vocabulary: Vocabulary, sizes: Mapping[str, int]) -> tuple[Relation, ...]:
    """Return the relations between the levels, from each in turn.

    `sizes` says how many statements there are by each property.
    """
    levels = order_levels(vocabulary)
    tops = {level.thing.iri: level for level in levels}
    between: dict[tuple[str, str], list[OntologyTerm]] = {}
    for term in vocabulary.properties:
        start, end = (_find_top(vocabulary, tops, at) for at in (term.domains, term.ranges))
        if term.leading and start and end:
            between.setdefault((start, end), []).append(term)
    return tuple(
        _relate(tops[start], tops[end], between[start, end], sizes)
        for start in tops
        for end in tops
        if (start, end) in between
    )


def _relate(
    start: OntologyTerm, end: OntologyTerm, terms: list[OntologyTerm], sizes: Mapping[str, int]
) -> Relation:
    whole = [term for term in terms if start.thing in term.domains and end.thing in term.ranges]
    main = sorted(whole or terms, key=lambda term: (-sizes.get(term.thing.iri, 0), term.name))
    properties = tuple(term.thing for term in terms)
    return Relation(start.thing, end.thing, properties, tuple(term.thing for term in main))


def _find_top(
    vocabulary: Vocabulary, tops: dict[str, OntologyTerm], classes: tuple[Thing, ...]
) -> str:
    for each in classes:
        term = vocabulary.terms.get(each.iri)
        for above in (each, *(term.wider if term else ())):
            if above.iri in tops:
                return above.iri
    return ""


# As wide as a phone shows without making letters small; all in pixels of the drawing.
_WIDTH, _EDGE, _GAP, _RISE = 340, 6, 10, 34
_TITLE, _LINE, _PADDING, _LETTER = 30, 19, 10, 7.0
_SHOWN = 6


@dataclass(frozen=True)
class DiagramBox:
    """A box with a title and lines below it; `mark` says how it is drawn: this, other or more."""

    x: float
    y: float
    width: float
    height: float
    title: str
    lines: tuple[str, ...] = ()
    mark: str = "other"

    @property
    def baselines(self) -> tuple[tuple[float, str], ...]:
        """The height at which each line stands, with its text."""
        start = self.y + _TITLE + _LINE - 5
        return tuple((start + place * _LINE, line) for place, line in enumerate(self.lines))


@dataclass(frozen=True)
class DiagramArrow:
    """A straight arrow; one of a `kind` "kinds" leads from narrower to wider, else to a value."""

    x1: float
    y1: float
    x2: float
    y2: float
    kind: str = "points"


@dataclass(frozen=True)
class Diagram:
    """A drawing with the words that stand for it."""

    title: str
    description: str
    width: float
    height: float
    boxes: tuple[DiagramBox, ...]
    arrows: tuple[DiagramArrow, ...]


def draw_levels(vocabulary: Vocabulary, relations: Iterable[Relation]) -> Diagram | None:
    """Return the levels from top to bottom with what leads from each; None where there are none."""
    levels, relations = order_levels(vocabulary), tuple(relations)
    boxes: list[DiagramBox] = []
    for level in levels:
        kinds = ", ".join(each.label for each in level.children)
        lines = _wrap(f"kinds: {kinds}", 2) if kinds else ()
        lines += tuple(
            _fit(f"→ {each.end.label}: {_list(each.main)}", _WIDTH - 2 * _EDGE)
            for each in relations
            if each.start == level.thing and each.end != level.thing
        )
        top = boxes[-1].y + boxes[-1].height + _RISE if boxes else _EDGE
        boxes.append(_box(_EDGE, top, _WIDTH - 2 * _EDGE, level.thing.label, lines))
    if not boxes:
        return None
    led = {(each.start, each.end) for each in relations}
    arrows = [
        _between(above, below, down=(upper.thing, lower.thing) in led)
        for upper, lower, above, below in zip(levels, levels[1:], boxes, boxes[1:], strict=False)
        if {(upper.thing, lower.thing), (lower.thing, upper.thing)} & led
    ]
    said = [f"{each.start.label} to {each.end.label}: {_list(each.main)}" for each in relations]
    return _finish("The levels of the ontology", "; ".join(said) + ".", boxes, arrows)


def draw_term(term: OntologyTerm) -> Diagram:
    """Return a term among those next to it."""
    return _draw_class(term) if term.is_class else _draw_property(term)


def _draw_class(term: OntologyTerm) -> Diagram:
    """Return a class below its parents, with its own properties, above its children."""
    own = [ties for ties in term.has if ties.of == term.thing]
    lines = [
        f"{tie.property.label} → {tie.other.label if tie.other else 'any'}"
        for ties in own
        for tie in ties.ends
    ]
    boxes = _row(term.parents, _EDGE)
    arrows = []
    top = _bottom(boxes) + _RISE if boxes else _EDGE
    this = _box(_EDGE, top, _WIDTH - 2 * _EDGE, term.thing.label, _first(lines), mark="this")
    for parent in boxes:
        middle = parent.x + parent.width / 2
        arrows.append(DiagramArrow(middle, this.y, middle, parent.y + parent.height, "kinds"))
    children = _row(term.children, this.y + this.height + _RISE)
    if children:
        arrows.append(
            DiagramArrow(_WIDTH / 2, children[0].y - 4, _WIDTH / 2, this.y + this.height, "kinds")
        )
    said = [f"{term.thing.label} is a class."]
    said += [f"It is a kind of {_list(term.parents, 9)}."] if term.parents else []
    said += [f"Its kinds are {_list(term.children, 99)}."] if term.children else []
    said += [f"Its own properties: {'; '.join(lines)}."] if lines else []
    title = f"{term.thing.label} among the classes next to it"
    return _finish(title, " ".join(said), [*boxes, this, *children], arrows)


def _draw_property(term: OntologyTerm) -> Diagram:
    """Return a property between its domain and its range, with what it follows from."""
    lines = [f"under: {_list(term.parents, 9)}"] if term.parents else []
    lines += [f"over: {_list(term.children, 9)}"] if term.children else []
    lines += [f"backwards: {_list(term.inverses, 9)}"] if term.inverses else []
    lines += [f"follows from: {' · '.join(step.label for step in path)}" for path in term.chains]
    start, end = _list(term.domains, 9), _list(term.ranges, 9)
    boxes: list[DiagramBox] = []
    narrow, left = _WIDTH * 0.6, _WIDTH * 0.2
    if start:
        boxes.append(_box(left, _EDGE, narrow, start))
    top = _bottom(boxes) + _RISE if boxes else _EDGE
    this = _box(_EDGE, top, _WIDTH - 2 * _EDGE, term.thing.label, _first(lines), mark="this")
    boxes.append(this)
    if end:
        boxes.append(_box(left, _bottom(boxes) + _RISE, narrow, end))
    arrows = [_between(above, below, down=True) for above, below in pairwise(boxes)]
    said = f"{term.thing.label} leads from {start or 'anything'} to {end or 'anything'}."
    title = f"{term.thing.label} among the terms next to it"
    return _finish(title, " ".join([said, *(f"{line}." for line in lines)]), boxes, arrows)


def _box(
    x: float, y: float, width: float, title: str, lines: Iterable[str] = (), mark: str = "other"
) -> DiagramBox:
    shown = tuple(_fit(line, width) for line in lines)
    height = _TITLE + (len(shown) * _LINE + _PADDING if shown else 0)
    return DiagramBox(x, y, width, height, _fit(title, width), shown, mark)


def _row(things: tuple[Thing, ...], top: float) -> list[DiagramBox]:
    """Return boxes for some things, two a row; what is left is counted in the last."""
    shown = [thing.label for thing in things[:_SHOWN]]
    if len(things) > _SHOWN:
        shown = [*shown[:-1], f"and {len(things) - _SHOWN + 1} more"]
    columns = min(2, len(shown)) or 1
    width = (_WIDTH - 2 * _EDGE - (columns - 1) * _GAP) / columns
    return [
        _box(
            _EDGE + (place % columns) * (width + _GAP),
            top + (place // columns) * (_TITLE + _GAP),
            width,
            title,
            mark="more" if title.startswith("and ") and len(things) > _SHOWN else "other",
        )
        for place, title in enumerate(shown)
    ]


def _first(lines: list[str]) -> list[str]:
    if len(lines) <= _SHOWN + 2:
        return lines
    return [*lines[: _SHOWN + 1], f"and {len(lines) - _SHOWN - 1} more"]


def _between(above: DiagramBox, below: DiagramBox, *, down: bool) -> DiagramArrow:
    middle = _WIDTH / 2
    high, low = above.y + above.height, below.y
    return (
        DiagramArrow(middle, high, middle, low) if down else DiagramArrow(middle, low, middle, high)
    )


def _bottom(boxes: Iterable[DiagramBox]) -> float:
    return max(box.y + box.height for box in boxes)


def _finish(title: str, said: str, boxes: list[DiagramBox], arrows: list[DiagramArrow]) -> Diagram:
    height = _bottom(boxes) + _EDGE
    return Diagram(title, said, _WIDTH, height, tuple(boxes), tuple(arrows))


def _list(things: Iterable[Thing], most: int = 3) -> str:
    labels = [thing.label for thing in things]
    cut = [*labels[: most - 1], f"{len(labels) - most + 1} more"] if len(labels) > most else labels
    return ", ".join(cut)


def _fit(text: str, width: float) -> str:
    """Return `text` as far as a box of that width has room for it."""
    room = int((width - 2 * _PADDING) / _LETTER)
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"


def _wrap(text: str, most: int) -> tuple[str, ...]:
    """Return `text` in at most so many lines, broken between words."""
    room, lines = int((_WIDTH - 2 * _EDGE - 2 * _PADDING) / _LETTER), [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) > room and len(lines) < most:
            lines.append(word)
        else:
            lines[-1] = joined
    return tuple(lines)
