"""Check that a shapes graph is well formed before pySHACL runs it: SHACL, sections 2 to 5.

pySHACL stops at what it cannot use, without the file or the shape, and ignores some of it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import pyoxigraph as ox

from diplograph.build.consistency import fits_datatype
from diplograph.build.dataset import Asserted
from diplograph.build.patterns import MalformedPattern, translate_pattern
from diplograph.core.errors import MalformedFile
from diplograph.core.names import PREFIXES, SHAPES_GRAPH, compact
from diplograph.core.rdf import Location, Term

_SH, _RDF, _XSD = PREFIXES["sh"], PREFIXES["rdf"], PREFIXES["xsd"]
FOLDER = "ontology/shapes"

# pySHACL writes paths up to 12 deep.
MAX_PATH_DEPTH = 10
# Deeper than any shapes made by hand; pySHACL needs some 6 stack frames a level.
MAX_DEPTH = 50

_LISTS_OF_SHAPES = ("and", "or", "xone")
_SHAPES = ("node", "property", "not", "qualifiedValueShape")
_TARGETS = ("targetClass", "targetSubjectsOf", "targetObjectsOf")
_PATHS = ("inversePath", "alternativePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath")
_NODE_KINDS = "BlankNode IRI Literal BlankNodeOrIRI BlankNodeOrLiteral IRIOrLiteral".split()
_ENTAILMENTS = ("Simple", "RDF", "RDFS")


@dataclass(frozen=True)
class ShapesGraph:
    """The statements of a shapes graph by subject and predicate, and where they are written."""

    asserted: Asserted

    @cached_property
    def triples(self) -> list[ox.Triple]:
        """All statements of the shapes files, sorted."""
        return sorted(self.asserted.graphs.get(SHAPES_GRAPH, ()), key=str)

    @cached_property
    def by_subject(self) -> Mapping[Term, Mapping[str, list[Term]]]:
        """The values by subject and predicate, sorted."""
        index: dict[Term, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        for triple in self.triples:
            index[triple.subject][triple.predicate.value].append(triple.object)
        return index

    def values(self, subject: Term, local: str, base: str = _SH) -> list[Term]:
        """Return the values of the property of SHACL of that name, or of another vocabulary."""
        return self.by_subject.get(subject, {}).get(base + local, [])

    def having(self, *locals_: str) -> list[Term]:
        """Return the subjects that have one of these properties of SHACL, sorted."""
        wanted = {_SH + local for local in locals_}
        return [node for node, values in self.by_subject.items() if not wanted.isdisjoint(values)]

    def is_a(self, node: Term, local: str) -> bool:
        """Return whether the node has that class of SHACL as a type, which is not inferred."""
        return ox.NamedNode(_SH + local) in self.values(node, "type", _RDF)

    def members(self, head: Term) -> list[Term]:
        """Return the members of the list; raises ValueError, with the fault, where it is none."""
        members, passed, node = [], set(), head
        while node.value != _RDF + "nil":
            first, rest = (self.values(node, part, _RDF) for part in ("first", "rest"))
            if node in passed:
                raise ValueError("a list that comes back to itself")
            if isinstance(node, ox.Literal) or len(first) != 1 or len(rest) != 1:
                raise ValueError("no list: each part has one rdf:first and one rdf:rest")
            passed.add(node)
            members += first
            node = rest[0]
        return members

    def name(self, node: Term) -> str:
        """Return the CURIE of a node, or of the nearest named node that leads to a blank one."""
        owner = self.find_owner(node)
        return compact(owner.value) if owner else "a blank node"

    def error(
        self, node: Term, message: str, predicate: str | None = None, value: Term | None = None
    ) -> MalformedFile:
        """Return the error that names the shape, its place and the offending value."""
        place = self.locate(node, predicate, value)
        shown = show_term(value)
        file, line = (place.file, place.line) if place else (FOLDER, None)
        return MalformedFile(f"{self.name(node)}: {message}", file=file, line=line, value=shown)

    def locate(
        self, node: Term, predicate: str | None = None, value: Term | None = None
    ) -> Location | None:
        """Return where the value is written, else the node or what refers to it."""
        text = value.value if isinstance(value, ox.NamedNode | ox.Literal) else None
        if isinstance(node, ox.NamedNode):
            return self.asserted.locate(node.value, predicate, text)
        owner = self.find_owner(node)
        stated = predicate and text is not None and self.asserted.locate_value(predicate, text)
        return stated or (owner and self.asserted.locate(owner.value)) or None

    def find_owner(self, node: Term) -> ox.NamedNode | None:
        """Return the node, or the nearest named one that leads to it; None where there is none."""
        passed: set[Term] = set()
        while isinstance(node, ox.BlankNode) and node not in passed:
            passed.add(node)
            node = self._referrers.get(node, node)
        return node if isinstance(node, ox.NamedNode) else None

    @cached_property
    def _referrers(self) -> dict[Term, Term]:
        return {
            triple.object: triple.subject
            for triple in reversed(self.triples)
            if isinstance(triple.object, ox.BlankNode)
        }


def show_term(term: Term | None) -> str:
    """Return how an error shows a term: text as it is, an IRI as a CURIE, a blank node not."""
    if isinstance(term, ox.NamedNode):
        return compact(term.value)
    if not isinstance(term, ox.Literal):
        return ""
    if term.language:
        return f"{term.value}@{term.language}"
    is_plain = term.datatype.value in (_XSD + "string", _XSD + "integer")
    return term.value if is_plain else f"{term.value}^^{compact(term.datatype.value)}"


def check_shapes(shapes: ShapesGraph) -> int:
    """Return how deep shapes refer to shapes; raise MalformedFile where one is not well formed.

    The error names the file, the line, the shape and the value. SPARQL texts are checked by
    `prepare_queries`.
    """
    for node, by_predicate in shapes.by_subject.items():
        for predicate, values in by_predicate.items():
            rule = _RULES.get(predicate.removeprefix(_SH)) if predicate.startswith(_SH) else None
            if rule:
                _apply(rule, shapes, node, predicate, values)
        _check_pattern(shapes, node)
    for node in find_shapes(shapes):
        _check_kind(shapes, node)
    return _measure_depth(shapes)


# ---- rules of single properties -----------------------------------------------------------------


@dataclass(frozen=True)
class _Rule:
    """What a property of SHACL may have as its value, in words, and how many values."""

    fits: Callable[[ShapesGraph, Term], bool]
    expected: str
    single: bool = False
    member_fits: Callable[[ShapesGraph, Term], bool] | None = None


def _is_iri(shapes: ShapesGraph, value: Term) -> bool:
    return isinstance(value, ox.NamedNode)


def _is_limit(shapes: ShapesGraph, value: Term) -> bool:
    return isinstance(value, ox.Literal) and fits_datatype(value)


def _is_node(shapes: ShapesGraph, value: Term) -> bool:
    return not isinstance(value, ox.Literal)


def _has_datatype(*locals_: str) -> Callable[[ShapesGraph, Term], bool]:
    datatypes = {_XSD + local for local in locals_} | {_RDF + local for local in locals_}
    return lambda shapes, value: isinstance(value, ox.Literal) and value.datatype.value in datatypes


def _is_count(shapes: ShapesGraph, value: Term) -> bool:
    is_integer = _has_datatype("integer")(shapes, value)
    return is_integer and bool(re.fullmatch(r"\+?[0-9]{1,18}", value.value))


def _is_number(shapes: ShapesGraph, value: Term) -> bool:
    is_number = _has_datatype("integer", "decimal", "double")(shapes, value)
    return is_number and fits_datatype(value)


def _is_boolean(shapes: ShapesGraph, value: Term) -> bool:
    is_boolean = _has_datatype("boolean")(shapes, value)
    return is_boolean and value.value in ("true", "false", "1", "0")


def _is_node_kind(shapes: ShapesGraph, value: Term) -> bool:
    return _is_iri(shapes, value) and value.value in {_SH + kind for kind in _NODE_KINDS}


def _is_defined(shapes: ShapesGraph, value: Term) -> bool:
    return _is_node(shapes, value) and (
        value in shapes.by_subject or isinstance(value, ox.BlankNode)
    )


def _is_list(
    member_fits: Callable[[ShapesGraph, Term], bool] | None = None, least: int = 0
) -> Callable[[ShapesGraph, Term], bool]:
    def fits(shapes: ShapesGraph, value: Term) -> bool:
        try:
            members = shapes.members(value)
        except ValueError:
            return False
        sound = member_fits is None or all(member_fits(shapes, member) for member in members)
        return sound and len(members) >= least

    return fits


def _is_path(shapes: ShapesGraph, value: Term) -> bool:
    return _walk_path(shapes, value, frozenset())


def _walk_path(shapes: ShapesGraph, path: Term, passed: frozenset[Term]) -> bool:
    """Return whether a path has one of the forms of SHACL, section 2.3.1."""
    if isinstance(path, ox.NamedNode):
        return path.value != _RDF + "nil"
    if isinstance(path, ox.Literal) or path in passed or len(passed) > MAX_PATH_DEPTH:
        return False
    forms = shapes.by_subject.get(path, {})
    inside = passed | {path}
    if _RDF + "first" in forms:
        return _is_sequence(shapes, path, inside)
    if len(forms) != 1:
        return False
    [(form, values)] = forms.items()
    if len(values) != 1 or form.removeprefix(_SH) not in _PATHS:
        return False
    if form == _SH + "alternativePath":
        return _is_sequence(shapes, values[0], inside)
    return _walk_path(shapes, values[0], inside)


def _is_sequence(shapes: ShapesGraph, head: Term, passed: frozenset[Term]) -> bool:
    is_part: Callable[[ShapesGraph, Term], bool] = lambda graph, part: _walk_path(  # noqa: E731
        graph, part, passed
    )
    return _is_list(is_part, 2)(shapes, head)


_TEXT = _has_datatype("string")
_IRI = _Rule(_is_iri, "an IRI")
_COUNT = _Rule(_is_count, "one integer of 0 or more, as in 1 without quotes", single=True)
_BOOLEAN = _Rule(_is_boolean, "true or false", single=True)
_LIMIT = _Rule(_is_limit, "one literal that its datatype has, as in 1", single=True)
_SHAPE = _Rule(_is_defined, "a shape of the shapes files, and there is none of that name")
_LIST_OF_SHAPES = _Rule(
    _is_list(_is_defined, 1),
    "a list of shapes, all of them in the shapes files and at least one",
    member_fits=_is_defined,
)

# By the local name of a property of SHACL.
_RULES: dict[str, _Rule] = {
    **dict.fromkeys(("class", "disjoint", "equals", "lessThan", "lessThanOrEquals"), _IRI),
    **dict.fromkeys(_TARGETS, _IRI),
    **dict.fromkeys(("minCount", "maxCount", "minLength", "maxLength"), _COUNT),
    **dict.fromkeys(("qualifiedMinCount", "qualifiedMaxCount"), _COUNT),
    **dict.fromkeys(("closed", "uniqueLang", "deactivated", "optional"), _BOOLEAN),
    "qualifiedValueShapesDisjoint": _BOOLEAN,
    **dict.fromkeys(("minExclusive", "minInclusive", "maxExclusive", "maxInclusive"), _LIMIT),
    **dict.fromkeys(("node", "property", "not"), _SHAPE),
    **dict.fromkeys(_LISTS_OF_SHAPES, _LIST_OF_SHAPES),
    "qualifiedValueShape": _Rule(_is_defined, "one shape of the shapes files", single=True),
    "path": _Rule(_is_path, "one IRI or one path as SHACL, section 2.3.1, has them", single=True),
    "datatype": _Rule(_is_iri, "one IRI", single=True),
    "severity": _Rule(_is_iri, "one IRI, such as sh:Warning", single=True),
    "nodeKind": _Rule(
        _is_node_kind, f"one of {', '.join(f'sh:{kind}' for kind in _NODE_KINDS)}", single=True
    ),
    "pattern": _Rule(_TEXT, "one text without language tag", single=True),
    "flags": _Rule(_TEXT, "one text without language tag", single=True),
    "in": _Rule(_is_list(), "one list", single=True),
    "languageIn": _Rule(
        _is_list(_TEXT), 'one list of texts, as in ( "en" "fr" )', single=True, member_fits=_TEXT
    ),
    "ignoredProperties": _Rule(
        _is_list(_is_iri), "one list of IRIs", single=True, member_fits=_is_iri
    ),
    "targetNode": _Rule(
        lambda _, value: not isinstance(value, ox.BlankNode), "an IRI or a literal"
    ),
    "message": _Rule(_has_datatype("string", "langString"), "a text"),
    "order": _Rule(_is_number, "one number", single=True),
    "entailment": _Rule(
        lambda _, value: value.value.rpartition("/")[2] in _ENTAILMENTS,
        "an entailment that this program has: RDF or RDFS",
    ),
    "js": _Rule(lambda *_: False, "nothing: JavaScript is not run here, write a sh:sparql"),
}


def _apply(
    rule: _Rule, shapes: ShapesGraph, node: Term, predicate: str, values: list[Term]
) -> None:
    name = compact(predicate)
    for value in values:
        if not rule.fits(shapes, value):
            message = f"{name} takes {rule.expected}{_explain_list(shapes, rule, value)}"
            raise shapes.error(node, message, predicate, value)
    if rule.single and len(values) > 1:
        message = f"{name} takes {rule.expected}, and this has {len(values)}: keep the right one"
        raise shapes.error(node, message, predicate, values[-1])


def _explain_list(shapes: ShapesGraph, rule: _Rule, value: Term) -> str:
    """Return what is wrong with a list, to end an error with, or nothing."""
    if isinstance(value, ox.Literal) or not shapes.values(value, "first", _RDF):
        return ""
    try:
        members = shapes.members(value)
    except ValueError as error:
        return f"; this is {error}"
    if rule.member_fits is None:
        return ""
    wrong = (show_term(member) for member in members if not rule.member_fits(shapes, member))
    return "".join(f"; look at {member}" for member in [*wrong][:1])


def _check_pattern(shapes: ShapesGraph, node: Term) -> None:
    patterns, flags = (shapes.values(node, local) for local in ("pattern", "flags"))
    for pattern in patterns:
        try:
            translate_pattern(pattern.value, flags[0].value if flags else "")
        except MalformedPattern as error:
            flagged = str(error).startswith("sh:flags")
            place = ("flags", flags[0]) if flagged else ("pattern", pattern)
            raise shapes.error(node, str(error), _SH + place[0], place[1]) from error


# ---- rules of whole shapes ----------------------------------------------------------------------

_OF_PROPERTIES = (
    "lessThan lessThanOrEquals maxCount minCount qualifiedValueShape uniqueLang".split()
)
_PARAMETERS = (
    *(*_LISTS_OF_SHAPES, *_SHAPES, *_OF_PROPERTIES, *_TARGETS, "targetNode", "target"),
    *("class", "closed", "datatype", "disjoint", "equals", "hasValue", "in", "languageIn"),
    *("maxExclusive", "maxInclusive", "maxLength", "minExclusive", "minInclusive", "minLength"),
    *("nodeKind", "pattern", "sparql", "qualifiedMinCount", "qualifiedMaxCount"),
)


def find_shapes(shapes: ShapesGraph) -> list[Term]:
    """Return the shapes (SHACL, section 2), sorted."""
    found = set(shapes.having(*_PARAMETERS))
    found |= {node for node in shapes.by_subject if _is_declared(shapes, node)}
    found |= {shape for node in shapes.by_subject for shape in _refer(shapes, node)}
    return sorted(found, key=str)


def _is_declared(shapes: ShapesGraph, node: Term) -> bool:
    return shapes.is_a(node, "NodeShape") or shapes.is_a(node, "PropertyShape")


def _refer(shapes: ShapesGraph, node: Term) -> Iterator[Term]:
    """Yield the shapes that a shape refers to."""
    for local in _SHAPES:
        yield from shapes.values(node, local)
    for local in _LISTS_OF_SHAPES:
        for head in shapes.values(node, local):
            yield from shapes.members(head)


def _check_kind(shapes: ShapesGraph, node: Term) -> None:
    """Refuse a shape that is neither a node shape nor a property shape, or has the other's part."""
    if shapes.is_a(node, "PropertyShape") and shapes.is_a(node, "NodeShape"):
        raise shapes.error(node, "a shape is a sh:NodeShape or a sh:PropertyShape: keep one")
    paths = shapes.values(node, "path")
    if shapes.is_a(node, "PropertyShape") and not paths:
        raise shapes.error(node, "a sh:PropertyShape has one sh:path: give the property it is for")
    if shapes.is_a(node, "NodeShape") and paths:
        message = "a sh:NodeShape has no sh:path: make it a sh:PropertyShape, or drop the path"
        raise shapes.error(node, message, _SH + "path", paths[0])
    for shape in shapes.values(node, "property"):
        if not shapes.values(shape, "path"):
            message = "sh:property takes a property shape, and this one has no sh:path: give it one"
            raise shapes.error(node, message, _SH + "property", shape)
    for shape in shapes.values(node, "node"):
        if shapes.values(shape, "path"):
            message = "sh:node takes a node shape, and this one has a sh:path: use sh:property"
            raise shapes.error(node, message, _SH + "node", shape)
    for local in _OF_PROPERTIES if not paths else ():
        for value in shapes.values(node, local):
            message = f"sh:{local} is for property shapes: give the shape a sh:path"
            raise shapes.error(node, message, f"{_SH}{local}", value)
    _check_qualified(shapes, node)


