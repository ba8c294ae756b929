"""What supports facts: their attestations and passages, for as many facts as a page shows."""

from __future__ import annotations

from collections.abc import Iterable

from diplograph.core.dates import parse_whole
from diplograph.passages import Attestation, Passage
from diplograph.things import Thing
from diplograph.views.asking import Asking, Row, thing, things
from diplograph.views.texts import fill


def read_evidence(asking: Asking, facts: Iterable[str]) -> dict[str, tuple[Attestation, ...]]:
    """Return fact IRI to its readings, in the order of reports and passages; one query.

    Facts that nothing attests, such as what is inferred, are not among the keys.
    """
    wanted = sorted(set(facts))
    if not wanted:
        return {}
    readings: dict[tuple[str, str], list[Row]] = {}
    for row in asking.rows(fill("evidence", fact=wanted)):
        readings.setdefault((row["fact"], row["attestation"]), []).append(row)
    found: dict[str, list[Attestation]] = {}
    for (fact, _), rows in readings.items():
        found.setdefault(fact, []).append(make_attestation(rows, make_passage(rows[0])))
    return {fact: tuple(sorted(each, key=_order)) for fact, each in found.items()}


def make_attestation(rows: list[Row], passage: Passage) -> Attestation:
    """Return the reading of `passage` that some rows, all of one attestation, tell of."""
    return Attestation(
        thing=thing(rows[0], "attestation") or Thing("", ""),
        passage=passage,
        voices=things(rows, "voice"),
        modality=things(rows, "modality"),
        evidentiality=things(rows, "evidentiality"),
        hedges=tuple(sorted({row["hedge"] for row in rows if "hedge" in row})),
        supersedes=things(rows, "older"),
        superseded_by=things(rows, "newer"),
    )


def make_passage(row: Row, report: Thing | None = None) -> Passage:
    """Return the passage that a row tells of; it is of `report`, or of the one that the row names.

    A number that is none counts as 0.
    """
    return Passage(
        thing=thing(row, "passage") or Thing("", ""),
        report=report or thing(row, "report") or Thing("", ""),
        paragraph=parse_whole(row.get("paragraph")) or 0,
        start=parse_whole(row.get("start")) or 0,
        end=parse_whole(row.get("end")) or 0,
        sha256=row.get("sha256", ""),
        gist=row.get("gist", ""),
    )


def _order(attestation: Attestation) -> tuple[str, int, str]:
    passage = attestation.passage
    return passage.report.iri, passage.start, attestation.thing.iri
