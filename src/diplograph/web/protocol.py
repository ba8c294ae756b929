"""A request as the SPARQL 1.1 Protocol reads it: one query, its graphs, the format it names."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from diplograph.errors import Refused, UnsupportedMediaType, UsageError

FORM_TYPE = "application/x-www-form-urlencoded"
QUERY_TYPE = "application/sparql-query"
UPDATE_TYPE = "application/sparql-update"

# Far above what a query needs, far below what would take a parser's time.
MOST_FIELDS = 1000
READ_ONLY = "this endpoint is read-only: it answers queries and takes no update"


@dataclass(frozen=True)
class QueryRequest:
    """What one request asks: the query's text, its graphs, and `format=` where it was given."""

    text: str
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    word: str | None


def read_request(request: Request) -> QueryRequest:
    """Return the query of a GET, a POSTed form or a POSTed query (Protocol 2.1.1 to 2.1.3).

    Raises Refused for an update in any form, UnsupportedMediaType for another kind of body,
    UsageError where there is not exactly one query or the text is not UTF-8, and
    RequestEntityTooLarge for a body past the application's limit.
    """
    in_address = _fields(request.query_string)
    if request.method != "POST":
        return _from_fields(in_address)
    if request.mimetype == UPDATE_TYPE:
        raise Refused(READ_ONLY)
    if request.mimetype == FORM_TYPE:
        fields = _fields(_read_body(request))
        if "format" not in fields and "format" in in_address:
            fields["format"] = in_address["format"]
        return _from_fields(fields)
    if request.mimetype != QUERY_TYPE:
        sent = f"not as {request.mimetype}" if request.mimetype else "and this has no Content-Type"
        raise UnsupportedMediaType(f"a query is posted as {FORM_TYPE} or {QUERY_TYPE}, {sent}")
    return _from_fields({**in_address, "query": [*in_address.get("query", []), _text(request)]})


def _from_fields(fields: dict[str, list[str]]) -> QueryRequest:
    if "update" in fields:
        raise Refused(READ_ONLY)
    queries = fields.get("query", [])
    if len(queries) != 1:
        counted = "there is none" if not queries else f"there are {len(queries)}"
        raise UsageError(f"a request holds exactly one query (parameter `query`); {counted} here")
    return QueryRequest(
        text=queries[0],
        default_graphs=tuple(fields.get("default-graph-uri", ())),
        named_graphs=tuple(fields.get("named-graph-uri", ())),
        word=next(iter(fields.get("format", ())), None) or None,
    )


def _fields(encoded: bytes) -> dict[str, list[str]]:
    try:
        pairs = parse_qsl(
            encoded.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except UnicodeDecodeError as error:
        raise UsageError("the request's parameters are not UTF-8") from error
    except ValueError as error:
        raise UsageError(f"the request has more than {MOST_FIELDS} parameters") from error
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def _text(request: Request) -> str:
    charset = request.mimetype_params.get("charset", "utf-8")
    if charset.lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType(f"a posted query is UTF-8, not {charset}")
    try:
        return _read_body(request).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError("the posted query is not UTF-8") from error


def _read_body(request: Request) -> bytes:
    """Return the whole body; raises RequestEntityTooLarge where it may be longer than was read.

    Werkzeug reads a body of no declared length up to the limit and says nothing of the rest.
    """
    body, limit = request.get_data(), request.max_content_length
    if limit is not None and request.content_length is None and len(body) >= limit:
        raise RequestEntityTooLarge
    return body
