"""Reading a query from an HTTP request, as the SPARQL 1.1 Protocol defines it."""

from __future__ import annotations

import re
from binascii import a2b_qp
from dataclasses import dataclass

from werkzeug.http import parse_options_header

from diplograph.core.dates import parse_whole
from diplograph.core.errors import (
    AddressTooLong,
    LengthRequired,
    MethodNotAllowed,
    Refused,
    TooLong,
    UnsupportedCoding,
    UnsupportedMediaType,
    UsageError,
)
from diplograph.core.files import BYTE_ORDER_MARK
from diplograph.core.settings import (
    KIBIBYTE,
    LONGEST_ADDRESS,
    LONGEST_CONTENT_TYPE,
    MEBIBYTE,
    MOST_FIELDS,
    QueryBounds,
    Settings,
)
from diplograph.web.http import HttpRequest

FORM_TYPE = "application/x-www-form-urlencoded"
QUERY_TYPE = "application/sparql-query"
UPDATE_TYPE = "application/sparql-update"
PROTOCOL_METHODS = ("GET", "HEAD", "OPTIONS", "POST")

_READ_ONLY = "this endpoint is read-only: it answers queries and takes no update"

_NO_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_LAST_PAGE = 1_000_000  # no result has more
_FIELDS = ("query", "update", "default-graph-uri", "named-graph-uri", "format")


@dataclass(frozen=True)
class ProtocolRequest:
    """The query's text, its dataset, and the value of `format=`, None where it was not given.

    `page`, from 1 on, is the part of the result that a page for people shows.
    """

    text: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    word: str | None = None
    page: int = 1


def read_request(request: HttpRequest, settings: Settings) -> ProtocolRequest:
    """Return the query of a GET, a POSTed form or a POSTed query (Protocol 2.1.1 to 2.1.3).

    Raises Refused for an update in any form, MethodNotAllowed, LengthRequired for a body without a
    declared end, UnsupportedCoding for a compressed body, UnsupportedMediaType for another kind of
    body, UsageError where there is not
    exactly one query or a field is not UTF-8, and TooLong past the length that `settings` allow.
    """
    if request.method not in PROTOCOL_METHODS:
        raise MethodNotAllowed(
            f"method {request.method[:20]} is not allowed; queries are sent by GET or POST",
            allowed=PROTOCOL_METHODS,
        )
    bounds, address = settings.bounds, request.query
    if len(address) > LONGEST_ADDRESS:
        message = f"the query string is longer than {LONGEST_ADDRESS:,} characters; POST the query"
        raise AddressTooLong(message, bound="length")
    if request.method == "POST":
        return _read_posted(request, bounds)
    if address.startswith("query=") and "&" not in address:  # what most clients send
        return ProtocolRequest(_check_length(_decode(address[6:]), bounds))
    return _from_fields(read_fields(address), bounds)


def asks_description(request: HttpRequest) -> bool:
    """Return whether a request is for the service description: no query, a format at most.

    See SPARQL 1.1 Service Description, section 2.
    """
    if request.method not in {"GET", "HEAD"} or len(request.query) >= 100:
        return False
    return not read_fields(request.query).keys() - {"format"}


def largest_body(bounds: QueryBounds) -> int:
    """Return how many bytes a body may have: the longest query, each character escaped."""
    return 3 * bounds.query_kibibytes * KIBIBYTE + LONGEST_ADDRESS


def refuse_body(largest: int) -> TooLong:
    """Return the error of a body that has more bytes than `largest`."""
    limit = largest / MEBIBYTE
    return TooLong(f"the request is larger than the {limit:.2g} MiB one may have", bound="length")


def read_fields(encoded: str) -> dict[str, list[str]]:
    """Return the values of each field of `encoded`, the text of a form or of an address.

    Raises UsageError where a field is not UTF-8 or there are more than MOST_FIELDS.
    """
    if encoded.count("&") >= MOST_FIELDS:
        raise UsageError(f"the request has more than {MOST_FIELDS} parameters")
    fields: dict[str, list[str]] = {}
    for pair in encoded.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            if name not in _FIELDS:
                name = _decode(name)
            fields.setdefault(name, []).append(_decode(value))
    return fields


