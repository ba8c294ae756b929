"""Which format a request is answered in: its `format` word first, then its Accept header."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from werkzeug.datastructures import MIMEAccept

from diplograph.errors import NotAcceptable
from diplograph.formats import RESULTS, STATEMENTS

HTML = "html"
HTML_TYPE = "text/html"

# What clients ask for that is another name of a format; answered under the name they asked for.
_ALIASES = {
    "application/json": ("json", "jsonld"),
    "application/xml": ("xml", "rdfxml"),
    "text/xml": ("xml", "rdfxml"),
    "application/x-turtle": (None, "turtle"),
    "text/n3": (None, "turtle"),
    "text/plain": (None, "ntriples"),
}


@dataclass(frozen=True)
class Offer:
    """One way to write a result: the format's name and the media type it is sent as."""

    name: str
    media_type: str


@dataclass(frozen=True)
class Choice:
    """What one request takes: an offer for either kind of result, None where it takes neither."""

    solutions: Offer | None
    statements: Offer | None

    def of(self, kind: str) -> Offer | None:
        """Return the offer for a result of `kind`: solutions, boolean or statements."""
        return self.statements if kind == "statements" else self.solutions


def choose(accept: MIMEAccept, word: str | None = None) -> Choice:
    """Return the formats for a query's result, from `format=word` if given, else from Accept.

    No Accept header, or `*/*`, means JSON for tables and Turtle for statements. Raises
    NotAcceptable, listing the offer, when neither kind of result could be sent.
    """
    solutions, statements = _offers(RESULTS, 0), _offers(STATEMENTS, 1)
    if word:
        choice = Choice(_named(solutions, word), _named(statements, word))
        asked = f"format={word}"
    else:
        choice = Choice(_best(solutions, accept), _best(statements, accept))
        asked = f"Accept: {accept.to_header()}"
    if choice.solutions is None and choice.statements is None:
        forms = [*RESULTS.values(), *STATEMENTS.values()]
        listed = ", ".join([*(form.media_type for form in forms), HTML_TYPE])
        raise NotAcceptable(f"nothing here can be sent as {asked}; it can be had as {listed}")
    return choice


def prefer(accept: MIMEAccept, media_types: Iterable[str]) -> str | None:
    """Return the media type of `media_types` that `accept` likes best, the first among equals.

    The most specific range decides about a type (RFC 9110, 12.5.1), so `text/csv;q=0, */*` takes
    anything but CSV.
    """
    if not accept:
        return next(iter(media_types), None)
    ranked = [(accept.quality(each), _specificity(accept, each), each) for each in media_types]
    likely = [rank for rank in ranked if rank[0] > 0]
    return max(likely, key=lambda rank: rank[:2])[2] if likely else None


def _offers(table: dict, position: int) -> list[Offer]:
    offers = [Offer(form.name, form.media_type) for form in table.values()]
    aliases = [
        Offer(names[position], media_type)
        for media_type, names in _ALIASES.items()
        if names[position] is not None
    ]
    return [*offers, *aliases, Offer(HTML, HTML_TYPE)]


def _named(offers: list[Offer], word: str) -> Offer | None:
    named = [offer for offer in offers if word in {offer.name, offer.media_type}]
    same = {"json": "jsonld", "xml": "rdfxml"}.get(word)
    return next(iter(named or [offer for offer in offers if offer.name == same]), None)


def _best(offers: list[Offer], accept: MIMEAccept) -> Offer | None:
    best = prefer(accept, [offer.media_type for offer in offers])
    return next((offer for offer in offers if offer.media_type == best), None)


def _specificity(accept: MIMEAccept, media_type: str) -> int:
    """Return 2 for a range that names the type, 1 for `type/*`, 0 for `*/*`."""
    ranges = {each.partition(";")[0].strip().lower() for each, quality in accept if quality > 0}
    return 2 if media_type in ranges else int(f"{media_type.partition('/')[0]}/*" in ranges)
