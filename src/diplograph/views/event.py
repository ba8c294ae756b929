"""One event: its status, dates, participants, agenda, and the events it is linked with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import groupby
from operator import itemgetter

from diplograph.core.dates import parse_whole
from diplograph.core.errors import UnknownThing
from diplograph.core.names import PREFIXES, compact
from diplograph.core.things import Thing, Value
from diplograph.views.query import BindingRow, QueryRunner, fill_query, group_rows, thing
from diplograph.views.records import (
    DG,
    Attestation,
    FactRecord,
    Passage,
    is_known,
    read_asserted_values,
    read_evidence,
    read_inferred_values,
)
from diplograph.views.status import (
    CONTESTED,
    LATEST_DAY,
    UNSTATED_STATUS,
    WIDER,
    DateRange,
    Dates,
    States,
    Status,
    are_alternatives,
    choose_state,
    join_dates,
    read_dates,
    read_states,
    say_status,
)
from diplograph.views.thing import NamedThing, read_named_things

# Facts that name the event, on one page.
EVENT_FACTS_SHOWN = 100
# Properties whose values have a section of their own; the rest stands in the list of others.
_IN_SECTIONS = frozenset(
    "visitor visitKind speaker addressee content onTopic meetingOf pressureBy"
    " conductBy conductWith conductIn".split()
)
# Facts that link two events, by the property that names the one of which they are: side and words
# of the other as seen from it, and of it as seen from the other.
_EVENT_LINKS = {
    "inclusionOf": (("around", "part of"), ("within", "includes")),
    "preparationOf": (("after", "prepares for"), ("before", "prepared by")),
    "continuationOf": (("before", "follows"), ("after", "followed by")),
    "firstOccurrenceOf": (("before", "first since"), ("after", "first since this one")),
    "purposeOf": (("around", "aims at"), ("within", "is the aim of")),
}

# Roles of those who bring others together, and of those who vote.
_BETWEEN, _VOTING = ("mediator", "broker"), ("in-favour", "against", "abstained")
# Passages that are quoted on one page.
SOURCES_SHOWN = 40

# How an item of an agenda stands, the firmest first.
AGENDA_STANDINGS = ("discussed", "on the agenda", "expected", "denied")

# (side of the chain, words of the link, event, its number in its series or "", the link)
_Link = tuple[str, str, Thing, str, FactRecord | None]


@dataclass(frozen=True)
class EventLink:
    """Another event in the chain: how it is linked, its status, dates and number in a series.

    `records` are the facts that link the two; there is none where their numbers in a series do.
    """

    words: str
    thing: Thing
    status: Status
    dates: tuple[DateRange, ...]
    ordinal: str = ""
    records: tuple[FactRecord, ...] = ()


@dataclass(frozen=True)
class EventChain:
    """The events that an event is linked with: before and after it, around and within it."""

    before: tuple[EventLink, ...]
    around: tuple[EventLink, ...]
    within: tuple[EventLink, ...]
    after: tuple[EventLink, ...]

    def __bool__(self) -> bool:
        return bool(self.before or self.around or self.within or self.after)


@dataclass(frozen=True)
class AgendaItem:
    """An item of the agenda; `standing` is expected, discussed, on the agenda or denied."""

    record: FactRecord
    subjects: tuple[Thing, ...]
    standing: str


@dataclass(frozen=True)
class QuotedSource:
    """A passage that an event rests on, with its readings in force."""

    passage: Passage
    readings: tuple[Attestation, ...]

    @property
    def hedges(self) -> tuple[str, ...]:
        """The words by which it hedges."""
        return tuple(hedge for reading in self.readings for hedge in reading.hedges)


@dataclass(frozen=True)
class EventDetails:
    """What the page of an event shows; `record` is what files assert of the event itself.

    `known`: a report received by the day tells of it; if none does, `known_from` is the day from
    which one does, if that is known. `facts` are those that name it, by property, `total` counts
    them all; `states` are the states of its places, by place.
    """

    named: NamedThing
    known: bool
    known_from: str
    status: Status
    dates: tuple[DateRange, ...]
    record: FactRecord
    facts: Mapping[str, tuple[FactRecord, ...]]
    agenda: tuple[AgendaItem, ...]
    chain: EventChain
    states: Mapping[str, tuple[Thing, ...]]
    inferred: tuple[Value, ...]
    total: int

    @property
    def thing(self) -> Thing:
        """The event."""
        return self.named.thing

    def of(self, name: str) -> tuple[FactRecord, ...]:
        """Return the facts that name the event by the property called `name`."""
        return self.facts.get(name, ())

    def linked(self, name: str) -> tuple[FactRecord, ...]:
        """Return the links of that name that hold, such as `placementOf`, with a thing at the end.

        Those that have been corrected, or are only denied, do not hold.
        """
        return tuple(fact for fact in self.of(name) if _holds(fact) and fact.things("linkTo"))

    @cached_property
    def takers(self) -> tuple[FactRecord, ...]:
        """Who takes part, without those who vote, and those who only bring others together."""
        others = (*_BETWEEN, *_VOTING)
        return tuple(record for record in self.of("participationIn") if not _acts(record, others))

    @cached_property
    def mediators(self) -> tuple[FactRecord, ...]:
        """Those who bring others together: participations, then links."""
        named = (record for record in self.of("participationIn") if _acts(record, _BETWEEN))
        return (*named, *self.linked("brokerageOf"))

    @cached_property
    def votes(self) -> tuple[tuple[Thing, tuple[FactRecord, ...]], ...]:
        """How it was voted, with who voted so: in favour, against, abstained."""
        found: dict[str, list[FactRecord]] = {}
        for record in filter(_holds, self.of("participationIn")):
            if role := next((role for role in _VOTING if _acts(record, (role,))), ""):
                found.setdefault(role, []).append(record)
        voted = ((role, tuple(found[role])) for role in _VOTING if role in found)
        return tuple((records[0].things("participationRole")[0], records) for _, records in voted)

    def ends(self, name: str) -> tuple[Thing, ...]:
        """Return the things at the end of the links of that name that hold, each once."""
        things = (end for link in self.linked(name) for end in link.things("linkTo"))
        return tuple(dict.fromkeys(things))

    @cached_property
    def parties(self) -> tuple[Thing, ...]:
        """The parties by whom it is held: those acted for, those that send, those that receive."""
        acting = (
            party
            for record in filter(_holds, self.of("participationIn"))
            for party in record.things("onBehalfOf")
        )
        return tuple(dict.fromkeys((*acting, *self.ends("sendingOf"), *self.ends("hostingOf"))))

    @cached_property
    def sources(self) -> tuple[QuotedSource, ...]:
        """The passages behind everything on the page, the oldest report first."""
        records = (self.record, *(record for group in self.facts.values() for record in group))
        readings = {reading.thing.iri: reading for record in records for reading in record.standing}
        passages: dict[str, list[Attestation]] = {}
        for reading in sorted(readings.values(), key=_place):
            passages.setdefault(reading.passage.thing.iri, []).append(reading)
        return tuple(QuotedSource(group[0].passage, tuple(group)) for group in passages.values())

    @property
    def source_counts(self) -> tuple[int, int]:
        """How many reports, and how many passages, are behind the page."""
        sources = self.sources
        return len({source.passage.report.iri for source in sources}), len(sources)

    @property
    def history(self) -> tuple[FactRecord, ...]:
        """The records of its status in the order of the reports that give them."""
        return tuple(sorted(self.of("statusOf"), key=_first_order))

    @property
    def estimates(self) -> tuple[tuple[FactRecord, DateRange | None], ...]:
        """The estimates of its time, as `dates` orders them; denied ones, without dates, last."""
        dates = {date.fact.iri: date for date in self.dates}
        places = {iri: place for place, iri in enumerate(dates)}
        facts = sorted(self.of("dateOf"), key=lambda fact: places.get(fact.thing.iri, len(places)))
        return tuple((fact, dates.get(fact.thing.iri)) for fact in facts)

    @property
    def status_reports(self) -> tuple[Attestation, ...]:
        """The readings that give its current status, none of them corrected."""
        values = {value.iri for value in self.status.values}
        records = (fact for fact in self.history if _values(fact) & values)
        return tuple(reading for fact in records for reading in fact.standing if not reading.denies)

    @property
    def date_verdict(self) -> str:
        """Whether the estimates of its time agree, in a sentence."""
        if are_alternatives(join_dates(self.dates)):
            return "These cannot all be right: the reports disagree."
        if any(date.standing == WIDER for date in self.dates):
            return "The dates agree; one is more precise."
        return ""

    @property
    def status_verdict(self) -> str:
        """Whether the records of its status agree, in a sentence."""
        disagree = "These cannot all be right: the reports disagree."
        return disagree if self.status.word == CONTESTED else ""

    @cached_property
    def agenda_groups(self) -> tuple[tuple[AgendaItem, ...], ...]:
        """The items of the agenda, those side by side that rest on the same readings together."""

        def read_basis(item: AgendaItem) -> tuple:
            return item.standing, item.record.attestations, item.record.notes

        return tuple(tuple(group) for _, group in groupby(self.agenda, key=read_basis))

    @property
    def other_values(self) -> tuple[Value, ...]:
        """The asserted values that no section of the page shows."""
        return self.record.rest(_IN_SECTIONS)


def read_event(runner: QueryRunner, iri: str, day: date, page: int = 1) -> EventDetails:
    """Return what the graph holds of the event of that IRI as of `day`; at most twelve queries.

    `page` counts from 1 the facts that name it, a hundred at a time. Raises UnknownThing where
    nothing has that name, or where it is no event.
    """
    named = read_named_things(runner, iri)
    if f"{DG}Event" not in named.classes:
        raise UnknownThing(f"{compact(iri)} is no event")
    rows, total = read_naming(runner, iri, page, EVENT_FACTS_SHOWN, day)
    described = [iri, *(row["fact"] for row in rows)]
    values = read_asserted_values(runner, described)
    evidence = read_evidence(runner, described, day)
    record = FactRecord(named.thing, values.get(iri, ()), evidence.get(iri, ()))
    facts = group_facts(rows, values, evidence)
    links = list(_read_links(runner, record, facts))
    events = [iri, *(event.iri for _, _, event, _, _ in links)]
    dates, states = read_dates(runner, events, day), read_states(runner, events)
    known = choose_state(states.get(iri, ()), day) is not None and is_known(iri, evidence)
    statuses = {event: _say_status(states, event, day, dates.get(event, ())) for event in events}
    places = [place.iri for fact in facts.get("placementOf", ()) for place in fact.things("linkTo")]
    venues = group_rows(runner.rows(fill_query("venues", place=places)) if places else [], "place")
    return EventDetails(
        named=named,
        known=known,
        known_from=next((state.start for state in states.get(iri, ())), ""),
        status=statuses[iri],
        dates=dates.get(iri, ()),
        record=record,
        facts=facts,
        agenda=_read_agenda(facts.get("agendaOf", ()), statuses[iri]),
        chain=_make_chain(links if known else (), statuses, dates),
        states={
            place: tuple(thing(row, "state") for row in rows) for place, rows in venues.items()
        },
        inferred=read_inferred_values(runner, [iri]).get(iri, ()),
        total=total,
    )


def _say_status(states: States, event: str, day: date, dates: Iterable[DateRange]) -> Status:
    state = choose_state(states.get(event, ()), day)
    return say_status(state, day, dates) if state else UNSTATED_STATUS


def read_naming(
    runner: QueryRunner, iri: str, page: int, shown: int, day: date = LATEST_DAY
) -> tuple[list[BindingRow], int]:
    """Return a page of rows of the facts that name a thing, and how many; at most two queries.

    They are those that a report known on `day` tells of.
    """
    about = {"thing": iri, "day": day.isoformat()}
    text = fill_query("naming-facts", **about)
    rows = runner.rows(f"{text}LIMIT {shown + 1}\nOFFSET {(page - 1) * shown}\n")
    if page == 1 and len(rows) <= shown:
        return rows, len(rows)
    return rows[:shown], int(runner.row(fill_query("naming-facts-count", **about)).get("n", 0))


def group_facts(
    rows: Iterable[BindingRow],
    values: Mapping[str, tuple[Value, ...]],
    evidence: Mapping[str, tuple],
) -> dict[str, tuple[FactRecord, ...]]:
    """Return the facts of rows of `naming-facts` by the name of the property, in their order."""
    facts: dict[str, list[FactRecord]] = {}
    for row in rows:
        fact, relation = thing(row, "fact"), thing(row, "property")
        record = FactRecord(fact, values.get(fact.iri, ()), evidence.get(fact.iri, ()), relation)
        facts.setdefault(relation.iri.removeprefix(DG), []).append(record)
    return {name: tuple(records) for name, records in facts.items()}


def _read_agenda(items: Iterable[FactRecord], status: Status) -> tuple[AgendaItem, ...]:
    """Return the items of the agenda, those of one reading side by side."""
    begun = status.word in {"held", "underway"}
    keyed = []
    for item in items:
        where = [(reading.passage.start, reading.thing.iri) for reading in item.attestations]
        subjects = (*item.things("agendaTopic"), *item.things("agendaEntity"))
        key = where, item.notes, item.thing.label, item.thing.iri
        keyed.append((key, AgendaItem(item, subjects, judge_item(item.standing, begun))))
    return tuple(item for _, item in sorted(keyed, key=itemgetter(0)))


def judge_item(standing: tuple[Attestation, ...], begun: bool) -> str:
    """Return one of AGENDA_STANDINGS for an item, by the modality of its readings in force.

    `begun`: whether the event is held or under way.
    """
    readings = [reading for reading in standing if not reading.denies]
    if standing and not readings:
        return "denied"
    modalities = {
        modality.iri.rpartition("/")[2] for reading in readings for modality in reading.modality
    }
    if "asserted" not in modalities:
        return "expected"
    return "discussed" if begun and modalities == {"asserted"} else "on the agenda"


def _acts(record: FactRecord, roles: Iterable[str]) -> bool:
    """Return whether a participation is in one of these roles."""
    own = {role.iri.rpartition("/")[2] for role in record.things("participationRole")}
    return not own.isdisjoint(roles)


def _place(reading: Attestation) -> tuple:
    passage = reading.passage
    return reading.report_order, passage.report.iri, passage.start, reading.thing.iri


def _holds(link: FactRecord) -> bool:
    """Return whether a link is neither corrected nor only denied; one without any reading is."""
    return not link.attestations or any(not reading.denies for reading in link.standing)


def _values(record: FactRecord) -> set[str]:
    return {value.iri for value in record.things("statusValue")}


def _first_order(record: FactRecord) -> tuple:
    first = min((reading.report_order for reading in record.attestations), default="")
    return first, record.thing.label, record.thing.iri


def _read_links(
    runner: QueryRunner, record: FactRecord, facts: Mapping[str, tuple[FactRecord, ...]]
) -> Iterator[_Link]:
    """Yield the events it is linked with, and the editions beside it; at most one query."""
    for name, ((side, words), (other_side, other_words)) in _EVENT_LINKS.items():
        for link in filter(_holds, facts.get(name, ())):
            yield from ((side, words, event, "", link) for event in _list_events(link, "linkTo"))
        for link in filter(_holds, facts.get("linkTo", ())):
            for event in _list_events(link, name):
                yield other_side, other_words, event, "", link
    entries = [entry for entry in facts.get("seriesEntryOf", ()) if _holds(entry)]
    own = next((parse_whole(text) for entry in entries if (text := entry.text("ordinal"))), None)
    if own is None:
        return
    rows = runner.rows(fill_query("series-editions", event=record.thing.iri))
    read = [(parse_whole(row.get("ordinal")), thing(row, "edition")) for row in rows]
    numbered = [edition for edition in read if edition[0] is not None]
    earlier = (edition for edition in numbered if edition[0] < own)
    later = (edition for edition in numbered if edition[0] > own)
    if before := max(earlier, key=itemgetter(0), default=None):
        yield "before", "edition before it", before[1], str(before[0]), None
    if after := min(later, key=itemgetter(0), default=None):
        yield "after", "edition after it", after[1], str(after[0]), None


def _make_chain(links: Iterable[_Link], statuses: Mapping[str, Status], dates: Dates) -> EventChain:
    """Return the chain; an event that is linked in several ways stands where the first puts it."""
    sides: dict[str, str] = {}
    chain: dict[str, EventLink] = {}
    for side, words, event, ordinal, record in links:
        records = (record,) if record else ()
        if event.iri not in chain:
            about = statuses[event.iri], dates.get(event.iri, ())
            sides[event.iri] = side
            chain[event.iri] = EventLink(words, event, *about, ordinal, records)
            continue
        known = chain[event.iri]
        joined = known.words if words in known.words else f"{known.words}, {words}"
        chain[event.iri] = replace(
            known,
            words=joined,
            ordinal=known.ordinal or ordinal,
            records=tuple(dict.fromkeys((*known.records, *records))),
        )
    ordered = sorted(chain.values(), key=_time)
    return EventChain(
        *(
            tuple(link for link in ordered if sides[link.thing.iri] == side)
            for side in ("before", "around", "within", "after")
        )
    )


def _list_events(link: FactRecord, name: str) -> list[Thing]:
    return [end for end in link.things(name) if end.iri.startswith(PREFIXES["event"])]


def _time(link: EventLink) -> tuple:
    first = next((estimate.earliest for estimate in link.dates if estimate.earliest), None)
    return first is None, str(first or ""), link.thing.label, link.thing.iri
