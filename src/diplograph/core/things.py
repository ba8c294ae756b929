"""Things by IRI and label, and their values: what views return to pages, CLI and Python."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from diplograph.core.names import compact


class TaggedText(str):
    """A text in a language other than English, and the tag of that language."""

    language: str

    def __new__(cls, text: str, language: str) -> TaggedText:
        """Return `text` with the tag `language`."""
        tagged = super().__new__(cls, text)
        tagged.language = language
        return tagged


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


def tag_text(text: str, language: str | None) -> str:
    """Return `text`, with its language where that is known and not English.

    >>> tag_text("visite", "fr").language
    'fr'
    """
    return TaggedText(text, language) if language and language.lower() != "en" else text


def by_label(things: Iterable[Thing]) -> tuple[Thing, ...]:
    """Return the things in the order of their labels."""
    return tuple(sorted(things, key=lambda thing: (thing.label, thing.iri)))
