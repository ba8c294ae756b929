"""The application context: the build that pages show, its questions and the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache

import pyoxigraph as ox
from flask import g, request

from diplograph.build.questions import Question
from diplograph.build.vocabularies import Alignments
from diplograph.core.dates import parse_day
from diplograph.core.names import QUESTIONS_GRAPH
from diplograph.core.settings import Settings
from diplograph.store.interface import Answer, Engine, QueryRequest
from diplograph.views.about import DataAge, find_data_age
from diplograph.views.changes import (
    ChangeLog,
    ReportChanges,
    read_change_log,
    replay_reports,
)
from diplograph.views.engagements import read_engagement_index
from diplograph.views.open_issues import OpenIssues, choose_known, read_open_issues
from diplograph.views.query import QueryRunner
from diplograph.views.search import CompletionTerm, read_search_index, read_terms
from diplograph.views.search_index import SearchIndex
from diplograph.views.status import EngagementIndexEntry
from diplograph.views.texts import (
    TextFolder,
    Texts,
    list_quotations,
    read_folder,
    read_recorded_texts,
)
from diplograph.views.unspoken import Unspoken, read_unspoken
from diplograph.web.http import ResponseCache

# The extension of an application whose value, a function, returns what /ready says of builds to a
# client whose request it is given: `diplograph serve` alone makes any.
RELOADS = "diplograph.reloads"


@dataclass(frozen=True)
class ClientEngine:
    """An engine as one client queries it: the bounds per client count all queries of a page."""

    engine: Engine
    client: str

    @property
    def digest(self) -> str:
        """The digest of the engine's build."""
        return self.engine.digest

    def answer(self, query: QueryRequest, client: str = "") -> Answer:
        """Return the complete answer for this client; raises what the engine raises."""
        return self.engine.answer(query, self.client)

    def close(self) -> None:
        """Do nothing: the engine belongs to the server."""


@dataclass(frozen=True)
class CachedEngine:
    """An engine whose answers are stored: the pages and documents about a thing share queries.

    A build never changes, so an answer is right as long as the digest is the same.
    """

    engine: Engine
    cache: ResponseCache

    @property
    def digest(self) -> str:
        """The digest of the engine's build."""
        return self.engine.digest

    def answer(self, query: QueryRequest, client: str = "") -> Answer:
        """Return the stored answer, else that of the engine; raises what the engine raises."""
        tag = (self.digest, query)
        stored = self.cache.find(tag)
        if stored is None:
            stored = self.engine.answer(query, client)
            self.cache.store(tag, stored)
        return stored

    def close(self) -> None:
        """Do nothing: the engine belongs to the server."""


