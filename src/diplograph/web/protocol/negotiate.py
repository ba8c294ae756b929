"""Which format a request is answered in: its `format` word first, then its Accept header."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from werkzeug.http import parse_list_header, parse_options_header

from diplograph.core.compression import ENCODINGS
from diplograph.core.errors import NotAcceptable
from diplograph.core.formats import MEDIA_TYPE_ALIASES, RESULTS, STATEMENTS
from diplograph.core.settings import LONGEST_ACCEPT

HTML = "html"
HTML_TYPE = "text/html"

# A client sends the same few headers, so what they mean is remembered. None has a use for a longer
# one: it is disregarded, as RFC 9110, 12.5.1, allows, and costs neither time nor memory.
_REMEMBERED = 256
# As the grammar has it, but for `.5` and more than three digits, which are seen.
_WEIGHT = re.compile(r"0?\.[0-9]+|0\.?|1(?:\.0*)?")
# What of a request a message repeats.
_LONGEST_SHOWN = 200


@dataclass(frozen=True)
class Offer:
    """One way to write a result: the format's name, its media type, and the header that says so."""

    name: str
    media_type: str

    @property
    def content_type(self) -> str:
        """The media type, with the charset where it is a kind of text."""
        text = self.media_type.startswith("text/")
        return f"{self.media_type}; charset=utf-8" if text else self.media_type


@dataclass(frozen=True)
class AcceptedFormats:
    """What one request takes: an offer for either kind of result, None where it takes neither.

    `by_word` says that the address named the format, so that no header had a say.
    """

    solutions: Offer | None
    statements: Offer | None
    by_word: bool = False

    def of(self, kind: str) -> Offer | None:
        """Return the offer for a result of `kind`: solutions, boolean or statements."""
        return self.statements if kind == "statements" else self.solutions

    @property
    def page(self) -> bool:
        """Whether a result may have to be a page for people."""
        return any(offer and offer.name == HTML for offer in (self.solutions, self.statements))


def negotiate_query(accept: str, word: str | None = None) -> AcceptedFormats:
    """Return the formats for a query's result, from `format=word` if given, else from Accept.

    No Accept header, or `*/*`, means JSON for tables and Turtle for statements. Raises
    NotAcceptable, listing the offer, when neither kind of result could be sent.
    """
    return _choose(_shorten(accept), word and word[:_LONGEST_SHOWN])


def choose_encoding(accept: str | None) -> str:
    """Return what a body is to be compressed with: gzip, br, zstd, or nothing (RFC 9110, 12.5.3).

    `accept` is the Accept-Encoding header, None where there is none. Raises NotAcceptable where
    it takes neither a plain body nor one of these.
    """
    return _choose_encoding(_shorten(accept)) if accept else ""


def negotiate_offers(accept: str, media_types: Iterable[str]) -> str | None:
    """Return the media type of `media_types` that Accept likes best, the first among equals.

    The most specific range decides about a type (RFC 9110, 12.5.1), so `text/csv;q=0, */*` takes
    anything but CSV. No header, or an empty one, takes everything.
    """
    accept = _shorten(accept)
    if not accept.strip(" \t,"):
        return next(iter(media_types), None)
    ranges = _read_ranges(accept)
    ranked = [(_rank(ranges, each), each) for each in media_types]
    likely = [pair for pair in ranked if pair[0][0] > 0]
    return max(likely, key=lambda pair: pair[0])[1] if likely else None


@lru_cache(maxsize=_REMEMBERED)
def _choose(accept: str, word: str | None) -> AcceptedFormats:
    solutions, statements = _offers(RESULTS, 0), _offers(STATEMENTS, 1)
    if word:
        choice = AcceptedFormats(_named(solutions, word), _named(statements, word), by_word=True)
        asked = f"format={word}"
    else:
        choice = AcceptedFormats(_best(solutions, accept), _best(statements, accept))
        asked = f"Accept: {accept}"
    if choice.solutions is None and choice.statements is None:
        forms = [*RESULTS.values(), *STATEMENTS.values()]
        listed = ", ".join([*(form.media_type for form in forms), HTML_TYPE])
        shown = " ".join(asked.split())[:_LONGEST_SHOWN]
        raise NotAcceptable(f"nothing here can be sent as {shown}; it can be had as {listed}")
    return choice


