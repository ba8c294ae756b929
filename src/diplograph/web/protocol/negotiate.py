"""Content negotiation: the format of a response, by its `format` word, then its Accept header."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from diplograph.core.errors import NotAcceptable
from diplograph.core.files import ENCODINGS
from diplograph.core.formats import MEDIA_TYPE_ALIASES, RESULTS, STATEMENTS
from diplograph.core.settings import LONGEST_ACCEPT

HTML = "html"
HTML_TYPE = "text/html"

# Clients send the same few headers, so what was read of as many is remembered.
_REMEMBERED = 256
_NEUTRAL_PARAMETER = re.compile(
    r';\s*(?:charset="?utf-8"?(?=[\s;,]|$)|profile=(?:"[^"]*"|[^\s;,]*))', re.IGNORECASE
)
_BARE_POINT = re.compile(r"(?<=q=)(\.)(?=[0-9])|(?<=q=[01])\.(?![0-9])", re.IGNORECASE)
# Characters of a request that a message repeats.
_LONGEST_SHOWN = 200


@dataclass(frozen=True)
class Offer:
    """One way to write a result: the name of its format, its media type and its Content-Type."""

    name: str
    media_type: str

    @property
    def content_type(self) -> str:
        """The media type, with the charset where it is a kind of text."""
        text = self.media_type.startswith("text/")
        return f"{self.media_type}; charset=utf-8" if text else self.media_type


@dataclass(frozen=True)
class AcceptedFormats:
    """The formats that one request accepts: one for each kind of result, None where it has none.

    `by_word`: the address named the format, so that Accept did not decide.
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
    """Return the formats for a query's result: by `format=word` if given, else by Accept.

    No Accept header, or `*/*`, means JSON for tables and Turtle for statements. Raises
    NotAcceptable, listing the formats, where neither kind of result could be sent.
    """
    return _choose(_shorten(accept), word and word[:_LONGEST_SHOWN])


def choose_encoding(accept: str | None) -> str:
    """Return the encoding of a body: gzip, br, zstd, or "" for none (RFC 9110, 12.5.3).

    `accept` is the Accept-Encoding header, None where there is none. Raises NotAcceptable where
    it allows neither a plain body nor one of these.
    """
    return _choose_encoding(_shorten(accept)) if accept else ""


def negotiate_offers(accept: str, media_types: Iterable[str]) -> str | None:
    """Return the media type of `media_types` that Accept rates highest, the first among equals.

    The most specific range decides about a type (RFC 9110, 12.5.1), so `text/csv;q=0, */*` takes
    anything but CSV; of equal ratings the more specific range counts. No header, or an empty one,
    takes everything. None where nothing is acceptable.
    """
    accept = _shorten(accept)
    if not accept.strip(" \t,"):
        return next(iter(media_types), None)
    return _read_ranges(accept).best_match(media_types)


def exclude_format(accept: str, name: str) -> str | None:
    """Return an Accept header that takes all that `accept` does but the format called `name`.

    None where that leaves no format for the same kind of result, and where `accept` does not take
    the format: a word or a suffix has chosen it.
    """
    offers = _offers(RESULTS, 0) if name in RESULTS else _offers(STATEMENTS, 1)
    types = [offer.media_type for offer in offers if offer.name == name]
    others = [offer.media_type for offer in offers if offer.name != name]
    if negotiate_offers(accept, types) is None:
        return None
    ranges = _read_ranges(_shorten(accept)) or [("*/*", 1)]
    ranges = [(value, quality) for value, quality in ranges if value.lower() not in types]
    listed = [f"{value};q={quality:g}" for value, quality in ranges]
    rest = ", ".join([*listed, *(f"{media_type};q=0" for media_type in types)])
    return rest if negotiate_offers(rest, others) else None


@lru_cache(maxsize=_REMEMBERED)
def _choose(accept: str, word: str | None) -> AcceptedFormats:
    solutions, statements = _offers(RESULTS, 0), _offers(STATEMENTS, 1)
    if word:
        choice = AcceptedFormats(_named(solutions, word), _named(statements, word), by_word=True)
        requested = f"format={word}"
    else:
        choice = AcceptedFormats(_best(solutions, accept), _best(statements, accept))
        requested = f"Accept: {accept}"
    if choice.solutions is None and choice.statements is None:
        forms = [*RESULTS.values(), *STATEMENTS.values()]
        listed = ", ".join([*(form.media_type for form in forms), HTML_TYPE])
        shown = " ".join(requested.split())[:_LONGEST_SHOWN]
        raise NotAcceptable(f"nothing can be sent as {shown}; choose one of {listed}")
    return choice


@lru_cache(maxsize=_REMEMBERED)
def _choose_encoding(accept: str) -> str:
    ranges = parse_accept_header(_repair_weights(accept).lower().replace("x-gzip", "gzip"))
    named, plain = set(ranges.values()), None  # x-gzip is gzip: RFC 9110, 8.4.1.3
    if "identity" in ranges:  # by its name or by `*`
        plain = ranges.quality("identity")
    # A coding that is named comes before one that only `*` allows, and among those gzip, which
    # every client reads.
    ranked = [
        (ranges.quality(name), name in named, -place, name) for place, name in enumerate(ENCODINGS)
    ]
    quality, is_named, _, best = max(ranked)
    if quality > 0 and (plain is None or quality >= plain):
        return best if is_named or "gzip" in named else "gzip"
    if plain == 0:
        listed = ", ".join([*ENCODINGS, "identity"])
        raise NotAcceptable(f"no body can be sent in that encoding; choose one of {listed}")
    return ""


def _offers(table: dict, position: int) -> list[Offer]:
    named = [(form.name, form.media_type) for form in table.values()]
    named += [(names[position], media_type) for media_type, names in MEDIA_TYPE_ALIASES.items()]
    named.append((HTML, HTML_TYPE))
    return [Offer(name, media_type) for name, media_type in named if name is not None]


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


@lru_cache(maxsize=_REMEMBERED)
def _read_ranges(accept: str) -> MIMEAccept:
    """Return the ranges of an Accept header; one that cannot be read is left out.

    A parameter would match nothing, so charset=utf-8 is dropped, which is what is sent here, and a
    profile of JSON-LD, which is only a preference (JSON-LD 1.1, section 6.2).
    """
    header = _NEUTRAL_PARAMETER.sub("", _repair_weights(accept))
    ranges = parse_accept_header(header, MIMEAccept)
    return MIMEAccept([("*/*" if value == "*" else value, quality) for value, quality in ranges])


def _repair_weights(header: str) -> str:
    """Return `header` with `q=.5` and `q=1.` as werkzeug reads them; Java's clients send such."""
    return _BARE_POINT.sub(lambda match: "0." if match[1] else "", header)


def _shorten(header: str) -> str:
    return header if len(header) <= LONGEST_ACCEPT else ""
