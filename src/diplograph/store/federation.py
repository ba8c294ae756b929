"""SERVICE by an allow-list: a query may call only what the operator has listed, to the letter."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from diplograph.store.muting import SERVICE

_DOTS = re.compile(r"/\.\.?(?:[/?#]|$)")


def name_services(
    text: str, tokens: Sequence[re.Match], services: Sequence[str], iris: Mapping[int, str]
) -> tuple[str, str]:
    """Return the query as it may be run, and the same with each listed call turned into a GRAPH.

    A call is listed where SERVICE, or SERVICE SILENT, is followed by an IRI or a prefixed name
    whose IRI is in `services`; `iris` has it by its place among `tokens`, which hold no space. In
    what may be run the listed IRI itself stands there, so that no rule of resolving another reader
    follows could change where the call goes; IRIs with `.` or `..` for a segment are never taken.
    The other text is for the parser: it differs from the first in those words alone, and with
    every `service` left in it muted, it parses only if no other SERVICE is called.
    """
    runs, reads, end = [], [], 0
    for position, token in enumerate(tokens):
        if token.lastgroup != "word" or not SERVICE.fullmatch(token.group()):
            continue
        silent = _said(tokens, position + 1).upper() == "SILENT"
        target = position + 1 + silent
        iri = iris.get(target)
        if iri not in services or _DOTS.search(iri):
            continue
        before, place = text[end : token.start()], tokens[target]
        gap = text[tokens[target - 1].end() : place.start()]
        end = place.end()
        runs += [before, "SERVICE SILENT" if silent else "SERVICE", f"{gap} <{iri}>"]
        reads += [before, "GRAPH", f"{gap} <{iri}>"]
    return "".join([*runs, text[end:]]), "".join([*reads, text[end:]])


def _said(tokens: Sequence[re.Match], position: int) -> str:
    return tokens[position].group() if position < len(tokens) else ""
