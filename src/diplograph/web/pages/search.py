"""The search page, suggestions while typing, and the names that the query editor completes."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import lru_cache
from itertools import groupby

from flask import Blueprint, Response, render_template, request, url_for

from diplograph.core.errors import UsageError
from diplograph.core.names import PREFIXES
from diplograph.views.engagements import judge_engagements
from diplograph.views.list_tables import make_result_table
from diplograph.views.records import read_evidence
from diplograph.views.search import read_passage_facts, read_search_context
from diplograph.views.search_results import (
    KIND_GROUPS,
    Hit,
    KindGroup,
    NamedPair,
    SearchResults,
    find_group,
    name_tier,
)
from diplograph.views.status import read_dates
from diplograph.web.addresses import (
    find_pair_path,
    given_day,
    name_party,
    page_address,
    pair_address,
    site_address,
)
from diplograph.web.context import AppContext
from diplograph.web.flask_adapter import read_flask
from diplograph.web.forms import KINDS_OF_FIELD
from diplograph.web.page_cache import find_asset
from diplograph.web.rendering import PAGE_SIZE, list_pages, make_locator, read_page, render
from diplograph.web.table_files import MOST_ROWS, send_table

LONGEST_SEARCH = 300
# The most facts named for a passage that is found; the passage's page has them all.
PASSAGE_FACTS_SHOWN = 5
OPENSEARCH_TYPE = "application/opensearchdescription+xml"
SUGGESTIONS_TYPE = "application/x-suggestions+json; charset=utf-8"
# What one thing of a kind is called beside its name.
KIND_WORDS = {
    "organ": "part of an organization",
    "forum": "organization",
    "body": "government body",
    "media": "news source",
    "group": "group of people",
    "series": "series of meetings",
    "event": "event",
    "concept": "list of terms",
    "term": "term",
    **{
        kind: kind.replace("-", " ")
        for group in KIND_GROUPS
        for kind in group.kinds
        if kind not in "organ forum body media group series event concept term".split()
    },
}
# The field of the engagement filter that things of a kind go into.
FILTER_OF_KIND = {
    **dict.fromkeys(("person", "state", "organization", "organ"), "actor"),
    **{"forum": "forum", "topic": "topic", "city": "place", "region": "place"},
}
_KINDS_WITH_CONTEXT = frozenset("person office event city organ body".split())
# The query editor, which the hatch hook builds; without it pages have a plain text area.
SCRIPT = "built/editor.js"


def read_search() -> tuple[str, str]:
    """Return what the request searches for and the kind it narrows to; raises UsageError."""
    sought, kind = (request.args.get(name, "").strip() for name in ("q", "kind"))
    if len(sought) > LONGEST_SEARCH:
        raise UsageError(f"q: search for at most {LONGEST_SEARCH} characters")
    return sought, kind


def create_search(context: AppContext) -> Blueprint:
    """Return the blueprint of /search, of /suggest, and of the description that browsers use."""
    pages = Blueprint("search", __name__)
    pages.add_url_rule("/suggest", "suggest", _Suggestions(context).answer)

    @pages.get("/search")
    def search() -> Response:
        sought, kind = read_search()
        page, index = read_page(), context.full_index()
        found = index.find(sought, kind, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)

        def address(page: int = 1, kind: str = kind) -> str:
            number = page if page > 1 else None
            return url_for("search.search", q=sought or None, kind=kind or None, page=number)

        return render(
            "search.html",
            sought=sought,
            kind=kind,
            found=found,
            whole=index.whole,
            groups=_count_groups(found),
            group=next((group for group in KIND_GROUPS if group.name == kind), None),
            tiers=_split_tiers(found, (page - 1) * PAGE_SIZE + 1),
            facts_shown=PASSAGE_FACTS_SHOWN,
            brief=_find_brief(found.pair),
            kind_words=KIND_WORDS,
            filters=FILTER_OF_KIND,
            **_describe_hits(context, found),
            **list_pages(page, found.total, address=address),
        )

    @pages.get("/search.<any(csv, xlsx):suffix>")
    def table(suffix: str) -> Response:
        sought, kind = read_search()
        found = context.full_index().find(sought, kind, limit=MOST_ROWS)
        evidence = read_evidence(
            context.asking(), {hit.thing.iri for hit in found.hits}, context.day()
        )
        made = make_result_table(found.hits, evidence, make_locator(context))
        return send_table("search", made, suffix)

    @pages.get("/opensearch.xml")
    def opensearch() -> Response:
        address = read_flask(context.settings, body=False).address
        page = render_template("opensearch.xml", address=address)
        return Response(page, content_type=OPENSEARCH_TYPE)

    return pages


class _Suggestions:
    """Answers with the names that begin as one types, of one context, in OpenSearch's JSON."""

    def __init__(self, context: AppContext):
        self.context = context
        # While people type, the same beginnings come again and again.
        self._write_once = lru_cache(maxsize=4096)(self._write)

    def answer(self) -> Response:
        """Return at most nine suggestions, of kinds that `field` of the filter takes."""
        typed = request.args.get("q", "").strip()
        if len(typed) > LONGEST_SEARCH:
            raise UsageError(f"q: search for at most {LONGEST_SEARCH} characters")
        kinds = KINDS_OF_FIELD.get(request.args.get("field", ""), ())
        place = request.root_path + given_day()  # addresses depend on them
        body = self._write_once(self.context.digest, typed, kinds, place)
        return Response(body, content_type=SUGGESTIONS_TYPE)

    def _write(self, digest: str, typed: str, kinds: tuple[str, ...], place: str) -> bytes:
        index = self.context.index()
        options = [
            (str(hit.thing.label), KIND_WORDS.get(hit.kind, ""), page_address(hit.thing.iri) or "")
            for hit in (index.suggest(typed, kinds) if typed else ())
        ]
        pair = None if kinds else index.find_pair(typed)
        if pair and (address := pair_address(pair.one.iri, pair.other.iri)):
            options.insert(0, (f"{pair.one.label} and {pair.other.label}", "pair", address))
        columns = [list(column) for column in zip(*options, strict=True)] or [[], [], []]
        return json.dumps([typed, *columns], ensure_ascii=False, separators=(",", ":")).encode()


