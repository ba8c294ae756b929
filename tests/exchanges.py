"""One request answered as the server answers it, without a socket or a framework."""

from urllib.parse import urlencode

from diplograph.core.errors import DiplographError
from diplograph.web.errors import describe_error, respond_error
from diplograph.web.http import HttpRequest, HttpResponse
from diplograph.web.protocol.sparql import answer_query, prepare
from diplograph.web.settings import Settings

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"


def get(fields, method="GET", **headers):
    """Return a request whose address holds `fields`: a text as it stands, or pairs to encode."""
    query = fields if isinstance(fields, str) else urlencode(fields, doseq=True)
    return HttpRequest(method, "/sparql", query, spell(headers), client="192.0.2.7")


def post(body, kind=None, address="", **headers):
    """Return a request that posts `body`; `kind` is its Content-Type, None for none."""
    data = body if isinstance(body, bytes) else body.encode()
    named = {"content-length": str(len(data)), **({"content-type": kind} if kind else {})}
    return HttpRequest("POST", "/sparql", address, named | spell(headers), data, "192.0.2.7")


def spell(headers):
    """Return header names as they are sent: `accept_encoding` is `accept-encoding`."""
    return {name.replace("_", "-"): value for name, value in headers.items()}


def exchange(engine, request, settings=None):
    """Return the response to `request`, an error told as the server tells it."""
    text = ""
    try:
        prepared = prepare(request, engine.digest, settings or Settings())
        if isinstance(prepared, HttpResponse):
            return prepared
        text = prepared.query.text
        answer = engine.answer(prepared.query, request.client)
        return answer_query(prepared, answer, request)
    except DiplographError as error:
        return respond_error(describe_error(error, text), request)


def header(response, name):
    """Return the value of the one header of that name, None where there is none."""
    found = [value for each, value in response.headers if each.lower() == name.lower()]
    assert len(found) < 2, f"{name} is sent twice"
    return found[0] if found else None