@lru_cache(maxsize=_REMEMBERED)
def _choose_encoding(accept: str) -> str:
    liked = {}
    for name, _, quality in _read_items(accept):
        name = "gzip" if name == "x-gzip" else name  # RFC 9110, 8.4.1.3
        liked[name] = max(quality, liked.get(name, 0.0))
    rest = liked.get("*", 0.0)
    plain = liked.get("identity", rest if "*" in liked else None)
    # A coding that is named comes before one that only `*` lets in, and among those gzip, which
    # everybody reads.
    ranked = [
        (liked.get(name, rest), name in liked, -place, name) for place, name in enumerate(ENCODINGS)
    ]
    quality, named, _, best = max(ranked)
    if quality > 0 and (plain is None or quality >= plain):
        return best if named or "gzip" in liked else "gzip"
    if plain == 0:
        listed = ", ".join([*ENCODINGS, "identity"])
        raise NotAcceptable(f"no body can be sent in that encoding; it can be had as {listed}")
    return ""


def _offers(table: dict, position: int) -> list[Offer]:
    offers = [Offer(form.name, form.media_type) for form in table.values()]
    aliases = [
        Offer(names[position], media_type)
        for media_type, names in MEDIA_TYPE_ALIASES.items()
        if names[position] is not None
    ]
    return [*offers, *aliases, Offer(HTML, HTML_TYPE)]


def _named(offers: list[Offer], word: str) -> Offer | None:
    """Return the offer of that name, suffix or media type, whose `+` may be a space.

    The part before the slash may be left out: SPARQLWrapper asks for `rdf+xml` and for `n3`.
    """
    word = word.strip().lower().replace(" ", "+")
    forms = (*RESULTS.values(), *STATEMENTS.values())
    suffixed = {form.name for form in forms if form.suffix == word}
    aliased = {form.name for form in forms if word in form.aliases}
    short = {f"application/{word}", f"text/{word}"}
    for names in ({word}, suffixed, aliased, short):
        for offer in offers:
            if offer.name in names or offer.media_type in names:
                return offer
    return None


def _best(offers: list[Offer], accept: str) -> Offer | None:
    best = negotiate_offers(accept, [offer.media_type for offer in offers])
    return next((offer for offer in offers if offer.media_type == best), None)


def _rank(ranges: dict[str, float], media_type: str) -> tuple[float, int]:
    """Return the quality of the range that is closest to a type, and how close it is."""
    kin = f"{media_type.partition('/')[0]}/*"
    for closeness, name in ((2, media_type), (1, kin), (0, "*/*")):
        if name in ranges:
            return ranges[name], closeness
    return 0.0, 0


@lru_cache(maxsize=_REMEMBERED)
def _read_ranges(accept: str) -> dict[str, float]:
    """Return the quality of each range that may match something here, the best of equal ranges.

    A range with a parameter matches only what has it: what is sent here is UTF-8 and has no other.
    A profile of JSON-LD is a wish (JSON-LD 1.1, section 6.2).
    """
    ranges: dict[str, float] = {}
    for name, options, quality in _read_items(accept):
        utf_8 = options.pop("charset", "utf-8").lower() == "utf-8"
        if utf_8 and not options.keys() - {"profile"}:
            name = "*/*" if name == "*" else name
            ranges[name] = max(quality, ranges.get(name, 0.0))
    return ranges


def _shorten(header: str) -> str:
    return header if len(header) <= LONGEST_ACCEPT else ""


def _read_items(header: str) -> Iterator[tuple[str, dict[str, str], float]]:
    """Yield name, parameters but `q`, and quality of each item; one that cannot be read is none."""
    for item in parse_list_header(header):
        name, options = parse_options_header(item)
        quality = _quality(options.pop("q", "1"))
        if name and quality is not None:
            yield name.strip().lower(), options, quality


def _quality(written: str) -> float | None:
    """Return a weight from 0 to 1 (RFC 9110, 12.4.2), None for what is none."""
    return float(written) if _WEIGHT.fullmatch(written.strip()) else None
