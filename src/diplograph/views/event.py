"""One event: its status, dates, participants, agenda, and the events it is linked with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from textwrap import shorten, wrap

from diplograph.core.dates import parse_whole
from diplograph.core.errors import UnknownThing
from diplograph.core.names import PREFIXES, compact
from diplograph.core.things import Thing, Value
from diplograph.views.drawings import Arrow, Box
from diplograph.views.query import BindingRow, QueryRunner, fill_query, group_rows, thing, things
from diplograph.views.records import (
    DG,
    FactRecord,
    is_denied,
    read_asserted_values,
    read_evidence,
    read_inferred_values,
    say_agreement,
)
from diplograph.views.status import (
    STATUS_LABELS,
    DateRange,
    Dates,
    Status,
    current_dates,
    judge_status,
    judge_validity,
    read_dates,
)
from diplograph.views.thing import NamedThing, read_named_things

# Facts that name the event, on one page.
EVENT_FACTS_SHOWN = 100
# Properties whose values have a section of their own; the rest stands in the list of others.
_IN_SECTIONS = frozenset(
    "takesPlaceIn hostState visitor sendingState visitKind preparesFor follows subEventOf"
    " firstSince inSeries ordinalInSeries speaker addressee content onTopic meetingOf"
    " pressureBy pressureOn pressureOver conductBy conductWith conductIn".split()
)
# Properties that link two events: side and words of the object as seen from the subject, and of
# the subject as seen from the object.
_EVENT_LINKS = {
    "subEventOf": (("around", "part of"), ("within", "includes")),
    "preparesFor": (("after", "prepares for"), ("before", "prepared by")),
    "follows": (("before", "follows"), ("after", "followed by")),
    "firstSince": (("before", "first since"), ("after", "first since this one")),
}

# Boxes on one side; the list beside the drawing has all.
MOST_BOXES = 6
# In pixels of the drawing: width of a box, distance between two, height of a line and of the
# column's head; columns are before, the event itself, and after.
_WIDTH, _GAP, _LINE, _HEAD = 216, 14, 16, 26
_COLUMNS = {"before": 0, "own": 272, "after": 544}
# Characters that fit into a line, and lines of a label.
_CHARACTERS, _LINES = 30, 3
_TIP = 7

# (side of the chain, words of the link, event, its number in its series or "")
_Link = tuple[str, str, Thing, str]


@dataclass(frozen=True)
class EventLink:
    """Another event in the chain: how it is linked, its status, dates and number in a series."""

    words: str
    thing: Thing
    status: Status
    dates: tuple[DateRange, ...]
    ordinal: str = ""


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
class ChainBox(Box):
    """An event in the drawing: how it is linked, its label in lines, its dates and status."""

    words: str
    lines: tuple[str, ...]
    when: tuple[str, ...]
    status: Status
    own: bool = False

    @property
    def middle(self) -> int:
        """The height at which an arrow meets it."""
        return self.y + self.height // 2


@dataclass(frozen=True)
class ChainDrawing:
    """Boxes and arrows, the height of the drawing, and how many events it leaves out."""

    height: int
    boxes: tuple[ChainBox, ...]
    arrows: tuple[Arrow, ...]
    left_out: int


@dataclass(frozen=True)
class AgendaItem:
    """An item of the agenda; `standing` is expected, discussed, on the agenda or denied."""

    record: FactRecord
    subjects: tuple[Thing, ...]
    standing: str


@dataclass(frozen=True)
class EventDetails:
    """What the page of an event shows; `record` is what files assert of the event itself.

    `facts` are those that name it, by property, `total` counts them all; `states` are the states
    of its places, by place.
    """

    named: NamedThing
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

    @property
    def date_verdict(self) -> str:
        """Whether the estimates of its time agree, in a sentence."""
        return say_agreement(self.of("dateOf"))

    @property
    def status_verdict(self) -> str:
        """Whether the records of its status agree, in a sentence."""
        return say_agreement(self.of("statusOf"))

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
    rows, total = read_naming(runner, iri, page, EVENT_FACTS_SHOWN)
    described = [iri, *(row["fact"] for row in rows)]
    values, evidence = read_asserted_values(runner, described), read_evidence(runner, described)
    record = FactRecord(named.thing, values.get(iri, ()), evidence.get(iri, ()))
    facts = group_facts(rows, values, evidence)
    links = list(_read_links(runner, record, facts))
    events = [iri, *(event.iri for _, _, event, _ in links)]
    dates = read_dates(runner, events)
    statuses = read_statuses(runner, events, day, dates)
    chain: dict[str, list[EventLink]] = {"before": [], "around": [], "within": [], "after": []}
    for side, words, event, ordinal in links:
        status, estimates = statuses[event.iri], dates.get(event.iri, ())
        chain[side].append(EventLink(words, event, status, estimates, ordinal))
    places = [place.iri for place in record.things("takesPlaceIn")]
    venues = group_rows(runner.rows(fill_query("venues", place=places)) if places else [], "place")
    return EventDetails(
        named=named,
        status=statuses[iri],
        dates=dates.get(iri, ()),
        record=record,
        facts=facts,
        agenda=_read_agenda(facts.get("agendaOf", ()), statuses[iri]),
        chain=EventChain(**{side: tuple(sorted(chain[side], key=_time)) for side in chain}),
        states={
            place: tuple(thing(row, "state") for row in rows) for place, rows in venues.items()
        },
        inferred=read_inferred_values(runner, [iri]).get(iri, ()),
        total=total,
    )


def read_naming(
    runner: QueryRunner, iri: str, page: int, shown: int
) -> tuple[list[BindingRow], int]:
    """Return a page of rows of the facts that name a thing, and how many; at most two queries."""
    text = fill_query("naming-facts", thing=iri)
    rows = runner.rows(f"{text}LIMIT {shown + 1}\nOFFSET {(page - 1) * shown}\n")
    if page == 1 and len(rows) <= shown:
        return rows, len(rows)
    return rows[:shown], int(runner.row(fill_query("naming-facts-count", thing=iri)).get("n", 0))


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


def read_statuses(
    runner: QueryRunner, events: Iterable[str], day: date, dates: Dates
) -> dict[str, Status]:
    """Return event IRI to its status as of `day`, given the events' dates; one query."""
    wanted = sorted(set(events))
    rows = group_rows(runner.rows(fill_query("statuses", event=wanted)), "event")
    statuses: dict[str, Status] = {}
    for event in wanted:
        of_event = rows.get(event, [])
        validity = judge_validity(of_event, "item")
        standing = [row for row in of_event if "value" in row and validity[row["item"]].stands]
        words = {row["value"].removeprefix(PREFIXES["status"]) for row in standing}
        ends = (estimate.latest for estimate in current_dates(dates.get(event, ())))
        disputed = any(judged.disputed for judged in validity.values())
        word = judge_status(words, max(filter(None, ends), default=None), day, disputed)
        statuses[event] = Status(word, STATUS_LABELS[word], things(standing, "value"))
    return statuses


