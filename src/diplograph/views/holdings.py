"""What a graph holds: how many reports, passages, facts, engagements and who is in them."""

from __future__ import annotations

from dataclasses import dataclass

from diplograph.names import PREFIXES
from diplograph.views.asking import Asking
from diplograph.views.texts import fill

# The classes counted, the kind of address their things have, one noun and several; a meeting and a
# visit are counted together, as engagements.
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


@dataclass(frozen=True)
class Holding:
    """How many things of a class there are; `kind` is their kind where one kind is all of them."""

    class_name: str
    kind: str
    noun: str
    count: int


@dataclass(frozen=True)
class Holdings:
    """What a graph holds, and how many statements say it."""

    counts: tuple[Holding, ...]
    statements: int


def read_holdings(asking: Asking) -> Holdings:
    """Return how many of what the build holds; two queries. Raises what the engine raises.

    Reports, passages, facts and engagements are there even where there are none.
    """
    known = {
        row["class"].removeprefix(PREFIXES["dg"]): int(row["count"])
        for row in asking.rows(fill("holdings"))
    }
    counts = []
    for place, (name, kind, noun, nouns) in enumerate(COUNTED):
        count = known.get(name, 0)
        if count or place < 4:
            counts.append(Holding(name, kind, noun if count == 1 and place > 3 else nouns, count))
    statements = asking.row(fill("holdings-statements"))
    return Holdings(tuple(counts), int(statements.get("count", 0)))
