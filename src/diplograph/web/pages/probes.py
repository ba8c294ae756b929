"""Whether the server runs, and whether a query would be answered now."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from diplograph.store.interface import QueryRequest
from diplograph.web.edition import Edition


def create_probes(edition: Edition) -> Blueprint:
    """Return the blueprint of /health and /ready.

    /health says that the server runs, and asks nothing; /ready that a query would be answered now,
    and is a 503 that names the bound where it would not.
    """
    probes, engine = Blueprint("probes", __name__), edition.engine

    @probes.get("/health")
    def health() -> Response:
        return jsonify(ok=True, build=engine.digest)

    @probes.get("/ready")
    def ready() -> Response:
        engine.answer(QueryRequest("ASK {}"), request.remote_addr or "")
        return jsonify(ready=True, build=engine.digest)

    return probes
