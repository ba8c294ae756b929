"""Compares the results of two servers: parsed, in any order, terms in one spelling."""

from __future__ import annotations

import json
from collections import Counter

from rig.queries import LARGE_ROWS, LARGE_WHOLE, LOOKUPS, PROLOGUE, Things, list_large, list_lookups
from rig.servers import Server, ask

XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"
SAMPLES_PER_KIND = 5


def find_differences(ours: Server, peer: Server, things: Things) -> list[str]:
    """Return a sentence for each sampled query that the two servers answer differently."""
    differences = []
    names = list(LOOKUPS)
    for place, query in enumerate(list_lookups(things, SAMPLES_PER_KIND * len(names), seed=5)):
        text = f"{query}{1000 + place}"
        if read_rows(ask(ours.url, text)) != read_rows(ask(peer.url, text)):
            differences.append(f"{peer.name} differs on: {names[place % len(names)]}")
    whole = [read_rows(ask(server.url, PROLOGUE + LARGE_WHOLE)) for server in (ours, peer)]
    if whole[0] != whole[1]:
        differences.append(f"{peer.name} differs on the whole of the large result")
    for query in list_large(3):
        for server in (ours, peer):
            rows = read_rows(ask(server.url, query))
            if rows.total() != LARGE_ROWS or rows - whole[0]:
                differences.append(
                    f"{server.name} gives {rows.total()} rows, some not in the whole"
                )
    return differences


def read_rows(body: bytes) -> Counter[frozenset]:
    """Return the rows of a result in JSON with their numbers of occurrences."""
    bindings = json.loads(body)["results"]["bindings"]
    return Counter(
        frozenset((name, *_term(term)) for name, term in row.items()) for row in bindings
    )


def _term(term: dict) -> tuple[str, str, str]:
    """Return kind, value and language or datatype; UTC and plain strings in one spelling."""
    kind = "literal" if term["type"] == "typed-literal" else term["type"]
    typed = term.get("xml:lang") or term.get("datatype", "")
    value = term["value"]
    if typed.endswith("dateTime"):
        value = value.replace("+00:00", "Z")
    return kind, value, "" if typed == XSD_STRING else typed
