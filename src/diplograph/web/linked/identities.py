"""What an IRI of ours answers: 303 to its page or to its data, by Accept."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request

from diplograph.core.errors import NotAcceptable
from diplograph.core.formats import STATEMENTS
from diplograph.views.thing import read_named_things
from diplograph.web.addresses import SCHEME, find_iri, locate, locate_data
from diplograph.web.bridge import read_flask, write_flask
from diplograph.web.caching import keep
from diplograph.web.edition import Edition
from diplograph.web.exchange import Response as Made
from diplograph.web.graphstore import READS, choose_statements
from diplograph.web.headers import preflight
from diplograph.web.negotiate import HTML_TYPE, Offer, prefer

_TYPES = (HTML_TYPE, *(form.media_type for form in STATEMENTS.values()))


def create_identities(edition: Edition) -> Blueprint:
    """Return the blueprint of the addresses that our IRIs have on this host.

    Each leads to another by a path, so it works under any host name and behind any prefix.
    """
    identities = Blueprint("identities", __name__)

    def lead(kind: str, slug: str) -> Response:
        if request.method == "OPTIONS":
            return write_flask(Made(204, preflight(READS)))
        iri = find_iri(kind, slug)
        address = choose_address(edition, iri)
        read_named_things(edition.asking(), iri)
        response = redirect(address, 303)  # a thing is no document (httpRange-14)
        response.headers["Vary"] = "Accept"
        response.headers["Cache-Control"] = keep(edition.settings)
        return response

    @identities.route("/id/<kind>/<path:slug>", methods=list(READS))
    def thing(kind: str, slug: str) -> Response:
        return lead(kind, slug)

    @identities.route("/concept/<scheme>/<path:name>", methods=list(READS))
    def concept(scheme: str, name: str) -> Response:
        return lead(scheme, name)

    @identities.route("/concept/<scheme>", methods=list(READS))
    def scheme(scheme: str) -> Response:
        return lead(SCHEME, scheme)

    @identities.get("/page/report/<path:slug>")
    def report(slug: str) -> Response:
        query = request.query_string.decode("ascii", "replace")
        address = locate(find_iri("report", slug))
        return redirect(f"{address}?{query}" if query else address, 301)

    return identities


def choose_address(edition: Edition, iri: str) -> str:
    """Return where the thing of that IRI is told of as the request likes it best.

    A client that names a form of RDF gets it; one that takes anything, or says nothing, gets the
    page, as anybody who follows a link. Raises NotAcceptable with the list offered.
    """
    offer = choose_offer(edition, "a thing")
    if offer is None:
        return locate(iri)
    query = request.query_string.decode("ascii", "replace")
    address = locate_data(iri, STATEMENTS[offer.name].suffix)
    return f"{address}?{query}" if request.args.get("profile") else address


def choose_offer(edition: Edition, what: str) -> Offer | None:
    """Return the form of RDF that the request at hand likes best, None where that is a page.

    `what` is what a message calls it. Raises NotAcceptable with the list offered.
    """
    asked = read_flask(edition.settings, body=False)
    best = prefer(asked.headers.get("accept", ""), _TYPES)
    if best == HTML_TYPE and not request.args.get("format"):
        return None
    try:
        return choose_statements(asked, what)
    except NotAcceptable as error:
        raise NotAcceptable(f"{error}, and as {HTML_TYPE}") from error
