"""Abbreviate the IRIs of a Turtle file by the project's prefixes and those the file declares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from diplograph.core import names

# PN_LOCAL of Turtle 1.1 without backslash escapes, which few readers know.
NAME_START = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff_"
)
NAME_NEXT = rf"{NAME_START}0-9\u00b7\u0300-\u036f\u203f\u2040-"
_ENCODED = "%[0-9A-Fa-f]{2}"
_LOCAL = re.compile(
    rf"(?:(?:[{NAME_START}0-9:]|{_ENCODED})(?:(?:[.:{NAME_NEXT}]|{_ENCODED})*(?:[:{NAME_NEXT}]|{_ENCODED}))?)?"
)


class Prefixes:
    """The prefixes that abbreviate `iris`, all IRIs of a file that declares `declared`.

    The project's table comes first. A declared prefix is used for other IRIs, if the file needs no
    prefix of that name from the table; the empty one not for this project's own IRIs, because
    OWL tools declare it unasked.
    """

    def __init__(self, declared: Mapping[str, str], iris: Iterable[str]):
        parts = (names.split(iri) for iri in iris)
        reserved = {part[0] for part in parts if part}
        own = {prefix: iri for prefix, iri in declared.items() if prefix not in reserved}
        # Of two prefixes for one IRI the longer name comes later and wins: : gives way to ex:.
        ordered = sorted(own, key=lambda prefix: (len(prefix), prefix))
        self._by_iri = {own[prefix]: prefix for prefix in ordered}
        self._lengths = sorted({len(iri) for iri in self._by_iri}, reverse=True)
        self._texts: dict[str, str] = {}
        self.used: dict[str, str] = {}

    def write(self, iri: str) -> str:
        """Return `iri` as a prefixed name, its prefix noted in `used`, or as <iri>."""
        if iri not in self._texts:
            parts = names.split(iri) or self._split(iri)
            self._texts[iri] = f"{parts[0]}:{parts[1]}" if parts else f"<{iri}>"
            if parts:
                self.used[parts[0]] = iri.removesuffix(parts[1])
        return self._texts[iri]

    def _split(self, iri: str) -> tuple[str, str] | None:
        """Return the declared prefix of the longest IRI that leaves a local name, and that name."""
        for length in self._lengths:
            prefix = self._by_iri.get(iri[:length])
            is_unasked = prefix == "" and iri.startswith(names.ROOT)
            if prefix is not None and not is_unasked and _LOCAL.fullmatch(iri, length):
                return prefix, iri[length:]
        return None
