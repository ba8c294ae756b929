"""The engagements of a filter as a file in one of several formats, all pages of the list in one.

FILE_FORMATS is the one table of formats: the route, the links and the media types come from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time

from flask import Response

from diplograph.core.formats import write_statements
from diplograph.core.things import Thing
from diplograph.views.drawings.network import write_graphml
from diplograph.views.engagements import Engagement, Spot, describe_engagements
from diplograph.views.exports import write_calendar, write_csv, write_geojson, write_xlsx
from diplograph.views.filter import JudgedEngagement, filter_engagements, order_engagements
from diplograph.views.query import QueryRunner, fill_query
from diplograph.web.context import AppContext
from diplograph.web.pages.engagements.filter_form import EngagementCollection, FilterForm

# The most engagements in one file; the pages say so where there are more.
MOST_ROWS = 10_000
# Engagements named in one query.
_BATCH = 500


@dataclass(frozen=True)
class FileContents:
    """What a file holds: engagements, their parties and places, the time the file counts as made.

    `parties` and `spots` are by engagement IRI.
    """

    asking: QueryRunner
    entries: tuple[JudgedEngagement, ...]
    parties: dict[str, tuple[Thing, ...]]
    spots: dict[str, tuple[Spot, ...]]
    stamp: datetime

    def describe(self) -> tuple[Engagement, ...]:
        """Return the engagements with all that a table shows of them."""
        return describe_engagements(self.asking, self.entries)


@dataclass(frozen=True)
class FileFormat:
    """A format of the file: its title in links, its media type, the function that writes it."""

    title: str
    media_type: str
    write: Callable[[FileContents], bytes]


# By suffix; other sites may read files of these suffixes, see web/http.py, OPEN_ENDS.
FILE_FORMATS = {
    "csv": FileFormat(
        "CSV",
        "text/csv; charset=utf-8; header=present",
        lambda contents: write_csv(contents.describe()),
    ),
    "xlsx": FileFormat(
        "XLSX",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        lambda contents: write_xlsx(contents.describe()),
    ),
    "geojson": FileFormat(
        "GeoJSON",
        "application/geo+json",
        lambda contents: write_geojson(contents.describe(), contents.spots),
    ),
    "graphml": FileFormat(
        "GraphML",
        "application/graphml+xml",
        lambda contents: write_graphml(contents.entries, contents.parties),
    ),
    "ics": FileFormat(
        "calendar (ICS)",
        "text/calendar; charset=utf-8",
        lambda contents: write_calendar(contents.describe(), contents.stamp),
    ),
    "ttl": FileFormat(
        "Turtle", "text/turtle; charset=utf-8", lambda contents: _write_turtle(contents)
    ),
}


def write_file(
    suffix: str,
    context: AppContext,
    collection: EngagementCollection,
    form: FilterForm,
    parties: dict[str, tuple[Thing, ...]],
) -> Response:
    """Return the engagements that `form` chooses as a file, the newest first.

    `parties` are the nodes of the network, by engagement IRI.
    """
    asking = context.asking()
    entries = filter_engagements(asking, form.filter, form.day, collection.index)
    contents = FileContents(
        asking=asking,
        entries=order_engagements(list(entries), "newest")[:MOST_ROWS],
        parties=parties,
        spots=collection.participants.spots,
        stamp=context.built or datetime.combine(form.day, time(), UTC),
    )
    file_format = FILE_FORMATS[suffix]
    headers = {"Content-Disposition": f'attachment; filename="engagements.{suffix}"'}
    body = file_format.write(contents)
    return Response(body, content_type=file_format.media_type, headers=headers)


def _write_turtle(contents: FileContents) -> bytes:
    iris = [entry.iri for entry in contents.entries]
    queries = (
        fill_query("engagement-statements", event=iris[start : start + _BATCH])
        for start in range(0, len(iris), _BATCH)
    )
    return write_statements(
        {triple for query in queries for triple in contents.asking.triples(query)}
    )
