"""What the query editor asks of the server: the terms it may offer, each with its meaning."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import lru_cache

from flask import Blueprint, Response

from diplograph.core.names import PREFIXES
from diplograph.views.query import QueryRunner
from diplograph.views.search import read_terms
from diplograph.web.assets import find_asset
from diplograph.web.edition import Edition

# What the hatch hook builds; where npm was missing it is not there, and pages do without.
SCRIPT = "built/editor.js"


def create_completion(edition: Edition) -> Blueprint:
    """Return the blueprint of the editor's terms; it tells templates whether there is an editor."""
    completion = Blueprint("completion", __name__)

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def write_once(digest: str) -> bytes:
        return write_terms(QueryRunner(edition.engine))

    @completion.app_context_processor
    def tell_templates() -> dict:
        script = SCRIPT if find_asset(SCRIPT) else ""
        return {"editor_script": script, "known_prefixes": PREFIXES}

    @completion.get("/sparql/terms.json")
    def terms() -> Response:
        return Response(write_once(edition.digest), content_type="application/json")

    return completion


def write_terms(asking: QueryRunner) -> bytes:
    """Return the prefixes and the terms in JSON; what a term lacks is left out."""
    terms = [{key: value for key, value in asdict(t).items() if value} for t in read_terms(asking)]
    known = {"prefixes": PREFIXES, "terms": terms}
    return json.dumps(known, ensure_ascii=False, separators=(",", ":")).encode()
