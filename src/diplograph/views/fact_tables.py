"""Facts as tables, each fact beside the passages that say it: a workbook, or CSV in a zip.

A sheet is made from its entry in SHEETS: the classes of its facts, and its columns. A fact has a
row for each of its readings, which says how sure the report is and on what it rests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import count

from diplograph.core.dates import date_bounds, say_date
from diplograph.core.errors import MalformedDate
from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing
from diplograph.views.engagements import (
    EngagementFilter,
    describe_engagements,
    filter_engagements,
    order_engagements,
)
from diplograph.views.exports import make_table
from diplograph.views.query import QueryRunner, fill_query, group_rows, thing, things
from diplograph.views.records import (
    Attestation,
    FactRecord,
    read_asserted_values,
    read_evidence,
    say_fact,
    say_grounds,
    say_modality,
)
from diplograph.views.tables import Cell, Column, Row, Table

# Facts that are read at once: what a table holds in memory while it is written.
_BATCH = 500
_DG = PREFIXES["dg"]


@dataclass(frozen=True)
class SheetPlan:
    """What a sheet holds: `columns` are heads with the properties of ours whose values they show.

    `classes` are those of its things, but for things of the classes `without`. A column that is no
    property is one of COMPUTED. `readings`: a row for each reading of a fact.
    """

    title: str
    classes: str
    columns: tuple[tuple[Column, str], ...]
    without: str = ""
    readings: bool = True


@dataclass(frozen=True)
class TableRow:
    """A thing of a sheet with its values: `kinds` are its narrowest classes."""

    record: FactRecord
    kinds: tuple[Thing, ...] = ()


# What is worked out of a thing, by name.
COMPUTED: Mapping[str, Callable[[TableRow], str]] = {
    "label": lambda row: row.record.thing.label,
    "kind": lambda row: "; ".join(kind.label for kind in row.kinds),
    "sentence": lambda row: say_fact(row.record),
    "dateWords": lambda row: say_date(row.record.text("edtf")) if row.record.text("edtf") else "",
    "firstDay": lambda row: _find_day(row.record, "earliest"),
    "lastDay": lambda row: _find_day(row.record, "latest"),
}


def _plan(
    title: str, classes: str, columns: str, without: str = "", *, readings: bool = True
) -> SheetPlan:
    """Return a sheet whose columns are written as `Head: property property, Head: property`.

    A head that ends in "day" holds days, and one that ends in # numbers.
    """
    made = []
    for head, names in (part.split(":") for part in columns.split(",")):
        title_of, number = head.strip().rstrip("#"), head.strip().endswith("#")
        kind = "day" if title_of.endswith(" day") else "number" if number else "text"
        width = 13 if kind != "text" else 44 if names.strip() == "sentence" else 26
        made.append((Column(title_of, kind, width), names.strip()))
    return SheetPlan(title, classes, tuple(made), without, readings)


_OWN = (
    "Participation DateEstimate StatusRecord CommunicativeAct AgendaItem AgreementStage"
    " QuantityEstimate Concern"
)
# By the name of the file of each; engagements come before them.
SHEETS: Mapping[str, SheetPlan] = {
    "participants": _plan(
        "Participants",
        "Participation",
        "Who: participant, Engagement: participationIn, Role: participationRole,"
        " In the capacity of: inCapacityOf, In delegation: inDelegation,"
        " On behalf of: onBehalfOf",
    ),
    "dates": _plan(
        "Dates",
        "DateEstimate",
        "What: dateOf, Date: dateWords, First possible day: firstDay, Last possible day: lastDay,"
        " Part: dateRole, In the report's words: dateText, Date in EDTF: edtf",
    ),
    "statuses": _plan(
        "Statuses",
        "StatusRecord",
        "Engagement: statusOf, Status: statusValue, Moved from: movedFrom, Moved to: movedTo,"
        " Reason: reason, Decided by: decidedBy",
    ),
    "statements": _plan(
        "Statements",
        "CommunicativeAct",
        "Statement: label, Type: kind, Speaker: speaker, To: addressee, Content: content,"
        " Topics: onTopic",
    ),
    "agenda": _plan(
        "Agenda", "AgendaItem", "Engagement: agendaOf, Topic: agendaTopic, About: agendaEntity"
    ),
    "agreements": _plan(
        "Agreements", "AgreementStage", "Agreement: agreementStageOf, Stage: stageValue"
    ),
    "quantities": _plan(
        "Quantities",
        "QuantityEstimate",
        "Of what: quantityOf, At least#: minCount minAmount, At most#: maxCount maxAmount,"
        " Unit: unit, In the report's words: quantityText",
    ),
    "concerns": _plan(
        "Concerns",
        "Concern",
        "Concern: label, Raised by: raisedBy, Raised with: raisedWith, For: concernsGroup,"
        " Topics: onTopic",
    ),
    "other-facts": _plan("Other facts", "Fact", "Fact: sentence, Type: kind", _OWN),
    "sources": _plan(
        "Sources",
        "Report",
        "Report: label, Type: kind, Publisher: publisher, Published day: publishedOn,"
        " Received day: receivedOn, Based on: basedOn",
        readings=False,
    ),
    "passages": _plan(
        "Passages",
        "Passage",
        "Report: passageOf, Paragraph#: paragraph, Paraphrase (ours): gist",
        readings=False,
    ),
}
ENGAGEMENTS = "engagements"
TABLE_NAMES = (ENGAGEMENTS, *SHEETS)
# The columns of a reading, after its report.
_REPORT, _PUBLISHED = Column("Report", width=32), Column("Published", "day", 12)
READING_COLUMNS = (
    Column("Paragraph", "number", 10),
    Column("According to", width=22),
    Column("How sure", width=18),
    Column("Based on", width=26),
    Column("Report's own words", width=20),
    Column("Reading", width=14),
    Column("Paraphrase (ours)", width=48),
)
_OF_READINGS = (_REPORT, _PUBLISHED, *READING_COLUMNS)
_OF_THINGS = (Column("IRI", "link", 40), Column("Page", "link", 40))


@dataclass(frozen=True)
class FactTables:
    """The tables of a build as of `day`.

    `locate` returns where the thing of an IRI has a page, and `locate_fact` where the evidence of
    a fact is. `report` is the IRI of the one report whose facts are wanted, empty for all. Rows are
    read while they are written, so that no table is in memory as a whole.
    """

    runner: QueryRunner
    day: date
    locate: Callable[[str], str] = str
    locate_fact: Callable[[str], str] = str
    report: str = ""

    def make(self, name: str) -> Table:
        """Return the table of a name in TABLE_NAMES."""
        if name == ENGAGEMENTS:
            return self._make_engagements()
        plan = SHEETS[name]
        shown = tuple(column for column, _ in plan.columns)
        columns = (*shown, *(_OF_READINGS if plan.readings else ()), *_OF_THINGS)
        return Table(plan.title, columns, self._list_rows(plan))

    def make_all(self) -> Iterator[tuple[str, Table]]:
        """Yield the name and the table of each."""
        for name in TABLE_NAMES:
            yield name, self.make(name)

    @cached_property
    def _published(self) -> dict[str, str]:
        """The day of publication of each report by IRI, where it is known."""
        reports = (row.record for row in self._list_things("Report", ""))
        return {report.thing.iri: report.text("publishedOn") for report in reports}

    def _make_engagements(self) -> Table:
        wanted = EngagementFilter(report=self.report)
        entries = filter_engagements(self.runner, wanted, self.day)
        ordered = order_engagements(entries, "newest")
        batches = (ordered[start : start + _BATCH] for start in range(0, len(ordered), _BATCH))
        described = (
            item for batch in batches for item in describe_engagements(self.runner, batch, self.day)
        )
        return make_table(described, self.locate)

    def _list_rows(self, plan: SheetPlan) -> Iterator[Row]:
        for row in self._list_things(plan.classes, plan.without, evidence=plan.readings):
            iri = row.record.thing.iri
            shown = [_read_cell(row, names) for _, names in plan.columns]
            ends = (iri, (self.locate_fact if plan.readings else self.locate)(iri))
            if not plan.readings:
                if self._is_wanted(row.record):
                    yield (*shown, *ends)
                continue
            for reading in self._choose_readings(row.record.attestations):
                yield (*shown, *self._say_reading(reading), *ends)

    def _is_wanted(self, record: FactRecord) -> bool:
        """Return whether a report or a passage is the wanted one, or of it."""
        of = {record.thing.iri, *(report.iri for report in record.things("passageOf"))}
        return not self.report or self.report in of

    def _choose_readings(self, readings: tuple[Attestation, ...]) -> tuple[Attestation | None, ...]:
        """Return the readings of the wanted report; of all reports, None for a fact without any."""
        if not self.report:
            return readings or (None,)
        return tuple(item for item in readings if item.passage.report.iri == self.report)

    def _say_reading(self, reading: Attestation | None) -> tuple[str, ...]:
        """Return the cells of a reading; of none, that no passage is given."""
        if reading is None:
            return ("no passage given", *("" for _ in _OF_READINGS[1:]))
        report = reading.passage.report
        return report.label, self._published.get(report.iri, ""), *say_reading(reading)

    def _list_things(
        self, classes: str, without: str, *, evidence: bool = False
    ) -> Iterator[TableRow]:
        """Yield the things of these classes; three queries for each batch, or two."""
        names = {"class": _list_terms(classes), "other": _list_terms(without or "EventState")}
        text = fill_query("table-rows", **names)
        for start in count(0, _BATCH):
            rows = group_rows(self.runner.rows(_page(text, start)), "thing")
            values = read_asserted_values(self.runner, rows)
            readings = read_evidence(self.runner, rows, self.day) if evidence else {}
            for iri, of_thing in rows.items():
                if evidence and iri in readings and not readings[iri]:
                    continue  # no report known on the day speaks of it
                named = thing(of_thing[0], "thing") or Thing(iri, iri)
                record = FactRecord(named, values.get(iri, ()), readings.get(iri, ()))
                yield TableRow(record, things(of_thing, "kind"))
            if len(rows) < _BATCH:
                return


def say_reading(reading: Attestation) -> tuple[str, ...]:
    """Return the cells of a reading by READING_COLUMNS."""
    passage = reading.passage
    state = "denies it" if reading.denies else "in force"
    return (
        str(passage.paragraph or ""),
        "; ".join(voice.label for voice in reading.voices) or "the report itself",
        " and ".join(say_modality(reading)),
        " and ".join(say_grounds(reading)),
        "; ".join(reading.hedges),
        "corrected since" if reading.superseded_by else state,
        passage.gist,
    )


def _list_terms(names: str) -> list[str]:
    return [_DG + name for name in names.split()]


def _page(text: str, start: int) -> str:
    """Return the text of table-rows.rq for the things from number `start` on."""
    return text.replace("LIMIT 500", f"LIMIT {_BATCH}").replace("OFFSET 0", f"OFFSET {start}")


def _read_cell(row: TableRow, names: str) -> Cell:
    if names in COMPUTED:
        return COMPUTED[names](row)
    record = row.record
    values: Iterable[str] = (
        text
        for name in names.split()
        for text in (*(item.label for item in record.things(name)), record.text(name))
    )
    return "; ".join(filter(None, values))


def _find_day(record: FactRecord, end: str) -> str:
    """Return the first or the last day that the date of an estimate may mean, if it has one."""
    try:
        bound = getattr(date_bounds(record.text("edtf")), end)
    except MalformedDate:
        return ""
    return bound[:10] if bound else ""