def _check_qualified(shapes: ShapesGraph, node: Term) -> None:
    counts = [*shapes.values(node, "qualifiedMinCount"), *shapes.values(node, "qualifiedMaxCount")]
    for shape in shapes.values(node, "qualifiedValueShape") if not counts else ():
        message = "sh:qualifiedValueShape needs a sh:qualifiedMinCount or a sh:qualifiedMaxCount"
        raise shapes.error(node, message, _SH + "qualifiedValueShape", shape)


def _measure_depth(shapes: ShapesGraph) -> int:
    """Return the length of the longest way from shape to shape; refuse one that comes back."""
    depths: dict[Term, int] = {}
    for start in find_shapes(shapes):
        way = {start: _refer(shapes, start)} if start not in depths else {}
        while way:
            node, pending = next(reversed(way.items()))
            following = next(pending, None)
            if following is None:
                way.popitem()
                nearer = (depths[shape] for shape in _refer(shapes, node))
                depths[node] = 1 + max(nearer, default=0)
            elif following in way:
                circle = [*way][[*way].index(following) :]
                names = " > ".join(shapes.name(part) for part in [*circle, following])
                message = f"shapes that refer to themselves are not checked by SHACL: break {names}"
                raise shapes.error(following, message)
            elif following not in depths:
                way[following] = _refer(shapes, following)
    deepest = max(depths, key=lambda node: (depths[node], str(node)), default=None)
    if deepest is not None and depths[deepest] > MAX_DEPTH:
        message = f"shapes refer to shapes {depths[deepest]} deep: at most {MAX_DEPTH} are checked"
        raise shapes.error(deepest, message)
    return max(depths.values(), default=0)
