"""Statements of the first edition of the vocabulary, rewritten into the second.

A plain property that a report asserts of a fact, such as dg:takesPlaceIn, becomes a link: a fact of
its own, attested by what attested the fact, from which the plain property follows again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode, Quad

from diplograph.core import names
from diplograph.core.dates import parse_day
from diplograph.core.errors import MalformedDate, MalformedFile
from diplograph.core.rdf import Term, read_labels
from diplograph.turtle.order import HEADER, natural_key

NOTE = (
    "Upgraded from the first edition, where the link had no passage of its own: its attestations"
    " are those of the fact that it is said of."
)


class LinkRule(NamedTuple):
    """What a plain property of the first edition becomes: names of terms, words of slug and label.

    `inverse` is "-" where the plain property has none. `label` has the label
    of the fact as {fact} and that of the other thing as {target}.
    """

    plain: str
    inverse: str
    kind: str
    link_of: str
    infix: str
    label: str


_NONE = "-"
# Each line is a LinkRule, its label last.
_TABLE = """
takesPlaceIn   hostsEvent        Placement       placementOf       in          {target} as place of {fact}
subEventOf     hasSubEvent       Inclusion       inclusionOf       within      {fact} as part of {target}
inSeries       hasEdition        SeriesEntry     seriesEntryOf     of          {fact} as edition of {target}
preparesFor    preparedBy        Preparation     preparationOf     for         {fact} as preparation for {target}
follows        followedBy        Continuation    continuationOf    after       {fact} as continuation of {target}
firstSince     -                 FirstOccurrence firstOccurrenceOf first-since {fact} as the first since {target}
hostState      hostedVisit       Hosting         hostingOf         hosted-by   {target} as host of {fact}
sendingState   sentVisit         Sending         sendingOf         sent-by     {target} as sender of {fact}
pressureOn     underPressure     PressureTarget  pressureTargetOf  on          {target} as target of {fact}
pressureOver   pressuredThrough  PressureSubject pressureSubjectOf over        {target} as subject of {fact}
precedingStage followingStage    Elevation       elevationOf       from        rise to {fact} from {target}
"""  # noqa: E501
LINK_RULES = tuple(LinkRule(*line.split(maxsplit=5)) for line in _TABLE.strip().splitlines())


def _term(curie: str) -> NamedNode:
    return NamedNode(names.expand(curie))


_IS_HEADER = (NamedNode(names.TYPE), NamedNode(HEADER))
_TYPE, _LABEL = NamedNode(names.TYPE), NamedNode(names.LABEL)
_ATTESTS, _DENIES = _term("dg:attests"), _term("dg:denies")
_ATTESTED_BY = _term("dg:attestedBy")
_MODALITY = (_term("dg:modality"), _term("modality:denied"))
_WHOLE = (_term("dg:dateRole"), _term("date-role:whole"))
_WINDOW = (_term("dg:dateRole"), _term("date-role:window"))
_ORDINAL_IN_SERIES, _ORDINAL = _term("dg:ordinalInSeries"), _term("dg:ordinal")
_LINK_TO = _term("dg:linkTo")
_RECEIVED, _CREATED = _term("dg:receivedOn"), _term("dcterms:created")
_BY_PLAIN = {_term(f"dg:{rule.plain}"): rule for rule in LINK_RULES}
_BY_LINK_OF = {_term(f"dg:{rule.link_of}"): rule for rule in LINK_RULES}
_BY_INVERSE = {_term(f"dg:{rule.inverse}"): rule for rule in LINK_RULES if rule.inverse != _NONE}


class Connection(NamedTuple):
    """A statement of the first edition that becomes a link, from a fact to another thing."""

    fact: str
    rule: LinkRule
    target: str


class Attests(NamedTuple):
    """A statement that an attestation supports, or denies, a fact."""

    attestation: Term
    fact: Term


@dataclass
class UpgradedFile:
    """The statements of a file after the upgrade, how many of which kind are new, and remarks."""

    quads: list[Quad] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Return what is new, such as "3 links, 1 denial"."""
        return ", ".join(
            f"{number} {noun}{'' if number == 1 else 's'}" for noun, number in self.counts.items()
        )


def upgrade_statements(
    files: Mapping[Path, Sequence[Quad]], received_on: str = "", around: Iterable[Quad] = ()
) -> dict[Path, UpgradedFile]:
    """Return the statements of `files` in the second edition, those of every file that changes.

    The files are upgraded as one graph: an attestation in one may attest a fact of another.
    Links get the attestations of their facts, but for those in files that are of the second edition
    already. `received_on` is the day, as YYYY-MM-DD, on which reports were received that do not say
    when; without it that is the dcterms:created of their file. `around` are the statements of files
    beside these. Raises MalformedFile for a file whose reports then have no day.
    """
    upgrade = _Upgrade(files, received_on, tuple(around))
    upgraded = {path: upgrade.rewrite(path) for path in files}
    return {path: result for path, result in upgraded.items() if result.counts}