def _read_agenda(items: Iterable[FactRecord], status: Status) -> tuple[AgendaItem, ...]:
    """Return the items of the agenda, those of one reading side by side."""
    begun = any(value.iri.rpartition("/")[2] in {"held", "underway"} for value in status.values)
    keyed = []
    for item in items:
        where = [(reading.passage.start, reading.thing.iri) for reading in item.attestations]
        subjects = (*item.things("agendaTopic"), *item.things("agendaEntity"))
        key = where, item.notes, item.thing.label, item.thing.iri
        keyed.append((key, AgendaItem(item, subjects, _judge_item(item, begun))))
    return tuple(item for _, item in sorted(keyed, key=itemgetter(0)))


def _judge_item(item: FactRecord, begun: bool) -> str:
    """Return whether an item was expected or discussed, by the modality of its readings."""
    readings = [reading for reading in item.standing if not is_denied(reading)]
    if item.standing and not readings:
        return "denied"
    modalities = {
        modality.iri.rpartition("/")[2] for reading in readings for modality in reading.modality
    }
    if "asserted" not in modalities:
        return "expected"
    return "discussed" if begun and modalities == {"asserted"} else "on the agenda"


def _read_links(
    runner: QueryRunner, record: FactRecord, facts: Mapping[str, tuple[FactRecord, ...]]
) -> Iterator[_Link]:
    """Yield the events it names, those that name it, the editions beside it; at most one query."""
    for name, ((side, words), _) in _EVENT_LINKS.items():
        yield from ((side, words, event, "") for event in record.things(name))
    for name, (_, (side, words)) in _EVENT_LINKS.items():
        yield from ((side, words, fact.thing, "") for fact in facts.get(name, ()))
    own = parse_whole(record.text("ordinalInSeries"))
    if own is None or not record.things("inSeries"):
        return
    rows = runner.rows(fill_query("series-editions", event=record.thing.iri))
    read = [(parse_whole(row.get("ordinal")), thing(row, "edition")) for row in rows]
    numbered = [edition for edition in read if edition[0] is not None]
    earlier = (edition for edition in numbered if edition[0] < own)
    later = (edition for edition in numbered if edition[0] > own)
    if before := max(earlier, key=itemgetter(0), default=None):
        yield "before", "edition before it", before[1], str(before[0])
    if after := min(later, key=itemgetter(0), default=None):
        yield "after", "edition after it", after[1], str(after[0])


