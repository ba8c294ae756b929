"""The thing that an address names: its label and kinds, or which ones have nearly that name."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from diplograph.core.errors import UnknownThing
from diplograph.core.names import compact
from diplograph.things import Thing
from diplograph.views.asking import Asking, thing, things
from diplograph.views.texts import fill

_NEAR = 3


@dataclass(frozen=True)
class Named:
    """A thing with its kinds: the most specific classes in `kinds`, all that hold in `classes`."""

    thing: Thing
    kinds: tuple[Thing, ...]
    classes: frozenset[str]


def read_named(asking: Asking, iri: str) -> Named:
    """Return the thing of that IRI; one query.

    Raises UnknownThing, with the things of its kind that have nearly that name, where nothing is
    said of it; that asks once more.
    """
    rows = asking.rows(fill("named", thing=iri))
    if not rows:
        raise UnknownThing(_say_missing(asking, iri))
    wider = {row["wider"] for row in rows if "wider" in row}
    kinds = [row for row in rows if row.get("kind") not in wider]
    return Named(
        thing=thing({**rows[0], "thing": iri}, "thing") or Thing(iri, compact(iri)),
        kinds=things(kinds, "kind"),
        classes=frozenset(row["kind"] for row in rows if "kind" in row),
    )


def _say_missing(asking: Asking, iri: str) -> str:
    base = iri.rpartition("/")[0] + "/"
    known = {
        row["thing"]: row.get("label", "") for row in asking.rows(fill("named-near", base=base))
    }
    names = {each.removeprefix(base): each for each in known}
    near = get_close_matches(iri.removeprefix(base), names, n=_NEAR, cutoff=0.5)
    hint = " or ".join(compact(names[each]) for each in near)
    return f"nothing here is called {compact(iri)}" + (f"; did you mean {hint}?" if hint else "")
