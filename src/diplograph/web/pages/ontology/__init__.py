"""The reference of our own words: the ontology's classes, properties, concepts and shapes."""

from __future__ import annotations

from functools import lru_cache

from flask import Blueprint, Response, redirect, request

from diplograph.core.errors import UnknownThing
from diplograph.core.names import PREFIXES, compact
from diplograph.core.things import Thing
from diplograph.views.ontology import OntologyTerm
from diplograph.views.ontology_reference import (
    Reference,
    find_home,
    read_members,
    read_property_values,
    read_reference,
)
from diplograph.web.addresses import write_path
from diplograph.web.context import AppContext
from diplograph.web.pages.ontology.diagrams import (
    Diagram,
    Relation,
    draw_levels,
    draw_term,
    relate_levels,
)
from diplograph.web.pages.ontology.documents import (
    OntologyFiles,
    find_document,
    find_statements,
    say_missing,
    split_suffix,
)
from diplograph.web.paging import PAGE_SIZE, count_pages, read_page
from diplograph.web.rendering import render

Used = tuple[Thing | tuple[Thing, Thing | str], ...]


class OntologyReader:
    """Reads the reference of the build that is served, and what its terms are used for."""

    def __init__(self, edition: AppContext):
        self._edition = edition

        @lru_cache(maxsize=2)  # the build that is served, and the one before
        def read_once(digest: str) -> Reference:
            return read_reference(edition.asking(), edition.questions.values(), find_home())

        @lru_cache(maxsize=256)
        def read_used(digest: str, iri: str, is_class: bool, page: int) -> Used:
            read = read_members if is_class else read_property_values
            return read(edition.asking(), iri, PAGE_SIZE, (page - 1) * PAGE_SIZE)

        @lru_cache(maxsize=2)
        def relate_once(digest: str) -> tuple[tuple[Relation, ...], Diagram | None]:
            reference = read_once(digest)
            levels = relate_levels(reference.vocabulary, reference.sizes)
            return levels, draw_levels(reference.vocabulary, levels)

        self._read_once, self._read_used, self._relate_once = read_once, read_used, relate_once

    def reference(self) -> Reference:
        """Return the reference; four queries the first time."""
        return self._read_once(self._edition.digest)

    def used(self, term: OntologyTerm, page: int) -> Used:
        """Return a page of the things of a class, or of the statements of a property; one query."""
        return self._read_used(self._edition.digest, term.thing.iri, term.is_class, page)

    def levels(self) -> tuple[tuple[Relation, ...], Diagram | None]:
        """Return how the levels relate, and a drawing of it; None where there are none."""
        return self._relate_once(self._edition.digest)


def create_terms(edition: AppContext) -> Blueprint:
    """Return the blueprint of the reference and of a page for each term, shape and version.

    The ontology is read once a build; each address answers with a page or with RDF, by Accept or
    by the suffix it ends with.
    """
    pages, reader = Blueprint("terms", __name__), OntologyReader(edition)
    forms = OntologyFiles(edition, lambda name: find_statements(reader.reference(), name))

    def answer(name: str, suffix: str) -> Response:
        if not forms.wants_page(suffix):
            return forms.answer(name, suffix)
        return forms.finish(show_term(edition, reader, name))

    @pages.get("/ontology")
    def ontology() -> Response:
        return answer("", "")

    @pages.get("/ontology.<suffix>")
    def file(suffix: str) -> Response:
        return answer("", _check(suffix))

    @pages.get("/ontology/")
    def folder() -> Response:
        return redirect(_link(), 308)

    @pages.get("/ontology/<path:name>")
    def document(name: str) -> Response:
        return answer(*split_suffix(name))

    return pages


def show_term(edition: AppContext, reader: OntologyReader, name: str) -> Response:
    """Return the page about what is called `name`; raises UnknownThing with what is nearly so."""
    reference = reader.reference()
    document = find_document(reference, name)
    if document is None:
        raise UnknownThing(say_missing(reference, name))
    values = dict(document.values)
    if document.template == "ontology.html":
        values |= _overview(reader)
    if isinstance(values.get("term"), OntologyTerm):
        values |= _use(edition, reader, values["term"])
    if values.get("file") and values["file"].aligns:
        values["aligned"] = _align_all(edition, reference)
    return render(document.template, reference=reference, at=_link, **values)


def _check(suffix: str) -> str:
    """Return the suffix of the whole ontology's file; raises UnknownThing where it is no form's."""
    if not split_suffix(f"ontology.{suffix}")[1]:
        raise UnknownThing(f"the ontology cannot be had as .{suffix[:20]}")
    return suffix


def _overview(reader: OntologyReader) -> dict:
    sought = " ".join(request.args.get("q", "").split())[:200]
    found = reader.reference().search(sought) if sought else ()
    levels, diagram = reader.levels()
    shown = {"levels": levels, "diagram": diagram, "prefixes": PREFIXES}
    return {"asked": sought, "found": found, **shown}


def _use(edition: AppContext, reader: OntologyReader, term: OntologyTerm) -> dict:
    """Return what a term is elsewhere and, of the page asked for, what it is used for here."""
    iri, page = term.thing.iri, 1 if edition.still else read_page()
    total = reader.reference().sizes.get(iri, 0)
    if page > count_pages(total):
        raise UnknownThing(f"{term.thing.curie} has {count_pages(total)} pages, not {page}")
    used = reader.used(term, page) if total else ()
    return {
        "aligned": _align(edition, iri),
        "diagram": draw_term(term),
        "total": total,
        "used": used,
        "page": page,
        "pages": count_pages(total),
        "address": lambda number: f"{_link(term.name)}?page={number}#used",
    }


def _align(edition: AppContext, iri: str) -> tuple[Thing, ...]:
    """Return the terms of other vocabularies that a term is a case of."""
    known = edition.alignments
    wider = (*known.classes.get(iri, ()), *known.properties.get(iri, ()))
    return tuple(Thing(each, compact(each)) for each in wider)


def _align_all(edition: AppContext, reference: Reference) -> list[tuple[Thing, tuple[Thing, ...]]]:
    pairs = ((term.thing, _align(edition, iri)) for iri, term in reference.vocabulary.terms.items())
    return [pair for pair in pairs if pair[1]]


def _link(name: str = "", suffix: str = "") -> str:
    """Return the address, for the request at hand, of a document of the ontology."""
    path = f"/{write_path(name)}" if name else ""
    return f"{request.root_path.rstrip('/')}/ontology{path}" + (f".{suffix}" if suffix else "")
