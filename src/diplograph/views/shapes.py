"""The shapes: what a record must satisfy, each constraint in words with its message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from diplograph.core.names import PREFIXES, SHAPES_GRAPH, compact
from diplograph.things import Thing
from diplograph.views.asking import Asking
from diplograph.views.indexed import Indexed
from diplograph.views.texts import fill

SHAPE = PREFIXES["shape"]
_SH = PREFIXES["sh"]
_TARGETS = {
    "targetClass": "things of the class",
    "targetSubjectsOf": "things that have",
    "targetObjectsOf": "things that are the value of",
    "targetNode": "the thing",
}
# The parameters of SHACL core constraints (SHACL, section 4), in words.
_RULES = {
    "class": "is of the class",
    "datatype": "is of the datatype",
    "nodeKind": "is",
    "in": "is one of",
    "hasValue": "has the value",
    "pattern": "matches",
    "flags": "with the flags",
    "minLength": "characters, at least",
    "maxLength": "characters, at most",
    "languageIn": "is in the language",
    "uniqueLang": "has one text a language",
    "minInclusive": "is at least",
    "maxInclusive": "is at most",
    "minExclusive": "is above",
    "maxExclusive": "is below",
    "equals": "has the same values as",
    "disjoint": "shares no value with",
    "lessThan": "comes before",
    "lessThanOrEquals": "does not come after",
    "node": "satisfies",
    "not": "does not satisfy",
    "and": "satisfies all of",
    "or": "satisfies one or more of",
    "xone": "satisfies exactly one of",
    "qualifiedValueShape": "counting those that satisfy",
    "qualifiedMinCount": "of which at least",
    "qualifiedMaxCount": "of which at most",
    "closed": "has no other property",
}
_KINDS_OF_NODE = {
    "IRI": "an IRI",
    "BlankNode": "a blank node",
    "Literal": "a literal",
    "BlankNodeOrIRI": "an IRI or a blank node",
    "BlankNodeOrLiteral": "a blank node or a literal",
    "IRIOrLiteral": "an IRI or a literal",
}


@dataclass(frozen=True)
class Rule:
    """One parameter of a constraint: what it says in words, and of which things or texts."""

    words: str
    values: tuple[Thing | str, ...] = ()


@dataclass(frozen=True)
class Query:
    """A constraint that a query finds: its message and the text of its SELECT."""

    message: str
    text: str


@dataclass(frozen=True)
class Shape:
    """A shape or one constraint of it; `path` is empty where it is about the thing itself.

    `targets` say in words what it is put to; `parts` are the constraints it is made of, `users` the
    shapes that it is part of.
    """

    thing: Thing
    targets: tuple[tuple[str, Thing], ...] = ()
    path: tuple[Thing, ...] = ()
    count: str = ""
    rules: tuple[Rule, ...] = ()
    queries: tuple[Query, ...] = ()
    severity: str = "Violation"
    messages: tuple[str, ...] = ()
    description: str = ""
    parts: tuple[Shape, ...] = ()
    users: tuple[Thing, ...] = ()

    @property
    def name(self) -> str:
        """The part of the IRI after the namespace."""
        return self.thing.iri.removeprefix(SHAPE)

    @property
    def constraints(self) -> tuple[Shape, ...]:
        """What is checked, one row each: the shape's own demands, then those of its parts."""
        own = (self,) if self.count or self.rules or self.queries else ()
        return own + self.parts

    @property
    def properties(self) -> frozenset[str]:
        """The IRIs of the properties on its path."""
        return frozenset(thing.iri for thing in self.path)

    def aims_at(self, iri: str) -> bool:
        """Return whether it is put to the things of a class, or to those with a property."""
        return any(thing.iri == iri for _, thing in self.targets)


def read_shapes(asking: Asking, labels: Mapping[str, str]) -> tuple[Indexed, dict[str, Shape]]:
    """Return the shapes' statements, and the shapes by name; one query.

    `labels` are those of the terms they speak of.
    """
    said = Indexed(asking.triples(fill("graph-statements", graph=SHAPES_GRAPH)))
    return said, make_shapes(said, labels)


