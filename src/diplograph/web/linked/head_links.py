"""Links in the head of a page: its canonical address and the RDF of its thing; schema.org data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import request

from diplograph.build.vocabularies import translate
from diplograph.core.formats import SCHEMA_PROFILE, TRIPLE_FORMATS
from diplograph.core.jsonld import make_jsonld
from diplograph.core.names import TYPE
from diplograph.core.settings import Settings
from diplograph.core.things import Thing
from diplograph.views.thing import read_outline
from diplograph.web.addresses import data_address, write_path
from diplograph.web.context import AppContext


@dataclass(frozen=True)
class HeadLink:
    """One `link` element."""

    relation: str
    address: str
    media_type: str = ""
    title: str = ""


def list_head_links(context: AppContext, thing: Thing | str | None = None) -> Iterator[HeadLink]:
    """Yield the links of the current page: its own address, and each format of its thing's RDF."""
    yield HeadLink("canonical", find_canonical_address(context.settings))
    iri = getattr(thing, "iri", thing)
    for form in TRIPLE_FORMATS:
        address = iri and data_address(iri, form.suffix)
        if address:
            yield HeadLink("alternate", address, form.media_type, form.title)
            if form.name == "jsonld" and not context.still:  # a file has no parameters
                title = f"{form.title} in the words of schema.org"
                address = f"{address}?profile=schema.org"
                yield HeadLink("alternate", address, form.media_type, title)


def find_canonical_address(settings: Settings) -> str:
    """Return the one address of the current page, without parameters other than the page number.

    It has a host only where the operator sets the base URL: the Host header is the client's.
    """
    page = request.args.get("page", "")
    path = write_path(request.path) + (f"?page={page}" if page.isdecimal() and page != "1" else "")
    return (settings.base_url or request.root_path).rstrip("/") + path


def outline_thing(context: AppContext, thing: Thing | str) -> dict[str, Any]:
    """Return a thing in the vocabulary of schema.org as JSON-LD; one query.

    It is empty where schema.org has no class for the thing.
    """
    iri, alignments = getattr(thing, "iri", thing), context.alignments
    properties = [
        name
        for name, wider in alignments.properties.items()
        if any(term.startswith(SCHEMA_PROFILE) for term in wider)
    ]
    if not properties:
        return {}
    statements = read_outline(context.asking(), iri, properties)
    translated = translate("schema.org", statements, alignments, iri)
    if not any(
        triple.subject.value == iri and triple.predicate.value == TYPE for triple in translated
    ):
        return {}
    return make_jsonld(translated, vocabulary=SCHEMA_PROFILE, root=iri)
