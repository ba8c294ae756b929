"""What a graph holds: how many reports, passages, facts, engagements and who is in them."""

from __future__ import annotations

from dataclasses import dataclass

from diplograph.core.names import PREFIXES
from diplograph.views.asking import Asking
from diplograph.views.texts import fill

# The classes counted, the kind of address their things have, what one and many are called;
# meetings and visits are counted together, as engagements. The first are named even where there are
# none.
COUNTED = (
    ("Report", "report", "report", "reports"),
    ("Passage", "passage", "passage", "passages"),
    ("Fact", "", "fact", "facts"),
    ("Event", "", "engagement", "engagements"),
    ("State", "state", "state", "states"),
    ("Person", "person", "person", "people"),
    ("Office", "office", "office", "offices"),
    ("Forum", "forum", "forum", "forums"),
    ("Partnership", "partnership", "partnership", "partnerships"),
    ("Agreement", "agreement", "agreement", "agreements"),
)
_ALWAYS = ("Report", "Passage", "Fact", "Event")


@dataclass(frozen=True)
class Count:
    """How many things of a class there are; `kind` is their kind where one kind is all of them."""

    class_name: str
    kind: str
    noun: str
    nouns: str
    count: int


@dataclass(frozen=True)
class Counts:
    """What a graph holds, and how many statements say it."""

    things: tuple[Count, ...]
    statements: int


def read_counts(asking: Asking) -> Counts:
    """Return how many of what the build holds; one query. Raises what the engine raises.

    Reports, passages, facts and engagements are there even where there are none.
    """
    known = {
        row["class"].removeprefix(PREFIXES["dg"]): int(row["count"])
        for row in asking.rows(fill("counts"))
    }
    things = tuple(
        Count(name, kind, noun, nouns, known.get(name, 0))
        for name, kind, noun, nouns in COUNTED
        if name in known or name in _ALWAYS
    )
    return Counts(things, known.get("statements", 0))