def _read_posted(request: HttpRequest, bounds: QueryBounds) -> ProtocolRequest:
    headers, body = request.headers, request.body
    _check_coding(headers.get("content-encoding", ""))
    if not body and "content-length" not in headers and "transfer-encoding" not in headers:
        raise LengthRequired("a POST request needs a Content-Length or Transfer-Encoding: chunked")
    if len(body) > largest_body(bounds):
        raise _too_long(bounds)
    kind, options = parse_options_header(headers.get("content-type", "")[:LONGEST_CONTENT_TYPE])
    kind, charset = kind.lower(), options.get("charset", "utf-8")
    fields = read_fields(request.query) if request.query else {}
    if kind == UPDATE_TYPE or "update" in fields:
        raise Refused(_READ_ONLY)
    if kind not in {FORM_TYPE, QUERY_TYPE}:
        sent = f"unsupported Content-Type {kind[:80]}" if kind else "missing Content-Type"
        raise UnsupportedMediaType(f"{sent}; a query is posted as {FORM_TYPE} or {QUERY_TYPE}")
    if charset.lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType(f"unsupported charset {charset[:80]}; a posted query is UTF-8")
    if "query" in fields:
        raise UsageError(
            "a POST request has its query in the body, and this one has another in the address"
        )
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise UsageError("the posted query is not valid UTF-8") from error
    if kind == QUERY_TYPE:
        return _from_fields({**fields, "query": [text]}, bounds)
    for name, values in read_fields(text).items():
        fields[name] = [*values, *fields.get(name, ())]
    return _from_fields(fields, bounds)


def _check_coding(listed: str) -> None:
    """Raise UnsupportedCoding where Content-Encoding lists one but identity (RFC 9110, 8.4)."""
    if {coding.strip().lower() for coding in listed.split(",")} - {"", "identity"}:
        raise UnsupportedCoding(
            f"unsupported Content-Encoding {listed[:80]}; a query is posted without compression"
        )


def _from_fields(fields: dict[str, list[str]], bounds: QueryBounds) -> ProtocolRequest:
    if "update" in fields:
        raise Refused(_READ_ONLY)
    queries = fields.get("query", [])
    if len(queries) != 1:
        counted = "there is none" if not queries else f"there are {len(queries)}"
        raise UsageError(f"a request holds exactly one query (parameter `query`); {counted} here")
    return ProtocolRequest(
        text=_check_length(queries[0], bounds),
        default_graphs=tuple(fields.get("default-graph-uri", ())),
        named_graphs=tuple(fields.get("named-graph-uri", ())),
        word=fields.get("format", ("",))[0] or None,
        page=_read_page(fields.get("page", ("",))[0]),
    )


def _read_page(text: str) -> int:
    """Return the number of a page of results; raises UsageError where it is none from 1 on."""
    if not text.strip():
        return 1
    number = parse_whole(text.strip())
    if number is None or not 1 <= number <= _LAST_PAGE:
        raise UsageError(f"page: {text[:20]!r} is no page: write a number from 1 on")
    return number


def _check_length(text: str, bounds: QueryBounds) -> str:
    """Return `text` without a byte order mark; raises TooLong past the bytes one query may have."""
    most = bounds.query_kibibytes * KIBIBYTE
    if len(text) > most or (4 * len(text) > most and len(text.encode()) > most):
        raise _too_long(bounds)
    return text.removeprefix(BYTE_ORDER_MARK)


def _too_long(bounds: QueryBounds) -> TooLong:
    mebibytes, rest = divmod(bounds.query_kibibytes, KIBIBYTE)
    limit = f"{bounds.query_kibibytes} KiB" if rest else f"{mebibytes} MiB"
    return TooLong(f"the query is larger than the {limit} one may have", bound="length")


def _decode(encoded: str) -> str:
    """Return one field's name or value, percent-decoded, `+` a space; raises UsageError."""
    if "+" in encoded:
        encoded = encoded.replace("+", " ")
    try:
        if "%" in encoded:
            return _decode_percent(encoded.encode()).decode()
        encoded.isascii() or encoded.encode()  # raises where surrogates stand for invalid UTF-8
        return encoded
    except UnicodeError as error:
        raise UsageError("the request's parameters are not valid UTF-8") from error


def _decode_percent(escaped: bytes) -> bytes:
    """Return `escaped` with each `%41` replaced by its byte, ten times as fast as `urllib.parse`.

    Quoted-printable has the same escapes with `=` for `%`, and its decoder is written in C. A `%`
    without two hexadecimal digits, noticed by the length, stays; in a long text it is an error.
    """
    if b"\n" in escaped or b"\r" in escaped:
        escaped = escaped.replace(b"\n", b"%0A").replace(b"\r", b"%0D")
    escaped = escaped.replace(b"=", b"%3D")
    resolved = a2b_qp(escaped.replace(b"%", b"="))
    if len(escaped) - len(resolved) != 2 * escaped.count(b"%"):
        if len(escaped) > LONGEST_ADDRESS:
            raise UsageError("invalid percent-encoding; a % by itself is written %25")
        resolved = a2b_qp(_NO_ESCAPE.sub(b"%25", escaped).replace(b"%", b"="))
    return resolved
