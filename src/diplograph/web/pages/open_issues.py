"""The pages of open issues: unreported outcomes, disagreements, hearsay, concerns, gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from flask import Blueprint, Response, url_for

from diplograph.core.errors import UnknownThing
from diplograph.views.engagements import (
    describe_engagements,
    judge_engagements,
    order_engagements,
)
from diplograph.views.exports import make_table as make_engagement_table
from diplograph.views.list_tables import make_issue_table
from diplograph.views.open_issues import OpenIssues
from diplograph.views.query import QueryRunner
from diplograph.views.search import find_near_duplicates
from diplograph.views.status import OVERDUE, UNHEARD, UNSTATED, JudgedEngagement
from diplograph.views.tables import Table, name_sheet
from diplograph.web.context import AppContext
from diplograph.web.rendering import PAGE_SIZE, list_pages, make_locator, read_page, render
from diplograph.web.table_files import MOST_ROWS, send_table, send_workbook

# How many issues of each kind the overview shows.
OPEN_ISSUES_SHOWN = 6
OPEN_ISSUE_TITLES = {
    "overdue": "Overdue",
    "contradictions": "Disagreements",
    "hearsay": "Based only on hearsay",
    "judgement": "Based only on the reporter's view",
    "unheard": "Plans not heard of for long",
    "agreements": "Agreements not yet signed",
    "concerns": "Requests and concerns without an answer",
    "undated": "Gaps in data: engagements without a date",
    "twice": "Possible duplicates: engagements",
    "names": "Possible duplicates: names",
}
# Kinds of open issues that are engagements.
_ENGAGEMENTS = ("overdue", "unheard", "undated")


@dataclass(frozen=True)
class OpenIssueSection:
    """One kind of open issues: how many there are, and those shown."""

    name: str
    title: str
    total: int
    shown: tuple


class OpenIssueLists:
    """The open issues of one build by kind, as known on a day; read once a build and day."""

    def __init__(self, context: AppContext):
        self.context = context
        # The build that is served, and the one before; a few days, and requests may name any.
        self._find_names_once = lru_cache(maxsize=2)(
            lambda digest: find_near_duplicates(context.index())
        )
        self._list_disputes_once = lru_cache(maxsize=16)(
            lambda digest, day: _list_disputes(context.open_issues(day, unanswered=False))
        )
        self._list_once = lru_cache(maxsize=16)(lambda digest, day: self._list(day))
        self._read_section_once = lru_cache(maxsize=32)(
            lambda digest, *section: self._read_section(*section)
        )
        self._read_overview_once = lru_cache(maxsize=16)(
            lambda digest, day: self._read_overview(day)
        )

    def read_overview(self, day: date) -> dict[str, OpenIssueSection]:
        """Return each kind with its first issues, by name; at most eight queries the first time."""
        return self._read_overview_once(self.context.digest, day)

    def read_disputes(self, name: str, day: date, limit: int) -> OpenIssueSection:
        """Return the first disagreements, or facts that rest on hearsay or judgement alone.

        Three queries once a build.
        """
        items = self._list_disputes_once(self.context.digest, day)[name]
        return OpenIssueSection(name, OPEN_ISSUE_TITLES[name], len(items), items[:limit])

    def read_section(self, name: str, day: date, offset: int, limit: int) -> OpenIssueSection:
        """Return one kind of open issues; three queries for engagements, the first time."""
        return self._read_section_once(self.context.digest, name, day, offset, limit)

    def _read_section(self, name: str, day: date, offset: int, limit: int) -> OpenIssueSection:
        items = self._list_once(self.context.digest, day)[name]
        shown = items[offset : offset + limit]
        if name in _ENGAGEMENTS:
            shown = describe_engagements(QueryRunner(self.context.engine), shown, day)
        return OpenIssueSection(name, OPEN_ISSUE_TITLES[name], len(items), shown)

    def _read_overview(self, day: date) -> dict[str, OpenIssueSection]:
        """Return each kind with its first issues; the engagements of all kinds are read at once."""
        lists = self._list_once(self.context.digest, day)
        first = {name: items[:OPEN_ISSUES_SHOWN] for name, items in lists.items()}
        entries = dict.fromkeys(entry for name in _ENGAGEMENTS for entry in first[name])
        described = describe_engagements(QueryRunner(self.context.engine), entries, day)
        engagements = {engagement.thing.iri: engagement for engagement in described}
        for name in _ENGAGEMENTS:
            first[name] = tuple(engagements[entry.iri] for entry in first[name])
        return {
            name: OpenIssueSection(name, title, len(lists[name]), first[name])
            for name, title in OPEN_ISSUE_TITLES.items()
        }

    def _list(self, day: date) -> Mapping[str, tuple]:
        issues = self.context.open_issues(day)
        judged = order_engagements(judge_engagements(self.context.marks(), day), "newest")
        by_word: dict[str, list[JudgedEngagement]] = {}
        for entry in judged:
            by_word.setdefault(entry.word, []).append(entry)
        undated = (entry for entry in judged if not entry.latest and entry.word != UNSTATED)
        return {
            "overdue": tuple(by_word.get(OVERDUE, ())),
            **_list_disputes(issues),
            "unheard": tuple(by_word.get(UNHEARD, ())),
            "agreements": issues.preparations,
            "concerns": issues.concerns,
            "undated": tuple(undated),
            "twice": issues.repeated,
            "names": self._find_names_once(self.context.digest),
        }


def _list_disputes(issues: OpenIssues) -> dict[str, tuple]:
    return {
        "contradictions": issues.contradictions,
        "hearsay": tuple(weak for weak in issues.doubts if not weak.is_judgement),
        "judgement": tuple(weak for weak in issues.doubts if weak.is_judgement),
    }


def require_name(name: str) -> None:
    """Raise UnknownThing for what is no kind of open issues."""
    if name not in OPEN_ISSUE_TITLES:
        names = ", ".join(OPEN_ISSUE_TITLES)
        raise UnknownThing(f"there is no list of open issues called {name!r}: choose {names}")


def create_open_issues(context: AppContext) -> Blueprint:
    """Return the blueprint of /open and of a page for each kind of open issues."""
    pages, lists = Blueprint("open_issues", __name__), OpenIssueLists(context)

    @pages.get("/open")
    def overview() -> Response:
        day = context.day()
        sections = list(lists.read_overview(day).values())
        return render("open_issues.html", sections=sections, day=day)

    @pages.get("/open/<name>")
    def section(name: str) -> Response:
        require_name(name)
        day, page = context.day(), read_page()
        chosen = lists.read_section(name, day, (page - 1) * PAGE_SIZE, PAGE_SIZE)

        def address(page: int) -> str:
            return url_for("open_issues.section", name=name, page=page if page > 1 else None)

        values = {"day": day, "section": chosen, **list_pages(page, chosen.total, address=address)}
        return render("open_issues_section.html", **values)

    @pages.get("/open/<name>.<any(csv, xlsx):suffix>")
    def table(name: str, suffix: str) -> Response:
        made = make_table(name)
        return send_table(f"open-{name}", made, suffix)

    @pages.get("/open.xlsx")
    def workbook() -> Response:
        tables = [make_table(name) for name in OPEN_ISSUE_TITLES]
        return send_workbook("open-issues", tables, "Open issues")

    def make_table(name: str) -> Table:
        require_name(name)
        found = lists.read_section(name, context.day(), 0, MOST_ROWS)
        locate = make_locator(context)
        if name in _ENGAGEMENTS:
            return replace(
                make_engagement_table(found.shown, locate), title=name_sheet(found.title)
            )
        return make_issue_table(name_sheet(found.title), found.shown, locate)

    return pages
