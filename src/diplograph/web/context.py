"""What every page is made from: the build that is served, its questions, what the operator set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache

from flask import request

from diplograph.build.questions import Question
from diplograph.build.vocabularies import Alignments
from diplograph.core.dates import parse_day
from diplograph.store.interface import Answer, Engine, QueryRequest
from diplograph.views.filter import read_engagement_index
from diplograph.views.query import QueryRunner
from diplograph.views.search import SearchIndex, read_search_index
from diplograph.views.status import EngagementIndexEntry
from diplograph.web.settings import Settings


@dataclass(frozen=True)
class ClientEngine:
    """Asks `engine` for one client, whoever else is named; a page is read by many functions."""

    engine: Engine
    client: str

    @property
    def digest(self) -> str:
        """The digest of the build that is asked."""
        return self.engine.digest

    def answer(self, asked: QueryRequest, client: str = "") -> Answer:
        """Return the complete answer; raises what the engine raises."""
        return self.engine.answer(asked, self.client)

    def close(self) -> None:
        """Do nothing: the engine belongs to the server."""


@dataclass(frozen=True)
class AppContext:
    """One build as pages show it.

    `findings`: how many findings the build was left with, None where nobody counted; `built`: when
    it was made, None where nobody knows; `still`: the pages are copied into files, where nothing
    can be searched, filtered or asked; `alignments`: what our terms are in other vocabularies.
    """

    engine: Engine
    questions: Mapping[str, Question] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    findings: int | None = None
    built: datetime | None = None
    still: bool = False
    alignments: Alignments = field(default_factory=Alignments)

    @property
    def digest(self) -> str:
        """What names the build."""
        return self.engine.digest

    def asking(self) -> QueryRunner:
        """Return what asks queries for the client of the request at hand."""
        return QueryRunner(self.engine, request.remote_addr or "")

    def client_engine(self) -> ClientEngine:
        """Return the engine as the client of the request at hand asks it."""
        return ClientEngine(self.engine, request.remote_addr or "")

    def index(self) -> SearchIndex:
        """Return the texts of the build by which its things are found, read once a build."""
        return self._index_once(self.digest)

    @cached_property
    def _index_once(self) -> Callable[[str], SearchIndex]:
        return lru_cache(maxsize=1)(lambda digest: read_search_index(QueryRunner(self.engine)))

    def marks(self) -> tuple[EngagementIndexEntry, ...]:
        """Return all engagements as the build has them on any day, read once a build."""
        return self._marks_once(self.digest)

    @cached_property
    def _marks_once(self) -> Callable[[str], tuple[EngagementIndexEntry, ...]]:
        return lru_cache(maxsize=1)(lambda digest: read_engagement_index(QueryRunner(self.engine)))

    def day(self) -> date:
        """Return the day that stands for today: `asof` of the address, the operator's, or today.

        Raises MalformedDate for an `asof` that is no day.
        """
        asked = request.args.get("asof", "").strip()
        return parse_day(asked) if asked else self.today()

    def today(self) -> date:
        """Return the operator's day, or today in UTC."""
        if self.settings.as_of:
            return parse_day(self.settings.as_of)
        return datetime.now(UTC).date()