def _time(link: EventLink) -> tuple:
    first = next((estimate.earliest for estimate in link.dates if estimate.earliest), None)
    return first is None, str(first or ""), link.thing.label, link.thing.iri


def draw_chain(event: EventDetails) -> ChainDrawing | None:
    """Return the drawing of an event's chain, None where it has none."""
    chain = event.chain
    if not chain:
        return None
    own = EventLink("", event.thing, event.status, event.dates)
    before = _stack("before", chain.before[:MOST_BOXES])
    middle = _stack("own", [*chain.around[:2], own, *chain.within[:MOST_BOXES]], own)
    after = _stack("after", chain.after[:MOST_BOXES])
    here = next(box for box in middle if box.own)
    boxes = (*before, *middle, *after)
    links = (*chain.before, *chain.around, *chain.within, *chain.after)
    return ChainDrawing(
        height=max(box.bottom for box in boxes) + 2,
        boxes=boxes,
        arrows=tuple([_join(box, here) for box in before] + [_join(here, box) for box in after]),
        left_out=len(links) + 1 - len(boxes),
    )


def _stack(column: str, links: Iterable[EventLink], own: EventLink | None = None) -> list[ChainBox]:
    boxes: list[ChainBox] = []
    for link in links:
        label = shorten(link.thing.label, _CHARACTERS * _LINES, placeholder=" …")
        lines = tuple(wrap(label, _CHARACTERS)[:_LINES]) or ("",)
        dates = " or ".join(estimate.words for estimate in current_dates(link.dates))
        when = tuple(wrap(shorten(dates, _CHARACTERS * 2, placeholder=" …"), _CHARACTERS))
        height = (len(lines) + 1 + len(when) + bool(link.words)) * _LINE + 12
        place = _COLUMNS[column], boxes[-1].bottom + _GAP if boxes else _HEAD
        text = link.words, lines, when, link.status
        boxes.append(ChainBox(*place, _WIDTH, height, *text, own=link is own))
    return boxes


def _join(earlier: ChainBox, later: ChainBox) -> Arrow:
    return Arrow(earlier.x + _WIDTH, earlier.middle, later.x - _TIP, later.middle)
