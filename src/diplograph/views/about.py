"""What a site says of itself: the age of its data, and what the words mean that it judges by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing
from diplograph.views.changes import ChangeLog
from diplograph.views.query import QueryRunner, fill_query, group_rows, thing

# Concept schemes whose words pages show beside facts, by the prefix of their concepts.
JUDGING_SCHEMES = ("status", "modality", "evidentiality")


@dataclass(frozen=True)
class DataAge:
    """When the newest report was received and published: days such as 2025-12-05, else empty.

    `reports` is the number of reports with passages.
    """

    received: str = ""
    published: str = ""
    reports: int = 0


@dataclass(frozen=True)
class DefinedWord:
    """A concept and its definition."""

    concept: Thing
    definition: str


def find_data_age(log: ChangeLog) -> DataAge:
    """Return the age of the data by what reports say."""
    return DataAge(
        received=max((report.received for report in log.reports), default=""),
        published=max((report.published for report in log.reports), default=""),
        reports=len(log.reports),
    )


def read_defined_words(asking: QueryRunner) -> Mapping[str, tuple[DefinedWord, ...]]:
    """Return the defined concepts of each of JUDGING_SCHEMES, sorted by label; one query.

    A scheme without any is left out. Raises what the engine raises.
    """
    schemes = {f"{PREFIXES['dgc']}{scheme}": scheme for scheme in JUDGING_SCHEMES}
    rows = group_rows(asking.rows(fill_query("defined-words", scheme=list(schemes))), "scheme")
    return {
        schemes[iri]: tuple(DefinedWord(thing(row, "word"), row["definition"]) for row in of_scheme)
        for iri, of_scheme in rows.items()
    }
