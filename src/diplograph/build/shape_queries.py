"""SPARQL of a shapes graph: its syntax, its prefixes, and what pre-binding forbids (SHACL, 5).

pySHACL looks for forbidden words anywhere in a text, comments and strings included, and declares
prefixes of any ontology. So each text that is well formed is handed to it in a form of its own:
with its prefixes, without comments, and with the letters of such words escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import pyoxigraph as ox

from diplograph.build.patterns import translate_pattern
from diplograph.build.shapes import ShapesGraph, find_shapes
from diplograph.core.errors import MalformedFile, QuerySyntaxError, Refused
from diplograph.core.names import PREFIXES, TYPE, compact
from diplograph.core.rdf import Term
from diplograph.sparql.check import check_query, list_tokens, read_tokens

_SH, _OWL, _XSD = PREFIXES["sh"], PREFIXES["owl"], PREFIXES["xsd"]
_TEXTS = {"select": "SELECT", "ask": "ASK", "construct": "CONSTRUCT"}
_TRUE = ox.Literal("true", datatype=ox.NamedNode(_XSD + "boolean"))
_FORBIDDEN = ("MINUS", "VALUES", "SERVICE")
# Prefixes that pySHACL declares in each text.
_DEFAULT_PREFIXES = {name: PREFIXES[name] for name in ("owl", "rdf", "rdfs")}
_CASTS = ("boolean", "dateTime", "decimal", "double", "float", "integer", "string")
_NO_PARAMETER = frozenset(("this", "shapesGraph", "currentShape", "path", "PATH", "value"))
_CODEPOINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
# The letter to escape in words that pySHACL looks for, in any text and in quoted text.
_WORD = re.compile(r"(?<=m)i(?=nus)|(?<=s)e(?=rvice)|(?<=v)a(?=lues)", re.IGNORECASE)
_QUOTED_WORD = re.compile(r"(?<=\ba)s\b|(?<=\bs)e(?=lect)|#|(?<=[\s{}()])[$?]", re.IGNORECASE)
_PREFIX = re.compile(r"(?:[^\W\d_](?:[\w.-]*[\w-])?)?")
_UNSUPPORTED_FUNCTION = re.compile(r"function <(.*)> is not supported")


@dataclass(frozen=True)
class _Role:
    """What a text is for: its words for an error, and the variables that are bound before it."""

    noun: str
    bound: frozenset[str] = frozenset()
    is_bound: bool = True


@dataclass(frozen=True)
class ShapeQueries:
    """The SPARQL texts of a shapes graph."""

    shapes: ShapesGraph

    def prepare(self) -> frozenset[ox.Triple]:
        """Return the statements for pySHACL; texts and patterns are in the form that it reads.

        Raises MalformedFile, with file, line, shape and the place in the query, for a text that is
        not well formed, and for constraints, components, targets, rules and functions without one.
        """
        self._check_holders()
        self._check_declarations()
        texts = {
            (node, local): self._prepare_text(node, local, text)
            for local in _TEXTS
            for node in self.shapes.having(local)
            for text in self.shapes.values(node, local)
        }
        return frozenset(self._rewrite(texts))

    def _rewrite(self, texts: Mapping[tuple[Term, str], str]) -> Iterator[ox.Triple]:
        for triple in self.shapes.triples:
            node, local = triple.subject, triple.predicate.value.removeprefix(_SH)
            if (node, local) in texts:
                yield ox.Triple(node, triple.predicate, ox.Literal(texts[node, local]))
            elif local == "pattern":
                flags = self.shapes.values(node, "flags")
                pattern = translate_pattern(triple.object.value, flags[0].value if flags else "")
                yield ox.Triple(node, triple.predicate, ox.Literal(pattern))
            elif local == "uniqueLang" and triple.object != _TRUE:
                continue  # SHACL, 4.4.5: no other form of true counts
            elif local not in ("prefixes", "flags"):
                yield triple

    # ---- what has texts -------------------------------------------------------------------------

    def _check_holders(self) -> None:
        """Refuse constraints, components, targets, rules and functions that lack a text."""
        for node, local, takes in (
            *self._list_values("sparql", ("select",)),
            *self._list_values("target", ("select",)),
            *self._list_values("validator", ("ask",)),
            *self._list_values("nodeValidator", ("select",)),
            *self._list_values("propertyValidator", ("select",)),
        ):
            self._check_holder(node, local, takes)
        for component in self._list_components():
            self._check_component(component)
        for function in self._functions:
            if isinstance(function, ox.BlankNode):
                message = "a function is called by its IRI: give it one in place of the brackets"
                raise self.shapes.error(function, message)
            self._check_holder(function, "", ("select", "ask"))
        for shape in self.shapes.having("rule"):
            for rule in self.shapes.values(shape, "rule"):
                self._check_rule(shape, rule)

    def _list_values(
        self, local: str, takes: tuple[str, ...]
    ) -> Iterator[tuple[Term, str, tuple[str, ...]]]:
        for subject in self.shapes.having(local):
            for value in self.shapes.values(subject, local):
                if isinstance(value, ox.Literal):
                    message = f"sh:{local} takes an IRI or a blank node that has a sh:{takes[0]}"
                    raise self.shapes.error(subject, message, _SH + local, value)
                yield value, local, takes

    def _check_holder(self, node: Term, local: str, takes: tuple[str, ...]) -> None:
        """Refuse what has not exactly one text of the kinds that it takes."""
        texts = [text for kind in takes for text in self.shapes.values(node, kind)]
        types = self.shapes.values(node, "type", PREFIXES["rdf"])
        if local == "target" and any(self.shapes.is_a(kind, "SPARQLTargetType") for kind in types):
            return  # the type has the text
        if len(texts) != 1:
            wanted = " or ".join(f"sh:{kind}" for kind in takes)
            role = f", as a sh:{local}" if local else ""
            message = f"this takes exactly one {wanted}{role}, and has {len(texts)}"
            if self.shapes.values(node, "jsFunctionName"):
                message += "; JavaScript is not run here"
            raise self.shapes.error(node, message)

    def _list_components(self) -> list[Term]:
        """Return the constraint components that the shapes graph defines."""
        component = ox.NamedNode(_SH + "ConstraintComponent")
        subclass = PREFIXES["rdfs"] + "subClassOf"
        classes = {component} | {
            node
            for node, values in self.shapes.by_subject.items()
            if component in values.get(subclass, ())
        }
        return [
            node
            for node, values in self.shapes.by_subject.items()
            if not classes.isdisjoint(values.get(TYPE, ())) and not node.value.startswith(_SH)
        ]

    def _check_component(self, component: Term) -> None:
        shapes = self.shapes
        parameters = shapes.values(component, "parameter")
        for parameter in parameters:
            paths = shapes.values(parameter, "path")
            if len(paths) != 1 or not isinstance(paths[0], ox.NamedNode):
                message = "a sh:parameter has one sh:path, an IRI"
                raise shapes.error(parameter, message, _SH + "path", *paths[:1])
            if _local_name(paths[0].value) in _NO_PARAMETER | {""}:
                message = "a parameter's IRI ends with a name, none of this, path and value"
                raise shapes.error(parameter, message, _SH + "path", paths[0])
        mandatory = [node for node in parameters if not self._is_optional(node)]
        if not mandatory:
            raise shapes.error(component, "a component has a sh:parameter that is not sh:optional")
        kinds = ("validator", "nodeValidator", "propertyValidator")
        if not any(shapes.values(component, kind) for kind in kinds):
            message = "a component has a sh:validator, a sh:nodeValidator or a sh:propertyValidator"
            raise shapes.error(component, message)

    def _is_optional(self, parameter: Term) -> bool:
        values = self.shapes.values(parameter, "optional")
        return any(value.value in ("true", "1") for value in values)

    def _check_rule(self, shape: Term, rule: Term) -> None:
        shapes = self.shapes
        if shape not in self._shapes:
            raise shapes.error(shape, "a sh:rule belongs to a shape: give this a target")
        if shapes.is_a(rule, "SPARQLRule"):
            wanted = ("construct",)
        elif shapes.is_a(rule, "TripleRule"):
            wanted = ("subject", "predicate", "object")
        else:
            message = "a sh:rule is a sh:SPARQLRule or a sh:TripleRule: write which"
            raise shapes.error(shape, message, _SH + "rule", rule)
        for local in wanted:
            if len(shapes.values(rule, local)) != 1:
                raise shapes.error(rule, f"a sh:rule of this kind has one sh:{local}")

    @cached_property
    def _shapes(self) -> frozenset[Term]:
        return frozenset(find_shapes(self.shapes))

    @cached_property
    def _functions(self) -> list[Term]:
        kinds = ("SPARQLFunction", "SHACLFunction")
        return [
            node
            for node in self.shapes.by_subject
            if any(self.shapes.is_a(node, kind) for kind in kinds)
        ]

    # ---- prefixes -------------------------------------------------------------------------------

    @cached_property
    def _by_subject(self) -> Mapping[Term, Mapping[str, list[Term]]]:
        """Like that of the shapes graph, with what the ontology declares and imports as well."""
        merged = {node: dict(values) for node, values in self.shapes.by_subject.items()}
        wanted = {_SH + local for local in ("declare", "prefix", "namespace")} | {_OWL + "imports"}
        stated = self.shapes.asserted.statements()
        found = (triple for triple in stated if triple.predicate.value in wanted)
        for triple in sorted(found, key=str):
            by_predicate = merged.setdefault(triple.subject, {})
            values = by_predicate.get(triple.predicate.value, [])
            if triple.object not in values:
                by_predicate[triple.predicate.value] = [*values, triple.object]
        return merged

    def _values(self, node: Term, predicate: str) -> list[Term]:
        return self._by_subject.get(node, {}).get(predicate, [])

    def _check_declarations(self) -> None:
        for node in self.shapes.having("declare"):
            for declaration in self.shapes.values(node, "declare"):
                self._read_declaration(node, declaration)

    def _read_declaration(self, node: Term, declaration: Term) -> tuple[str, str]:
        """Return prefix and namespace of a sh:declare."""
        found = []
        for local in ("prefix", "namespace"):
            values = (
                []
                if isinstance(declaration, ox.Literal)
                else self._values(declaration, _SH + local)
            )
            if len(values) != 1 or not isinstance(values[0], ox.Literal):
                message = f"a sh:declare has one sh:{local}, a text{_EXAMPLES[local]}"
                raise self.shapes.error(
                    node if isinstance(declaration, ox.Literal) else declaration,
                    message,
                    _SH + local,
                    *values[:1],
                )
            found.append(values[0].value)
        prefix, namespace = found
        if not _PREFIX.fullmatch(prefix) or not _is_absolute(namespace):
            message = "no SPARQL can have this prefix: correct sh:prefix and sh:namespace"
            values = self._values(declaration, _SH + "prefix")
            raise self.shapes.error(declaration, message, _SH + "prefix", *values)
        return prefix, namespace

    def _read_prefixes(self, node: Term) -> dict[str, str]:
        """Return the prefixes of a text: sh:prefixes/owl:imports*/sh:declare (SHACL, 5.2.1)."""
        pending, passed = list(self.shapes.values(node, "prefixes")), set()
        prefixes: dict[str, str] = {}
        while pending:
            ontology = pending.pop()
            if isinstance(ontology, ox.Literal):
                message = "sh:prefixes takes the IRI of what has a sh:declare"
                raise self.shapes.error(node, message, _SH + "prefixes", ontology)
            if ontology in passed:
                continue
            passed.add(ontology)
            pending += self._values(ontology, _OWL + "imports")
            for declaration in self._values(ontology, _SH + "declare"):
                prefix, namespace = self._read_declaration(ontology, declaration)
                if prefixes.setdefault(prefix, namespace) != namespace:
                    message = f"sh:prefixes leads to two namespaces of {prefix}: keep one"
                    value = ox.Literal(namespace)
                    raise self.shapes.error(declaration, message, _SH + "namespace", value)
        return prefixes

    # ---- texts ----------------------------------------------------------------------------------

    def _prepare_text(self, node: Term, local: str, text: Term) -> str:
        """Return the text as pySHACL is to run it; refuse one that is not well formed."""
        if not isinstance(text, ox.Literal) or text.language:
            message = f"sh:{local} takes one text without language tag"
            raise self.shapes.error(node, message, _SH + local, text)
        plain = _CODEPOINT.sub(_expand, text.value)
        prefixes = self._read_prefixes(node)
        role = self._find_role(node, local)
        try:
            self._check_syntax(plain, local, prefixes)
            if role.is_bound:
                _check_bound(plain, role.bound)
            if local == "select" and role.noun in ("constraint", "target"):
                _check_projection(plain, role.noun)
            if role.noun == "constraint":
                self._check_variables(node, plain)
        except QuerySyntaxError as error:
            place = f", line {error.line}, column {error.column}" if error.line else ""
            message = f"sh:{local}{place}: {error.message}"
            if " is not declared" in message:
                message += ", or a sh:declare that sh:prefixes leads to"
            raise self._error(node, local, text, message) from error
        except Refused as error:
            raise self._error(node, local, text, f"sh:{local}: {error}") from error
        tokens = list(read_tokens(plain))
        used = {token[0].partition(":")[0] for token in tokens if token.lastgroup == "name"}
        declared = "".join(
            f"PREFIX {name}: <{iri}> " for name, iri in sorted(prefixes.items()) if name in used
        )
        return declared + "".join(map(_escape_words, tokens))

    def _error(self, node: Term, local: str, text: Term, message: str) -> MalformedFile:
        shapes = self.shapes
        place = shapes.locate(node, _SH + local, text)
        error = shapes.error(node, message)
        file, line = (place.file, place.line) if place else (error.file, None)
        return MalformedFile(error.message, file=file, line=line)

    def _check_syntax(self, text: str, local: str, prefixes: Mapping[str, str]) -> None:
        """Raise QuerySyntaxError or Refused where the text is no query of its form."""
        words = [token for token in list_tokens(text) if token.lastgroup == "word"]
        form = next((word[0].upper() for word in words if word[0].upper() in _FORMS), "")
        known = {**_DEFAULT_PREFIXES, **prefixes}
        check_query(text, known)
        if form != _TEXTS[local]:
            raise QuerySyntaxError(f"this takes a query that begins with {_TEXTS[local]}")
        functions = {node: (lambda *_: None) for node in self._functions}
        try:
            ox.Store().query(text, prefixes=known, custom_functions=functions)
        except RuntimeError as error:
            unknown = _UNSUPPORTED_FUNCTION.search(str(error))
            name = compact(unknown[1]) if unknown else str(error)
            raise QuerySyntaxError(f"there is no such function: {name}") from error
        _check_casts(text, known)

    def _find_role(self, node: Term, local: str) -> _Role:
        """Return what the text of `node` is for."""
        referrers = self._referrers.get(node, {})
        if "sparql" in referrers:
            return _Role("constraint", frozenset(("this",)))
        components = [
            owner
            for kind in ("validator", "nodeValidator", "propertyValidator")
            for owner in referrers.get(kind, ())
        ]
        if components:
            names = {name for component in components for name in self._name_parameters(component)}
            value = {"value"} if local == "ask" else set()
            return _Role("validator", frozenset(names | value | {"this"}))
        if node in self._functions:
            return _Role("function", frozenset(self._name_parameters(node)))
        if "rule" in referrers:
            return _Role("rule", frozenset(("this",)))
        if "target" in referrers:
            return _Role("target", is_bound=False)
        return _Role("text", is_bound=False)

    def _name_parameters(self, node: Term) -> list[str]:
        paths = [
            path
            for parameter in self.shapes.values(node, "parameter")
            if not self._is_optional(parameter)
            for path in self.shapes.values(parameter, "path")
        ]
        return [_local_name(path.value) for path in paths if isinstance(path, ox.NamedNode)]

    @cached_property
    def _referrers(self) -> dict[Term, dict[str, list[Term]]]:
        """What refers to a node, by the property of SHACL."""
        found: dict[Term, dict[str, list[Term]]] = {}
        for triple in self.shapes.triples:
            local = triple.predicate.value.removeprefix(_SH)
            found.setdefault(triple.object, {}).setdefault(local, []).append(triple.subject)
        return found

    def _check_variables(self, node: Term, text: str) -> None:
        """Refuse $PATH where there is none, and $shapesGraph, which is not at hand."""
        variables = {token[0][1:] for token in list_tokens(text) if token.lastgroup == "variable"}
        if "shapesGraph" in variables:
            raise QuerySyntaxError("$shapesGraph is not supported here: leave it out")
        owners = self._referrers.get(node, {}).get("sparql", [])
        for owner in owners if "PATH" in variables else ():
            if not self.shapes.values(owner, "path"):
                message = f"$PATH stands for a sh:path, and {self.shapes.name(owner)} has none"
                raise QuerySyntaxError(message)


_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_EXAMPLES = {
    "prefix": ', as in "dg"',
    "namespace": f', as in "{PREFIXES["dg"]}"^^xsd:anyURI',
}


def _is_absolute(iri: str) -> bool:
    try:
        ox.NamedNode(iri)
    except ValueError:
        return False
    return True


def _check_casts(text: str, prefixes: Mapping[str, str]) -> None:
    """Raise QuerySyntaxError for a constructor of XSD that RDFLib would take for an error."""
    tokens = list_tokens(text)
    own = {first[0][:-1]: iri[0][1:-1] for first, iri in pairwise(tokens) if first[0][-1] == ":"}
    for token, following in pairwise(tokens):
        prefix, _, name = token[0].partition(":")
        is_call = token.lastgroup == "name" and following[0][0] == "("
        if is_call and {**prefixes, **own}.get(prefix) == _XSD and name not in _CASTS:
            raise QuerySyntaxError(f"there is no such function: {token[0]}")


def _local_name(iri: str) -> str:
    return re.split(r"[#/]", iri)[-1]


def _expand(escape: re.Match) -> str:
    number = int(escape[1] or escape[2], 16)
    is_character = number < 0x110000 and not 0xD800 <= number < 0xE000
    return chr(number) if is_character and chr(number) not in "\"'\\\n\r" else escape[0]


def _escape_words(token: re.Match) -> str:
    """Return the token such that pySHACL finds no comment in it, nor a word that it refuses.

    Comments and line breaks become blanks: for each focus node pySHACL searches the text for such
    words from the start of each line.
    """
    if token.lastgroup == "space":
        return " "
    text = _WORD.sub(_escape, token[0])
    return _QUOTED_WORD.sub(_escape, text) if token.lastgroup == "string" else text


def _escape(letter: re.Match) -> str:
    return f"\\u{ord(letter[0]):04x}"


# ---- pre-binding (SHACL, appendix A) ------------------------------------------------------------


def _check_bound(text: str, bound: frozenset[str]) -> None:
    """Raise QuerySyntaxError for what may not stand in a query whose variables are pre-bound."""
    tokens = list_tokens(text)
    selects = 0
    for position, token in enumerate(tokens):
        word = token[0].upper() if token.lastgroup == "word" else ""
        following = tokens[position + 1][0] if position + 1 < len(tokens) else ""
        if word in _FORBIDDEN:
            raise _place(text, token, f"{word} may not stand in a query of a shape: rewrite it")
        if word == "AS" and following[1:] in bound | {"shapesGraph", "currentShape"}:
            raise _place(text, token, f"{following} has a value already: give AS another variable")
        if word == "SELECT":
            selects += 1
            missing = sorted(bound - _read_projection(tokens[position + 1 :]))
            if missing and (selects > 1 or _begins_inside(tokens[:position])):
                message = f"a SELECT inside another has to select ${', $'.join(missing)} by name"
                raise _place(text, token, message)


def _begins_inside(tokens: list[re.Match]) -> bool:
    return any(token[0] == "{" for token in tokens)


def _read_projection(tokens: list[re.Match]) -> set[str]:
    """Return the variables that a SELECT, of which these tokens follow, selects by name."""
    names, depth = set(), 0
    for position, token in enumerate(tokens):
        if token[0] == "{" or token[0].upper() in ("WHERE", "FROM"):
            break
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        named_by_as = position and tokens[position - 1][0].upper() == "AS"
        if token.lastgroup == "variable" and (depth == 0 or named_by_as):
            names.add(token[0][1:])
    return names


def _check_projection(text: str, noun: str) -> None:
    """Raise QuerySyntaxError where the outermost SELECT does not select $this."""
    tokens = list_tokens(text)
    start = next(n for n, token in enumerate(tokens) if token[0].upper() == "SELECT")
    after = tokens[start + 1 :]
    star = next((token for token in after[:2] if token[0] == "*"), None)
    named = "this" in _read_projection(after)
    anywhere = any(token[0][1:] == "this" for token in after if token.lastgroup == "variable")
    if not named and not (star and anywhere):
        raise _place(text, tokens[start], f"the SELECT of a {noun} has to select $this")


def _place(text: str, token: re.Match, message: str) -> QuerySyntaxError:
    before = text[: token.start()]
    line, column = before.count("\n") + 1, token.start() - before.rfind("\n")
    return QuerySyntaxError(message, line=line, column=column)
