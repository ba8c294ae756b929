"""Statements → the same in other words: those of schema.org, or of PROV and its kin.

What our terms mean in those vocabularies is written in ontology/alignments.ttl. Nothing is reasoned
with it, so it is no part of a build: it is read where statements leave.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from diplograph.core.errors import UsageError
from diplograph.core.files import decode, read_bytes
from diplograph.core.formats import PROFILES, SCHEMA_PROFILE, choose_profile
from diplograph.core.home import ALIGNMENTS, Home
from diplograph.core.names import LABEL, PREFIXES, TYPE
from diplograph.core.rdf import parse_turtle

_DG, _CONCEPT = PREFIXES["dg"], PREFIXES["dgc"]
_SUBCLASS, _SUBPROPERTY = (PREFIXES["rdfs"] + each for each in ("subClassOf", "subPropertyOf"))
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# Words of the reader's that leave no doubt about a date; a plan is what schema.org's dates tell of
# what has not yet been.
_SURE = {f"{_CONCEPT}modality/{each}" for each in ("asserted", "planned")}
_TOOK_PLACE = {f"{_CONCEPT}status/{each}" for each in ("held", "underway")}
_CALLED_OFF = {f"{_CONCEPT}status/{each}" for each in ("cancelled", "not-held", "postponed")}
_STATUS = {
    f"{_CONCEPT}status/cancelled": f"{SCHEMA_PROFILE}EventCancelled",
    f"{_CONCEPT}status/postponed": f"{SCHEMA_PROFILE}EventPostponed",
    f"{_CONCEPT}status/rescheduled": f"{SCHEMA_PROFILE}EventRescheduled",
}
# schema.org property to the roles of the dates that say when it was.
_WHEN = {"startDate": ("whole", "start"), "endDate": ("whole", "end")}

_Facts = dict[str, dict[str, list[str]]]


@dataclass(frozen=True)
class Alignments:
    """What our classes and properties are in other vocabularies, each IRI to wider ones.

    `digest` names the text they were read from.
    """

    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    properties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    digest: str = ""


def read_alignments(home: Home) -> Alignments:
    """Return what the ontology of `home` says of other vocabularies; nothing where it has no file.

    Raises UnreadableFile and MalformedFile.
    """
    path = home.ontology / ALIGNMENTS
    if not path.is_file():
        return Alignments()
    content, file = read_bytes(path, file=ALIGNMENTS), f"{home.ontology.name}/{ALIGNMENTS}"
    quads, _ = parse_turtle(decode(content, file=file), file=file)
    wider: dict[str, dict[str, list[str]]] = {_SUBCLASS: {}, _SUBPROPERTY: {}}
    for quad in quads:
        if quad.predicate.value in wider:
            listed = wider[quad.predicate.value].setdefault(quad.subject.value, [])
            listed.append(quad.object.value)
    classes, properties = (
        {name: tuple(sorted(each)) for name, each in wider[kind].items()}
        for kind in (_SUBCLASS, _SUBPROPERTY)
    )
    return Alignments(classes, properties, hashlib.sha256(content).hexdigest())


def translate(
    profile: str,
    statements: Iterable[ox.Triple],
    alignments: Alignments,
    about: str | None = None,
) -> frozenset[ox.Triple]:
    """Return the statements in the words of a profile, and none but those.

    What is named there is called by its label. With a thing `about`, only what leads from or to it
    in those words is kept. `asserted` gives the statements back as they are. Raises UsageError for
    another profile than PROFILES has, and where
    nobody said what our terms are in its words.
    """
    bases, statements = PROFILES[choose_profile(profile)], frozenset(statements)
    if not bases:
        return statements
    if not (alignments.classes or alignments.properties):
        raise UsageError(f"the ontology here has no {ALIGNMENTS}: nothing can be said as {profile}")
    found = set(_align(statements, alignments, bases))
    if profile == "schema.org":
        found.update(_say_when(statements, found, about))
    if about:
        found = _connect(found, about)
    named = {term for each in found for term in (each.subject, each.object)}
    named |= {ox.NamedNode(about)} if about else set()
    name = ox.NamedNode(f"{SCHEMA_PROFILE}name" if profile == "schema.org" else LABEL)
    found.update(
        ox.Triple(each.subject, name, each.object)
        for each in statements
        if each.predicate.value == LABEL and each.subject in named
    )
    return frozenset(found)


def _connect(statements: set[ox.Triple], about: str) -> set[ox.Triple]:
    """Return the statements that lead from or to the thing `about`, over whatever other things."""
    reached, rest, grown = {ox.NamedNode(about)}, statements, True
    while grown:
        ties = {each for each in rest if each.predicate.value != TYPE}
        near = {each for each in ties if not reached.isdisjoint((each.subject, each.object))}
        reached |= {term for each in near for term in (each.subject, each.object)}
        rest, grown = rest - near, bool(near)
    return {each for each in statements if each.subject in reached}


def _align(
    statements: frozenset[ox.Triple], alignments: Alignments, bases: tuple[str, ...]
) -> Iterator[ox.Triple]:
    """Yield what follows from the alignments alone, in the words that begin with `bases`."""
    for each in statements:
        if each.predicate.value == TYPE:
            for wider in alignments.classes.get(each.object.value, ()):
                if wider.startswith(bases):
                    yield ox.Triple(each.subject, each.predicate, ox.NamedNode(wider))
        for wider in alignments.properties.get(each.predicate.value, ()):
            if wider.startswith(bases):
                yield ox.Triple(each.subject, ox.NamedNode(wider), each.object)


def _say_when(
    statements: frozenset[ox.Triple], found: set[ox.Triple], about: str | None
) -> Iterator[ox.Triple]:
    """Yield the days on which events begin and end, where there is no doubt, and what became of it.

    An event that was called off has no day, nor one of which reports disagree. Of what is there
    because the thing `about` names it, not all dates are at hand, so nothing is said.
    """
    facts = _index(statements)
    events = {each.subject for each in found if each.object.value == f"{SCHEMA_PROFILE}Event"}
    events &= {ox.NamedNode(about)} if about else events
    for event in sorted(events, key=str):
        statuses = {
            value
            for record in _current(facts, event.value, "statusOf")
            for value in facts[record].get(f"{_DG}statusValue", ())
        }
        if not statuses & _TOOK_PLACE:
            for status in sorted(statuses & _STATUS.keys()):
                word = ox.NamedNode(_STATUS[status])
                yield ox.Triple(event, ox.NamedNode(f"{SCHEMA_PROFILE}eventStatus"), word)
        if statuses & _CALLED_OFF:
            continue
        for word, roles in _WHEN.items():
            day = _find_day(facts, event.value, roles)
            if day:
                value = ox.Literal(day, datatype=ox.NamedNode(f"{SCHEMA_PROFILE}Date"))
                yield ox.Triple(event, ox.NamedNode(SCHEMA_PROFILE + word), value)


def _find_day(facts: _Facts, event: str, roles: tuple[str, ...]) -> str | None:
    """Return the one day that every estimate with one of the roles allows, and one surely gives."""
    wanted = {f"{_CONCEPT}date-role/{each}" for each in roles}
    estimates = [
        facts[each]
        for each in _current(facts, event, "dateOf")
        if wanted.intersection(facts[each].get(f"{_DG}dateRole", ()))
    ]
    days = {
        day
        for each in estimates
        for day in each.get(f"{_DG}edtf", ())
        if _DAY.fullmatch(day) and each["sure"]
    }
    return (
        next(iter(days)) if len(days) == 1 and all(_allows(*days, e) for e in estimates) else None
    )


def _allows(day: str, estimate: dict[str, list[str]]) -> bool:
    earliest, latest = (estimate.get(_DG + each, [""])[0][:10] for each in ("earliest", "latest"))
    return (not earliest or earliest <= day) and (not latest or day <= latest)


def _current(facts: _Facts, fact: str, relation: str) -> list[str]:
    """Return the facts that have `fact` by that property and that some reading still supports."""
    return [each for each in facts.get(fact, {}).get(f"^{relation}", ()) if facts[each]["current"]]


def _index(statements: frozenset[ox.Triple]) -> _Facts:
    """Return what dates, statuses and readings say, by subject and property.

    A fact has under `^dateOf` and `^statusOf` the records about it; a record under `current` the
    readings that no later one replaces, under `sure` those of them that leave no doubt.
    """
    facts: _Facts = defaultdict(lambda: {"current": [], "sure": []})
    replaced: set[str] = set()
    for each in sorted(statements, key=str):
        subject, name, value = each.subject.value, each.predicate.value, each.object.value
        facts[subject].setdefault(name, []).append(value)
        if name == f"{_DG}supersedes":
            replaced.add(value)
        elif name == f"{_DG}supersededBy":
            replaced.add(subject)
    for subject, said in list(facts.items()):
        for relation in ("dateOf", "statusOf"):
            for fact in said.get(_DG + relation, ()):
                facts[fact].setdefault(f"^{relation}", []).append(subject)
        for record in said.get(f"{_DG}attests", ()) if subject not in replaced else ():
            facts[record]["current"].append(subject)
            if _SURE.intersection(said.get(f"{_DG}modality", ())):
                facts[record]["sure"].append(subject)
    return facts