def make_shapes(said: Indexed, labels: Mapping[str, str]) -> dict[str, Shape]:
    """Return the shapes that some statements make, by name."""
    reader = _Reader(said, labels)
    named = {*said.typed(f"{_SH}NodeShape"), *said.typed(f"{_SH}PropertyShape")}
    shapes = (reader.read(iri) for iri in sorted(named) if iri.startswith(SHAPE))
    return {shape.name: shape for shape in shapes}


class _Reader:
    """Reads one shape after another from the statements of the shapes' graph."""

    def __init__(self, said: Indexed, labels: Mapping[str, str]):
        self._said, self._labels = said, labels

    def read(self, iri: str, whole: bool = True) -> Shape:
        said = self._said
        parts = said.iris(iri, f"{_SH}property") if whole else ()
        severity = next(iter(said.iris(iri, f"{_SH}severity")), f"{_SH}Violation")
        return Shape(
            thing=self._thing(iri),
            targets=tuple(
                (words, self._thing(each))
                for local, words in _TARGETS.items()
                for each in said.iris(iri, _SH + local)
            ),
            path=self._read_path(iri),
            count=_say_count(said.text(iri, f"{_SH}minCount"), said.text(iri, f"{_SH}maxCount")),
            rules=tuple(self._read_rules(iri)),
            queries=tuple(map(self._read_query, said.values(iri, f"{_SH}sparql"))),
            severity=severity.removeprefix(_SH),
            messages=said.texts(iri, f"{_SH}message"),
            description=said.text(iri, f"{_SH}description"),
            parts=tuple(self.read(part, whole=False) for part in parts),
            users=self._find_users(iri),
        )

    def _thing(self, iri: str) -> Thing:
        local = iri.removeprefix(SHAPE)
        return Thing(iri, self._labels.get(iri) or (local if local != iri else compact(iri)))

    def _name(self, term: ox.NamedNode | ox.BlankNode | ox.Literal) -> Thing | str:
        if isinstance(term, ox.NamedNode):
            return self._thing(term.value)
        return term.value if isinstance(term, ox.Literal) else "a nameless shape"

    def _read_path(self, iri: str) -> tuple[Thing, ...]:
        """Return the steps of a path; one that is neither a property nor a sequence has none."""
        for path in self._said.values(iri, f"{_SH}path"):
            steps = (path,) if isinstance(path, ox.NamedNode) else self._said.members(path)
            return tuple(
                self._thing(step.value) for step in steps if isinstance(step, ox.NamedNode)
            )
        return ()

    def _read_rules(self, iri: str) -> Iterable[Rule]:
        for local, words in _RULES.items():
            values = []
            for value in self._said.values(iri, _SH + local):
                values += self._said.members(value) or (value,)
            if local in {"uniqueLang", "closed"}:
                if any(value.value == "true" for value in values):
                    yield Rule(words)
            elif local == "nodeKind":
                kinds = (value.value.removeprefix(_SH) for value in values)
                yield from (Rule(f"{words} {_KINDS_OF_NODE.get(kind, kind)}") for kind in kinds)
            elif values:
                yield Rule(words, tuple(map(self._name, values)))

    def _read_query(self, node: ox.NamedNode | ox.BlankNode) -> Query:
        text = self._said.text(node, f"{_SH}select")
        return Query(self._said.text(node, f"{_SH}message"), text.strip("\n"))

    def _find_users(self, iri: str) -> tuple[Thing, ...]:
        """Return the shapes that name this one, also as a member of a list."""
        found, waiting, seen = set(), [ox.NamedNode(iri)], set()
        for each in waiting:  # it grows on the way, up the lists
            for triple in self._said.mentions(each):
                if isinstance(triple.subject, ox.NamedNode):
                    found.add(triple.subject.value)
                elif triple.subject not in seen:
                    seen.add(triple.subject)
                    waiting.append(triple.subject)
        return tuple(self._thing(each) for each in sorted(found) if each.startswith(SHAPE))


def _say_count(least: str, most: str) -> str:
    """Return how many values there may be, empty where any number will do.

    >>> _say_count("1", "1")
    'exactly 1'
    """
    if least == most:
        return f"exactly {least}" if least else ""
    if not most:
        return f"{least} or more" if least != "0" else ""
    return f"{least} to {most}" if least and least != "0" else f"{most} at most"
