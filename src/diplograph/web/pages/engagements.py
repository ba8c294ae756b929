"""The engagements that a filter chooses: as a list, a timeline, a network, a map and as files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import cached_property, lru_cache, partial
from typing import NamedTuple

from flask import Blueprint, Response, redirect, request

from diplograph.core.errors import UsageError
from diplograph.core.things import Thing
from diplograph.views.drawings import Drawing
from diplograph.views.drawings.map import draw_map
from diplograph.views.drawings.network import draw_network
from diplograph.views.drawings.timeline import MOST_NAMED, TimelineItem, draw_timeline
from diplograph.views.engagement_facets import (
    SORTED_COLUMNS,
    SORTS,
    FacetOption,
    count_facets,
    sort_engagements,
)
from diplograph.views.engagements import (
    EngagementFilter,
    EngagementPage,
    Participants,
    describe_engagements,
    filter_engagements,
    make_page,
    order_engagements,
    read_actors,
    read_linked_events,
    read_participants,
)
from diplograph.views.exports import ENGAGEMENT_FORMATS, EngagementExport
from diplograph.views.query import QueryRunner, fill_query, group_rows, thing, things
from diplograph.views.status import (
    STATUS_LABELS,
    Dates,
    EngagementIndexEntry,
    JudgedEngagement,
    read_dates,
)
from diplograph.web.addresses import drop_day
from diplograph.web.context import AppContext
from diplograph.web.engagement_filter import (
    FILTER_FIELDS,
    FilterChip,
    FilterForm,
    current_path,
    read_filter_form,
    write_address,
)
from diplograph.web.errors import wants_page
from diplograph.web.figures import answer_view
from diplograph.web.flask_adapter import read_flask
from diplograph.web.forms import MOST_OPTIONS
from diplograph.web.rendering import PAGE_SIZE, list_pages, make_locator, read_page, render
from diplograph.web.table_files import send_file

VIEWS = (("List", "engagements"), ("Timeline", "timeline"), ("Network", "network"), ("Map", "map"))
# The most pairs of parties in the table under a network, and places in the table under a map.
MOST_PAIRS, MOST_PLACES = 100, 500
# The most engagements in one file; the pages say so where there are more.
MOST_ROWS = 10_000
# The most choices shown of one facet.
MOST_CHOICES_SHOWN = 8
# The most options of a menu; a field with more is typed, with suggestions.
LONGEST_MENU = 60


@dataclass(frozen=True)
class Option:
    """A thing that a field may name, with the number of engagements it leaves."""

    thing: Thing
    count: int


@dataclass(frozen=True)
class EngagementCollection:
    """All engagements of a build, their participants, and the options of the fields by name.

    `choices` are the kinds, parties and people of each event that it is found by.
    """

    index: tuple[EngagementIndexEntry, ...]
    participants: Participants
    options: dict[str, list[Option]]
    choices: dict[str, dict[str, tuple[Thing, ...]]]

    @cached_property
    def suggestions(self) -> dict[str, tuple[str, ...]]:
        """The labels of the options by the same names, the most frequent first."""
        labels = {}
        for name, options in self.options.items():
            ranked = sorted(options, key=lambda option: option.count, reverse=True)
            shown = (option.thing.label for option in ranked[:MOST_OPTIONS])
            labels[name] = tuple(dict.fromkeys(shown))
        return labels


class Facet(NamedTuple):
    """The choices of one field: its title, and each choice with the address that makes it."""

    title: str
    choices: tuple[tuple[FacetOption, str], ...]


class Chosen(NamedTuple):
    """The engagements that a form chooses, and the events linked with what it names."""

    form: FilterForm
    entries: tuple[JudgedEngagement, ...]
    linked: Mapping[str, frozenset[str]]


class EngagementViews:
    """Renders the views of one build's engagements, which are read once a build."""

    def __init__(self, context: AppContext):
        self.context = context
        self._read_once = lru_cache(maxsize=2)(  # the build that is served, and the one before
            lambda digest: read_collection(context)
        )

    @property
    def collection(self) -> EngagementCollection:
        """All engagements of the build that is served now."""
        return self._read_once(self.context.digest)

    def render_list(self, template: str = "engagements.html") -> Response:
        """Return a page of the list; timeline.html shows it under a timeline of all of it."""
        form = read_filter_form(self.context)
        if form.errors:
            return self._render_errors(form)
        page, sort = read_page(), _read_parameter("sort", "-date", *SORTS)
        chosen = self._choose(form)
        participants, name = self.collection.participants, self.context.index().name
        entries = sort_engagements(chosen.entries, sort, name, participants)
        shown = entries[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        nearest = _find_nearest(entries, form.day) if template == "timeline.html" else ()
        asking, iris = self.context.asking(), {entry.iri for entry in (*shown, *nearest)}
        dates = read_dates(asking, iris, form.day)
        found = make_page(entries, describe_engagements(asking, shown, form.day, dates=dates))
        order = {"sort": sort} if sort != "-date" else {}

        def address(page: int) -> str:
            return form.address(**order, page=str(page) if page > 1 else "")

        values = {
            "sort": sort,
            "sorting": _list_sorts(form, sort),
            **list_pages(page, found.total, address=address),
        }
        if template == "timeline.html":
            drawing = _draw_nearest(self.context, entries, nearest, dates, form.day)
            values["drawing"] = drawing
            alone = answer_view(self.context, drawing, "Engagements over time")
            if alone is not None:
                return alone
        return self._render(template, chosen, found, **values)

    def render_network(self) -> Response:
        """Return the network of states or people that engage with each other."""
        form, (of, parties) = read_filter_form(self.context), self._read_parties()
        if form.errors:
            return self._render_errors(form)
        chosen = self._choose(form)
        network = draw_network(chosen.entries, parties, self.collection.participants.kin)
        alone = answer_view(self.context, network.drawing, "Who engages with whom")
        if alone is not None:
            return alone
        values = {"network": network, "of": of, "most_pairs": MOST_PAIRS}
        return self._render("network.html", chosen, make_page(chosen.entries), **values)

    def render_map(self) -> Response:
        """Return the map of the places of the engagements."""
        form = read_filter_form(self.context)
        if form.errors:
            return self._render_errors(form)
        chosen = self._choose(form)
        drawn = draw_map(chosen.entries, self.collection.participants)
        alone = answer_view(self.context, drawn.drawing, "Where engagements are")
        if alone is not None:
            return alone
        values = {"map": drawn, "most_places": MOST_PLACES}
        return self._render("map.html", chosen, make_page(chosen.entries), **values)

    def write_file(self, suffix: str) -> Response:
        """Return the engagements as a file of one of ENGAGEMENT_FORMATS, the newest first."""
        form, (_, parties) = read_filter_form(self.context), self._read_parties()
        if form.fault:
            raise form.fault
        export = EngagementExport(
            runner=self.context.asking(),
            entries=order_engagements(self._choose(form).entries, "newest")[:MOST_ROWS],
            day=form.day,
            parties=parties,
            kin=self.collection.participants.kin,
            places=self.collection.participants.places,
            stamp=self.context.built or datetime.combine(form.day, time(), UTC),
            title=form.say(),
            locate=make_locator(self.context),
        )
        file_format = ENGAGEMENT_FORMATS[suffix]
        return send_file(f"engagements.{suffix}", file_format.write(export), file_format.media_type)

    def _choose(self, form: FilterForm) -> Chosen:
        """Return the engagements that the filter chooses, the oldest first."""
        linked = read_linked_events(self.context.asking(), form.filter)
        return Chosen(form, self._filter(form.filter, form.day, linked), linked)

    def _filter(
        self, wanted: EngagementFilter, day: date, linked: Mapping[str, frozenset[str]]
    ) -> tuple[JudgedEngagement, ...]:
        asking, index = self.context.asking(), self.collection.index
        return filter_engagements(asking, wanted, day, index, linked)

    def _read_parties(self) -> tuple[str, dict[str, tuple[Thing, ...]]]:
        """Return the parameter `of`, states (all parties) or people, and these by engagement."""
        of, participants = _read_parameter("of", "states", "people"), self.collection.participants
        return of, participants.people if of == "people" else participants.parties

    def _count_hidden(self, chosen: Chosen) -> int:
        """Return how many engagements fit but for having no date where days are given."""
        form = chosen.form
        if form.filter.undated or not (form.filter.start or form.filter.end):
            return 0
        wanted = replace(form.filter, start=None, end=None)
        return sum(not one.latest for one in self._filter(wanted, form.day, chosen.linked))

    def _count_without(self, chosen: Chosen) -> list[tuple[FilterChip, int]]:
        """Return the fields without which something would be found, and how much."""
        if chosen.entries:
            return []
        form = chosen.form
        counts = (
            (chip, len(self._filter(form.without(chip.field.name), form.day, chosen.linked)))
            for chip in form.chips
        )
        return [(chip, count) for chip, count in counts if count]

    def _list_facets(self, chosen: Chosen) -> list[Facet]:
        """Return what the list can be narrowed to."""
        form = chosen.form
        party_field = "with" if "actor" in form.query else "actor"
        fields = {
            "status": ("Status", "" if "status" in form.query else "status"),
            "kind": ("Type", "" if "kind" in form.query else "kind"),
            "party": ("Party", "" if "with" in form.query else party_field),
            "person": ("Person", "" if "with" in form.query else party_field),
        }
        named = {one.curie.strip("<>") for things in form.named.values() for one in things}
        counted = count_facets(chosen.entries, self.collection.choices)
        facets = [
            Facet(
                title,
                tuple(
                    (option, form.address(**{name: option.value}))
                    for option in counted[facet]
                    if option.value not in named
                )[:MOST_CHOICES_SHOWN],
            )
            for facet, (title, name) in fields.items()
            if name
        ]
        if "from" not in form.query and "to" not in form.query:
            years = tuple(
                (
                    option,
                    form.address(
                        **{"from": f"{option.value}-01-01", "to": f"{option.value}-12-31"}
                    ),
                )
                for option in counted["year"]
            )
            facets.insert(1, Facet("Year", years[:MOST_CHOICES_SHOWN]))
        total = len(chosen.entries)
        return [
            facet
            for facet in facets
            if len(facet.choices) > 1
            or any(facet.title == "Year" or option.count < total for option, _ in facet.choices)
        ]

    def _render_errors(self, form: FilterForm) -> Response:
        """Return the form with what was typed and what is wrong; raises it for a program."""
        if form.fault and not wants_page(read_flask(self.context.settings, body=False)):
            raise form.fault
        page = render("filter_error.html", form=form, **self._list_form_values(form))
        page.vary.add("Accept")
        page.status_code = form.fault.http_status if form.fault else 400
        return page

    def _list_form_values(self, form: FilterForm) -> dict:
        """Return what the form needs on every view."""
        return {
            "fields": FILTER_FIELDS,
            "views": [(words, view, form.address(view)) for words, view in VIEWS],
            "options": self.collection.options,
            "suggestions": self.collection.suggestions,
            "longest_menu": LONGEST_MENU,
            "status_labels": STATUS_LABELS,
        }

    def _render(
        self, template: str, chosen: Chosen, found: EngagementPage, **values: object
    ) -> Response:
        """Return a view: its own values and those that all views have in common."""
        form = chosen.form
        # The GraphML file of a network of people has people.
        people = {"graphml": {"of": "people"}} if values.get("of") == "people" else {}
        file_links = [
            (
                file_format.label,
                form.address(f"engagements.{suffix}", **people.get(suffix, {})),
                file_format.media_type,
            )
            for suffix, file_format in ENGAGEMENT_FORMATS.items()
        ]
        base = self.context.settings.base_url or request.root_path
        address = values["address"](values["page"]) if "page" in values else form.address()
        return render(
            template,
            form=form,
            found=found,
            facets=self._list_facets(chosen),
            hidden=self._count_hidden(chosen),
            without=self._count_without(chosen),
            files=[file_link[:2] for file_link in file_links],
            file_links=file_links,
            canonical=base.rstrip("/")
            + drop_day(address).removeprefix(request.root_path.rstrip("/")),
            most_rows=MOST_ROWS,
            **self._list_form_values(form),
            **values,
        )


def create_engagements(context: AppContext) -> Blueprint:
    """Return the blueprint of the views and of the files."""
    pages, views = Blueprint("engagements", __name__), EngagementViews(context)

    @pages.before_request
    def redirect_without_empty_fields() -> Response | None:
        if all(text.strip() for text in request.args.values()):
            return None
        fields = request.args.items(multi=True)
        filled = ((name, text) for name, text in fields if text.strip())
        return redirect(write_address(current_path(), filled))

    pages.add_url_rule("/engagements", "engagements", views.render_list)
    pages.add_url_rule("/timeline", "timeline", partial(views.render_list, "timeline.html"))
    pages.add_url_rule("/network", "network", views.render_network)
    pages.add_url_rule("/map", "places", views.render_map)
    suffixes = ", ".join(ENGAGEMENT_FORMATS)
    pages.add_url_rule(f"/engagements.<any({suffixes}):suffix>", "download", views.write_file)
    return pages


def read_collection(context: AppContext) -> EngagementCollection:
    """Return the engagements of a build, the same on any day; at least five queries."""
    asking, index = QueryRunner(context.engine), context.marks()
    participants = read_participants(asking)
    options: dict[str, list[Option]] = {}
    for row in asking.rows(fill_query("engagement-options")):
        value = thing(row, "value") or Thing("", "")
        options.setdefault(row["as"], []).append(Option(value, int(row["count"])))
    events = {entry.iri for entry in index}
    places = {
        event: tuple(spot.thing for spot in spots) for event, spots in participants.places.items()
    }
    options["actor"] = _count(participants.parties, events) + _count(participants.people, events)
    options["place"] = _count(places, events)
    rows = group_rows(asking.rows(fill_query("engagement-kinds")), "event")
    kinds = {event: things(of_event, "kind") for event, of_event in rows.items()}
    options["kind"] = _count(kinds, events)
    return EngagementCollection(
        index, participants, options, {"kind": kinds, **_read_choices(asking, participants)}
    )


def _read_choices(
    asking: QueryRunner, participants: Participants
) -> dict[str, dict[str, tuple[Thing, ...]]]:
    """Return the parties and the people of each event, in any role by which a filter finds it."""
    parties, people = (
        {one.iri: one for of_event in by_event.values() for one in of_event}
        for by_event in (participants.parties, participants.people)
    )
    actors = read_actors(asking, [*parties, *people])
    return {
        name: {
            event: tuple(named[iri] for iri in sorted(iris) if iri in named)
            for event, iris in actors.items()
        }
        for name, named in (("party", parties), ("person", people))
    }


def _count(things: Mapping[str, tuple[Thing, ...]], events: Iterable[str]) -> list[Option]:
    """Return the things of these events with the number of events of each, by label."""
    counts = Counter(thing for event in events for thing in things.get(event, ()))
    options = (Option(thing, count) for thing, count in counts.items())
    return sorted(options, key=lambda option: (option.thing.label, option.thing.iri))


def _find_nearest(entries: tuple[JudgedEngagement, ...], day: date) -> tuple[JudgedEngagement, ...]:
    """Return the dated engagements nearest to the day, as many as a timeline names."""

    def distance(entry: JudgedEngagement) -> tuple[int, str]:
        first, last = (moment.toordinal() for moment in (entry.earliest, entry.latest))
        return max(first - day.toordinal(), day.toordinal() - last, 0), entry.iri

    dated = (entry for entry in entries if entry.earliest and entry.latest)
    return tuple(sorted(dated, key=distance)[:MOST_NAMED])


def _draw_nearest(
    context: AppContext,
    entries: tuple[JudgedEngagement, ...],
    nearest: tuple[JudgedEngagement, ...],
    dates: Dates,
    day: date,
) -> Drawing | None:
    """Return the timeline of the nearest engagements, with the numbers of all if these are more."""
    items = [
        TimelineItem(context.index().name(entry.iri), entry.status, dates.get(entry.iri, ()))
        for entry in nearest
    ]
    dated = [entry for entry in entries if entry.earliest and entry.latest]
    return draw_timeline(items, day, dated if len(dated) > len(nearest) else ())


def _list_sorts(form: FilterForm, sort: str) -> dict[str, tuple[str, str, str]]:
    """Return column to its title, the address that sorts by it, and how it is sorted now."""
    sorts = {}
    for column, title in SORTED_COLUMNS.items():
        now = {column: "ascending", f"-{column}": "descending"}.get(sort, "")
        first, second = (f"-{column}", column) if column == "date" else (column, f"-{column}")
        wanted = second if sort == first else first
        address = form.address(sort="" if wanted == "-date" else wanted)
        sorts[column] = title, address, now
    return sorts


def _read_parameter(name: str, default: str, *others: str) -> str:
    """Return a parameter of the address that has few values; raises UsageError for any other."""
    value = request.args.get(name, default).strip()
    if value not in (default, *others):
        allowed = ", ".join(dict.fromkeys((default, *others)))
        raise UsageError(f"{name}: {value[:20]!r} is none of {allowed}")
    return value
