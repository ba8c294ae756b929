"""How the terms are used: by how many things, by which ones, and in which questions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from diplograph.build.questions import Question
from diplograph.core.names import PREFIXES
from diplograph.things import Thing
from diplograph.views.asking import Asking, Row, thing
from diplograph.views.texts import fill, read

_PAGE = re.compile(r"LIMIT \d+ OFFSET \d+  # page$", re.MULTILINE)
_USED = re.compile(rf"(?<![\w:/-])dg:(\w+)|<{re.escape(PREFIXES['dg'])}(\w+)>")


def read_sizes(asking: Asking) -> dict[str, int]:
    """Return class to the number of its things, property to that of its statements; two queries."""
    rows = [
        row for name in ("class-sizes", "property-sizes") for row in asking.rows(read(name).text)
    ]
    return {row["term"]: int(row["total"]) for row in rows if "term" in row}


def read_members(asking: Asking, iri: str, limit: int, offset: int = 0) -> tuple[Thing, ...]:
    """Return things of a class, in the order of their IRIs, each once; one query."""
    rows = asking.rows(_cut(fill("members", kind=iri), limit, offset))
    found = {row["thing"]: thing(row, "thing") for row in reversed(rows)}
    return tuple(found[each] for each in sorted(found))


def read_values(
    asking: Asking, iri: str, limit: int, offset: int = 0
) -> tuple[tuple[Thing, Thing | str], ...]:
    """Return things with a value that they have of a property, in order; one query.

    A value without a page of its own is a text.
    """
    rows = asking.rows(_cut(fill("property-values", property=iri), limit, offset))
    found = {(row["thing"], row["value"]): row for row in reversed(rows)}
    return tuple(_pair(found[each]) for each in sorted(found))


def find_questions(questions: Iterable[Question]) -> Mapping[str, tuple[Question, ...]]:
    """Return the name of a term to the questions that use it."""
    found: dict[str, list[Question]] = {}
    for question in questions:
        for name in {curie or iri for curie, iri in _USED.findall(question.text)}:
            found.setdefault(name, []).append(question)
    return {name: tuple(used) for name, used in found.items()}


def _cut(text: str, limit: int, offset: int) -> str:
    return _PAGE.sub(f"LIMIT {int(limit)} OFFSET {int(offset)}", text, count=1)


def _pair(row: Row) -> tuple[Thing, Thing | str]:
    is_thing = row["value"].startswith(("http://", "https://"))
    value = thing(row, "value") if is_thing else row["value"]
    return thing(row, "thing") or Thing("", ""), value or ""