def is_upgraded(quads: Sequence[Quad]) -> bool:
    """Return whether a file is of the second edition: its reports say when they were received.

    A file without a report is not, nor is one that has statements of the first edition.
    """
    received = {quad.subject for quad in quads if quad.predicate == _RECEIVED}
    return bool(received) and not (
        find_reports(quads) - received
        or find_connections(quads)
        or any((quad.predicate, quad.object) == _WHOLE for quad in quads)
        or _find_denials(quads) & {quad.subject for quad in quads if quad.predicate == _ATTESTS}
    )


def find_reports(quads: Iterable[Quad]) -> set[Term]:
    """Return the reports that `quads` describe."""
    described = {quad.subject for quad in quads if quad.predicate == _TYPE}
    return {thing for thing in described if thing.value.startswith(names.PREFIXES["report"])}


def find_connections(quads: Iterable[Quad]) -> set[Connection]:
    """Return the statements of the first edition that become links."""
    return {connection for connection in map(_read_connection, quads) if connection}


def find_attested(quads: Iterable[Quad]) -> set[str]:
    """Return the IRIs of the facts that `quads` attest or deny."""
    facts = (attests.fact for attests in map(_read_attests, quads) if attests)
    return {fact.value for fact in facts if isinstance(fact, NamedNode)}


@dataclass(frozen=True)
class _Upgrade:
    """The statements of all files, and what follows from them for each."""

    files: Mapping[Path, Sequence[Quad]]
    received_on: str
    around: tuple[Quad, ...]

    def rewrite(self, path: Path) -> UpgradedFile:
        """Return the statements of one file in the second edition."""
        result = UpgradedFile()
        links: dict[Connection, set[Term]] = {}
        for quad in dict.fromkeys(self.files[path]):
            connection, attests = _read_connection(quad), _read_attests(quad)
            entries = self.series_entries.get(quad.subject.value, ())
            if connection:
                links.setdefault(connection, set())
            elif quad.predicate == _ORDINAL_IN_SERIES and entries:
                for entry in entries:
                    links.setdefault(entry, set()).add(quad.object)
            elif attests and path not in self.of_second_edition:
                result.quads += self._rewrite_attests(quad, attests, result.counts)
            elif (quad.predicate, quad.object) == _WHOLE:
                result.quads.append(Quad(quad.subject, *_WINDOW))
                result.counts["date role"] += 1
            else:
                result.quads.append(quad)
        for connection in sorted(links):
            result.quads += self._describe_link(connection, links[connection])
            result.counts["link"] += 1
        self._add_reception(path, result)
        return result

    @cached_property
    def of_second_edition(self) -> set[Path]:
        """The files that are of the second edition already."""
        return {path for path, quads in self.files.items() if is_upgraded(quads)}

    @cached_property
    def links(self) -> dict[Connection, NamedNode]:
        """The IRI of each link, readable and the same for the same statements."""
        links = {}
        taken = {quad.subject.value for quad in self.everything}
        for connection in sorted(set().union(*map(find_connections, self.files.values()))):
            if connection in self.known_links:
                links[connection] = self.known_links[connection]
                continue
            slug = f"{_slug(connection.fact)}-{connection.rule.infix}-{_slug(connection.target)}"
            iri, number = names.PREFIXES["link"] + slug, 1
            while iri in taken:
                number += 1
                iri = f"{names.PREFIXES['link']}{slug}-{number}"
            taken.add(iri)
            links[connection] = NamedNode(iri)
        return links

    @cached_property
    def known_links(self) -> dict[Connection, NamedNode]:
        """The links that files of the second edition describe, the first by its IRI of several."""
        ends = {quad.subject: quad.object for quad in self.everything if quad.predicate == _LINK_TO}
        links = [
            (
                Connection(
                    quad.object.value, _BY_LINK_OF[quad.predicate], ends[quad.subject].value
                ),
                quad,
            )
            for quad in self.everything
            if quad.predicate in _BY_LINK_OF and quad.subject in ends
        ]
        ordered = sorted(links, key=lambda pair: pair[1].subject.value, reverse=True)
        return {connection: quad.subject for connection, quad in ordered}

    @cached_property
    def everything(self) -> list[Quad]:
        """The statements of all files, those around them too."""
        return [*self.around, *(quad for quads in self.files.values() for quad in quads)]

    @cached_property
    def links_of(self) -> dict[str, list[NamedNode]]:
        """The links that are said of each fact."""
        links_of: dict[str, list[NamedNode]] = {}
        for connection, link in self.links.items():
            links_of.setdefault(connection.fact, []).append(link)
        return links_of

    @cached_property
    def series_entries(self) -> dict[str, list[Connection]]:
        """The entries in series of each event."""
        entries: dict[str, list[Connection]] = {}
        for connection in self.links:
            if connection.rule.plain == "inSeries":
                entries.setdefault(connection.fact, []).append(connection)
        return entries

    @cached_property
    def denials(self) -> set[Term]:
        """The attestations that deny."""
        return _find_denials(self.everything)

    @cached_property
    def labels(self) -> dict[str, str]:
        """The labels of all things."""
        return read_labels(self.everything)

    @cached_property
    def waiting_reports(self) -> dict[Term, Path]:
        """The reports that do not say when they were received, each with the first of its files."""
        received = {quad.subject for quad in self.everything if quad.predicate == _RECEIVED}
        files = {
            report: path
            for path in reversed(self.files)
            for report in find_reports(self.files[path])
        }
        return {report: path for report, path in files.items() if report not in received}

    def _rewrite_attests(
        self, quad: Quad, attests: Attests, counts: Counter[str]
    ) -> Iterator[Quad]:
        """Yield the statement, as a denial if it is one, and the same of each link of the fact."""
        predicate = quad.predicate
        if predicate != _DENIES and attests.attestation in self.denials:
            predicate = _DENIES
            counts["denial"] += 1
        if predicate == quad.predicate:
            yield quad
        else:
            yield Quad(attests.attestation, predicate, attests.fact)
        predicate = _DENIES if predicate == _DENIES else _ATTESTS
        for link in self.links_of.get(getattr(attests.fact, "value", ""), ()):
            yield Quad(attests.attestation, predicate, link)
            counts["link attestation"] += 1

    def _describe_link(self, connection: Connection, ordinals: Iterable[Term]) -> Iterator[Quad]:
        link, rule = self.links[connection], connection.rule
        label = rule.label.format(
            fact=self._label(connection.fact), target=self._label(connection.target)
        )
        yield from (Quad(link, _ORDINAL, ordinal) for ordinal in ordinals)
        if connection in self.known_links:
            return
        yield Quad(link, _TYPE, _term("owl:NamedIndividual"))
        yield Quad(link, _TYPE, _term(f"dg:{rule.kind}"))
        yield Quad(link, _LABEL, Literal(label, language="en"))
        yield Quad(link, _term("skos:editorialNote"), Literal(NOTE, language="en"))
        yield Quad(link, _term(f"dg:{rule.link_of}"), NamedNode(connection.fact))
        yield Quad(link, _LINK_TO, NamedNode(connection.target))

    def _label(self, iri: str) -> str:
        return self.labels.get(iri) or _slug(iri).replace("-", " ")

    def _add_reception(self, path: Path, result: UpgradedFile) -> None:
        """Say of each report that the file describes when it was received."""
        reports = [report for report, file in self.waiting_reports.items() if file == path]
        for report in sorted(reports, key=lambda report: natural_key(report.value)):
            day = self.received_on or _find_creation(path, result.quads, report)
            result.quads.append(Quad(report, _RECEIVED, Literal(day)))
            result.counts["reception"] += 1
            if not self.received_on:
                name = names.compact(report.value)
                result.remarks.append(f"{name} was received on {day}, when its file was created")