@dataclass(frozen=True)
class AppContext:
    """One build as pages show it.

    `findings`: how many findings the build was left with, None where they were not counted;
    `built`: when it was made, None where that is unknown; `started`: when the program and the
    settings that write the pages were read, None where that does not matter; `still`: the pages are
    copied into files, where nothing can be searched, filtered or queried; `alignments`: what our
    terms are in other vocabularies; `cache`: where answers to the queries of pages are stored.
    """

    engine: Engine
    questions: Mapping[str, Question] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    findings: int | None = None
    built: datetime | None = None
    started: datetime | None = None
    still: bool = False
    alignments: Alignments = field(default_factory=Alignments)
    cache: ResponseCache = field(default_factory=lambda: ResponseCache(0))

    @property
    def digest(self) -> str:
        """The digest that names the build."""
        return self.engine.digest

    @property
    def modified(self) -> datetime | None:
        """When what is served last changed: no later than this; None where that is unknown.

        The same build is written differently by another version of the program or under other
        settings, so it is not the time of the build alone.
        """
        return self.built and max(self.built, self.started or self.built)

    def asking(self) -> QueryRunner:
        """Return the query runner for the client of the current request."""
        return QueryRunner(CachedEngine(self.engine, self.cache), request.remote_addr or "")

    def client_engine(self) -> ClientEngine:
        """Return the engine as the client of the current request queries it."""
        return ClientEngine(self.engine, request.remote_addr or "")

    def index(self) -> SearchIndex:
        """Return the search index over the texts of the build, read once a build."""
        return self._read_index_once(self.digest)

    @cached_property
    def _read_index_once(self) -> Callable:
        def read(digest: str) -> SearchIndex:
            return read_search_index(QueryRunner(self.engine), self.marks(), self.unspoken())

        return lru_cache(maxsize=2)(read)

    def full_index(self) -> SearchIndex:
        """Return the same with the words of passages whose texts are at hand at this moment."""
        folders = self.text_folders()
        if not any(folder.state for folder in folders):
            return self.index()
        return self._index_quotations(self.digest, tuple(folder.state for folder in folders))

    @cached_property
    def _index_quotations(self) -> Callable:
        return lru_cache(maxsize=2)(
            lambda digest, states: self.index().with_quotations(
                list_quotations(QueryRunner(self.engine), self.texts())
            )
        )

    def terms(self) -> tuple[CompletionTerm, ...]:
        """Return the terms that a query may name, read once a build."""
        return self._read_once(read_terms, self.digest)

    def marks(self) -> tuple[EngagementIndexEntry, ...]:
        """Return the index of all engagements whatever the day, read once a build."""
        return self._read_once(read_engagement_index, self.digest)

    def texts(self) -> Texts:
        """Return the texts of reports at hand at this moment: the home's own, the operator's."""
        return Texts(lambda: self._read_once(read_recorded_texts, self.digest), self.text_folders())

    def text_folders(self) -> tuple[TextFolder, ...]:
        """Return the folders of texts as they are at this moment, looked at once a request."""
        if "text_folders" not in g:
            folders = (self.settings.texts, self.settings.sources)
            g.text_folders = tuple(read_folder(folder) for folder in folders if folder is not None)
        return g.text_folders

    def unspoken(self) -> Unspoken:
        """Return the entities that no report speaks of, read once a build."""
        return self._read_once(read_unspoken, self.digest)

    def change_log(self) -> ChangeLog:
        """Return all that reports say and how it relates, read once a build."""
        return self._read_once(read_change_log, self.digest)

    def changes(self, day: date) -> tuple[ReportChanges, ...]:
        """Return what each report known on a day changed, the newest first; once a day."""
        return self._replay_once(self.digest, day)

    def open_issues(self, day: date, *, unanswered: bool = True) -> OpenIssues:
        """Return what is open by the reports known on a day; read once a build.

        `unanswered`: with agreements and concerns.
        """
        issues = self._read_issues_once(self.digest, unanswered)
        return choose_known(issues, self.change_log(), day)

    @cached_property
    def _read_issues_once(self) -> Callable:
        def read(digest: str, unanswered: bool) -> OpenIssues:
            runner = QueryRunner(self.engine)
            return read_open_issues(runner, self.index(), unanswered=unanswered)

        return lru_cache(maxsize=4)(read)

    @cached_property
    def _replay_once(self) -> Callable:
        return lru_cache(maxsize=16)(lambda digest, day: replay_reports(self.change_log(), day))

    def data_age(self) -> DataAge:
        """Return when the newest report was received and published, read once a build."""
        return find_data_age(self.change_log())

    def has_questions_graph(self) -> bool:
        """Return whether the build has the questions as statements, read once a build."""
        return self._read_once(_has_questions, self.digest)

    @cached_property
    def _read_once(self) -> Callable:
        return lru_cache(maxsize=32)(lambda read, digest: read(QueryRunner(self.engine)))

    def day(self) -> date:
        """Return the day that stands for today: `asof` of the address, the operator's, or today.

        Raises MalformedDate for an `asof` that is no day.
        """
        as_of = request.args.get("asof", "").strip()
        return parse_day(as_of) if as_of else self.today()

    def today(self) -> date:
        """Return the operator's day, or today in UTC."""
        if self.settings.as_of:
            return parse_day(self.settings.as_of)
        return datetime.now(UTC).date()


def _has_questions(asking: QueryRunner) -> bool:
    graph = ox.NamedNode(QUESTIONS_GRAPH)
    return bool(asking.rows(f"SELECT ?any {{ GRAPH {graph} {{ ?any ?of ?these }} }} LIMIT 1"))
