"""Words of a query spelt otherwise, so that the parser itself tells keywords from names."""

from __future__ import annotations

import re
from collections.abc import Mapping

SERVICE = re.compile("service", re.IGNORECASE | re.ASCII)


def mute(text: str, words: re.Pattern) -> str:
    """Return `text` with each match of `words` begun with a z instead of its first letter.

    Oxigraph reads SPARQL without a lexer: `SERVICEex:thing{}` calls out, `"SERVICE"` does not, and
    whether a `<` begins an IRI depends on all that stands before. So no second reading of ours
    decides what is a keyword, but the parser: quoted text, IRIs, comments and names parse as
    before, only the keyword does not, since none begins with a z and no two names become one.
    """
    return words.sub(_begin_otherwise, text)


def mute_names(prefixes: Mapping[str, str], words: re.Pattern) -> dict[str, str]:
    """Return the prefixes with their names spelt as `mute` spells them in a text."""
    return {mute(name, words): iri for name, iri in prefixes.items()}


def _begin_otherwise(match: re.Match) -> str:
    word = match.group()
    return ("z" if word[0].islower() else "Z") + word[1:]
