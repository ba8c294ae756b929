"""At which level states meet, and how long it is since they did or until they will."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from diplograph.core.names import PREFIXES
from diplograph.views.asking import Asking, Row
from diplograph.views.choosing import Entry, is_ahead, is_over
from diplograph.views.status import OVERDUE
from diplograph.views.texts import fill

HEAD, MINISTERIAL, OTHER = "head", "ministerial", "other"
LEVELS = {
    HEAD: "Heads of state or government",
    MINISTERIAL: "Ministers",
    OTHER: "Other or not said",
}
_DG = PREFIXES["dg"]
_HEADS = re.compile(
    r"\b(president|prime minister|premier|chancellor|king|queen|emperor|emir|sultan|monarch"
    r"|head of (?:state|government))\b",
    re.IGNORECASE,
)
_BELOW = re.compile(r"\b(vice|deputy|assistant)\b", re.IGNORECASE)
_MINISTERS = re.compile(r"\b(minister|foreign secretary|secretary of state)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Days:
    """How many days, at least and at most, where the reports leave the date open."""

    least: int
    most: int

    def __str__(self) -> str:
        """Return the number in words.

        >>> str(Days(16, 25))
        '16 to 25 days'
        """
        if self.least == self.most:
            return f"{self.least:,} day{'' if self.least == 1 else 's'}"
        return f"{self.least:,} to {self.most:,} days"


@dataclass(frozen=True)
class Contact:
    """An engagement by IRI, and the days since it or until it; None where no report dates it."""

    iri: str
    days: Days | None


@dataclass(frozen=True)
class Level:
    """What states have had at one level: the last held, the next ahead, the latest overdue."""

    name: str
    title: str
    total: int
    last: Contact | None
    next: Contact | None
    overdue: Contact | None


def read_levels(asking: Asking, entries: Iterable[Entry], day: date) -> tuple[Level, ...]:
    """Return what these engagements come to at each level as of `day`; one query."""
    listed = list(entries)
    rows: dict[str, list[Row]] = {each.iri: [] for each in listed}
    if listed:
        for row in asking.rows(fill("levels", event=sorted(rows))):
            rows[row["event"]].append(row)
    levels = {iri: judge_level(found) for iri, found in rows.items()}
    return tuple(
        _level(name, [each for each in listed if levels[each.iri] == name], day) for name in LEVELS
    )


def judge_level(rows: Iterable[Row]) -> str:
    """Return the level of an engagement by what is said of it.

    Heads of state or government: it is a summit, has one within it, is a state visit, or somebody
    acts in it who holds such an office by the words of its label. Ministers: it is ministerial
    talks, or somebody acts in it as a minister. The offices are those in whose capacity people
    act; where none is named, those that they are reported to have held at any time.
    """
    rows = list(rows)
    kinds = {row["kind"] for row in rows if "kind" in row}
    offices = [row["capacityLabel"] for row in rows if "capacityLabel" in row]
    offices = offices or [row["heldLabel"] for row in rows if "heldLabel" in row]
    summit = f"{_DG}Summit" in kinds or any("within" in row for row in rows)
    if summit or PREFIXES["visit-kind"] + "state-visit" in kinds or any(map(_is_head, offices)):
        return HEAD
    if f"{_DG}MinisterialTalks" in kinds or any(map(_MINISTERS.search, offices)):
        return MINISTERIAL
    return OTHER


def _is_head(office: str) -> bool:
    return bool(_HEADS.search(office)) and not _BELOW.search(office)


def _level(name: str, entries: list[Entry], day: date) -> Level:
    held = [each for each in entries if is_over(each, day)]
    overdue = [each for each in entries if each.word == OVERDUE]
    ahead = [each for each in entries if is_ahead(each, day)]
    return Level(
        name=name,
        title=LEVELS[name],
        total=len(entries),
        last=_since(max(held, key=_latest), day) if held else None,
        next=_until(min(ahead, key=_earliest), day) if ahead else None,
        overdue=_since(max(overdue, key=_latest), day) if overdue else None,
    )


def _since(entry: Entry, day: date) -> Contact:
    if not entry.earliest or not entry.latest:
        return Contact(entry.iri, None)
    least, most = (day - entry.latest.date()).days, (day - entry.earliest.date()).days
    return Contact(entry.iri, Days(max(0, least), max(0, most)))


def _until(entry: Entry, day: date) -> Contact:
    if not entry.earliest or not entry.latest:
        return Contact(entry.iri, None)
    least, most = (entry.earliest.date() - day).days, (entry.latest.date() - day).days
    return Contact(entry.iri, Days(max(0, least), max(0, most)))


def _latest(entry: Entry) -> tuple:
    return bool(entry.latest), str(entry.latest or ""), entry.iri


def _earliest(entry: Entry) -> tuple:
    return not entry.earliest, str(entry.earliest or ""), entry.iri
