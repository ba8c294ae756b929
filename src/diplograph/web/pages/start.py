"""The start page as a brief: what is next, overdue, changed and doubtful; and /health, /ready."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from flask import Blueprint, Response, current_app, jsonify, request, url_for

from diplograph.build.questions import Question
from diplograph.core.dates import say_date
from diplograph.core.errors import BoundExceeded, BuildLost, EngineFault
from diplograph.store.interface import QueryRequest
from diplograph.views.changes import ReportChanges
from diplograph.views.engagements import EngagementPage, read_outlook
from diplograph.views.pair import Pair, read_pairs
from diplograph.views.query import QueryRunner
from diplograph.views.statistics import GraphCounts, read_graph_counts
from diplograph.views.status import PENDING
from diplograph.web.addresses import site_address
from diplograph.web.context import RELOADS, AppContext
from diplograph.web.errors import describe_error
from diplograph.web.flask_adapter import read_flask
from diplograph.web.pages.open_issues import OpenIssueLists, OpenIssueSection
from diplograph.web.protocol.etags import NO_STORE
from diplograph.web.rendering import render

# Questions that show best what the graph is for; a home with none of them shows its first ones.
PREFERRED_QUESTIONS = (
    "planned-not-held hearsay-or-judgement-only contradictory-reports support-of-a-fact"
    " open-concerns window-of-days"
).split()
QUESTIONS_SHOWN = 6
ENGAGEMENTS_SHOWN, CHANGES_SHOWN, REPORTS_SHOWN, PAIRS_SHOWN = 3, 6, 5, 6
ISSUES_SHOWN = 3
COUNT_STATEMENTS = "SELECT (COUNT(*) AS ?statements) WHERE { ?subject ?property ?value }"
NO_WORKER = "no query worker can be replaced: the files of the build that is served are gone"


@dataclass(frozen=True)
class CountedThings:
    """How many things there are, in words, and the address of their list, "" for none."""

    words: str
    address: str = ""


@dataclass(frozen=True)
class FrontPage:
    """What the start page shows as of a day; `age` says how old the data is, in a sentence.

    `latest` is the newest report known on the day, None where there is none, `most` how many of its
    changes are shown, `ahead_words` the statuses of what is ahead.
    """

    age: str
    coming: EngagementPage
    overdue: EngagementPage
    disputed: OpenIssueSection
    hearsay: OpenIssueSection
    latest: ReportChanges | None
    reports: tuple[ReportChanges, ...]
    pairs: tuple[Pair, ...]
    questions: tuple[Question, ...]
    most: int = CHANGES_SHOWN
    ahead_words: str = ",".join(sorted(PENDING))


def create_start(context: AppContext) -> Blueprint:
    """Return the blueprint of the start page, whose parts are read once a build or a day."""
    pages, lists = Blueprint("start", __name__), OpenIssueLists(context)

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def summarise_once(digest: str) -> tuple[GraphCounts, tuple[Pair, ...]]:
        """Return what is the same on any day."""
        runner = QueryRunner(context.engine)
        return read_graph_counts(runner, context.index().unspoken), read_pairs(runner)

    @lru_cache(maxsize=16)  # a few days; requests may name any
    def read_once(digest: str, day: date) -> FrontPage:
        runner, reports = QueryRunner(context.engine), context.changes(day)
        outlook = read_outlook(runner, day, limit=ENGAGEMENTS_SHOWN, index=context.marks())
        return FrontPage(
            age=say_age(reports),
            coming=outlook.coming,
            overdue=outlook.overdue,
            disputed=lists.read_disputes("contradictions", day, ISSUES_SHOWN),
            hearsay=lists.read_disputes("hearsay", day, ISSUES_SHOWN),
            latest=reports[0] if reports else None,
            reports=reports[:REPORTS_SHOWN],
            pairs=summarise_once(digest)[1][:PAIRS_SHOWN],
            questions=choose_questions(context.questions),
        )

    @pages.get("/")
    def start() -> Response:
        day, digest = context.day(), context.digest
        numbers = list_numbers(summarise_once(digest)[0], context.data_age().reports, context.still)
        return render("start.html", day=day, front=read_once(digest, day), numbers=numbers)

    return pages


def say_age(reports: tuple[ReportChanges, ...]) -> str:
    """Return in a sentence how old the data of these reports is, the newest first.

    >>> say_age(())
    'No report was known on that day.'
    """
    if not reports:
        return "No report was known on that day."
    number = f"{len(reports):,} report{'s' if len(reports) != 1 else ''}"
    received = max(report.received for report in reports)
    if reports[0].published:
        words = f"The newest report is dated {say_date(reports[0].published)}"
        return f"{words}; {number}."
    if len(reports) == 1:
        words = "The only report is not dated"
        return f"{words}; we received it on {say_date(received)}." if received else f"{words}."
    words = "No report is dated"
    return f"{words}; the newest of {number} was received on {say_date(received)}."


def choose_questions(questions: Mapping[str, Question]) -> tuple[Question, ...]:
    """Return a few questions, those of PREFERRED_QUESTIONS first."""
    names = [name for name in PREFERRED_QUESTIONS if name in questions]
    names += [name for name in questions if name not in names]
    return tuple(questions[name] for name in names[:QUESTIONS_SHOWN])


def list_numbers(counts: GraphCounts, reports: int, still: bool) -> tuple[CountedThings, ...]:
    """Return how much the whole graph holds; `reports` of the reports have passages."""
    listed = []
    for count in counts.things:
        number, noun = count.count, count.noun if count.count == 1 else count.nouns
        words, address = f"{number:,} {noun}", ""
        if count.class_name == "Report" and number > reports > 0:
            words = (
                f"{reports:,} report{'s' if reports != 1 else ''}"
                f" and {number - reports:,} more known only from a credit line"
            )
        if count.class_name == "Event":
            address = site_address("/engagements")
        elif count.kind and not still:
            address = url_for("search.search", kind=count.kind)
        listed.append(CountedThings(words, address))
    address = "" if still else url_for("endpoint.sparql", query=COUNT_STATEMENTS)
    return (*listed, CountedThings(f"{counts.statements:,} statements", address))


def create_probes(context: AppContext) -> Blueprint:
    """Return the blueprint of /health and /ready.

    /health answers while the server runs, without a query; /ready answers if the engine answers a
    query now, else with a 503 that names the exceeded bound, and says what becomes of the builds.
    """
    probes, engine = Blueprint("probes", __name__), context.engine

    @probes.get("/health")
    def health() -> Response:
        return jsonify(ok=True, build=engine.digest)

    @probes.get("/ready")
    def ready() -> Response:
        client_request = read_flask(context.settings, body=False)
        describe = current_app.extensions.get(RELOADS)
        state = {"build": engine.digest, **(describe(client_request) if describe else {})}
        try:
            engine.answer(QueryRequest("ASK {}"), request.remote_addr or "")
            if getattr(engine, "build_lost", False):
                raise BuildLost(NO_WORKER)
        except (BoundExceeded, BuildLost, EngineFault) as error:
            report = describe_error(error)
            response = jsonify(ready=False, **state, **report.fields)
            response.status_code = report.status
            response.headers.extend(report.headers)
            response.headers["Cache-Control"] = NO_STORE
            return response
        return jsonify(ready=True, **state)

    return probes