def _count_groups(found: SearchResults) -> list[tuple[KindGroup, int]]:
    """Return the groups of kinds that have results, in their order, and how many of each."""
    counts: dict[str, int] = {}
    for kind, count in found.kinds:
        name = find_group(kind).name
        counts[name] = counts.get(name, 0) + count
    return [(group, counts[group.name]) for group in KIND_GROUPS if group.name in counts]


def _find_brief(pair: NamedPair | None) -> str:
    """Return the address of the brief of a pair, empty for none."""
    names = [name_party(party.iri) for party in (pair.one, pair.other)] if pair else []
    return site_address(f"/brief{find_pair_path(*names)}") if names and all(names) else ""


def _split_tiers(found: SearchResults, first: int) -> list[tuple[str, list[tuple[int, Hit]]]]:
    """Return the results of a page in the lists under each heading, with their numbers."""
    numbered = enumerate(found.hits, start=first)
    return [
        (title, list(hits))
        for title, hits in groupby(numbered, key=lambda pair: name_tier(pair[1].kind))
    ]


def _describe_hits(context: AppContext, found: SearchResults) -> dict:
    """Return what lines beside the results say, each by IRI; at most three queries."""
    asking, index, day = context.asking(), context.index(), context.day()
    kinds = {hit.thing.iri: hit.kind for hit in found.hits}
    passages = [iri for iri, kind in kinds.items() if kind == "passage"]
    supported = read_passage_facts(asking, passages)
    shown = [iri for iri, kind in kinds.items() if kind in _KINDS_WITH_CONTEXT]
    events = {iri for iri, kind in kinds.items() if kind == "event"}
    judged = {entry.iri: entry for entry in judge_engagements(context.marks(), day, events)}
    return {
        "facts": {iri: tuple(map(index.name, facts)) for iri, facts in supported.items()},
        "about": read_search_context(asking, shown, day),
        "judged": judged,
        "dates": read_dates(asking, judged, day),
    }


def create_completion(context: AppContext) -> Blueprint:
    """Return the blueprint of the names that the editor completes; templates learn its script."""
    completion = Blueprint("completion", __name__)

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def write_once(digest: str) -> bytes:
        """Return the prefixes and the terms of the graph in JSON, without empty fields."""
        terms = [
            {key: value for key, value in asdict(term).items() if value} for term in context.terms()
        ]
        document = {"prefixes": PREFIXES, "terms": terms}
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    @completion.app_context_processor
    def list_editor_values() -> dict:
        script = SCRIPT if find_asset(SCRIPT) else ""
        return {"editor_script": script, "known_prefixes": PREFIXES}

    @completion.get("/sparql/terms.json")
    def terms() -> Response:
        return Response(write_once(context.digest), content_type="application/json")

    return completion
