"""What may be asked of engagements: who, with whom, where, about what, when, by which report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

# What a filter names by IRI, as the address calls it and as the attribute is called.
THINGS = {
    "actor": "actor",
    "with": "other",
    "forum": "forum",
    "topic": "topic",
    "place": "place",
    "report": "report",
}


@dataclass(frozen=True)
class Filter:
    """Which engagements are wanted; what is empty does not narrow.

    `actor`, `other` (with whom), `forum`, `topic`, `place` and `report` are IRIs, a space between
    several of which one is enough. `status` is a status word or several: the name of a concept,
    contested, overdue or unstated. What may fall between `start` and `end`, both days included,
    is wanted. `asof` is the day that stands for today.
    """

    actor: str = ""
    other: str = ""
    forum: str = ""
    topic: str = ""
    place: str = ""
    status: str = ""
    start: date | None = None
    end: date | None = None
    asof: date | None = None
    report: str = ""

    @property
    def things(self) -> tuple[str, ...]:
        """The IRIs it names, each once, sorted."""
        named = (getattr(self, name) for name in THINGS.values())
        return tuple(sorted({iri for each in named for iri in each.split()}))
