"""The pages of open issues: unreported outcomes, contradictions, hearsay, concerns, near names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from flask import Blueprint, Response, request, url_for

from diplograph.core.errors import UnknownThing
from diplograph.views.engagements import EngagementFilter, find_engagements
from diplograph.views.open_issues import OpenIssues, read_open_issues
from diplograph.views.query import QueryRunner
from diplograph.views.records import Attestation, read_evidence
from diplograph.views.search import NearDuplicate, find_near_duplicates
from diplograph.views.status import OVERDUE, EngagementIndexEntry
from diplograph.web.context import AppContext
from diplograph.web.paging import PAGE_SIZE, count_pages, read_page
from diplograph.web.rendering import render

# How many issues of each kind the overview shows.
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
    """One kind of open issues: how many there are, and those shown."""

    name: str
    title: str
    total: int
    shown: tuple


@dataclass(frozen=True)
class BuildIssues:
    """The open issues of a build that do not depend on the day, and its engagements."""

    issues: OpenIssues
    near: tuple[NearDuplicate, ...]
    engagements: tuple[EngagementIndexEntry, ...]


def create_open_issues(context: AppContext) -> Blueprint:
    """Return the blueprint of /open and of a page for each kind of open issues."""
    pages = Blueprint("open_issues", __name__)

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def read_once(digest: str) -> BuildIssues:
        index = context.index()
        issues = read_open_issues(QueryRunner(context.engine), index)
        return BuildIssues(issues, find_near_duplicates(index), context.marks())

    @pages.get("/open")
    def overview() -> Response:
        day, asking, known = context.day(), context.asking(), read_once(context.digest)
        sections = [
            _read_section(asking, known, name, day, 0, OPEN_ISSUES_SHOWN)
            for name in OPEN_ISSUE_TITLES
        ]
        grounds = _read_grounds(asking, sections)
        return render(
            "open_issues.html", sections=sections, day=day, grounds=grounds, asof=_read_asof()
        )

    @pages.get("/open/<name>")
    def section(name: str) -> Response:
        if name not in OPEN_ISSUE_TITLES:
            names = ", ".join(OPEN_ISSUE_TITLES)
            raise UnknownThing(f"what is open has no part {name!r}: it has {names}")
        day, asking, page = context.day(), context.asking(), read_page()
        offset, known = (page - 1) * PAGE_SIZE, read_once(context.digest)
        chosen = _read_section(asking, known, name, day, offset, PAGE_SIZE)
        return render(
            "open_issues_section.html",
            section=chosen,
            day=day,
            grounds=_read_grounds(asking, [chosen]),
            asof=_read_asof(),
            page=page,
            pages=count_pages(chosen.total),
            address=lambda page: _section_address(name, page),
        )

    return pages


def _read_section(
    asking: QueryRunner, known: BuildIssues, name: str, day: date, offset: int, limit: int
) -> OpenIssueSection:
    """Return one kind of open issues; overdue engagements depend on the day and are queried."""
    title = OPEN_ISSUE_TITLES[name]
    if name == "overdue":
        chosen, cut = EngagementFilter(status=OVERDUE), {"limit": limit, "offset": offset}
        found = find_engagements(asking, chosen, day, **cut, index=known.engagements)
        return OpenIssueSection(name, title, found.total, found.engagements)
    items = {
        "contradictions": known.issues.contradictions,
        "hearsay": known.issues.doubts,
        "agreements": known.issues.preparations,
        "concerns": known.issues.concerns,
        "names": known.near,
    }[name]
    return OpenIssueSection(name, title, len(items), items[offset : offset + limit])


def _read_grounds(
    asking: QueryRunner, sections: list[OpenIssueSection]
) -> dict[str, tuple[Attestation, ...]]:
    """Return the attestations of the facts on hearsay that are shown, by fact IRI."""
    shown = (section.shown for section in sections if section.name == "hearsay")
    return read_evidence(asking, (doubt.fact.iri for doubts in shown for doubt in doubts))


def _section_address(name: str, page: int) -> str:
    number = page if page > 1 else None
    return url_for("open_issues.section", name=name, page=number, asof=_read_asof())


def _read_asof() -> str | None:
    """Return the day that the address gives, for links to pass on; None where it gives none."""
    return request.args.get("asof", "").strip() or None
