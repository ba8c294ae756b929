"""The names in a query that nothing in the graph has, with the names that may be meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

import pyoxigraph as ox

from diplograph.core.names import PREFIXES
from diplograph.sparql.check import list_tokens
from diplograph.views.query import QueryRunner
from diplograph.views.search import CompletionTerm

# Datatypes and functions are in no statement by themselves.
_UNSOUGHT = frozenset(("xsd", "fn", "math", "geof"))
_MOST_NAMES = 50
_MOST_NEAR = 3


@dataclass(frozen=True)
class UnknownName:
    """A prefixed name in a query that no statement has, and its place.

    `line` and `column` count from 1; `near` are names of the graph that resemble it, the most
    similar first.
    """

    name: str
    line: int
    column: int
    near: tuple[str, ...] = ()

    def replace_in(self, text: str, meant: str) -> str:
        """Return the query with every use of this name replaced by the one that is `meant`."""
        parts, end = [], 0
        for token in list_tokens(text):
            if token.lastgroup == "name" and token.group() == self.name:
                parts += [text[end : token.start()], meant]
                end = token.end()
        return "".join([*parts, text[end:]])


def find_unknown_names(
    asking: QueryRunner, text: str, terms: Iterable[CompletionTerm]
) -> tuple[UnknownName, ...]:
    """Return the names of the project's prefixes in `text` that no statement has, in their order.

    A name is listed once. `terms` are those that may be meant instead. One query at most.
    """
    places = _list_names(text)
    if not places:
        return ()
    known = {term.name for term in terms}
    sought = {name: iri for name, (iri, _, _) in places.items() if name not in known}
    missing = _find_missing(asking, sought) if sought else set()
    return tuple(
        UnknownName(name, line, column, _find_near(name, known))
        for name, (_, line, column) in places.items()
        if name in missing
    )


def _list_names(text: str) -> dict[str, tuple[str, int, int]]:
    """Return IRI, line and column of the first use of each name whose prefix is the project's."""
    tokens, declared, places = list_tokens(text), dict(PREFIXES), {}
    for position, token in enumerate(tokens):
        before = tokens[position - 1].group().upper() if position else ""
        after = tokens[position + 1] if position + 1 < len(tokens) else None
        if token.lastgroup != "name":
            continue
        prefix, _, local = token.group().partition(":")
        if before == "PREFIX":
            if after is not None:
                declared[prefix] = after.group()[1:-1]
            continue
        is_ours = declared.get(prefix) == PREFIXES.get(prefix) and prefix in PREFIXES
        is_call = after is not None and after.group()[0] == "("
        if is_ours and local and not is_call and prefix not in _UNSOUGHT and "\\" not in local:
            line = text.count("\n", 0, token.start()) + 1
            column = token.start() - text.rfind("\n", 0, token.start())
            places.setdefault(token.group(), (PREFIXES[prefix] + local, line, column))
        if len(places) == _MOST_NAMES:
            break
    return places


def _find_missing(asking: QueryRunner, sought: dict[str, str]) -> set[str]:
    """Return the names whose IRI is in no statement of the default graph, nor names a graph."""
    try:
        terms = {name: ox.NamedNode(iri) for name, iri in sought.items()}
    except ValueError:  # a local name with an escape that is no part of an IRI
        return set()
    rows = asking.rows(
        f"SELECT ?term {{ VALUES ?term {{ {' '.join(map(str, terms.values()))} }}\n"
        "  FILTER (EXISTS { ?term ?any ?of } || EXISTS { ?any ?term ?of }"
        " || EXISTS { ?any ?of ?term } || EXISTS { GRAPH ?term { ?any ?of ?these } }) }"
    )
    found = {row["term"] for row in rows}
    return {name for name, term in terms.items() if term.value not in found}


def _find_near(name: str, known: set[str]) -> tuple[str, ...]:
    """Return the names of the same prefix that resemble `name`, but for case above all.

    Classes begin with a capital and properties do not: others come in only where none is near.
    """
    prefix, _, local = name.partition(":")
    names = [own.partition(":")[2] for own in sorted(known) if own.startswith(f"{prefix}:")]
    same = [own for own in names if own.lower() == local.lower()]
    near = get_close_matches(local, names, n=2 * _MOST_NEAR, cutoff=0.65)
    of_its_kind = [own for own in near if own[:1].isupper() == local[:1].isupper()]
    found = dict.fromkeys([*same, *(of_its_kind or near)])
    return tuple(f"{prefix}:{own}" for own in found)[:_MOST_NEAR]
