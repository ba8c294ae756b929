"""What only SPARQL 1.2 has: found by the parser itself, and named with its place in the query."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyoxigraph as ox

from diplograph.core.errors import QuerySyntaxError
from diplograph.core.names import ROOT
from diplograph.store.muting import mute, mute_names
from diplograph.store.syntax import at
from diplograph.store.tokens import place_of, read_tokens

_WORDS = re.compile(
    "version|triple|subject|predicate|object|langdir|haslang", re.IGNORECASE | re.ASCII
)
_DIRECTION = re.compile(r"(@[A-Za-z]+(?:-[A-Za-z0-9]+)*-)(?=-)")
_SHOWN = re.compile(
    r"<<\(?|\{\||~|@[A-Za-z]+(?:-[A-Za-z0-9]+)*--[A-Za-z]+|version(?=\s*[\"'#])"
    r"|\b(?:istriple|triple|subject|predicate|object|(?:str|has)?langdir|haslang)(?=\s*[(#])",
    re.IGNORECASE | re.ASCII,
)
_APART = frozenset(("string", "space", "iri", "variable"))


def refuse_newer(text: str, original: str, prefixes: Mapping[str, str]) -> None:
    """Refuse `text`, a query that parses, where it parses as SPARQL 1.2 alone.

    Those are triple terms, reifiers, annotations, base directions, VERSION and the functions on
    triples and directions, from the grammar of SPARQL 1.2. Each of their marks is spelt as SPARQL
    1.1 has none, in quoted text and comments too, where it does not matter; if that text parses,
    the query needed none of them. `original` is what the caller wrote. Raises QuerySyntaxError.
    """
    older = _DIRECTION.sub(r"\1-", mute(text, _WORDS))
    older = re.sub("<(?=<)", "< ", older).replace("{|", "{ |").replace("~", "=")
    if older == text:
        return
    try:
        ox.Store().query(older, base_iri=ROOT, prefixes=mute_names(prefixes, _WORDS))
    except RuntimeError:  # a function that is defined nowhere: it parses
        return
    except SyntaxError as error:
        raise _name_newer(original) from error


def _name_newer(text: str) -> QuerySyntaxError:
    """Return the error at the first mark of SPARQL 1.2 that stands in no text, IRI or comment."""
    places = (each.start() for each in read_tokens(text) if each.lastgroup not in _APART)
    found = next(filter(None, (_SHOWN.match(text, place) for place in places)), None)
    if found is None:
        return QuerySyntaxError("this is SPARQL 1.2, which is off here; --sparql-12 turns it on")
    message = f"{found.group()} is SPARQL 1.2, which is off here; --sparql-12 turns it on"
    return at(text, place_of(text, found.start()), message)
