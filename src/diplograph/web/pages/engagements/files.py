"""The engagements of a filter as files: exactly what the views show, all pages of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time

from flask import Response

from diplograph.core.formats import write_statements
from diplograph.core.things import Thing
from diplograph.views.drawings.network import write_graphml
from diplograph.views.engagements import Engagement, describe_engagements
from diplograph.views.exports import write_calendar, write_csv, write_geojson, write_xlsx
from diplograph.views.filter import JudgedEngagement, filter_engagements, order_engagements
from diplograph.views.query import QueryRunner, fill_query
from diplograph.web.edition import Edition
from diplograph.web.pages.engagements.choice import Choice
from diplograph.web.pages.engagements.holdings import Holdings

# What one file holds at most; the pages say so where there are more.
MOST_ROWS = 10_000
_BATCH = 500
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Suffix to what a link calls the form, and its media type.
FORMS = {
    "csv": ("CSV", "text/csv; charset=utf-8; header=present"),
    "xlsx": ("XLSX", _SHEET),
    "geojson": ("GeoJSON", "application/geo+json"),
    "graphml": ("GraphML", "application/graphml+xml"),
    "ics": ("calendar (ICS)", "text/calendar; charset=utf-8"),
    "ttl": ("Turtle", "text/turtle; charset=utf-8"),
}


@dataclass(frozen=True)
class Wanted:
    """What a file is to hold, and from where it is read."""

    asking: QueryRunner
    entries: tuple[JudgedEngagement, ...]
    holdings: Holdings
    parties: dict[str, tuple[Thing, ...]]
    stamp: datetime

    def describe(self) -> tuple[Engagement, ...]:
        """Return the engagements with all that a table shows of them."""
        return describe_engagements(self.asking, self.entries)

    @property
    def iris(self) -> list[str]:
        """The IRIs of the engagements in their order."""
        return [each.iri for each in self.entries]


def write_file(
    form: str,
    edition: Edition,
    holdings: Holdings,
    choice: Choice,
    parties: dict[str, tuple[Thing, ...]],
) -> Response:
    """Return the engagements of `choice` as a file of that form, the newest first.

    `parties` are the nodes of the network, by engagement.
    """
    asking = edition.asking()
    entries = filter_engagements(asking, choice.filter, choice.day, holdings.index)
    wanted = Wanted(
        asking=asking,
        entries=order_engagements(list(entries), "newest")[:MOST_ROWS],
        holdings=holdings,
        parties=parties,
        stamp=edition.built or datetime.combine(choice.day, time(), UTC),
    )
    response = Response(_WRITERS[form](wanted), content_type=FORMS[form][1])
    response.headers["Content-Disposition"] = f'attachment; filename="engagements.{form}"'
    return response


def _write_turtle(wanted: Wanted) -> bytes:
    iris = wanted.iris
    texts = (
        fill_query("engagement-statements", event=iris[start : start + _BATCH])
        for start in range(0, len(iris), _BATCH)
    )
    return write_statements({each for text in texts for each in wanted.asking.triples(text)})


_WRITERS: dict[str, Callable[[Wanted], bytes]] = {
    "csv": lambda wanted: write_csv(wanted.describe()),
    "xlsx": lambda wanted: write_xlsx(wanted.describe()),
    "geojson": lambda wanted: write_geojson(wanted.describe(), wanted.holdings.roll.spots),
    "graphml": lambda wanted: write_graphml(wanted.entries, wanted.parties),
    "ics": lambda wanted: write_calendar(wanted.describe(), wanted.stamp),
    "ttl": _write_turtle,
}
