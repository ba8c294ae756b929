"""Who takes part in all engagements and where they are: what networks and maps are drawn from."""

from __future__ import annotations

from dataclasses import dataclass

from diplograph.core.dates import parse_decimal
from diplograph.things import Thing
from diplograph.views.asking import Asking, thing
from diplograph.views.texts import fill


@dataclass(frozen=True)
class Spot:
    """A place with its coordinates in degrees (WGS 84), None where nobody has given them.

    `vague`: it is a state of which no report says where in it, and the coordinates are a point
    that represents it.
    """

    thing: Thing
    latitude: float | None
    longitude: float | None
    vague: bool

    @property
    def placed(self) -> bool:
        """Whether it can be drawn."""
        return self.latitude is not None and self.longitude is not None


@dataclass(frozen=True)
class Roll:
    """The states, the people and the places of engagements, each by the engagement's IRI."""

    states: dict[str, tuple[Thing, ...]]
    people: dict[str, tuple[Thing, ...]]
    spots: dict[str, tuple[Spot, ...]]


def read_roll(asking: Asking) -> Roll:
    """Return who takes part in each engagement and where it is; two queries, the same on any day.

    Where a report names a place in it, the host state is no place of the engagement.
    """
    parties: dict[str, dict[str, set[Thing]]] = {"state": {}, "person": {}}
    for row in asking.rows(fill("engagement-parties")):
        parties[row["as"]].setdefault(row["event"], set()).add(thing(row, "party"))
    places: dict[str, dict[str, dict[str, Spot]]] = {"place": {}, "state": {}}
    for row in asking.rows(fill("engagement-places")):
        found = places[row["as"]].setdefault(row["event"], {})
        found[row["place"]] = Spot(
            thing=thing(row, "place") or Thing("", ""),
            latitude=_read_degrees(row.get("latitude"), 90),
            longitude=_read_degrees(row.get("longitude"), 180),
            vague=row["as"] == "state",
        )
    return Roll(
        states={event: _sort(each) for event, each in parties["state"].items()},
        people={event: _sort(each) for event, each in parties["person"].items()},
        spots={
            event: tuple(each.values())
            for event, each in {**places["state"], **places["place"]}.items()
        },
    )


def _sort(things: set[Thing]) -> tuple[Thing, ...]:
    return tuple(sorted(things, key=lambda each: (each.label, each.iri)))


def _read_degrees(text: str | None, most: int) -> float | None:
    """Return degrees, None for what is no number or lies beyond `most` on either side."""
    degrees = parse_decimal(text)
    return degrees if degrees is not None and abs(degrees) <= most else None
