"""The page of what each report changed, and the same as CSV, JSON and an Atom feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyoxigraph as ox
from flask import Blueprint, Response, jsonify, request

from diplograph.core.dates import parse_day
from diplograph.core.errors import DiplographError, MalformedDate, UnknownThing
from diplograph.core.names import ROOT, compact, expand
from diplograph.core.things import Thing
from diplograph.views.changes import ReportChanges, SentencePart, choose_changes
from diplograph.views.tables import Column, Table, write_csv
from diplograph.web.addresses import find_path, page_address, site_address
from diplograph.web.context import AppContext
from diplograph.web.flask_adapter import read_flask
from diplograph.web.forms import resolve_names
from diplograph.web.protocol.service_description import require_address
from diplograph.web.rendering import list_pages, read_page, render, write_page
from diplograph.web.table_files import send_file

REPORTS_SHOWN = 10  # on a page
ENTRIES_OF_FEED = 50
ATOM_TYPE = "application/atom+xml; charset=utf-8"
CSV_TYPE = "text/csv; charset=utf-8"
CSV_COLUMNS = "report published received kind change thing paragraphs".split()
# When a report counts as received whose home does not say so.
_UNKNOWN_DAY = "1970-01-01"
# Kinds of things whose other names and codes are understood.
_KINDS = tuple("state person forum organ ministry organization partnership event".split())
_LONGEST_TYPED = 1000


@dataclass(frozen=True)
class ChangesForm:
    """The filter of the page as typed, what it names, and what is wrong with it by field."""

    thing: str = ""
    since: str = ""
    things: tuple[Thing, ...] = ()
    start: date | None = None
    faults: dict[str, DiplographError] | None = None

    def address(self, path: str = "/changes", **more: object) -> str:
        """Return an address of the same changes."""
        things = ",".join(thing.curie.strip("<>") for thing in self.things)
        return site_address(path, thing=things, since=self.start, **more)


def create_changes(context: AppContext) -> Blueprint:
    """Return the blueprint of the page, its feed and its files."""
    pages = Blueprint("changes", __name__)

    def read_chosen() -> tuple[ChangesForm, tuple[ReportChanges, ...]]:
        """Return the form and the reports it chooses; raises what is wrong with it."""
        form = read_changes_form(context)
        if form.faults:
            raise next(iter(form.faults.values()))
        return form, choose_reports(context, form, context.day())

    @pages.get("/changes")
    def changes() -> Response:
        return _write_page(context, read_changes_form(context))

    @pages.get("/changes.csv")
    def table() -> Response:
        return send_file("changes.csv", write_csv(make_table(read_chosen()[1])), CSV_TYPE)

    @pages.get("/changes.json")
    def document() -> Response:
        form, reports = read_chosen()
        return jsonify(
            things=[{"iri": thing.iri, "label": thing.label} for thing in form.things],
            seen=_describe_newest(context.changes(context.day())),
            reports=[_describe_report(report) for report in reports],
        )

    @pages.get("/changes.atom")
    def feed() -> Response:
        form, reports = read_chosen()
        return write_feed(context, form, reports)

    return pages


def _write_page(context: AppContext, form: ChangesForm) -> Response:
    """Return the page of the changes that the form chooses, with what is wrong with the form."""
    day, page = context.day(), read_page()
    reports = () if form.faults else choose_reports(context, form, day)
    first = 0 if context.still else (page - 1) * REPORTS_SHOWN
    shown = reports if context.still else reports[first : first + REPORTS_SHOWN]

    def address(page: int) -> str:
        return form.address(page=page if page > 1 else None)

    response = render(
        "changes.html",
        form=form,
        day=day,
        reports=shown,
        total=len(reports),
        known=len(context.changes(day)),
        files=[("CSV", form.address("/changes.csv")), ("Atom", form.address("/changes.atom"))],
        **list_pages(page, len(reports), REPORTS_SHOWN, address),
    )
    if form.faults:
        response.status_code = next(iter(form.faults.values())).http_status
    return response


def read_changes_form(context: AppContext) -> ChangesForm:
    """Return the filter of the current address, with what is wrong with it by field."""
    typed = {name: request.args.get(name, "").strip() for name in ("thing", "since")}
    faults: dict[str, DiplographError] = {}
    things: tuple[Thing, ...] = ()
    start = None
    try:
        things = read_things(context, typed["thing"])
    except DiplographError as error:
        faults["thing"] = error
    try:
        start = parse_day(typed["since"]) if typed["since"] else None
    except MalformedDate as error:
        faults["since"] = MalformedDate(f"since: {error}")
    return ChangesForm(**typed, things=things, start=start, faults=faults)


def read_things(context: AppContext, typed: str) -> tuple[Thing, ...]:
    """Return the things that a text names, between commas, by any name, code, CURIE or IRI.

    Raises UnknownThing, AmbiguousThing or UnknownPrefix.
    """
    index = context.index()
    resolved = resolve_names(typed[:_LONGEST_TYPED], index, _KINDS)
    if resolved.unresolved:
        raise resolved.make_fault("thing")
    try:
        iris = [ox.NamedNode(expand(name)).value for name in resolved.names]
    except ValueError as error:
        raise UnknownThing(f"thing: {typed[:60]!r} has no CURIE or IRI") from error
    for iri in iris:
        if iri not in index.labels:
            raise UnknownThing(f"thing: nothing in this graph is called {compact(iri)}")
    return tuple(map(index.name, iris))


def choose_reports(context: AppContext, form: ChangesForm, day: date) -> tuple[ReportChanges, ...]:
    """Return the reports known on a day that the form chooses; one query where it names things."""
    log, reports = context.change_log(), context.changes(day)
    iris = (thing.iri for thing in form.things)
    return choose_changes(context.asking(), log, reports, form.start, iris)


def write_feed(
    context: AppContext, form: ChangesForm, reports: tuple[ReportChanges, ...]
) -> Response:
    """Return the newest reports as an Atom feed (RFC 4287); no clock is read."""
    address = read_flask(context.settings, body=False).address
    require_address(address)
    received = [report.received or _UNKNOWN_DAY for report in reports]
    text = write_page(
        "changes_feed.xml",
        form=form,
        reports=reports[:ENTRIES_OF_FEED],
        updated=max(received, default=_UNKNOWN_DAY),
        unknown_day=_UNKNOWN_DAY,
        root=ROOT,
        here=address + form.address("/changes.atom").removeprefix(request.root_path),
        page=address + form.address().removeprefix(request.root_path),
        locate_outside=lambda thing: address + (find_path(thing.iri) or ""),
    )
    return Response(text.replace("\f", "\ufffd"), content_type=ATOM_TYPE)


def make_table(reports: tuple[ReportChanges, ...]) -> Table:
    """Return a row for each change, the newest report first."""
    rows = (
        (
            report.report.label,
            report.published,
            report.received,
            change.kind,
            change.text,
            change.thing.iri,
            ", ".join(passage.label for passage in change.passages),
        )
        for report in reports
        for change in report.changes
    )
    return Table("Changes", tuple(map(Column, CSV_COLUMNS)), rows)


def _describe_newest(reports: tuple[ReportChanges, ...]) -> dict:
    """Return the last day from which a report counts, and the reports that count from it."""
    day = max((report.known for report in reports), default="")
    return {"day": day, "reports": [r.report.iri for r in reports if r.known == day]}


def _describe_report(report: ReportChanges) -> dict:
    changes = [
        {
            "kind": change.kind,
            "text": change.text,
            "parts": [_describe_part(part) for part in change.parts],
            "thing": change.thing.iri,
        }
        for change in report.changes
    ]
    return {
        "iri": report.report.iri,
        "report": _describe_part(report.report),
        "published": report.published,
        "received": report.received,
        "known": report.known,
        "days": report.days,
        "changes": changes,
    }


def _describe_part(part: SentencePart) -> str | dict[str, str]:
    if isinstance(part, str):
        return part
    return {"label": str(part.label), "address": page_address(part.iri) or ""}
