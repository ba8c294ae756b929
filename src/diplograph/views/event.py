"""All that is known of one event: how it stands, when, who, where, about what, and who says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from textwrap import shorten, wrap

from diplograph.core.dates import parse_whole
from diplograph.core.errors import UnknownThing
from diplograph.core.names import compact
from diplograph.core.things import Thing, Value
from diplograph.views.query import QueryRunner, fill_query, thing
from diplograph.views.records import (
    DG,
    FactRecord,
    is_denied,
    read_asserted_values,
    read_evidence,
    read_inferred_values,
    say_agreement,
)
from diplograph.views.status import DateRange, Status, judge_statuses, read_dates
from diplograph.views.thing import NamedThing, read_named_things

# Facts that name the event, on one page.
EVENT_FACTS_SHOWN = 100
_DONE = frozenset({"held", "underway"})
# What the sections of their own tell; the rest stands in the list of other statements.
_TOLD = frozenset(
    "takesPlaceIn hostState visitor sendingState visitKind preparesFor follows subEventOf"
    " firstSince inSeries ordinalInSeries speaker addressee content onTopic meetingOf"
    " pressureBy pressureOn pressureOver conductBy conductWith conductIn".split()
)


@dataclass(frozen=True)
class EventLink:
    """Another event in the chain: how it is linked, how it stands and when; where in its series."""

    words: str
    thing: Thing
    status: Status
    dates: tuple[DateRange, ...]
    ordinal: str = ""


@dataclass(frozen=True)
class Chain:
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
class EventSheet:
    """What the page of an event shows.

    `record` is what files say of the event itself; `facts` are those that name it, by the property
    by which they do; `states` are the states of its places; `total` counts all facts that name it.
    """

    named: NamedThing
    status: Status
    dates: tuple[DateRange, ...]
    record: FactRecord
    facts: Mapping[str, tuple[FactRecord, ...]]
    agenda: tuple[AgendaItem, ...]
    chain: Chain
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
        """What files say of it that no section of the page is for."""
        return self.record.rest(_TOLD)


def read_event(asking: QueryRunner, iri: str, day: date, page: int = 1) -> EventSheet:
    """Return what is known of the event of that IRI; at most twelve queries.

    `page` counts from 1 the facts that name it, a hundred at a time. Raises UnknownThing where
    nothing is called so, or where it is no event.
    """
    named = read_named_things(asking, iri)
    if f"{DG}Event" not in named.classes:
        raise UnknownThing(f"{compact(iri)} is no event")
    rows, total = read_naming(asking, iri, page, EVENT_FACTS_SHOWN)
    said = read_asserted_values(asking, [iri, *(row["fact"] for row in rows)])
    evidence = read_evidence(asking, [iri, *(row["fact"] for row in rows)])
    record = FactRecord(named.thing, said.get(iri, ()), evidence.get(iri, ()))
    facts = group_facts(rows, said, evidence)
    linked = _linked(asking, record, facts)
    about = [iri, *(other.iri for _, _, other, _ in linked)]
    dates = read_dates(asking, about)
    statuses = judge_statuses(asking, about, day, dates)
    status = statuses[iri]
    return EventSheet(
        named=named,
        status=status,
        dates=dates.get(iri, ()),
        record=record,
        facts=facts,
        agenda=_read_agenda(facts.get("agendaOf", ()), status),
        chain=_chain(linked, statuses, dates),
        states=_read_venues(asking, record),
        inferred=read_inferred_values(asking, [iri]).get(iri, ()),
        total=total,
    )


def read_naming(
    asking: QueryRunner, iri: str, page: int, shown: int
) -> tuple[list[dict[str, str]], int]:
    """Return a page of rows of the facts that name a thing, and how many there are.

    One query, and another for the number where they do not fit on the first page.
    """
    text = fill_query("naming-facts", thing=iri)
    rows = asking.rows(f"{text}LIMIT {shown + 1}\nOFFSET {(page - 1) * shown}\n")
    if page == 1 and len(rows) <= shown:
        return rows, len(rows)
    return rows[:shown], int(asking.row(fill_query("naming-facts-count", thing=iri)).get("n", 0))


def group_facts(
    rows: Iterable[Mapping[str, str]],
    said: Mapping[str, tuple[Value, ...]],
    evidence: Mapping[str, tuple],
) -> dict[str, tuple[FactRecord, ...]]:
    """Return the facts of rows of `naming-facts` by the name of the property, in their order."""
    found: dict[str, list[FactRecord]] = {}
    for row in rows:
        fact, relation = thing(row, "fact"), thing(row, "property")
        record = FactRecord(fact, said.get(fact.iri, ()), evidence.get(fact.iri, ()), relation)
        found.setdefault(relation.iri.removeprefix(DG), []).append(record)
    return {name: tuple(records) for name, records in found.items()}


def _read_agenda(items: Iterable[FactRecord], status: Status) -> tuple[AgendaItem, ...]:
    over = bool({each.iri.rpartition("/")[2] for each in status.values} & _DONE)
    return tuple(
        AgendaItem(
            record=each,
            subjects=(*each.things("agendaTopic"), *each.things("agendaEntity")),
            standing=_stand(each, over),
        )
        for each in sorted(items, key=_by_reading)
    )


def _by_reading(item: FactRecord) -> tuple:
    """Return what puts items of one reading side by side."""
    where = [(each.passage.start, each.thing.iri) for each in item.attestations]
    return where, item.notes, item.thing.label, item.thing.iri


def _stand(item: FactRecord, over: bool) -> str:
    """Return whether an item was expected or discussed, by what its readings are sure of."""
    readings = [each for each in item.standing if not is_denied(each)]
    if item.standing and not readings:
        return "denied"
    sure = {modality.iri.rpartition("/")[2] for each in readings for modality in each.modality}
    if sure != {"asserted"}:
        return "expected" if "asserted" not in sure else "on the agenda"
    return "discussed" if over else "on the agenda"


def _linked(
    asking: QueryRunner, record: FactRecord, facts: Mapping[str, tuple[FactRecord, ...]]
) -> list[tuple[str, str, Thing, str]]:
    """Return the linked events as (side, words, event, ordinal), each way a link can be said."""
    found = [
        *_sided("around", "part of", record.things("subEventOf")),
        *_sided("after", "prepares for", record.things("preparesFor")),
        *_sided("before", "follows", record.things("follows")),
        *_sided("before", "first since", record.things("firstSince")),
    ]
    for name, side, words in (
        ("subEventOf", "within", "includes"),
        ("preparesFor", "before", "prepared by"),
        ("follows", "after", "followed by"),
        ("firstSince", "after", "first since this one"),
    ):
        found += _sided(side, words, (each.thing for each in facts.get(name, ())))
    if record.things("inSeries"):
        found += _read_editions(asking, record)
    return found


def _sided(side: str, words: str, things: Iterable[Thing]) -> list[tuple[str, str, Thing, str]]:
    return [(side, words, each, "") for each in things]


def _read_editions(asking: QueryRunner, record: FactRecord) -> list[tuple[str, str, Thing, str]]:
    """Return the editions next to this one in its series, by their numbers."""
    own = parse_whole(record.text("ordinalInSeries"))
    rows = asking.rows(fill_query("series-editions", event=record.thing.iri))
    read = ((parse_whole(row.get("ordinal")), thing(row, "edition")) for row in rows)
    numbered = [each for each in read if each[0] is not None]
    if own is None:
        return []
    earlier = max((each for each in numbered if each[0] < own), default=None, key=_number)
    later = min((each for each in numbered if each[0] > own), default=None, key=_number)
    found = []
    for side, words, each in (
        ("before", "edition before it", earlier),
        ("after", "edition after it", later),
    ):
        if each:
            found.append((side, words, each[1], str(each[0])))
    return found


def _number(edition: tuple[int, Thing]) -> int:
    return edition[0]


def _chain(
    linked: Iterable[tuple[str, str, Thing, str]],
    statuses: Mapping[str, Status],
    dates: Mapping[str, tuple[DateRange, ...]],
) -> Chain:
    sides: dict[str, list[EventLink]] = {"before": [], "around": [], "within": [], "after": []}
    for side, words, event, ordinal in linked:
        link = EventLink(words, event, statuses[event.iri], dates.get(event.iri, ()), ordinal)
        sides[side].append(link)
    return Chain(**{side: tuple(sorted(links, key=_when)) for side, links in sides.items()})


def _when(link: EventLink) -> tuple:
    first = next((each.earliest for each in link.dates if each.earliest), None)
    return (first is None, str(first or ""), link.thing.label, link.thing.iri)


def _read_venues(asking: QueryRunner, record: FactRecord) -> dict[str, tuple[Thing, ...]]:
    places = [each.iri for each in record.things("takesPlaceIn")]
    if not places:
        return {}
    found: dict[str, list[Thing]] = {}
    for row in asking.rows(fill_query("venues", place=places)):
        found.setdefault(row["place"], []).append(thing(row, "state"))
    return {place: tuple(states) for place, states in found.items()}


# All in pixels of the picture; columns are before, the event itself, and after.
BOX, GAP, LINE, HEAD = 216, 14, 16, 26
_LEFT = {"before": 0, "own": 272, "after": 544}
# Characters that fit into a box, and lines.
_CHARACTERS, _LINES = 30, 3
# Boxes of one side; the list beside the picture has all.
MOST = 6


@dataclass(frozen=True)
class ChainBox:
    """An event in the picture: its corner, its height, and what is written in it."""

    left: int
    top: int
    height: int
    words: str
    lines: tuple[str, ...]
    when: tuple[str, ...]
    status: Status
    own: bool = False

    @property
    def middle(self) -> int:
        """Where an arrow meets it."""
        return self.top + self.height // 2


@dataclass(frozen=True)
class ChainArrow:
    """A line from one box to the next, earlier to later."""

    start: tuple[int, int]
    end: tuple[int, int]


@dataclass(frozen=True)
class Picture:
    """The boxes and arrows, the height of the whole, and how many events there was no room for."""

    height: int
    boxes: tuple[ChainBox, ...]
    arrows: tuple[ChainArrow, ...]
    left_out: int


def draw_chain(sheet: EventSheet) -> Picture | None:
    """Return the picture of an event's chain, None where it has none."""
    chain = sheet.chain
    if not chain:
        return None
    own = EventLink("", sheet.thing, sheet.status, sheet.dates)
    before, after = _stack("before", chain.before), _stack("after", chain.after)
    inner = _stack("own", [*chain.around[:2], own, *chain.within[:MOST]], own)
    here = next(box for box in inner if box.own)
    arrows = [_join(box, here) for box in before] + [_join(here, box) for box in after]
    boxes = (*before, *inner, *after)
    links = (*chain.before, *chain.around, *chain.within, *chain.after)
    return Picture(
        height=max(box.top + box.height for box in boxes) + 2,
        boxes=boxes,
        arrows=tuple(arrows),
        left_out=len(links) + 1 - len(boxes),
    )


def _stack(side: str, links: Iterable[EventLink], own: EventLink | None = None) -> list[ChainBox]:
    boxes: list[ChainBox] = []
    for link in list(links)[: MOST + 3 if own else MOST]:
        top = boxes[-1].top + boxes[-1].height + GAP if boxes else HEAD
        boxes.append(_box(link, _LEFT[side], top, link is own))
    return boxes


def _box(link: EventLink, left: int, top: int, own: bool) -> ChainBox:
    label = shorten(link.thing.label, _CHARACTERS * _LINES, placeholder=" …")
    lines = tuple(wrap(label, _CHARACTERS)[:_LINES]) or ("",)
    dates = " or ".join(each.words for each in link.dates if not each.superseded)
    when = tuple(wrap(shorten(dates, _CHARACTERS * 2, placeholder=" …"), _CHARACTERS))
    rows = len(lines) + 1 + len(when) + bool(link.words)
    return ChainBox(left, top, rows * LINE + 12, link.words, lines, when, link.status, own)


def _join(earlier: ChainBox, later: ChainBox) -> ChainArrow:
    return ChainArrow((earlier.left + BOX, earlier.middle), (later.left - 7, later.middle))
