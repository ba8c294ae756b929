"""The form of a question: a field for each parameter, filled, with what may be written in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import pyoxigraph as ox

from diplograph.build.questions import Parameter, Question
from diplograph.core.errors import DiplographError, UnknownThing
from diplograph.core.names import PREFIXES, compact
from diplograph.core.things import Thing
from diplograph.store.interface import Engine
from diplograph.views.search import SearchIndex, read_kind
from diplograph.web.result_table import resolve_label

# A browser lists what begins as one types; more than these would only make the page heavy.
MOST_OPTIONS = 400
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|_")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = PREFIXES["xsd"] + "dateTime"
_NUMBERS = {PREFIXES["xsd"] + name for name in ("integer", "nonNegativeInteger", "decimal")}


@dataclass(frozen=True)
class Field:
    """One field of a form: its name, what kind of input it is, what stands in it, what may.

    `kind` is an input's type: text, date or number; `error` is what is wrong with its value.
    """

    name: str
    words: str
    kind: str
    value: str
    hint: str
    options: tuple[Thing, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class FilledQuestion:
    """A question with the values of a form: its text, empty where a value cannot be meant.

    `errors` says for each field that is wrong what it is; `status` is the first one's.
    """

    text: str
    errors: dict[str, str]
    fault: DiplographError | None = None


def fill_question(
    engine: Engine, question: Question, given: Mapping[str, str], index: SearchIndex
) -> FilledQuestion:
    """Return the question with the values given in a form; things may go by their labels.

    A value that cannot be meant is told of in `errors`, by its field; faults of the engine are
    raised.
    """
    values: dict[str, str | list[str]] = {}
    errors: dict[str, DiplographError] = {}
    for parameter in question.parameters:
        typed = given.get(parameter.name, "").strip()
        if not typed or typed in (parameter.default, show_default(parameter, index)):
            continue
        try:
            value = resolve_label(engine, parameter, typed, index)
            question.filled(**{parameter.name: value})
        except DiplographError as error:
            if error.http_status >= 500:
                raise
            errors[parameter.name] = _advise(error, parameter, typed, index)
        else:
            values[parameter.name] = value
    text = "" if errors else question.filled(**values)
    fault = next(iter(errors.values()), None)
    return FilledQuestion(text, {name: str(error) for name, error in errors.items()}, fault)


def list_fields(
    question: Question, given: Mapping[str, str], errors: Mapping[str, str], index: SearchIndex
) -> tuple[Field, ...]:
    """Return the fields of a question's form with the values given, else its defaults."""
    return tuple(
        _make_field(parameter, given.get(parameter.name, ""), errors, index)
        for parameter in question.parameters
    )


def show_default(parameter: Parameter, index: SearchIndex) -> str:
    """Return the default of a parameter as a form shows it: labels for things, a day for a day."""
    if any(term is None for term in parameter.terms):
        return ""
    if parameter.names_things:
        return ", ".join(_show_thing(term.value, index) for term in parameter.terms)
    shown = [term.value for term in parameter.terms if isinstance(term, ox.Literal)]
    if len(shown) == 1 and _type_of(parameter) == "date":
        return shown[0].partition("T")[0]
    return shown[0] if len(shown) == 1 else parameter.default


def _advise(
    error: DiplographError, parameter: Parameter, typed: str, index: SearchIndex
) -> DiplographError:
    """Return the error, with the labels nearest to what was typed where nothing is called so."""
    labels = [option.label for option in _list_options(parameter, index)]
    near = get_close_matches(typed, labels, n=3) if isinstance(error, UnknownThing) else []
    return UnknownThing(f"{error}; did you mean {' or '.join(near)}?") if near else error


def _make_field(
    parameter: Parameter, typed: str, errors: Mapping[str, str], index: SearchIndex
) -> Field:
    kind = _type_of(parameter)
    value = typed.strip() or show_default(parameter, index)
    if kind == "date" and not _DAY.fullmatch(value):
        kind = "text"  # a moment with its time, or what is wrong: a date field would hide it
    if kind == "number" and not value.isdecimal():
        kind = "text"
    return Field(
        name=parameter.name,
        words=_WORDS.sub(" ", parameter.name).lower(),
        kind=kind,
        value=value,
        hint=_hint(parameter),
        options=_list_options(parameter, index),
        error=errors.get(parameter.name, ""),
    )


def _type_of(parameter: Parameter) -> str:
    terms = parameter.terms
    if len(terms) == 1 and isinstance(terms[0], ox.Literal):
        if terms[0].datatype.value == _MOMENT:
            return "date" if terms[0].value.endswith("T00:00:00Z") else "text"
        return "number" if terms[0].datatype.value in _NUMBERS else "text"
    return "text"


def _hint(parameter: Parameter) -> str:
    if any(term is None for term in parameter.terms):
        return "left empty: any"
    if parameter.names_things:
        kinds = sorted({read_kind(term.value).replace("-", " ") for term in parameter.terms} - {""})
        named = f"{' or '.join(kinds) or 'thing'}, by its label or CURIE"
        return f"{named}; several are parted by commas" if len(parameter.terms) > 1 else named
    return "a day" if _type_of(parameter) == "date" else ""


def _list_options(parameter: Parameter, index: SearchIndex) -> tuple[Thing, ...]:
    """Return the likely values of a parameter that names things, as a form shows them."""
    if not parameter.names_things:
        return ()
    kinds = sorted({read_kind(term.value) for term in parameter.terms})
    things = [each for kind in kinds for each in index.of_kind(kind)][:MOST_OPTIONS]
    return tuple(Thing(_show_thing(each.iri, index), each.label) for each in things)


def _show_thing(iri: str, index: SearchIndex) -> str:
    """Return the label of a thing where it means no other and parts no list, else its CURIE."""
    label = index.labels.get(iri, "")
    alone = len(index.find_called([label])[label]) == 1
    return label if label and alone and "," not in label else compact(iri)
