"""Labels, there and back: the label of a thing shown, the thing of a label typed."""

from __future__ import annotations

import json
import re

import pyoxigraph as ox

from diplograph.build.questions import Parameter
from diplograph.core import rdf
from diplograph.core.errors import AmbiguousThing, UnknownThing
from diplograph.core.names import PREFIXES, compact
from diplograph.store.interface import Engine, QueryRequest
from diplograph.views.search import SearchIndex

_PROLOGUE = f"PREFIX rdfs: <{PREFIXES['rdfs']}>\nPREFIX skos: <{PREFIXES['skos']}>\n"
_LABELS = """
CONSTRUCT {{ ?thing ?property ?label }} WHERE {{
  VALUES ?thing {{ {things} }}
  VALUES ?property {{ rdfs:label skos:prefLabel }}
  ?thing ?property ?label
  FILTER(LANG(?label) IN ("", "en"))
}}"""
_THINGS = """
SELECT DISTINCT ?thing ?label WHERE {{
  ?thing rdfs:label|skos:prefLabel ?label
  FILTER(LANG(?label) IN ("", "en") && ISIRI(?thing) && LCASE(STR(?label)) IN ({labels}))
}}
ORDER BY ?thing ?label"""
# A CURIE or an IRI: a label has spaces about its words, or no colon.
_NAME = re.compile(r"<[^<>\s]*>|[\w-]+:[^\s,]+")


def read_labels(engine: Engine, things: set[str]) -> dict[str, str]:
    """Return the English label, or else the one without a language, of each thing that has one."""
    if not things:
        return {}
    listed = " ".join(str(ox.NamedNode(thing)) for thing in sorted(things))
    text = _PROLOGUE + _LABELS.format(things=listed)
    body = engine.answer(QueryRequest(text, statements="ntriples")).body
    return rdf.read_labels(ox.parse(body, format=ox.RdfFormat.N_TRIPLES))


def resolve(
    engine: Engine, parameter: Parameter, typed: str, index: SearchIndex | None = None
) -> str | list[str]:
    """Return what was typed for a parameter with the labels in it replaced by IRIs.

    Several things are parted by commas, CURIEs and IRIs also by spaces. Where the default is UNDEF,
    which may stand for a text as well, a label that nothing has stays a text. Labels are looked up
    in `index` where there is one, which spares the engine. Raises UnknownThing and AmbiguousThing,
    naming the parameter.
    """
    if any(isinstance(term, ox.Literal) for term in parameter.terms):
        return typed
    parts = [part.strip() for part in typed.split(",") if part.strip()]
    spoken = {part for part in parts if not all(map(_NAME.fullmatch, part.split()))}
    if not spoken:
        return [name for part in parts for name in part.split()] or typed
    whole = typed.strip()
    sought = spoken | {whole}
    found = _find(engine, sought) if index is None else index.find_called(sought)
    if found[whole]:
        return _only(parameter, whole, found[whole])
    values: list[str] = []
    for part in parts:
        if part not in spoken:
            values += part.split()
        elif found[part]:
            values.append(_only(parameter, part, found[part]))
        elif parameter.names_things:
            raise UnknownThing(f"{parameter.name}: nothing here is called {part!r}")
        else:
            return typed
    return values


def _find(engine: Engine, spoken: set[str]) -> dict[str, list[str]]:
    """Return for each label the things that have it exactly, else whatever its case."""
    listed = ", ".join(sorted({f"LCASE({ox.Literal(label)})" for label in spoken}))
    exact: dict[str, list[str]] = {label: [] for label in spoken}
    folded: dict[str, list[str]] = {label.casefold(): [] for label in spoken}
    for row in _ask(engine, _THINGS.format(labels=listed)):
        thing, label = row["thing"]["value"], row["label"]["value"]
        exact.setdefault(label, []).append(thing)
        folded.setdefault(label.casefold(), []).append(thing)
    return {label: exact[label] or folded[label.casefold()] for label in spoken}


def _only(parameter: Parameter, label: str, things: list[str]) -> str:
    different = sorted(set(things))
    if len(different) > 1:
        listed = ", ".join(compact(each) for each in different)
        message = f"{parameter.name}: {label!r} names several things: choose one of {listed}"
        raise AmbiguousThing(message)
    return different[0]


def _ask(engine: Engine, text: str) -> list[dict]:
    answer = engine.answer(QueryRequest(_PROLOGUE + text, solutions="json"))
    return json.loads(answer.body)["results"]["bindings"]
