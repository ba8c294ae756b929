"""What the head of a page tells machines: where it is at home, and where its RDF is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import request

from diplograph.build.vocabularies import SCHEMA_PROFILE, translate
from diplograph.core.formats import STATEMENTS
from diplograph.core.jsonld import make_jsonld
from diplograph.core.names import TYPE
from diplograph.core.things import Thing
from diplograph.views.thing import read_outline
from diplograph.web.addresses import locate_data, write_path
from diplograph.web.edition import Edition
from diplograph.web.settings import Settings

# The forms that a page leads to; those that keep graphs apart have nothing more to say here.
SHOWN = tuple(form for form in STATEMENTS.values() if not form.graphs)


@dataclass(frozen=True)
class Alternate:
    """One link of a page's head."""

    relation: str
    address: str
    media_type: str = ""
    title: str = ""


def list_alternates(edition: Edition, thing: Thing | str | None = None) -> Iterator[Alternate]:
    """Yield the links of the page at hand: its own address, and the forms of its thing's RDF."""
    yield Alternate("canonical", find_canonical(edition.settings))
    iri = getattr(thing, "iri", thing)
    for form in SHOWN:
        address = iri and locate_data(iri, form.suffix)
        if address:
            yield Alternate("alternate", address, form.media_type, form.title)
            if form.name == "jsonld" and not edition.still:  # a file has no parameters
                words = f"{form.title} in the words of schema.org"
                address = f"{address}?profile=schema.org"
                yield Alternate("alternate", address, form.media_type, words)


def find_canonical(settings: Settings) -> str:
    """Return the address at which the page at hand is at home, whatever day it is asked for.

    It is whole where the operator says what it begins with; a client may have sent any Host.
    """
    page = request.args.get("page", "")
    path = write_path(request.path) + (f"?page={page}" if page.isdecimal() and page != "1" else "")
    if settings.base_url:
        return settings.base_url.rstrip("/") + path
    return request.root_path.rstrip("/") + path


def outline(edition: Edition, thing: Thing | str) -> dict[str, Any]:
    """Return what a thing is in the words of schema.org, as JSON-LD; one query.

    It is empty where schema.org has no word for such a thing.
    """
    iri, alignments = getattr(thing, "iri", thing), edition.alignments
    properties = [
        name
        for name, wider in alignments.properties.items()
        if any(each.startswith(SCHEMA_PROFILE) for each in wider)
    ]
    if not properties:
        return {}
    statements = read_outline(edition.asking(), iri, properties)
    said = translate("schema.org", statements, alignments, iri)
    typed = any(each.subject.value == iri and each.predicate.value == TYPE for each in said)
    return make_jsonld(said, vocabulary=SCHEMA_PROFILE, root=iri) if typed else {}
