"""Python interface: `diplograph.load()` a graph, then query, show, explain and export it.

>>> import diplograph
>>> graph = diplograph.load()
>>> str(graph.find("state:IND"))
'India'
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from diplograph.api.rows import Rows, read_rows
from diplograph.build import export as exports
from diplograph.build.bounded import ensure_bounded
from diplograph.build.build import StageProgress
from diplograph.build.questions import (
    Parameter,
    Question,
    find_question,
    read_parameters,
    read_question,
    read_questions,
)
from diplograph.build.vocabularies import read_alignments
from diplograph.core.dates import parse_day
from diplograph.core.errors import UnknownPrefix, UnknownThing, UsageError
from diplograph.core.home import Home
from diplograph.core.names import PREFIXES, TYPE, expand, is_curie
from diplograph.core.things import Thing
from diplograph.sparql.results import QueryResults
from diplograph.store.build_files import read_findings
from diplograph.store.engine import LocalEngine
from diplograph.store.store import Store
from diplograph.views.briefs.document import Brief
from diplograph.views.briefs.lines import read_brief_inputs
from diplograph.views.briefs.pair import read_pair_brief
from diplograph.views.briefs.party import read_party_brief
from diplograph.views.briefs.week import parse_week, read_week_brief
from diplograph.views.engagements import read_engagement_index
from diplograph.views.explanation import (
    Explanation,
    Sheet,
    explain_derivation,
    explain_thing,
    find_value,
    read_sheet,
)
from diplograph.views.query import QueryRunner
from diplograph.views.schema import Schema, read_schema
from diplograph.views.texts import (
    Source,
    Texts,
    find_sources,
    read_folder,
    read_recorded_texts,
    read_sources,
)
from diplograph.views.thing import read_named_things

if TYPE_CHECKING:
    import rdflib

    from diplograph.build.dataset import Asserted
    from diplograph.build.validate import Finding


def load_graph(home: str | Path | None = None, progress: StageProgress | None = None) -> Graph:
    """Return the graph of the folder `home`, from its last build where that is up to date.

    Without `home`: $DIPLOGRAPH_HOME, else the checkout, else what came with the package.
    `progress` is called with the name of each stage of a build as it begins.
    Raises UnreadableFile, MalformedFile, Inconsistent and ValidationFailed as a build does, and
    BoundExceeded where it takes more than DIPLOGRAPH_MAX_STAGE_SECONDS or DIPLOGRAPH_MAX_BUILD_MB.
    """
    place = Home.find(home)
    folder = ensure_bounded(place, progress)
    return Graph(place, folder, Store.open(folder))


@dataclass(frozen=True)
class Graph:
    """One built graph; it does not change, whatever becomes of its files."""

    home: Home
    folder: Path
    store: Store

    @cached_property
    def questions(self) -> dict[str, Question]:
        """The questions that come with the graph, by name."""
        return read_questions(self.home)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of SHACL validation, sorted by the label of the thing."""
        from diplograph.build.validate import Finding
        from diplograph.core.rdf import Location

        findings = []
        for record in read_findings(self.folder):
            file, line = record.pop("file"), record.pop("line")
            location = Location(file, line) if file else None
            findings.append(Finding(**record, location=location))
        return tuple(findings)

    @cached_property
    def rdf(self) -> rdflib.Dataset:
        """An rdflib Dataset over the union of all graphs but the shapes; changes raise Refused."""
        from diplograph.api.view import view

        return view(self.store)

    def find(self, thing: str) -> Thing:
        """Return the thing of that CURIE, IRI or label; raises UnknownThing and AmbiguousThing."""
        return self._name(self.store.find(thing))

    def ask(self, question: str | Path, /, **values: object) -> Rows | bool | rdflib.Graph:
        """Return the answer to a question: its name, a file's path, or SPARQL itself.

        SELECT gives Rows, ASK a bool, CONSTRUCT and DESCRIBE an rdflib Graph. `values` fill the
        question's parameters; a thing may be given by CURIE, IRI, label or as a Thing.

        >>> import diplograph
        >>> graph = diplograph.load()
        >>> rows = graph.ask("SELECT ?state WHERE { ?state a dg:State } ORDER BY ?state")
        >>> rows.columns
        ('state',)
        >>> rows[0].state.curie.startswith("state:")
        True

        Raises UnknownQuestion, UnknownParameter, QuerySyntaxError, Refused and UnknownThing.
        """
        results = self.query(question, **values)
        if isinstance(results, ox.QueryBoolean):
            return bool(results)
        if isinstance(results, ox.QuerySolutions):
            return read_rows(self.store, results)
        from diplograph.core.rdf import to_rdflib

        return to_rdflib(results)

    def query(self, question: str | Path, /, **values: object) -> QueryResults:
        """Return the results of `ask` in pyoxigraph's types, statements as an iterator of Triple.

        Raises what `ask` raises.
        """
        return self.store.query(self.fill(question, **values), prefixes=PREFIXES)

    def fill(self, question: str | Path, /, **values: object) -> str:
        """Return the SPARQL text that `ask` runs, with its parameters; raises as it does."""
        query = self._read_question(question)
        parameters = {parameter.name: parameter for parameter in query.parameters}
        resolved = {
            name: self._resolve(value, parameters[name]) if name in parameters else value
            for name, value in values.items()
        }
        return query.filled(**resolved)

    def show(self, thing: str | Thing, as_of: str | date | None = None) -> Sheet:
        """Return all that the graph knows about a thing: its values and the facts about it.

        `as_of`: the day, such as "2025-12-05", that stands for today; only reports received and
        published by then count. Without it all reports count, and today is the day in UTC.

        >>> import diplograph
        >>> [str(kind) for kind in diplograph.load().show("state:IND").kinds]
        ['state']

        Raises UnknownThing, AmbiguousThing, and MalformedDate for an `as_of` that is no day.
        """
        iri = self.store.find(getattr(thing, "iri", thing))
        if as_of is None:
            return read_sheet(self._asking, iri, datetime.now(UTC).date())
        day = parse_day(as_of) if isinstance(as_of, str) else as_of
        return read_sheet(self._asking, iri, day, day)

    def why(
        self,
        thing: str | Thing,
        predicate: str | None = None,
        value: str | None = None,
        *,
        sources: Iterable[str | Path] = (),
    ) -> Explanation:
        """Return where a thing, or the statement `thing predicate value`, comes from.

        `sources`: files with the text of reports, so that passages carry their own words.

        >>> import diplograph
        >>> graph = diplograph.load()
        >>> graph.why("state:IND", "a", "dg:Agent").step.because
        'every state is an agent'

        Raises UnknownThing, AmbiguousThing, UnreadableFile and SourceMismatch.
        """
        subject = getattr(thing, "iri", thing)
        if predicate is None or value is None:
            texts = self._read_texts(sources)
            return explain_thing(self._asking, self.store.find(subject), texts)
        node, property_ = self.find(subject), self._find_property(predicate)
        statement = node.iri, property_.iri, find_value(self._asking, node, property_, value)
        texts = self._read_texts(sources)
        return explain_derivation(
            self._asking, self._schema, statement, texts, self._asserted.locate
        )

    def _read_texts(self, files: Iterable[str | Path]) -> dict[str, Source]:
        """Return the texts that came with the home, and those in `files`, by report."""
        folder = read_folder(self.home.texts)
        shipped = Texts(lambda: read_recorded_texts(self._asking), (folder,))
        return find_sources(shipped) | read_sources(self._asking, files)

    def brief(self, kind: str, *names: str, as_of: str | date | None = None) -> Brief:
        """Return two pages on a pair, a week, or a party of a kind such as state or person.

        `names`: two for a pair, else one; a party is named by code, CURIE, IRI or label, a week as
        2025-W47. `as_of` as in `show`; today in UTC without it. views/briefs/formats.py writes it.

        >>> import diplograph
        >>> diplograph.load().brief("pair", "IND", "RUS").title
        'India and Russia'

        Raises UsageError for another number of names, UnknownThing, AmbiguousThing, MalformedDate.
        """
        wanted = 2 if kind == "pair" else 1
        if len(names) != wanted:
            raise UsageError(f"a brief of a {kind} takes {wanted} name{'s'[: wanted - 1]}")
        day = datetime.now(UTC).date() if as_of is None else as_of
        day = parse_day(day) if isinstance(day, str) else day
        asking = self._asking
        inputs = read_brief_inputs(asking, read_engagement_index(asking))
        if kind == "week":
            return read_week_brief(asking, parse_week(names[0]), day, inputs)
        if kind == "pair":
            one, other = sorted((self._find_party("state", name) for name in names), key=str)
            if one == other:
                raise UsageError(f"a pair is of two parties, and {one.label} is one")
            return read_pair_brief(asking, (one, other), day, inputs, "")
        party = read_named_things(asking, self._find_party(kind, names[0]).iri)
        return read_party_brief(asking, party, day, inputs, "")

    def _find_party(self, kind: str, name: str) -> Thing:
        """Return the thing of that name: a slug of its kind, a code in any case, or as `find`."""
        for slug in (name, name.upper()):
            try:
                return self.find(f"{kind}:{slug}")
            except UnknownThing:
                continue
        return self.find(name)

    def export(
        self, form: str = "turtle", what: str = "asserted", profile: str = "", same_as: str = ""
    ) -> bytes:
        """Return the graph in a format of formats.STATEMENTS, the same bytes every time.

        `what`: "asserted", "inferred" (with the ontology and the inferences) or "ontology".
        `profile`: "schema.org" or "prov" for these vocabularies, "asserted" for ours without
        anything inferred. `same_as`: "owl:sameAs" or "skos:exactMatch" to add the names that other
        collections have for things. Raises UsageError, and NotExpressible where the format cannot
        carry it.
        """
        alignments = read_alignments(self.home) if profile else None
        return exports.export(self.store, form, what, profile, alignments, same_as)

    @property
    def _asking(self) -> QueryRunner:
        return QueryRunner(LocalEngine(self.store))

    @cached_property
    def _schema(self) -> Schema:
        return read_schema(self._asking)

    def _name(self, iri: str) -> Thing:
        return Thing(iri, self.store.label(iri))

    def _find_property(self, name: str) -> Thing:
        """Return the property of a CURIE, which the graph need not describe, IRI, label or `a`."""
        if name == "a":
            return self._name(TYPE)
        try:
            iri = ox.NamedNode(expand(name) if is_curie(name) else self.store.find(name)).value
        except ValueError as error:
            raise UnknownThing(f"{name!r} is no name of a property: it makes no IRI") from error
        return self._name(iri)

    def _read_question(self, question: str | Path) -> Question:
        text = str(question)
        is_file = isinstance(question, Path) or (
            "{" not in text
            and (text.endswith(".rq") or (os.path.isfile(text) and text not in self.questions))
        )
        if is_file:
            return read_question(Path(question))
        if "{" in text or any(character.isspace() for character in text.strip()):
            return Question("query", "", text, read_parameters(text))
        return find_question(self.questions, text)

    def _resolve(self, value: object, parameter: Parameter) -> object:
        """Return `value` with labels replaced by the IRIs of things; raises UnknownThing.

        Where the default is UNDEF, which may stand for a text, an unknown label stays a text.
        """
        if isinstance(value, list | tuple):
            return [self._resolve(item, parameter) for item in value]
        if parameter.names_things and isinstance(value, Thing | ox.NamedNode):
            value = value.iri if isinstance(value, Thing) else value.value
        if not isinstance(value, str) or any(isinstance(t, ox.Literal) for t in parameter.terms):
            return value
        try:
            iri = expand(value)
        except UnknownPrefix:
            iri = ""
        if iri and (not parameter.names_things or self.store.has(iri)):
            return iri
        try:
            return self.store.find(value)
        except UnknownThing:
            if parameter.names_things:
                raise
            return value

    @cached_property
    def _asserted(self) -> Asserted:
        """The files, in which asserted statements are located by line."""
        from diplograph.build.dataset import read_files

        return read_files(self.home)
