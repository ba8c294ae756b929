"""The query texts of the views: the .rq files in `queries`, each runnable as it stands."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pyoxigraph as ox

from diplograph.build.questions import Question, read_question
from diplograph.core.names import expand, is_curie

FOLDER = Path(__file__).parent / "queries"
# Stands for a list in which nothing is left; no thing has this name.
_NOBODY = ox.NamedNode("urn:x-diplograph:nobody")


@cache
def read(name: str) -> Question:
    """Return the query called `name`; its parameters are filled with `filled`."""
    return read_question(FOLDER / f"{name}.rq")


def fill(name: str, **parameters: object) -> str:
    """Return the text of the query called `name` with these values; raises what `filled` raises.

    A list of things is what the graph gave before; where that names a thing by a text or by a
    blank node, it is left out, for there is nothing to ask about.
    """
    query = read(name)
    things = {each.name for each in query.parameters if each.names_things}
    return query.filled(
        **{key: _keep(value) if key in things else value for key, value in parameters.items()}
    )


def _keep(value: object) -> object:
    """Return the IRIs of a list, or what stands for none; anything but a list as it is."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        return value
    given = list(value)
    kept = [each for each in map(_read_iri, given) if each]
    return kept or (_NOBODY if given else given)


def _read_iri(thing: object) -> ox.NamedNode | None:
    text = getattr(thing, "iri", thing)
    if isinstance(text, ox.NamedNode):
        return text
    try:
        return ox.NamedNode(expand(text) if is_curie(text) else text)
    except ValueError:
        return None
