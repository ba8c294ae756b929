"""What is still open: outcomes nobody reported, contradictions, hearsay, names nearly equal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from flask import Blueprint, Response, request, url_for

from diplograph.core.errors import UnknownThing
from diplograph.views.engagements import find_engagements
from diplograph.views.filter import EngagementFilter
from diplograph.views.open_issues import OpenIssues, read_open_issues
from diplograph.views.query import QueryRunner
from diplograph.views.records import Attestation, read_evidence
from diplograph.views.search import NearDuplicate, find_near_duplicates
from diplograph.views.status import OVERDUE, EngagementIndexEntry
from diplograph.web.context import AppContext
from diplograph.web.paging import PAGE_SIZE, count_pages, read_page
from diplograph.web.rendering import render

# How many of each the overview shows.
OPEN_ISSUES_SHOWN = 6
OPEN_ISSUE_TITLES = {
    "overdue": "Date passed, outcome not reported",
    "contradictions": "Reports that contradict each other",
    "hearsay": "Resting on hearsay or judgement alone",
    "agreements": "Agreements in preparation",
    "concerns": "Concerns without a recorded answer",
    "names": "Names nearly equal",
}


@dataclass(frozen=True)
class OpenIssueSection:
    """One kind of what is open: how many there are, and those shown."""

    name: str
    title: str
    total: int
    shown: tuple


@dataclass(frozen=True)
class Kept:
    """What is open in a build whatever the day."""

    missing: OpenIssues
    near: tuple[NearDuplicate, ...]
    engagements: tuple[EngagementIndexEntry, ...]


def create_missing(edition: AppContext) -> Blueprint:
    """Return the blueprint of /open and of a page for each kind of what is open."""
    pages = Blueprint("missing", __name__)

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def read_once(digest: str) -> Kept:
        index, asking = edition.index(), QueryRunner(edition.engine)
        return Kept(read_open_issues(asking, index), find_near_duplicates(index), edition.marks())

    @pages.get("/open")
    def overview() -> Response:
        day, asking = edition.day(), edition.asking()
        kept = read_once(edition.digest)
        sections = [
            _read_section(asking, kept, name, day, 0, OPEN_ISSUES_SHOWN)
            for name in OPEN_ISSUE_TITLES
        ]
        grounds = _read_grounds(asking, sections)
        return render("open.html", sections=sections, day=day, grounds=grounds, asof=_asof())

    @pages.get("/open/<name>")
    def section(name: str) -> Response:
        if name not in OPEN_ISSUE_TITLES:
            raise UnknownThing(
                f"what is open has no part {name!r}: it has {', '.join(OPEN_ISSUE_TITLES)}"
            )
        day, asking, page = edition.day(), edition.asking(), read_page()
        kept, offset = read_once(edition.digest), (page - 1) * PAGE_SIZE
        one = _read_section(asking, kept, name, day, offset, PAGE_SIZE)
        values = {"section": one, "day": day, "grounds": _read_grounds(asking, [one])}
        paged = {"page": page, "pages": count_pages(one.total), "address": _pager(name)}
        return render("open_section.html", asof=_asof(), **values, **paged)

    return pages


def _read_section(
    asking: QueryRunner, kept: Kept, name: str, day: date, offset: int, limit: int
) -> OpenIssueSection:
    if name == "overdue":
        chosen, cut = EngagementFilter(status=OVERDUE), {"limit": limit, "offset": offset}
        found = find_engagements(asking, chosen, day, **cut, index=kept.engagements)
        return OpenIssueSection(name, OPEN_ISSUE_TITLES[name], found.total, found.engagements)
    items = {
        "contradictions": kept.missing.contradictions,
        "hearsay": kept.missing.doubts,
        "agreements": kept.missing.preparations,
        "concerns": kept.missing.concerns,
        "names": kept.near,
    }[name]
    return OpenIssueSection(
        name, OPEN_ISSUE_TITLES[name], len(items), items[offset : offset + limit]
    )


def _read_grounds(
    asking: QueryRunner, sections: list[OpenIssueSection]
) -> dict[str, tuple[Attestation, ...]]:
    """Return the readings of the facts on hearsay that are shown; of the rest they are known."""
    shown = (each.shown for each in sections if each.name == "hearsay")
    return read_evidence(asking, (doubt.fact.iri for doubts in shown for doubt in doubts))


def _pager(name: str) -> Callable[[int], str]:
    return lambda page: url_for(
        "missing.section", name=name, page=page if page > 1 else None, asof=_asof()
    )


def _asof() -> str | None:
    """Return the day that the address gives, to be given on; None where it gives none."""
    return request.args.get("asof", "").strip() or None
