"""What an address below /ontology names: the ontology, a theme, a version, a term or a shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from diplograph.core.errors import UnknownThing
from diplograph.core.names import ONTOLOGY
from diplograph.views.ontology import Header, OntologyTerm, Scheme
from diplograph.views.ontology_reference import (
    Reference,
    describe_shape,
    describe_term,
    describe_theme,
    merge_themes,
)

_SHAPES = "shape/"


@dataclass(frozen=True)
class Document:
    """One document: the template of its page with its values, and what gives its statements."""

    template: str
    values: Mapping[str, object]
    statements: Callable[[], set[ox.Triple]]


def find_document(reference: Reference, name: str) -> Document | None:
    """Return the document that a name stands for, None where there is none.

    A term comes before a theme of the same name; a version that is not the one here is none.
    """
    if not name:
        return _make_ontology(reference)
    if name.startswith(_SHAPES):
        return _make_shape(reference, name.removeprefix(_SHAPES))
    term = reference.find(name)
    if term:
        return _make_term(reference, term)
    for header in list_headers(reference):
        version = header.version_iri.removeprefix(ONTOLOGY).lstrip("/")
        if name in {header.name, version}:
            return _make_theme(reference, header) if header.name else _make_ontology(reference)
    return None


def find_statements(reference: Reference, name: str) -> set[ox.Triple]:
    """Return the statements of the document that a name stands for.

    Raises UnknownThing, with what is called nearly so, where there is none or nothing is said.
    """
    document = find_document(reference, name)
    statements = document.statements() if document else set()
    if not statements:
        raise UnknownThing(say_missing(reference, name))
    return statements


def list_headers(reference: Reference) -> tuple[Header, ...]:
    """Return the headers that are served: the ontology's, its themes', that of the alignments."""
    vocabulary = reference.vocabulary
    if vocabulary.header is None:
        return ()
    served = (vocabulary.header, *vocabulary.themes)
    files = (each.header for each in reference.files if each.aligns)
    version = vocabulary.header.version
    return (*served, *(each for each in files if each.version == version and each not in served))


def say_missing(reference: Reference, name: str) -> str:
    """Return why nothing is called so, in one sentence with what is called nearly so."""
    header = reference.vocabulary.header
    if header is None:
        return "this build holds no ontology"
    base, _, last = name.rpartition("/")
    if last[:1].isdigit():
        here = next((each for each in list_headers(reference) if each.name == base), header)
        return f"version {last[:40]} of {here.title} is not here; the one here is {here.version}"
    near = " or ".join(each.curie for each in reference.find_near(name))
    words = f"the ontology has no term called {name[:80]}"
    return f"{words}; did you mean {near}?" if near else words


def list_terms(reference: Reference, header: Header) -> tuple[OntologyTerm, ...]:
    """Return the terms that are written in the file of a theme."""
    placed = reference.placed
    return tuple(
        term
        for iri, term in reference.vocabulary.terms.items()
        if iri in placed and placed[iri].header.iri == header.iri
    )


def list_schemes(reference: Reference, header: Header) -> tuple[Scheme, ...]:
    """Return the concept schemes that are written in the file of a theme."""
    return tuple(
        each
        for each in reference.vocabulary.schemes
        if each.thing.iri in reference.placed
        and reference.placed[each.thing.iri].header.iri == header.iri
    )


def _make_ontology(reference: Reference) -> Document:
    headers = list_headers(reference)
    themes = [
        (each, list_terms(reference, each), list_schemes(reference, each))
        for each in headers
        if each.name
    ]
    placed = {term.thing.iri for _, terms, _ in themes for term in terms}
    rest = [term for iri, term in reference.vocabulary.terms.items() if iri not in placed]
    values = {"themes": themes, "rest": rest}
    return Document("ontology.html", values, lambda: merge_themes(reference.vocabulary))


def _make_theme(reference: Reference, header: Header) -> Document:
    terms = list_terms(reference, header)
    file = reference.find_file(header)

    def describe() -> set[ox.Triple]:
        if file:
            return set(file.statements.triples)
        iris = [term.thing.iri for term in terms]
        return describe_theme(reference.vocabulary, header.iri, iris)

    schemes = list_schemes(reference, header)
    values = {"theme": header, "terms": terms, "schemes": schemes, "file": file}
    return Document("theme.html", values, describe)


def _make_term(reference: Reference, term: OntologyTerm) -> Document:
    values = {
        "term": term,
        "theme": reference.placed.get(term.thing.iri),
        "constraints": reference.find_constraints(term),
        "wider_shapes": reference.find_wider_shapes(term) if term.is_class else (),
        "questions": reference.questions.get(term.name, ()),
    }
    iri = term.thing.iri
    return Document("term.html", values, lambda: describe_term(reference.vocabulary, iri))


def _make_shape(reference: Reference, name: str) -> Document | None:
    shape = reference.shapes.get(name)
    if shape is None:
        return None
    iri = shape.thing.iri
    return Document(
        "shape.html", {"shape": shape}, lambda: describe_shape(reference.shape_statements, iri)
    )
