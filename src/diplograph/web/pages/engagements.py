"""The engagements that a filter chooses: as a list, a timeline, a network, a map and as files.

FILTER_FIELDS is the one table of the filter's fields. The form, the sentence above a list, the
menus and the addresses of other views are made from it. What a field means for an engagement is in
views/engagements.py and, for fields that name things, in views/queries/engagement-choice.rq.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property, lru_cache, partial
from urllib.parse import quote, urlencode

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, request

from diplograph.build.questions import Parameter
from diplograph.core.dates import parse_day, say_date
from diplograph.core.errors import MalformedDate, UnknownPrefix, UnknownThing, UsageError
from diplograph.core.names import PREFIXES, expand
from diplograph.core.things import Thing
from diplograph.views.drawings import Drawing
from diplograph.views.drawings.map import draw_map
from diplograph.views.drawings.network import draw_network
from diplograph.views.drawings.timeline import MOST_NAMED, TimelineItem, draw_timeline
from diplograph.views.engagements import (
    EngagementFilter,
    EngagementPage,
    Participants,
    describe_engagements,
    filter_engagements,
    make_page,
    order_engagements,
    read_participants,
)
from diplograph.views.exports import ENGAGEMENT_FORMATS, EngagementExport
from diplograph.views.query import QueryRunner, fill_query, thing
from diplograph.views.status import (
    STATUS_LABELS,
    Dates,
    EngagementIndexEntry,
    JudgedEngagement,
    read_dates,
)
from diplograph.views.thing import read_named_things
from diplograph.web.context import AppContext
from diplograph.web.figures import answer_view
from diplograph.web.forms import MOST_OPTIONS, resolve_label, show_thing
from diplograph.web.rendering import PAGE_SIZE, list_pages, read_page, render

VIEWS = (("List", "engagements"), ("Timeline", "timeline"), ("Network", "network"), ("Map", "map"))
# The most pairs of parties in the table under a network, and places in the table under a map.
MOST_PAIRS, MOST_PLACES = 100, 500
# The most engagements in one file; the pages say so where there are more.
MOST_ROWS = 10_000
# The most options of a menu; a field with more is typed, with suggestions.
LONGEST_MENU = 60
_LONGEST_VALUE = 1000
_A_THING = (ox.NamedNode("urn:example"),)


@dataclass(frozen=True)
class FilterField:
    """One field: its name in the address, its label, and its control in the form.

    `control`: "text" with suggestions, "menu", "status" or "day". A field of the first two names
    things: it sets `attribute` of EngagementFilter; in the sentence above a list its things follow
    `preposition`; it offers the `options` of that name, as the element `datalist` called `offers`.
    """

    name: str
    label: str
    control: str
    attribute: str = ""
    preposition: str = ""
    options: str = ""
    offers: str = ""


FILTER_FIELDS = (
    FilterField("actor", "State or person", "text", "actor", "of", "actor", "parties"),
    FilterField("with", "With", "text", "other", "with", "actor", "parties"),
    FilterField("forum", "Forum", "menu", "forum", "in", "forum", "forum-names"),
    FilterField("topic", "Topic", "menu", "topic", "on", "topic", "topic-names"),
    FilterField("place", "Place", "text", "place", "at", "place", "places"),
    FilterField("status", "Status", "status"),
    FilterField("from", "From", "day"),
    FilterField("to", "To", "day"),
    FilterField("report", "Report", "menu", "report", "by", "report", "report-names"),
    FilterField("asof", "As of", "day"),
)
_THING_FIELDS = tuple(field for field in FILTER_FIELDS if field.attribute)


@dataclass(frozen=True)
class FilterForm:
    """A filter as an address gives it.

    `day` is the day that stands for today; `query` holds the fields as an address has them, things
    by CURIE; `typed` the fields as a form shows them, things by label; `named` the things by field.
    """

    filter: EngagementFilter
    day: date
    query: dict[str, str]
    typed: dict[str, str]
    named: dict[str, tuple[Thing, ...]]

    def address(self, view: str = "", **changes: str) -> str:
        """Return the address of a view, by default this one, with fields changed; "" drops one."""
        path = f"{request.root_path.rstrip('/')}/{view}" if view else _current_path()
        fields = {**self.query, **changes}.items()
        return _write_address(path, ((name, text) for name, text in fields if text))

    def say(self) -> str:
        """Return in words which engagements the filter chooses, for the name of a file."""
        things = (
            f" {field.preposition} {' or '.join(thing.label for thing in self.named[field.name])}"
            for field in _THING_FIELDS
            if field.name in self.named
        )
        statuses = [STATUS_LABELS[word] for word in self.filter.status.split()]
        status = f" ({' or '.join(statuses)})" if statuses else ""
        days = {"from": "from", "to": "to", "asof": "as of"}
        dates = (
            f" {words} {say_date(self.query[name])}"
            for name, words in days.items()
            if name in self.query
        )
        return f"Engagements{''.join(things)}{status}{''.join(dates)}"


@dataclass(frozen=True)
class Option:
    """A thing that a field may name, with the number of engagements it leaves."""

    thing: Thing
    count: int


@dataclass(frozen=True)
class EngagementCollection:
    """All engagements of a build, their participants, and the options of the fields by name."""

    index: tuple[EngagementIndexEntry, ...]
    participants: Participants
    options: dict[str, list[Option]]

    @cached_property
    def suggestions(self) -> dict[str, tuple[str, ...]]:
        """The labels of the options by the same names, the most frequent first."""
        labels = {}
        for name, options in self.options.items():
            ranked = sorted(options, key=lambda option: option.count, reverse=True)
            shown = (option.thing.label for option in ranked[:MOST_OPTIONS])
            labels[name] = tuple(dict.fromkeys(shown))
        return labels


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
        page, order = read_page(), _read_parameter("order", "newest", "oldest")
        entries = order_engagements(self._choose(form), order)
        shown = entries[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        nearest = _find_nearest(entries, form.day) if template == "timeline.html" else ()
        asking, iris = self.context.asking(), {entry.iri for entry in (*shown, *nearest)}
        dates = read_dates(asking, iris, form.day)
        found = make_page(entries, describe_engagements(asking, shown, form.day, dates=dates))

        def address(page: int) -> str:
            changes = {"order": order} if order != "newest" else {}
            return form.address(**changes, page=str(page) if page > 1 else "")

        values = {"order": order, **list_pages(page, found.total, address=address)}
        if template == "timeline.html":
            drawing = _draw_nearest(self.context, entries, nearest, dates, form.day)
            values["drawing"] = drawing
            alone = answer_view(self.context, drawing, "Engagements over time")
            if alone is not None:
                return alone
        return self._render(template, form, found, **values)

    def render_network(self) -> Response:
        """Return the network of states or people that engage with each other."""
        form, (of, parties) = read_filter_form(self.context), self._read_parties()
        entries = self._choose(form)
        network = draw_network(entries, parties, self.collection.participants.kin)
        alone = answer_view(self.context, network.drawing, "Who engages with whom")
        if alone is not None:
            return alone
        values = {"network": network, "of": of, "most_pairs": MOST_PAIRS}
        return self._render("network.html", form, make_page(entries), **values)

    def render_map(self) -> Response:
        """Return the map of the places of the engagements."""
        form = read_filter_form(self.context)
        entries = self._choose(form)
        drawn = draw_map(entries, self.collection.participants)
        alone = answer_view(self.context, drawn.drawing, "Where engagements are")
        if alone is not None:
            return alone
        values = {"map": drawn, "most_places": MOST_PLACES}
        return self._render("map.html", form, make_page(entries), **values)

    def write_file(self, suffix: str) -> Response:
        """Return the engagements as a file of one of ENGAGEMENT_FORMATS, the newest first."""
        form, (_, parties) = read_filter_form(self.context), self._read_parties()
        export = EngagementExport(
            runner=self.context.asking(),
            entries=order_engagements(self._choose(form), "newest")[:MOST_ROWS],
            day=form.day,
            parties=parties,
            kin=self.collection.participants.kin,
            places=self.collection.participants.places,
            stamp=self.context.built or datetime.combine(form.day, time(), UTC),
            title=form.say(),
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
        """Return the parameter `of`, states (all parties) or people, and these by engagement."""
        of, participants = _read_parameter("of", "states", "people"), self.collection.participants
        return of, participants.people if of == "people" else participants.parties

    def _render(
        self, template: str, form: FilterForm, found: EngagementPage, **values: object
    ) -> Response:
        """Return a view: its own values and those that all views have in common."""
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
            fields=FILTER_FIELDS,
            found=found,
            views=[(words, view, form.address(view)) for words, view in VIEWS],
            files=[file_link[:2] for file_link in file_links],
            file_links=file_links,
            canonical=base.rstrip("/") + address.removeprefix(request.root_path.rstrip("/")),
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
        if all(text.strip() for text in request.args.values()):
            return None
        fields = request.args.items(multi=True)
        filled = ((name, text) for name, text in fields if text.strip())
        return redirect(_write_address(_current_path(), filled))

    pages.add_url_rule("/engagements", "engagements", views.render_list)
    pages.add_url_rule("/timeline", "timeline", partial(views.render_list, "timeline.html"))
    pages.add_url_rule("/network", "network", views.render_network)
    pages.add_url_rule("/map", "places", views.render_map)
    suffixes = ", ".join(ENGAGEMENT_FORMATS)
    pages.add_url_rule(f"/engagements.<any({suffixes}):suffix>", "download", views.write_file)
    return pages


def read_collection(context: AppContext) -> EngagementCollection:
    """Return the engagements of a build, the same on any day; three queries."""
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
    return EngagementCollection(index, participants, options)


def read_filter_form(context: AppContext) -> FilterForm:
    """Return the filter of the current address.

    Raises UnknownThing, AmbiguousThing, UnknownPrefix, MalformedDate or UsageError with a message
    that begins with the name of the field.
    """
    given = {field.name: request.args.get(field.name, "").strip() for field in FILTER_FIELDS}
    given = {name: text for name, text in given.items() if text}
    too_long = next((name for name, text in given.items() if len(text) > _LONGEST_VALUE), "")
    if too_long:
        raise UsageError(f"{too_long}: at most {_LONGEST_VALUE} characters")
    named = {
        field.name: _read_things(context, field.name, given[field.name])
        for field in _THING_FIELDS
        if field.name in given
    }
    start, end = _read_day("from", given), _read_day("to", given)
    if start and end and start > end:
        raise UsageError(f"from: {given['from']} is later than to: {given['to']}")
    asof = _read_day("asof", given)
    statuses = _read_statuses(given.get("status", ""))
    things = {
        field.attribute: " ".join(thing.iri for thing in named.get(field.name, ()))
        for field in _THING_FIELDS
    }
    status = " ".join(statuses)
    chosen = EngagementFilter(**things, status=status, start=start, end=end, asof=asof)
    query = {
        name: ",".join(thing.curie.strip("<>") for thing in things)
        for name, things in named.items()
    }
    query |= {"status": ",".join(statuses)} if statuses else {}
    query |= {name: given[name] for name in ("from", "to", "asof") if name in given}
    labels = {
        name: ", ".join(show_thing(thing.iri, context.index()).strip("<>") for thing in things)
        for name, things in named.items()
    }
    return FilterForm(chosen, asof or context.today(), query, {**query, **labels}, named)


def _current_path() -> str:
    return request.root_path + request.path


def _write_address(path: str, fields: Iterable[tuple[str, str]]) -> str:
    query = urlencode(list(fields), safe=":,/", quote_via=quote)
    return f"{path}?{query}" if query else path


def _count(things: Mapping[str, tuple[Thing, ...]], events: Iterable[str]) -> list[Option]:
    """Return the things of these events with the number of events of each, by label."""
    counts = Counter(thing for event in events for thing in things.get(event, ()))
    options = (Option(thing, count) for thing, count in counts.items())
    return sorted(options, key=lambda option: (option.thing.label, option.thing.iri))


def _read_things(context: AppContext, name: str, typed: str) -> tuple[Thing, ...]:
    index = context.index()
    values = resolve_label(Parameter(name, "", _A_THING), typed, index)
    things = []
    for text in dict.fromkeys([values] if isinstance(values, str) else values):
        try:
            iri = ox.NamedNode(expand(text)).value
            things.append(
                index.name(iri)
                if iri in index.labels
                else read_named_things(context.asking(), iri).thing
            )
        except (UnknownPrefix, UnknownThing) as error:
            raise type(error)(f"{name}: {error}") from error
        except ValueError as error:
            raise UsageError(f"{name}: {text!r} is no CURIE and no IRI") from error
    return tuple(things)


def _read_day(name: str, given: Mapping[str, str]) -> date | None:
    try:
        return parse_day(given[name]) if name in given else None
    except MalformedDate as error:
        raise MalformedDate(f"{name}: {error}") from error


def _read_statuses(typed: str) -> tuple[str, ...]:
    """Return the status words that are given as word, label, CURIE or IRI, between commas."""
    words = {label: word for word, label in STATUS_LABELS.items()}
    statuses: dict[str, None] = {}
    for part in filter(None, map(str.strip, typed.split(","))):
        name = part.removeprefix(PREFIXES["status"]).removeprefix("status:")
        word = words.get(name, name)
        if word not in STATUS_LABELS:
            raise UsageError(f"status: {part!r} is none of {', '.join(STATUS_LABELS)}")
        statuses[word] = None
    return tuple(statuses)


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


def _read_parameter(name: str, default: str, other: str) -> str:
    """Return a parameter of the address that has two values; raises UsageError for any other."""
    value = request.args.get(name, default).strip()
    if value not in (default, other):
        raise UsageError(f"{name}: {value!r} is neither {default} nor {other}")
    return value
