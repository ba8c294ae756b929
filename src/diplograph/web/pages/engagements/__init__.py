"""The engagements that a filter chooses: as a list, over time, as a network and on a map."""

from __future__ import annotations

from functools import lru_cache

from flask import Blueprint, Response, redirect, request

from diplograph.core.errors import UsageError
from diplograph.views.dates import read_dates
from diplograph.views.drawings.map import draw_map
from diplograph.views.drawings.network import draw_network
from diplograph.views.drawings.timeline import TimelineItem, draw_timeline
from diplograph.views.engagements import describe_engagements, make_page
from diplograph.views.exports import ENGAGEMENT_FORMATS
from diplograph.views.filter import filter_engagements, order_engagements
from diplograph.views.query import QueryRunner
from diplograph.views.status import STATUS_LABELS, JudgedEngagement, Status
from diplograph.web.context import AppContext
from diplograph.web.pages.engagements.files import (
    MOST_ROWS,
    FilterOptions,
    read_filter_options,
    write_file,
)
from diplograph.web.pages.engagements.filter_form import (
    FilterForm,
    has_blanks,
    read_filter_form,
    write_full_address,
)
from diplograph.web.paging import PAGE_SIZE, count_pages, read_page
from diplograph.web.rendering import render

VIEWS = (
    ("List", "engagements"),
    ("Timeline", "timeline"),
    ("Network", "network"),
    ("Map", "map"),
)
# So many engagements have room in one drawing over time; the table under it has them all.
MOST_DATED = 200
# So many pairs of parties stand in the table under a network.
MOST_PAIRS = 100
# So many places stand in the table under a map.
MOST_PLACES = 500
# A list of names longer than this is offered as what a field completes, not as a menu.
LONGEST_MENU = 60


class Room:
    """What the views are shown from: an edition, and its engagements, read once a build."""

    def __init__(self, edition: AppContext):
        self.edition = edition
        # The build that is served, and the one before.
        self._hold = lru_cache(maxsize=2)(
            lambda digest: read_filter_options(QueryRunner(edition.engine), edition.marks())
        )

    @property
    def holdings(self) -> FilterOptions:
        """All engagements of the build that is served now."""
        return self._hold(self.edition.digest)

    def choose(self, asking: QueryRunner, choice: FilterForm) -> tuple[JudgedEngagement, ...]:
        """Return the engagements that are asked for, the oldest first."""
        return filter_engagements(asking, choice.filter, choice.day, self.holdings.index)

    def render(self, template: str, choice: FilterForm, **shown: object) -> Response:
        """Return a view with all that the views have in common."""
        return render(
            template,
            choice=choice,
            views=[(words, view, choice.address(view)) for words, view in VIEWS],
            files=_list_files(choice, str(shown.get("of", ""))),
            most_rows=MOST_ROWS,
            options=self.holdings.options,
            longest_menu=LONGEST_MENU,
            names=self.holdings.names,
            status_labels=STATUS_LABELS,
            **shown,
        )


def create_engagements(edition: AppContext) -> Blueprint:
    """Return the blueprint of these pages."""
    pages, room = Blueprint("engagements", __name__), Room(edition)

    @pages.before_request
    def drop_blanks() -> Response | None:
        return redirect(write_full_address()) if has_blanks() else None

    @pages.get("/engagements")
    def engagements() -> Response:
        return _show_list(room, "engagements.html")

    @pages.get("/timeline")
    def timeline() -> Response:
        return _show_list(room, "timeline.html")

    @pages.get("/network")
    def network() -> Response:
        return _show_network(room)

    @pages.get("/map")
    def places() -> Response:
        return _show_map(room)

    @pages.get(f"/engagements.<any({', '.join(ENGAGEMENT_FORMATS)}):form>")
    def download(form: str) -> Response:
        choice, roll = read_filter_form(edition), room.holdings.roll
        parties = roll.people if _read_of() == "people" else roll.states
        return write_file(form, edition, room.holdings, choice, parties)

    return pages


def _list_files(choice: FilterForm, of: str) -> list[tuple[str, str]]:
    """Return what each file is called and its address; a network of people is one in its file."""
    return [
        (
            written.label,
            choice.address(f"engagements.{form}", of="people")
            if form == "graphml" and of == "people"
            else choice.address(f"engagements.{form}"),
        )
        for form, written in ENGAGEMENT_FORMATS.items()
    ]


def _show_list(room: Room, template: str) -> Response:
    asking, choice = room.edition.asking(), read_filter_form(room.edition)
    page, order = read_page(), _read_order()
    entries = order_engagements(list(room.choose(asking, choice)), order)
    shown = entries[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    found = make_page(entries, describe_engagements(asking, shown))

    def address(page: int) -> str:
        changes = {"order": order} if order != "newest" else {}
        return choice.address(**changes, page=str(page) if page > 1 else "")

    paged = {"page": page, "pages": count_pages(found.total), "order": order, "address": address}
    drawing = {}
    if template == "timeline.html":
        drawing = _draw_time(room.edition, asking, entries, choice)
    return room.render(template, choice, found=found, **paged, **drawing)


def _show_network(room: Room) -> Response:
    choice, of = read_filter_form(room.edition), _read_of()
    entries = room.choose(room.edition.asking(), choice)
    roll = room.holdings.roll
    drawing = draw_network(entries, roll.people if of == "people" else roll.states)
    found = make_page(entries)
    shown = {"network": drawing, "of": of, "most_pairs": MOST_PAIRS}
    return room.render("network.html", choice, found=found, **shown)


def _show_map(room: Room) -> Response:
    choice = read_filter_form(room.edition)
    entries = room.choose(room.edition.asking(), choice)
    found = make_page(entries)
    drawing = draw_map(entries, room.holdings.roll.places)
    shown = {"map": drawing, "most_places": MOST_PLACES}
    return room.render("map.html", choice, found=found, **shown)


def _draw_time(
    edition: AppContext, asking: QueryRunner, entries: tuple, choice: FilterForm
) -> dict:
    """Return the drawing of the dated ones; of too many, those nearest to the day."""
    dated = [each for each in entries if each.latest]
    noon = choice.day.toordinal()
    dated.sort(key=lambda each: (abs((each.earliest or each.latest).toordinal() - noon), each.iri))
    kept = dated[:MOST_DATED]
    dates = read_dates(asking, [each.iri for each in kept])
    index = edition.index()
    items = [
        TimelineItem(
            index.name(each.iri),
            Status(each.word, STATUS_LABELS[each.word]),
            dates.get(each.iri, ()),
        )
        for each in kept
    ]
    return {"timeline": draw_timeline(items, choice.day), "left_out": len(dated) - len(kept)}


def _read_order() -> str:
    order = request.args.get("order", "newest").strip()
    if order not in ("newest", "oldest"):
        raise UsageError(f"order: {order!r} is neither newest nor oldest")
    return order


def _read_of() -> str:
    of = request.args.get("of", "states").strip()
    if of not in ("states", "people"):
        raise UsageError(f"of: {of!r} is neither states nor people")
    return of
