"""The query texts of the views: the .rq files in `queries`, each runnable as it stands."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from diplograph.questions import Question, read_question

FOLDER = Path(__file__).parent / "queries"


@cache
def read(name: str) -> Question:
    """Return the query called `name`; its parameters are filled with `filled`."""
    return read_question(FOLDER / f"{name}.rq")


def fill(name: str, **parameters: object) -> str:
    """Return the text of the query called `name` with these values; raises what `filled` raises."""
    return read(name).filled(**parameters)