def _find_denials(quads: Iterable[Quad]) -> set[Term]:
    """Return the attestations that deny."""
    return {quad.subject for quad in quads if (quad.predicate, quad.object) == _MODALITY}


def _find_creation(path: Path, quads: Sequence[Quad], report: Term) -> str:
    """Return the day on which the header says that the file was created, as YYYY-MM-DD."""
    headers = {quad.subject for quad in quads if (quad.predicate, quad.object) == _IS_HEADER}
    days = sorted(
        quad.object.value
        for quad in quads
        if quad.subject in headers and quad.predicate == _CREATED
    )
    advice = "give it dg:receivedOn, or use --received-on YYYY-MM-DD"
    if not days:
        message = f"nothing says when the report was received: {advice}"
        raise MalformedFile(message, file=path, value=names.compact(report.value))
    try:
        return parse_day(days[0][:10]).isoformat()
    except MalformedDate as error:
        message = f"the dcterms:created is no day on which the report can be received: {advice}"
        raise MalformedFile(message, file=path, value=days[0]) from error


def _read_connection(quad: Quad) -> Connection | None:
    """Return what `quad` says if it is to become a link, whichever way round it is said."""
    if not (isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode)):
        return None
    if rule := _BY_PLAIN.get(quad.predicate):
        return Connection(quad.subject.value, rule, quad.object.value)
    if rule := _BY_INVERSE.get(quad.predicate):
        return Connection(quad.object.value, rule, quad.subject.value)
    return None


def _read_attests(quad: Quad) -> Attests | None:
    if quad.predicate in (_ATTESTS, _DENIES):
        return Attests(quad.subject, quad.object)
    if quad.predicate == _ATTESTED_BY:
        return Attests(quad.object, quad.subject)
    return None


def _slug(iri: str) -> str:
    """Return the last part of an IRI as a part of another."""
    last = re.split(r"[/#:]", iri.rstrip("/#:"))[-1]
    return re.sub("[^a-z0-9]+", "-", last.lower()).strip("-") or "thing"
