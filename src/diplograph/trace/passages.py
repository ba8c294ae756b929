"""How a fact is supported: attestations, the passages they read, and a passage's verified text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from diplograph.core.dates import parse_whole
from diplograph.core.errors import SourceMismatch
from diplograph.core.files import decode, read_bytes
from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing, by_label
from diplograph.trace.things import first, name_thing, objects
from diplograph.views.records import Attestation, Passage, Source, read_text

if TYPE_CHECKING:
    from diplograph.store.store import Store


_DG = PREFIXES["dg"]


def read_attestations(
    store: Store, fact: str, sources: dict[str, Source] | None = None
) -> tuple[Attestation, ...]:
    """Return the readings that support a fact, in the order of reports and passages.

    `sources`, as `read_sources` returns them, give the passages of those reports their text.
    Raises SourceMismatch when a passage's hash is not that of its stretch of the text.
    """
    found = store.match(None, ox.NamedNode(f"{_DG}attests"), ox.NamedNode(fact))
    readings = {quad.subject.value for quad in found}
    attestations = (read_attestation(store, iri, sources or {}) for iri in readings)
    return tuple(
        sorted(attestations, key=lambda a: (a.passage.report.iri, a.passage.start, a.thing.iri))
    )


def read_attestation(store: Store, iri: str, sources: dict[str, Source]) -> Attestation:
    """Return one reading with its passage; raises SourceMismatch as `read_attestations` does."""

    def things(name: str) -> tuple[Thing, ...]:
        return by_label(name_thing(store, each) for each in objects(store, iri, _DG + name))

    return Attestation(
        thing=name_thing(store, iri),
        passage=trace_passage(store, first(store, iri, f"{_DG}quotes"), sources),
        voices=things("attributedTo"),
        modality=things("modality"),
        evidentiality=things("evidentiality"),
        hedges=objects(store, iri, f"{_DG}hedgeText"),
        supersedes=things("supersedes"),
        superseded_by=things("supersededBy"),
    )


def trace_passage(store: Store, iri: str, sources: dict[str, Source]) -> Passage:
    """Return one passage, with its text where `sources` have its report.

    Raises SourceMismatch when the text's hash is another than the passage's.
    """
    passage = Passage(
        thing=name_thing(store, iri),
        report=name_thing(store, first(store, iri, f"{_DG}passageOf")),
        paragraph=parse_whole(first(store, iri, f"{_DG}paragraph")) or 0,
        start=parse_whole(first(store, iri, f"{_DG}startOffset")) or 0,
        end=parse_whole(first(store, iri, f"{_DG}endOffset")) or 0,
        sha256=first(store, iri, f"{_DG}sha256"),
        gist=first(store, iri, f"{_DG}gist"),
    )
    source = sources.get(passage.report.iri)
    return replace(passage, text=read_text(passage, source)) if source else passage


def read_sources(store: Store, files: Iterable[str | Path]) -> dict[str, Source]:
    """Return report IRI to text for the files, each known by the SHA-256 of its bytes.

    Raises UnreadableFile, and SourceMismatch for a file that is the text of no report in the graph.
    """
    reports = _hashes(store)
    sources = {}
    for file in map(Path, files):
        content = read_bytes(file)
        decode(content, file=file)  # says where it is no UTF-8
        digest = hashlib.sha256(content).hexdigest()
        matching = [report for report, known in reports.items() if known == digest]
        if not matching:
            raise SourceMismatch(_no_report(store, digest, reports), file=file)
        sources |= {report: Source(file, content.decode("utf-8")) for report in matching}
    return sources


def _hashes(store: Store) -> dict[str, str]:
    passages = ox.NamedNode(f"{_DG}passageOf")
    reports = sorted({quad.object.value for quad in store.match(None, passages, None)})
    return {report: first(store, report, f"{_DG}sha256") for report in reports}


def _no_report(store: Store, digest: str, reports: dict[str, str]) -> str:
    known = "; ".join(f"{store.label(report)} has {each}" for report, each in reports.items())
    return f"this is the text of no report here: its SHA-256 is {digest}; {known}"
