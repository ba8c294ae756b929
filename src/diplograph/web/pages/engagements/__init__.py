"""The engagements that a filter chooses: as a list, a timeline, a network, a map and as files."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import lru_cache, partial

from flask import Blueprint, Response, redirect, request

from diplograph.core.errors import UsageError
from diplograph.core.things import Thing
from diplograph.views.dates import read_dates
from diplograph.views.drawings.map import draw_map
from diplograph.views.drawings.network import draw_network
from diplograph.views.drawings.timeline import Timeline, TimelineItem, draw_timeline
from diplograph.views.engagements import EngagementPage, describe_engagements, make_page
from diplograph.views.exports import ENGAGEMENT_FORMATS, EngagementExport
from diplograph.views.filter import filter_engagements, order_engagements
from diplograph.views.query import QueryRunner
from diplograph.views.status import STATUS_LABELS, JudgedEngagement, Status
from diplograph.web.context import AppContext
from diplograph.web.pages.engagements.filter_form import (
    FILTER_FIELDS,
    EngagementCollection,
    FilterForm,
    drop_empty_fields,
    read_collection,
    read_filter_form,
)
from diplograph.web.rendering import PAGE_SIZE, list_pages, read_page, render

VIEWS = (("List", "engagements"), ("Timeline", "timeline"), ("Network", "network"), ("Map", "map"))
# The most engagements in one timeline; the table under it has all.
MOST_DATED = 200
# The most pairs of parties in the table under a network, and places in the table under a map.
MOST_PAIRS, MOST_PLACES = 100, 500
# The most engagements in one file; the pages say so where there are more.
MOST_ROWS = 10_000
# The most options of a menu; a field with more is typed, with suggestions.
LONGEST_MENU = 60


class EngagementViews:
    """Renders the views of one build's engagements, which are read once a build."""

    def __init__(self, context: AppContext):
        self.context = context
        self._read_once = lru_cache(maxsize=2)(  # the build that is served, and the one before
            lambda digest: read_collection(QueryRunner(context.engine), context.marks())
        )

    @property
    def collection(self) -> EngagementCollection:
        """All engagements of the build that is served now."""
        return self._read_once(self.context.digest)

    def render_list(self, template: str = "engagements.html") -> Response:
        """Return a page of the list; timeline.html shows it under a timeline of all of it."""
        form = read_filter_form(self.context)
        page, order = read_page(), _read_parameter("order", "newest", "oldest")
        entries = order_engagements(self._choose(form), order)
        shown = entries[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        found = make_page(entries, describe_engagements(self.context.asking(), shown))

        def address(page: int) -> str:
            changes = {"order": order} if order != "newest" else {}
            return form.address(**changes, page=str(page) if page > 1 else "")

        values = {"order": order, **list_pages(page, found.total, address=address)}
        if template == "timeline.html":
            values["timeline"], values["left_out"] = _draw_nearest(self.context, entries, form.day)
        return self._render(template, form, found, **values)

    def render_network(self) -> Response:
        """Return the network of states or people that engage with each other."""
        form, (of, parties) = read_filter_form(self.context), self._read_parties()
        entries = self._choose(form)
        values = {"network": draw_network(entries, parties), "of": of, "most_pairs": MOST_PAIRS}
        return self._render("network.html", form, make_page(entries), **values)

    def render_map(self) -> Response:
        """Return the map of the places of the engagements."""
        form = read_filter_form(self.context)
        entries = self._choose(form)
        drawing = draw_map(entries, self.collection.participants.places)
        values = {"map": drawing, "most_places": MOST_PLACES}
        return self._render("map.html", form, make_page(entries), **values)

    def write_file(self, suffix: str) -> Response:
        """Return the engagements as a file of one of ENGAGEMENT_FORMATS, the newest first."""
        form, (_, parties) = read_filter_form(self.context), self._read_parties()
        export = EngagementExport(
            runner=self.context.asking(),
            entries=order_engagements(self._choose(form), "newest")[:MOST_ROWS],
            parties=parties,
            places=self.collection.participants.places,
            stamp=self.context.built or datetime.combine(form.day, time(), UTC),
        )
        file_format = ENGAGEMENT_FORMATS[suffix]
        headers = {"Content-Disposition": f'attachment; filename="engagements.{suffix}"'}
        body = file_format.write(export)
        return Response(body, content_type=file_format.media_type, headers=headers)

    def _choose(self, form: FilterForm) -> tuple[JudgedEngagement, ...]:
        """Return the engagements that the filter chooses, the oldest first."""
        asking, index = self.context.asking(), self.collection.index
        return filter_engagements(asking, form.filter, form.day, index)

    def _read_parties(self) -> tuple[str, dict[str, tuple[Thing, ...]]]:
        """Return the parameter `of`, states or people, and these as parties by engagement."""
        of, participants = _read_parameter("of", "states", "people"), self.collection.participants
        return of, participants.people if of == "people" else participants.states

    def _render(
        self, template: str, form: FilterForm, found: EngagementPage, **values: object
    ) -> Response:
        """Return a view: its own values and those that all views have in common."""
        # The GraphML file of a network of people has people.
        people = {"graphml": {"of": "people"}} if values.get("of") == "people" else {}
        return render(
            template,
            form=form,
            fields=FILTER_FIELDS,
            found=found,
            views=[(words, view, form.address(view)) for words, view in VIEWS],
            files=[
                (file_format.label, form.address(f"engagements.{suffix}", **people.get(suffix, {})))
                for suffix, file_format in ENGAGEMENT_FORMATS.items()
            ],
            most_rows=MOST_ROWS,
            options=self.collection.options,
            suggestions=self.collection.suggestions,
            longest_menu=LONGEST_MENU,
            status_labels=STATUS_LABELS,
            **values,
        )


def create_engagements(context: AppContext) -> Blueprint:
    """Return the blueprint of the views and of the files."""
    pages, views = Blueprint("engagements", __name__), EngagementViews(context)

    @pages.before_request
    def redirect_without_empty_fields() -> Response | None:
        address = drop_empty_fields()
        return redirect(address) if address is not None else None

    pages.add_url_rule("/engagements", "engagements", views.render_list)
    pages.add_url_rule("/timeline", "timeline", partial(views.render_list, "timeline.html"))
    pages.add_url_rule("/network", "network", views.render_network)
    pages.add_url_rule("/map", "places", views.render_map)
    suffixes = ", ".join(ENGAGEMENT_FORMATS)
    pages.add_url_rule(f"/engagements.<any({suffixes}):suffix>", "download", views.write_file)
    return pages


def _draw_nearest(
    context: AppContext, entries: tuple[JudgedEngagement, ...], day: date
) -> tuple[Timeline, int]:
    """Return the timeline of the dated engagements nearest to the day, and how many it omits."""

    def distance(entry: JudgedEngagement) -> tuple[int, str]:
        moment = entry.earliest or entry.latest
        return abs(moment.toordinal() - day.toordinal()), entry.iri

    dated = sorted((entry for entry in entries if entry.latest), key=distance)
    nearest = dated[:MOST_DATED]
    dates = read_dates(context.asking(), [entry.iri for entry in nearest])
    items = [
        TimelineItem(
            context.index().name(entry.iri),
            Status(entry.word, STATUS_LABELS[entry.word]),
            dates.get(entry.iri, ()),
        )
        for entry in nearest
    ]
    return draw_timeline(items, day), len(dated) - len(nearest)


def _read_parameter(name: str, default: str, other: str) -> str:
    """Return a parameter of the address that has two values; raises UsageError for any other."""
    value = request.args.get(name, default).strip()
    if value not in (default, other):
        raise UsageError(f"{name}: {value!r} is neither {default} nor {other}")
    return value
