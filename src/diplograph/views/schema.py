"""What the ontology lets follow from what: the paths of properties a statement can rest on."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import product

import pyoxigraph as ox

from diplograph.core.names import INFERRED_GRAPH, ONTOLOGY_GRAPH, PREFIXES
from diplograph.views.asking import Asking
from diplograph.views.texts import fill

# A property, and whether it is read backwards.
Step = tuple[str, bool]
Path = tuple[Step, ...]

_RDF, _RDFS, _OWL = (PREFIXES[each] for each in ("rdf", "rdfs", "owl"))
_DEEPEST = 3


class Schema:
    """The statements of the ontology that rules can fire on, with those that follow of them."""

    def __init__(self, quads: Iterable[ox.Quad]):
        """`quads` name the graph that each statement is in."""
        self.quads = tuple(quads)
        self._store = ox.Store()
        self._store.extend(self.quads)

    def find_paths(self, predicate: str) -> tuple[Path, ...]:
        """Return the paths of two steps or more by which a statement of `predicate` can follow."""
        found = dict.fromkeys(self._paths(predicate, _DEEPEST))
        return tuple(path for path in found if len(path) > 1)

    def find_classes(self, wanted: str) -> frozenset[str]:
        """Return the class and all below it."""
        found, open_ = {wanted}, [wanted]
        while open_:
            below = set(self._subjects("subClassOf", open_.pop())) - found
            found |= below
            open_ += below
        return frozenset(found)

    def find_ends(self, classes: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Return the properties that start at one of these classes, and those that end at one."""
        known = tuple(classes)
        starting = {each for kind in known for each in self._subjects("domain", kind)}
        ending = {each for kind in known for each in self._subjects("range", kind)}
        return frozenset(starting), frozenset(ending)

    def _paths(self, predicate: str, depth: int) -> list[Path]:
        found: list[Path] = [((predicate, False),)]
        if not depth:
            return found
        for name, backwards in self._narrower(predicate):
            longer = [self._expand(chain, depth - 1) for chain in self._chains.get(name, ())]
            paths = [path for several in longer for path in several]
            if name in self._transitive:
                paths.append(((name, False), (name, False)))
            found += [_turn(path) if backwards else path for path in paths]
        return found

    def _expand(self, chain: tuple[str, ...], depth: int) -> list[Path]:
        steps = [self._paths(each, depth) for each in chain]
        return [tuple(step for path in paths for step in path) for paths in product(*steps)]

    def _narrower(self, predicate: str) -> list[Step]:
        """Return the properties that give `predicate`: under it, its inverses, theirs."""
        found: dict[Step, None] = {(predicate, False): None}
        for name, backwards in (open_ := list(found)):
            inverses = [*self._subjects("inverseOf", name, _OWL), *self._objects(name)]
            both = [name] if name in self._symmetric else []
            near = [(each, backwards) for each in self._subjects("subPropertyOf", name)]
            near += [(each, not backwards) for each in (*inverses, *both)]
            new = [step for step in near if step not in found]
            found |= dict.fromkeys(new)
            open_ += new
        return list(found)

    def _subjects(self, name: str, value: str, base: str = _RDFS) -> list[str]:
        found = self._match(None, base + name, ox.NamedNode(value))
        return sorted({quad.subject.value for quad in found})

    def _objects(self, subject: str) -> list[str]:
        found = self._match(ox.NamedNode(subject), f"{_OWL}inverseOf", None)
        return sorted({quad.object.value for quad in found})

    def _match(self, subject: object, predicate: str, value: object) -> Iterable[ox.Quad]:
        return self._store.quads_for_pattern(subject, ox.NamedNode(predicate), value, None)

    @cached_property
    def _transitive(self) -> frozenset[str]:
        return frozenset(self._subjects("type", f"{_OWL}TransitiveProperty", _RDF))

    @cached_property
    def _symmetric(self) -> frozenset[str]:
        return frozenset(self._subjects("type", f"{_OWL}SymmetricProperty", _RDF))

    @cached_property
    def _chains(self) -> dict[str, tuple[tuple[str, ...], ...]]:
        found: dict[str, list[tuple[str, ...]]] = {}
        for quad in self._match(None, f"{_OWL}propertyChainAxiom", None):
            found.setdefault(quad.subject.value, []).append(self._members(quad.object))
        return {name: tuple(sorted(chains)) for name, chains in found.items()}

    def _members(self, cell: object) -> tuple[str, ...]:
        members = []
        while cell is not None and not isinstance(cell, ox.NamedNode):  # the end is rdf:nil
            first = next(iter(self._match(cell, f"{_RDF}first", None)), None)
            rest = next(iter(self._match(cell, f"{_RDF}rest", None)), None)
            members += [first.object.value] if first else []
            cell = rest.object if rest else None
        return tuple(members)


def read_schema(asking: Asking) -> Schema:
    """Return what the ontology lets follow; two queries, whose answer holds for a whole build."""
    quads = []
    for graph in (ONTOLOGY_GRAPH, INFERRED_GRAPH):
        for each in asking.triples(fill("schema-statements", graph=graph)):
            quads.append(ox.Quad(*each, ox.NamedNode(graph)))
    return Schema(quads)


def _turn(path: Path) -> Path:
    return tuple((name, not backwards) for name, backwards in reversed(path))
