"""Forms of questions: a field for each parameter, and values typed into it read as RDF terms.

Things may be typed by label. The search index of the build resolves labels without a query.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

import pyoxigraph as ox

from diplograph.build.questions import Parameter, Question
from diplograph.core.errors import AmbiguousThing, DiplographError, UnknownThing
from diplograph.core.names import PREFIXES, compact
from diplograph.core.things import Thing
from diplograph.views.search import SearchIndex, read_kind

# Suggestions of one field; browsers narrow them while one types, and more would make pages heavy.
MOST_OPTIONS = 400
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DATE_TIME = PREFIXES["xsd"] + "dateTime"
_NUMBERS = {PREFIXES["xsd"] + name for name in ("integer", "nonNegativeInteger", "decimal")}
# A CURIE or an IRI; a label has spaces about its words, or no colon.
_CURIE_OR_IRI = re.compile(r"<[^<>\s]*>|[\w-]+:[^\s,]+")


@dataclass(frozen=True)
class Field:
    """One field of a form: name, label, type of input, value, hint, suggestions, error.

    `kind` is an input's type: text, date or number; `error` says what is wrong with the value, and
    `near` are values that may be meant.
    """

    name: str
    words: str
    kind: str
    value: str
    hint: str
    options: tuple[Thing, ...] = ()
    error: str = ""
    near: tuple[str, ...] = ()


@dataclass(frozen=True)
class FilledQuestion:
    """A question's text, empty where a value is invalid; messages by field; the first error.

    `near` are values that may be meant, by field.
    """

    text: str
    errors: dict[str, str]
    fault: DiplographError | None = None
    near: dict[str, tuple[str, ...]] = field(default_factory=dict)


def fill_question(
    question: Question, given: Mapping[str, str], index: SearchIndex
) -> FilledQuestion:
    """Return the question with the values `given` in a form, by parameter."""
    values: dict[str, str | list[str]] = {}
    errors: dict[str, DiplographError] = {}
    meant: dict[str, tuple[str, ...]] = {}
    for parameter in question.parameters:
        typed = given.get(parameter.name, "").strip()
        if not typed or typed in (parameter.default, show_default(parameter, index)):
            continue
        try:
            value = resolve_label(parameter, typed, index)
            question.filled(**{parameter.name: value})
        except DiplographError as error:
            near = _find_near(parameter, typed, index) if isinstance(error, UnknownThing) else ()
            message = f"{error}; did you mean {' or '.join(near)}?"
            errors[parameter.name] = UnknownThing(message) if near else error
            meant[parameter.name] = near
        else:
            values[parameter.name] = value
    text = "" if errors else question.filled(**values)
    fault = next(iter(errors.values()), None)
    messages = {name: str(error).removeprefix(f"{name}: ") for name, error in errors.items()}
    return FilledQuestion(text, messages, fault, meant)


def _find_near(parameter: Parameter, typed: str, index: SearchIndex) -> tuple[str, ...]:
    """Return the labels that resemble what was typed, whatever its case and accents."""
    labels = {option.label.casefold(): option.label for option in _list_options(parameter, index)}
    found = get_close_matches(typed.casefold(), labels, n=3)
    words = typed.casefold()
    holding = [name for name in labels if len(words) > 2 and words in name and name not in found]
    return tuple(labels[name] for name in [*found, *holding][:3])


def resolve_label(parameter: Parameter, typed: str, index: SearchIndex) -> str | list[str]:
    """Return the value typed for a parameter with the labels in it replaced by IRIs.

    Commas separate several things, spaces too between CURIEs and IRIs. Where the default is UNDEF,
    a text that is no label stays a text. Raises UnknownThing and AmbiguousThing, naming the
    parameter.
    """
    if any(isinstance(term, ox.Literal) for term in parameter.terms):
        return typed
    parts = [part.strip() for part in typed.split(",") if part.strip()]
    labels = {part for part in parts if not all(map(_CURIE_OR_IRI.fullmatch, part.split()))}
    if not labels:
        return [name for part in parts for name in part.split()] or typed
    whole = typed.strip()
    things = index.find_called(labels | {whole})
    if things[whole]:
        return _require_one(parameter, whole, things[whole])
    values: list[str] = []
    for part in parts:
        if part not in labels:
            values += part.split()
        elif things[part]:
            values.append(_require_one(parameter, part, things[part]))
        elif parameter.names_things:
            raise UnknownThing(f"{parameter.name}: nothing in this graph is called {part!r}")
        else:
            return typed
    return values


def list_fields(
    question: Question,
    given: Mapping[str, str],
    errors: Mapping[str, str],
    index: SearchIndex,
    near: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[Field, ...]:
    """Return the fields of a question's form with the values given, else its defaults."""
    fields = []
    for parameter in question.parameters:
        name, kind = parameter.name, _input_type(parameter)
        value = given.get(name, "").strip() or show_default(parameter, index)
        # A date field would hide a moment with its time, or what is wrong with the value.
        shows_value = {"date": _DAY.fullmatch(value), "number": value.isdecimal()}.get(kind)
        shown = Field(
            name=name,
            words=parameter.words,
            kind=kind if shows_value else "text",
            value=value,
            hint=_hint(parameter),
            options=_list_options(parameter, index),
            error=errors.get(name, ""),
            near=(near or {}).get(name, ()),
        )
        fields.append(shown)
    return tuple(fields)


