"""The reference of our own words: the ontology's classes, properties, concepts and shapes."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request

from diplograph.core.errors import UnknownThing
from diplograph.core.names import PREFIXES, compact
from diplograph.core.things import Thing
from diplograph.views.ontology import OntologyTerm
from diplograph.views.ontology_reference import Reference
from diplograph.web.addresses import write_path
from diplograph.web.edition import Edition
from diplograph.web.pages.terms.diagrams import draw_term
from diplograph.web.pages.terms.documents import find_document, find_statements, say_missing
from diplograph.web.pages.terms.forms import Forms, split_suffix
from diplograph.web.pages.terms.reader import Reader
from diplograph.web.paging import count_pages, read_page
from diplograph.web.rendering import render


def create_terms(edition: Edition) -> Blueprint:
    """Return the blueprint of the reference and of a page for each term, shape and version.

    The ontology is read once a build; each address answers with a page or with RDF, by Accept or
    by the suffix it ends with.
    """
    pages, reader = Blueprint("terms", __name__), Reader(edition)
    forms = Forms(edition, lambda name: find_statements(reader.reference(), name))

    def answer(name: str, suffix: str) -> Response:
        if not forms.wants_page(suffix):
            return forms.answer(name, suffix)
        return forms.finish(show(edition, reader, name))

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


def show(edition: Edition, reader: Reader, name: str) -> Response:
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


def _overview(reader: Reader) -> dict:
    sought = " ".join(request.args.get("q", "").split())[:200]
    found = reader.reference().search(sought) if sought else ()
    levels, diagram = reader.levels()
    shown = {"levels": levels, "diagram": diagram, "prefixes": PREFIXES}
    return {"asked": sought, "found": found, **shown}


def _use(edition: Edition, reader: Reader, term: OntologyTerm) -> dict:
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


def _align(edition: Edition, iri: str) -> tuple[Thing, ...]:
    """Return the terms of other vocabularies that a term is a case of."""
    known = edition.alignments
    wider = (*known.classes.get(iri, ()), *known.properties.get(iri, ()))
    return tuple(Thing(each, compact(each)) for each in wider)


def _align_all(edition: Edition, reference: Reference) -> list[tuple[Thing, tuple[Thing, ...]]]:
    pairs = ((term.thing, _align(edition, iri)) for iri, term in reference.vocabulary.terms.items())
    return [pair for pair in pairs if pair[1]]


def _link(name: str = "", suffix: str = "") -> str:
    """Return the address, for the request at hand, of a document of the ontology."""
    path = f"/{write_path(name)}" if name else ""
    return f"{request.root_path.rstrip('/')}/ontology{path}" + (f".{suffix}" if suffix else "")
