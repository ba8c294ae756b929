"""Things by IRI and label, and their values: what views return to pages, CLI and Python."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from diplograph.core.names import compact


@dataclass(frozen=True)
class Thing:
    """Anything with an IRI; its text is its label.

    >>> Thing("https://w3id.org/diplograph/id/state/IND", "India").curie
    'state:IND'
    """

    iri: str
    label: str

    @property
    def curie(self) -> str:
        """The CURIE that names the thing in files and commands."""
        return compact(self.iri)

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True)
class Value:
    """One value of a property of a thing: a Thing or a text; `words` is a date in plain English."""

    predicate: Thing
    value: Thing | str
    inferred: bool = False
    words: str = ""


def by_label(things: Iterable[Thing]) -> tuple[Thing, ...]:
    """Return the things in the order of their labels."""
    return tuple(sorted(things, key=lambda thing: (thing.label, thing.iri)))
