"""An engine as one client asks it, so that each query behind a page counts as that client's."""

from __future__ import annotations

from dataclasses import dataclass

from diplograph.store.interface import Answer, Engine, QueryRequest


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
