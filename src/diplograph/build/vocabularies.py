"""Translate statements into the terms of schema.org, or of PROV, ORG, Web Annotation and SEM.

What our terms correspond to is written in ontology/alignments.ttl, as axioms; what depends on
evidence, on a status or on a range, in a query for each profile in ontology/profiles/. Nothing is
reasoned with either, so they are no part of a build: they are read when statements are exported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from diplograph.core.errors import MalformedFile, QuerySyntaxError, Refused, UsageError
from diplograph.core.files import decode, read_regular
from diplograph.core.formats import PROFILES, SAME_AS, SCHEMA_PROFILE, choose_profile
from diplograph.core.home import ALIGNMENTS, Home
from diplograph.core.inputs import QUESTION_SUFFIX, is_alignments, list_ontology_files
from diplograph.core.names import FACT, LABEL, PREFIXES, TYPE
from diplograph.core.rdf import parse_rdf
from diplograph.core.serialization import IMPLICIT_DATATYPES
from diplograph.sparql.check import check_query
from diplograph.store.literals import find_changed

_WRITTEN = "x-written:"
_MATCH = PREFIXES["dg"] + "externalMatch"


@dataclass(frozen=True)
class Alignments:
    """Our terms in those of others: classes and properties with their wider ones, and queries.

    `queries` are the SPARQL CONSTRUCT of each profile that has one, by the profile's name.
    `digest` is the SHA-256 of all these texts.
    """

    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    properties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    queries: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""


def read_alignments(home: Home) -> Alignments:
    """Return the alignments that `home` has, if any; raises UnreadableFile and MalformedFile."""
    path = next(filter(is_alignments, list_ontology_files(home.ontology)), None)
    if path is None:
        return Alignments()
    file = f"{home.ontology.name}/{path.name}"
    content = read_regular(path, file=file)
    digest = hashlib.sha256(content)
    quads, _ = parse_rdf(decode(content, file=file), file=file)
    wider: dict[str, dict[str, list[str]]] = {
        PREFIXES["rdfs"] + name: {} for name in ("subClassOf", "subPropertyOf")
    }
    for quad in quads:
        if quad.predicate.value in wider:
            terms = wider[quad.predicate.value].setdefault(quad.subject.value, [])
            terms.append(quad.object.value)
    classes, properties = (
        {name: tuple(sorted(terms)) for name, terms in by_name.items()}
        for by_name in wider.values()
    )
    queries = dict(_read_queries(home))
    for text in queries.values():
        digest.update(hashlib.sha256(text.encode()).digest())
    return Alignments(classes, properties, queries, digest.hexdigest())


def _read_queries(home: Home) -> Iterator[tuple[str, str]]:
    """Yield each profile that has a query, with its text, sorted."""
    for path in sorted(home.profiles.glob(f"*{QUESTION_SUFFIX}")):
        file, profile = path.relative_to(home.root).as_posix(), path.stem
        if not PROFILES.get(profile):
            choices = " or ".join(name for name, bases in PROFILES.items() if bases)
            message = f"its name is that of a profile: let it be {choices}"
            raise MalformedFile(message, file=file, value=profile)
        text = decode(read_regular(path, file=file), file=file)
        try:
            check_query(text)
            result = ox.Store().query(text)
        except QuerySyntaxError as error:
            raise MalformedFile(error.message, file=file, line=error.line) from error
        except Refused as error:
            raise MalformedFile(str(error), file=file) from error
        if not isinstance(result, ox.QueryTriples):
            message = "a profile is a CONSTRUCT query: it makes the statements to export"
            raise MalformedFile(message, file=file)
        yield profile, text


def translate(
    profile: str,
    statements: Iterable[ox.Triple],
    alignments: Alignments,
    about: str | None = None,
) -> frozenset[ox.Triple]:
    """Return the statements in the terms of one of PROFILES, with ours for what those lack.

    Things get their labels. With a thing `about`, only statements that lead from or to it in those
    terms are returned. `asserted` returns the statements as they are. Raises UsageError for another
    profile, and where there are no alignments.
    """
    bases, statements = PROFILES[choose_profile(profile)], frozenset(statements)
    if not bases:
        return statements
    if not (alignments.classes or alignments.properties):
        raise UsageError(f"the ontology here has no {ALIGNMENTS}: nothing can be said as {profile}")
    query = alignments.queries.get(profile)
    translated = set(_construct(query, statements)) if query else set()
    translated.update(_align(statements, alignments, bases, frozenset(translated)))
    if about:
        translated = _connected(translated, about)
    named = {term for triple in translated for term in (triple.subject, triple.object)}
    named |= {ox.NamedNode(about)} if about else set()
    name = ox.NamedNode(f"{SCHEMA_PROFILE}name" if profile == "schema.org" else LABEL)
    translated.update(
        ox.Triple(triple.subject, name, triple.object)
        for triple in statements
        if triple.predicate.value == LABEL and triple.subject in named
    )
    return frozenset(translated)


def match_outside(quads: Iterable[ox.Quad], same_as: str) -> Iterator[ox.Quad]:
    """Yield each outside name of a thing as a value of `same_as`, in the graph that gives it.

    `same_as` is one of SAME_AS; raises UsageError for another.
    """
    if same_as not in SAME_AS:
        choices = " or ".join(SAME_AS)
        raise UsageError(f"outside names cannot be given as {same_as[:100]!r}: choose {choices}")
    property_ = ox.NamedNode(SAME_AS[same_as])
    for quad in quads:
        if quad.predicate.value == _MATCH and isinstance(quad.object, ox.NamedNode):
            yield ox.Quad(quad.subject, property_, quad.object, quad.graph_name)


def _connected(statements: set[ox.Triple], about: str) -> set[ox.Triple]:
    """Return the statements that lead from or to the thing `about`, through other things."""
    reached, rest, grown = {ox.NamedNode(about)}, statements, True
    while grown:
        near = {
            triple
            for triple in rest
            if triple.predicate.value != TYPE
            and not reached.isdisjoint((triple.subject, triple.object))
        }
        reached |= {term for triple in near for term in (triple.subject, triple.object)}
        rest, grown = rest - near, bool(near)
    return {triple for triple in statements if triple.subject in reached}


def _construct(query: str, statements: frozenset[ox.Triple]) -> Iterator[ox.Triple]:
    """Yield what the query makes of the statements, with literals as they are written there.

    Those that Oxigraph would change, such as "7"^^xsd:positiveInteger, have another datatype in the
    query: they are not numbers there.
    """
    typed = {
        value
        for triple in statements
        if isinstance(value := triple.object, ox.Literal)
        and value.datatype.value not in IMPLICIT_DATATYPES
    }
    hidden = {
        literal: ox.Literal(literal.value, datatype=ox.NamedNode(_WRITTEN + literal.datatype.value))
        for literal in find_changed(typed)
    }
    store = ox.Store()
    store.bulk_extend(
        ox.Quad(triple.subject, triple.predicate, hidden.get(triple.object, triple.object))
        for triple in statements
    )
    written = {form: literal for literal, form in hidden.items()}
    for triple in store.query(query):
        value = written.get(triple.object, triple.object)
        yield ox.Triple(triple.subject, triple.predicate, value)


def _align(
    statements: frozenset[ox.Triple],
    alignments: Alignments,
    bases: tuple[str, ...],
    selected: frozenset[ox.Triple],
) -> Iterator[ox.Triple]:
    """Yield what follows from the alignments alone, in the terms that begin with `bases`.

    Of facts it is their classes, where the query of the profile `selected` something of them: the
    query knows what reports deny.
    """
    facts = {
        triple.subject
        for triple in statements
        if triple.predicate.value == TYPE and triple.object.value == FACT
    }
    chosen = {triple.subject for triple in selected if triple.predicate.value.startswith(bases)}
    for triple in statements:
        if triple.subject in facts and triple.subject not in chosen:
            continue
        if triple.predicate.value == TYPE:
            for wider in alignments.classes.get(triple.object.value, ()):
                if wider.startswith(bases):
                    yield ox.Triple(triple.subject, triple.predicate, ox.NamedNode(wider))
        if triple.subject in facts:
            continue
        for wider in alignments.properties.get(triple.predicate.value, ()):
            if wider.startswith(bases):
                yield ox.Triple(triple.subject, ox.NamedNode(wider), triple.object)
