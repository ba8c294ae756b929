"""Which facts stand: those that somebody says, whom no later reading corrects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from diplograph.core.names import PREFIXES
from diplograph.views.asking import Row

_DENIED = PREFIXES["modality"] + "denied"


@dataclass(frozen=True)
class Standing:
    """What the readings of one fact come to.

    `stands`: somebody says it and no later reading has corrected that; `denied`: somebody says
    that it is not so; `superseded`: every reading of it has been corrected.
    """

    stands: bool = True
    denied: bool = False
    superseded: bool = False

    @property
    def doubted(self) -> bool:
        """Whether one report says it and another denies it."""
        return self.stands and self.denied


def weigh(rows: Iterable[Row], name: str) -> dict[str, Standing]:
    """Return what stands of the facts that `?name` names, by `?reading`, `?modality` and `?newer`.

    A fact that no reading supports stands: nothing speaks against it.
    """
    readings: dict[str, dict[str, tuple[bool, bool]]] = {}
    for row in rows:
        found = readings.setdefault(row[name], {})
        if "reading" in row:
            denied, corrected = found.get(row["reading"], (False, False))
            denied = denied or row.get("modality") == _DENIED
            found[row["reading"]] = denied, corrected or "newer" in row
    return {fact: _weigh(list(found.values())) for fact, found in readings.items()}


def _weigh(readings: list[tuple[bool, bool]]) -> Standing:
    current = [denied for denied, corrected in readings if not corrected]
    return Standing(
        stands=not readings or not all(current or [True]),
        denied=any(current),
        superseded=bool(readings) and not current,
    )
