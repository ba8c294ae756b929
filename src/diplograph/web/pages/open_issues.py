"""The pages of open issues: unreported outcomes, contradictions, hearsay, concerns, near names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from flask import Blueprint, Response, url_for

from diplograph.core.errors import UnknownThing
from diplograph.views.engagements import EngagementFilter, find_engagements
from diplograph.views.open_issues import read_open_issues
from diplograph.views.query import QueryRunner
from diplograph.views.records import read_evidence
from diplograph.views.search import find_near_duplicates
from diplograph.views.status import OVERDUE, UNHEARD
from diplograph.web.context import AppContext
from diplograph.web.rendering import PAGE_SIZE, list_pages, read_page, render

# Kinds of open issues that are engagements with this status on the day.
_BY_STATUS = {"overdue": OVERDUE, "unheard": UNHEARD}
# How many issues of each kind the overview shows.
OPEN_ISSUES_SHOWN = 6
OPEN_ISSUE_TITLES = {
    "overdue": "Date passed, outcome not reported",
    "unheard": "Plans not heard of since",
    "contradictions": "Reports that contradict each other",
    "hearsay": "Resting on hearsay or judgement alone",
    "agreements": "Agreements in preparation",
    "concerns": "Concerns without a recorded answer",
    "twice": "Engagements perhaps entered twice",
    "names": "Names nearly equal",
}


@dataclass(frozen=True)
class OpenIssueSection:
    """One kind of open issues: how many there are, and those shown."""

    name: str
    title: str
    total: int
    shown: tuple


def create_open_issues(context: AppContext) -> Blueprint:
    """Return the blueprint of /open and of a page for each kind of open issues."""
    pages = Blueprint("open_issues", __name__)

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def read_once(digest: str) -> dict[str, tuple]:
        """Return the issues of each kind that do not depend on the day."""
        index = context.index()
        issues = read_open_issues(QueryRunner(context.engine), index)
        return {
            "contradictions": issues.contradictions,
            "hearsay": issues.doubts,
            "agreements": issues.preparations,
            "concerns": issues.concerns,
            "twice": issues.repeated,
            "names": find_near_duplicates(index),
        }

    @pages.get("/open")
    def overview() -> Response:
        day = context.day()
        known = read_once(context.digest)
        sections = [
            _read_section(context, known, name, day, 0, OPEN_ISSUES_SHOWN)
            for name in OPEN_ISSUE_TITLES
        ]
        return _render_issues("open_issues.html", context, sections, day=day)

    @pages.get("/open/<name>")
    def section(name: str) -> Response:
        if name not in OPEN_ISSUE_TITLES:
            names = ", ".join(OPEN_ISSUE_TITLES)
            raise UnknownThing(f"what is open has no part {name!r}: it has {names}")
        day, page, known = context.day(), read_page(), read_once(context.digest)
        chosen = _read_section(context, known, name, day, (page - 1) * PAGE_SIZE, PAGE_SIZE)

        def address(page: int) -> str:
            number = page if page > 1 else None
            return url_for("open_issues.section", name=name, page=number)

        values = {"day": day, "section": chosen, **list_pages(page, chosen.total, address=address)}
        return _render_issues("open_issues_section.html", context, [chosen], **values)

    return pages


def _read_section(
    context: AppContext, known: dict[str, tuple], name: str, day: date, offset: int, limit: int
) -> OpenIssueSection:
    """Return one kind of open issues; engagements of a status depend on the day and are queried."""
    title, items = OPEN_ISSUE_TITLES[name], known.get(name, ())
    if name not in _BY_STATUS:
        return OpenIssueSection(name, title, len(items), items[offset : offset + limit])
    chosen, cut = EngagementFilter(status=_BY_STATUS[name]), {"limit": limit, "offset": offset}
    found = find_engagements(context.asking(), chosen, day, **cut, index=context.marks())
    return OpenIssueSection(name, title, found.total, found.engagements)


def _render_issues(
    template: str, context: AppContext, sections: list[OpenIssueSection], **values: object
) -> Response:
    """Return a page of `sections`, with the attestations of the facts on hearsay by fact."""
    doubts = (section.shown for section in sections if section.name == "hearsay")
    facts = (doubt.fact.iri for shown in doubts for doubt in shown)
    grounds = read_evidence(context.asking(), facts)
    return render(template, sections=sections, grounds=grounds, **values)
