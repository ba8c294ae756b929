"""What files say of things: their asserted values, and those that follow by a chain of rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from diplograph.core.names import PREFIXES
from diplograph.passages import Attestation
from diplograph.things import Thing, Value
from diplograph.views.asking import Asking, Row, thing
from diplograph.views.texts import fill
from diplograph.wording import say_date

DG = PREFIXES["dg"]
_EDTF = f"{DG}edtf"
_NOTE = f"{PREFIXES['skos']}editorialNote"


@dataclass(frozen=True)
class Record:
    """A fact, or another thing, with what files say of it and what supports it.

    `relation` is the property by which it names the thing that is looked at, where it does.
    """

    thing: Thing
    values: tuple[Value, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    relation: Thing | None = None

    def things(self, name: str) -> tuple[Thing, ...]:
        """Return the things that it has by the property of ours called `name`."""
        found = (each.value for each in self.values if each.predicate.iri == DG + name)
        return tuple(each for each in found if isinstance(each, Thing))

    def text(self, name: str) -> str:
        """Return the text that it has by the property of ours called `name`, or nothing."""
        found = (each.value for each in self.values if each.predicate.iri == DG + name)
        return next((each for each in found if isinstance(each, str)), "")

    @property
    def notes(self) -> tuple[str, ...]:
        """The editors' notes on it."""
        return tuple(str(each.value) for each in self.values if each.predicate.iri == _NOTE)

    @property
    def standing(self) -> tuple[Attestation, ...]:
        """Its readings that no other supersedes."""
        return tuple(each for each in self.attestations if not each.superseded_by)

    def rest(self, told: Iterable[str]) -> tuple[Value, ...]:
        """Return the values but notes and those of the properties of ours in `told`."""
        left_out = {_NOTE, *(DG + name for name in told)}
        return tuple(each for each in self.values if each.predicate.iri not in left_out)


def read_statements(asking: Asking, things: Iterable[str]) -> dict[str, tuple[Value, ...]]:
    """Return thing to its asserted values but types and labels; one query."""
    return _read(asking, "statements", things)


def read_inferred(asking: Asking, things: Iterable[str]) -> dict[str, tuple[Value, ...]]:
    """Return thing to what follows of it by a chain of properties, not asserted; one query."""
    return _read(asking, "inferred", things)


def _read(asking: Asking, query: str, things: Iterable[str]) -> dict[str, tuple[Value, ...]]:
    wanted = sorted(set(things))
    if not wanted:
        return {}
    found: dict[str, dict[tuple[str, str], Value]] = {}
    for row in asking.rows(fill(query, thing=wanted)):
        values = found.setdefault(row["thing"], {})
        values.setdefault((row["property"], row["value"]), _value(row, query == "inferred"))
    return {each: tuple(values.values()) for each, values in found.items()}


def _value(row: Row, inferred: bool) -> Value:
    property_ = thing(row, "property") or Thing("", "")
    if row["named"] in {"true", "1"}:
        return Value(property_, thing(row, "value") or "", inferred)
    words = say_date(row["value"]) if property_.iri == _EDTF else ""
    return Value(property_, row["value"], inferred, words)