def show_default(parameter: Parameter, index: SearchIndex) -> str:
    """Return a parameter's default as a form shows it: labels of things, the day of a midnight."""
    if any(term is None for term in parameter.terms):
        return ""
    if parameter.names_things:
        return ", ".join(show_thing(term.value, index) for term in parameter.terms)
    values = [term.value for term in parameter.terms if isinstance(term, ox.Literal)]
    if len(values) != 1:
        return parameter.default
    return values[0].partition("T")[0] if _input_type(parameter) == "date" else values[0]


def _require_one(parameter: Parameter, label: str, things: list[str]) -> str:
    different = sorted(set(things))
    if len(different) > 1:
        names = ", ".join(compact(iri) for iri in different)
        message = f"{parameter.name}: {label!r} names several things: choose one of {names}"
        raise AmbiguousThing(message)
    return different[0]


def _input_type(parameter: Parameter) -> str:
    terms = parameter.terms
    if len(terms) != 1 or not isinstance(terms[0], ox.Literal):
        return "text"
    if terms[0].datatype.value == _DATE_TIME:
        return "date" if terms[0].value.endswith("T00:00:00Z") else "text"
    return "number" if terms[0].datatype.value in _NUMBERS else "text"


def _hint(parameter: Parameter) -> str:
    if any(term is None for term in parameter.terms):
        return "Leave empty for all"
    if parameter.names_things:
        kinds = sorted({read_kind(term.value).replace("-", " ") for term in parameter.terms} - {""})
        hint = f"Name or identifier of a {' or '.join(kinds) or 'thing'}"
        return f"{hint}. Put commas between several." if len(parameter.terms) > 1 else hint
    return ""


def _list_options(parameter: Parameter, index: SearchIndex) -> tuple[Thing, ...]:
    """Return the likely values of a parameter that names things, as a form shows them."""
    if not parameter.names_things:
        return ()
    kinds = sorted({read_kind(term.value) for term in parameter.terms})
    things = [thing for kind in kinds for thing in index.of_kind(kind)][:MOST_OPTIONS]
    return tuple(Thing(show_thing(thing.iri, index), thing.label) for thing in things)


def show_thing(iri: str, index: SearchIndex) -> str:
    """Return the label of a thing if it is unique and has no comma, else its CURIE."""
    label = index.labels.get(iri, "")
    unique = len(index.find_called([label])[label]) == 1
    return label if label and unique and "," not in label else compact(iri)
