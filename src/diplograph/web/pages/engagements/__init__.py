"""The engagements that a filter chooses: as a list, a timeline, a network, a map and as files."""

from __future__ import annotations

from datetime import UTC, datetime, time
from functools import lru_cache

from flask import Blueprint, Response, redirect, request

from diplograph.core.errors import UsageError
from diplograph.core.things import Thing
from diplograph.views.drawings.network import draw_map, draw_network
from diplograph.views.drawings.timeline import Timeline, TimelineItem, draw_timeline
from diplograph.views.engagements import (
    EngagementPage,
    describe_engagements,
    filter_engagements,
    make_page,
    order_engagements,
)
from diplograph.views.exports import ENGAGEMENT_FORMATS, EngagementExport
from diplograph.views.query import QueryRunner
from diplograph.views.status import STATUS_LABELS, JudgedEngagement, Status, read_dates
from diplograph.web.context import AppContext
from diplograph.web.pages.engagements.filter_form import (
    FILTER_FIELDS,
    EngagementCollection,
    FilterForm,
    drop_empty_fields,
    read_collection,
    read_filter_form,
)
from diplograph.web.paging import PAGE_SIZE, count_pages, read_page
from diplograph.web.rendering import render

VIEWS = (
    ("List", "engagements"),
    ("Timeline", "timeline"),
    ("Network", "network"),
    ("Map", "map"),
)
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

    def find_parties(self) -> dict[str, tuple[Thing, ...]]:
        """Return the parties that the parameter `of` chooses, by engagement: states or people."""
        participants = self.collection.participants
        return participants.people if _read_parameter_of() == "people" else participants.states

    def choose(self, form: FilterForm) -> tuple[JudgedEngagement, ...]:
        """Return the engagements that the filter chooses, the oldest first."""
        asking, index = self.context.asking(), self.collection.index
        return filter_engagements(asking, form.filter, form.day, index)

    def render_list(self) -> Response:
        """Return a page of the list."""
        return self._render_list("engagements.html", read_filter_form(self.context))

    def render_timeline(self) -> Response:
        """Return a page of the list under a timeline of all its engagements."""
        form = read_filter_form(self.context)
        return self._render_list("timeline.html", form, with_timeline=True)

    def render_network(self) -> Response:
        """Return the network of states or people that engage with each other."""
        form, of = read_filter_form(self.context), _read_parameter_of()
        entries = self.choose(form)
        network = draw_network(entries, self.find_parties())
        values = {"network": network, "of": of, "most_pairs": MOST_PAIRS}
        return self._render("network.html", form, make_page(entries), **values)

    def render_map(self) -> Response:
        """Return the map of the places of the engagements."""
        form = read_filter_form(self.context)
        entries = self.choose(form)
        values = {"map": draw_map(entries, self.collection.participants.places)}
        values["most_places"] = MOST_PLACES
        return self._render("map.html", form, make_page(entries), **values)

    def _render_list(
        self, template: str, form: FilterForm, with_timeline: bool = False
    ) -> Response:
        page, order = read_page(), _read_parameter("order", "newest", "oldest")
        entries = order_engagements(self.choose(form), order)
        shown = entries[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        found = make_page(entries, describe_engagements(self.context.asking(), shown))

        def address(page: int) -> str:
            changes = {"order": order} if order != "newest" else {}
            return form.address(**changes, page=str(page) if page > 1 else "")

        values = {"page": page, "pages": count_pages(found.total), "order": order}
        if with_timeline:
            values["timeline"], values["left_out"] = _draw_nearest(self.context, entries, form)
        return self._render(template, form, found, address=address, **values)

    def _render(
        self, template: str, form: FilterForm, found: EngagementPage, **values: object
    ) -> Response:
        """Return a view: its own values and those that all views have in common."""
        return render(
            template,
            form=form,
            fields=FILTER_FIELDS,
            found=found,
            views=[(words, view, form.address(view)) for words, view in VIEWS],
            files=_list_files(form, values.get("of")),
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
    pages.add_url_rule("/timeline", "timeline", views.render_timeline)
    pages.add_url_rule("/network", "network", views.render_network)
    pages.add_url_rule("/map", "places", views.render_map)

    @pages.get(f"/engagements.<any({', '.join(ENGAGEMENT_FORMATS)}):suffix>")
    def download(suffix: str) -> Response:
        form = read_filter_form(context)
        return _write_file(suffix, context, views.collection, form, views.find_parties())

    return pages


def _write_file(
    suffix: str,
    context: AppContext,
    collection: EngagementCollection,
    form: FilterForm,
    parties: dict[str, tuple[Thing, ...]],
) -> Response:
    """Return the engagements that `form` chooses as a file, the newest first.

    `parties` are the nodes of the network, by engagement IRI.
    """
    runner = context.asking()
    entries = filter_engagements(runner, form.filter, form.day, collection.index)
    export = EngagementExport(
        runner=runner,
        entries=order_engagements(entries, "newest")[:MOST_ROWS],
        parties=parties,
        places=collection.participants.places,
        stamp=context.built or datetime.combine(form.day, time(), UTC),
    )
    file_format = ENGAGEMENT_FORMATS[suffix]
    headers = {"Content-Disposition": f'attachment; filename="engagements.{suffix}"'}
    body = file_format.write(export)
    return Response(body, content_type=file_format.media_type, headers=headers)


def _list_files(form: FilterForm, of: object) -> list[tuple[str, str]]:
    """Return title and address of each file; the GraphML of a network of people has people."""
    people = {"graphml": {"of": "people"}} if of == "people" else {}
    return [
        (file_format.label, form.address(f"engagements.{suffix}", **people.get(suffix, {})))
        for suffix, file_format in ENGAGEMENT_FORMATS.items()
    ]


def _draw_nearest(
    context: AppContext, entries: tuple[JudgedEngagement, ...], form: FilterForm
) -> tuple[Timeline, int]:
    """Return the timeline of the dated engagements nearest to the day, and how many it omits."""
    dated = [entry for entry in entries if entry.latest]
    day = form.day.toordinal()
    dated.sort(
        key=lambda entry: (abs((entry.earliest or entry.latest).toordinal() - day), entry.iri)
    )
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
    return draw_timeline(items, form.day), len(dated) - len(nearest)


def _read_parameter_of() -> str:
    return _read_parameter("of", "states", "people")


def _read_parameter(name: str, default: str, other: str) -> str:
    """Return a parameter of the address that has two values; raises UsageError for any other."""
    value = request.args.get(name, default).strip()
    if value not in (default, other):
        raise UsageError(f"{name}: {value!r} is neither {default} nor {other}")
    return value
