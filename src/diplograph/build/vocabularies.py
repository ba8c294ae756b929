"""Translate statements into the terms of schema.org, or of PROV, ORG, Web Annotation and SEM.

What our terms correspond to is written in ontology/alignments.ttl. Nothing is reasoned with it, so
it is no part of a build: it is read when statements are exported.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from diplograph.core.errors import UsageError
from diplograph.core.files import decode, read_regular
from diplograph.core.formats import PROFILES, SCHEMA_PROFILE, choose_profile
from diplograph.core.home import ALIGNMENTS, Home
from diplograph.core.inputs import is_alignments, list_ontology_files
from diplograph.core.names import LABEL, PREFIXES, TYPE
from diplograph.core.rdf import parse_rdf

_DG, _CONCEPT = PREFIXES["dg"], PREFIXES["dgc"]
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# Modalities that leave no doubt about a date: a plan counts, since schema.org gives dates of events
# to come.
_CERTAIN = {f"{_CONCEPT}modality/{name}" for name in ("asserted", "planned")}
_TOOK_PLACE = {f"{_CONCEPT}status/{name}" for name in ("held", "underway")}
_CALLED_OFF = {f"{_CONCEPT}status/{name}" for name in ("cancelled", "not-held", "postponed")}
_EVENT_STATUSES = {
    f"{_CONCEPT}status/{name}": f"{SCHEMA_PROFILE}Event{name.title()}"
    for name in ("cancelled", "postponed", "rescheduled")
}
# schema.org property to the roles of the date estimates that give it.
_DATE_ROLES = {"startDate": ("whole", "start"), "endDate": ("whole", "end")}

_Facts = dict[str, dict[str, list[str]]]


@dataclass(frozen=True)
class Alignments:
    """Our classes and properties with the wider ones of others; `digest`: SHA-256 of the text."""

    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    properties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    digest: str = ""


def read_alignments(home: Home) -> Alignments:
    """Return the alignments that `home` has, if any; raises UnreadableFile and MalformedFile."""
    path = next(filter(is_alignments, list_ontology_files(home.ontology)), None)
    if path is None:
        return Alignments()
    file = f"{home.ontology.name}/{path.name}"
    content = read_regular(path, file=file)
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
    return Alignments(classes, properties, hashlib.sha256(content).hexdigest())


def translate(
    profile: str,
    statements: Iterable[ox.Triple],
    alignments: Alignments,
    about: str | None = None,
) -> frozenset[ox.Triple]:
    """Return the statements in the terms of one of PROFILES, and no others.

    Things get their labels. With a thing `about`, only statements that lead from or to it in those
    terms are returned. `asserted` returns the statements as they are. Raises UsageError for another
    profile, and where there are no alignments.
    """
    bases, statements = PROFILES[choose_profile(profile)], frozenset(statements)
    if not bases:
        return statements
    if not (alignments.classes or alignments.properties):
        raise UsageError(f"the ontology here has no {ALIGNMENTS}: nothing can be said as {profile}")
    translated = set(_align(statements, alignments, bases))
    if profile == "schema.org":
        translated.update(_date_events(statements, translated, about))
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


def _align(
    statements: frozenset[ox.Triple], alignments: Alignments, bases: tuple[str, ...]
) -> Iterator[ox.Triple]:
    """Yield what follows from the alignments alone, in the terms that begin with `bases`."""
    for triple in statements:
        if triple.predicate.value == TYPE:
            for wider in alignments.classes.get(triple.object.value, ()):
                if wider.startswith(bases):
                    yield ox.Triple(triple.subject, triple.predicate, ox.NamedNode(wider))
        for wider in alignments.properties.get(triple.predicate.value, ()):
            if wider.startswith(bases):
                yield ox.Triple(triple.subject, ox.NamedNode(wider), triple.object)


def _date_events(
    statements: frozenset[ox.Triple], translated: set[ox.Triple], about: str | None
) -> Iterator[ox.Triple]:
    """Yield the status of events (or of the event `about`), and the days that are certain.

    An event that was called off has no day, nor one on which reports disagree.
    """
    facts = _index(statements)
    event_class = f"{SCHEMA_PROFILE}Event"
    events = {triple.subject for triple in translated if triple.object.value == event_class}
    events &= {ox.NamedNode(about)} if about else events
    for event in sorted(events, key=str):
        statuses = {
            value
            for record in _current(facts, event.value, "statusOf")
            for value in facts[record].get(f"{_DG}statusValue", ())
        }
        if not statuses & _TOOK_PLACE:
            for status in statuses & _EVENT_STATUSES.keys():
                value = ox.NamedNode(_EVENT_STATUSES[status])
                yield ox.Triple(event, ox.NamedNode(f"{SCHEMA_PROFILE}eventStatus"), value)
        if statuses & _CALLED_OFF:
            continue
        for name, roles in _DATE_ROLES.items():
            day = _find_day(facts, event.value, roles)
            if day:
                value = ox.Literal(day, datatype=ox.NamedNode(f"{SCHEMA_PROFILE}Date"))
                yield ox.Triple(event, ox.NamedNode(SCHEMA_PROFILE + name), value)


def _find_day(facts: _Facts, event: str, roles: tuple[str, ...]) -> str | None:
    """Return the day that one estimate with such a role certainly gives and all others allow."""
    wanted = {f"{_CONCEPT}date-role/{role}" for role in roles}
    estimates = [
        facts[estimate]
        for estimate in _current(facts, event, "dateOf")
        if wanted.intersection(facts[estimate].get(f"{_DG}dateRole", ()))
    ]
    days = {
        edtf
        for estimate in estimates
        for edtf in estimate.get(f"{_DG}edtf", ())
        if _DAY.fullmatch(edtf) and estimate["certain"]
    }
    if len(days) != 1:
        return None
    day = days.pop()
    for estimate in estimates:
        first, last = (estimate.get(_DG + name, [day])[0][:10] for name in ("earliest", "latest"))
        if first > day or (last and last < day):
            return None
    return day


def _current(facts: _Facts, fact: str, relation: str) -> list[str]:
    """Return the records related to `fact` that an attestation not superseded supports."""
    records = facts.get(fact, {}).get(f"^{relation}", ())
    return [record for record in records if facts[record]["current"]]


def _index(statements: frozenset[ox.Triple]) -> _Facts:
    """Return values by subject and property, with the relations that dates and statuses need.

    A fact has under `^dateOf` and `^statusOf` the records about it; a record under `current` the
    attestations not superseded, under `certain` those of them that leave no doubt.
    """
    facts: _Facts = defaultdict(lambda: {"current": [], "certain": []})
    superseded: set[str] = set()
    for triple in sorted(statements, key=str):
        subject, name, value = triple.subject.value, triple.predicate.value, triple.object.value
        facts[subject].setdefault(name, []).append(value)
        if name == f"{_DG}supersedes":
            superseded.add(value)
        elif name == f"{_DG}supersededBy":
            superseded.add(subject)
    for subject, values in list(facts.items()):
        for relation in ("dateOf", "statusOf"):
            for fact in values.get(_DG + relation, ()):
                facts[fact].setdefault(f"^{relation}", []).append(subject)
        for record in values.get(f"{_DG}attests", ()) if subject not in superseded else ():
            facts[record]["current"].append(subject)
            if _CERTAIN.intersection(values.get(f"{_DG}modality", ())):
                facts[record]["certain"].append(subject)
    return facts
