"""Forms of questions: a field for each parameter, and values typed into it read as RDF terms.

Things may be typed by label. The search index of the build resolves labels without a query.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from diplograph.build.questions import Parameter, Question
from diplograph.core.errors import AmbiguousThing, DiplographError, UnknownThing
from diplograph.core.names import PREFIXES, compact
from diplograph.core.things import Thing
from diplograph.views.search_index import SearchIndex
from diplograph.views.search_results import read_kind

# Suggestions of one field; browsers narrow them while one types, and more would make pages heavy.
MOST_OPTIONS = 400
# The most things offered for a name that nothing has.
MOST_CHOICES = 5
# The kinds of things that a field of the engagement filter names.
KINDS_OF_FIELD = {
    **dict.fromkeys(
        ("actor", "with"), ("person", "state", "forum", "organization", "organ", "body", "office")
    ),
    "forum": ("forum", "organ"),
    "topic": ("topic",),
    "place": ("city", "state", "region"),
    "kind": ("term",),
    "report": ("report",),
}
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
            errors[parameter.name] = error
            meant[parameter.name] = _list_choices(parameter, typed, index)
        else:
            values[parameter.name] = value
    text = "" if errors else question.filled(**values)
    fault = next(iter(errors.values()), None)
    messages = {name: str(error).removeprefix(f"{name}: ") for name, error in errors.items()}
    return FilledQuestion(text, messages, fault, meant)


def resolve_label(parameter: Parameter, typed: str, index: SearchIndex) -> str | list[str]:
    """Return the value typed for a parameter with the names in it replaced by IRIs.

    Commas separate several things, spaces too between CURIEs and IRIs. Where the default is UNDEF,
    a text that is no name stays a text. Raises UnknownThing and AmbiguousThing, naming the
    parameter.
    """
    if any(isinstance(term, ox.Literal) for term in parameter.terms):
        return typed
    resolved = resolve_names(typed, index, _list_kinds(parameter))
    if not resolved.unresolved:
        return list(resolved.names) or typed
    if not parameter.names_things and not resolved.choices:
        return typed
    raise resolved.make_fault(parameter.name)


def _list_kinds(parameter: Parameter) -> tuple[str, ...]:
    """Return the kinds of things that a parameter names, by its default."""
    named = (term for term in parameter.terms if isinstance(term, ox.NamedNode))
    return tuple(sorted({read_kind(term.value) for term in named} - {""}))


def _list_choices(parameter: Parameter, typed: str, index: SearchIndex) -> tuple[str, ...]:
    """Return what may be meant by what was typed, as a form shows it."""
    if not parameter.names_things:
        return ()
    choices = resolve_names(typed, index, _list_kinds(parameter)).choices
    return tuple(show_thing(thing.iri, index) for thing in choices)


@dataclass(frozen=True)
class ResolvedNames:
    """What typed names mean: `names` are CURIEs and IRIs.

    `unresolved` is the first part that names nothing or several things, `several` the things that
    it names, and `near` those whose names are similar to it.
    """

    names: tuple[str, ...] = ()
    unresolved: str = ""
    several: tuple[Thing, ...] = ()
    near: tuple[Thing, ...] = ()

    @property
    def choices(self) -> tuple[Thing, ...]:
        """What may be meant by the part that is unresolved."""
        return self.several or self.near

    def make_fault(self, name: str) -> UnknownThing | AmbiguousThing:
        """Return the error that says in a text what is wrong with the field called `name`."""
        part = f"{name}: {self.unresolved!r}"
        if self.several:
            names = ", ".join(compact(thing.iri) for thing in self.several)
            return AmbiguousThing(f"{part} names several things: choose one of {names}")
        near = " or ".join(str(thing.label) for thing in self.near)
        hint = f"; did you mean {near}?" if near else ""
        return UnknownThing(f"{name}: nothing in this graph is called {self.unresolved!r}{hint}")


def resolve_names(typed: str, index: SearchIndex, kinds: tuple[str, ...] = ()) -> ResolvedNames:
    """Return what typed names mean: labels, other names, family names, codes, CURIEs and IRIs.

    Commas separate several, and spaces CURIEs. Names of things of `kinds` go before other labels;
    names that are no labels are looked for among these kinds alone.
    """
    whole = typed.strip()
    parts = [part.strip() for part in whole.split(",") if part.strip()]
    labels = {part for part in parts if not all(map(_CURIE_OR_IRI.fullmatch, part.split()))}
    if len(parts) > 1 and len(found := _find_named(whole, index, kinds)) == 1:
        return ResolvedNames(found)
    names: list[str] = []
    for part in parts:
        found = _find_named(part, index, kinds) if part in labels else tuple(part.split())
        if part in labels and len(found) != 1:
            several = tuple(index.name(iri) for iri in found)
            near = () if several else _find_near(part, index, kinds)
            return ResolvedNames(unresolved=part, several=several, near=near)
        names += found
    return ResolvedNames(tuple(dict.fromkeys(names)))


def _find_named(name: str, index: SearchIndex, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Return the IRIs of the things that a name may mean, the likeliest first."""
    labelled = tuple(sorted(set(index.find_called([name])[name])))
    of_kinds = tuple(iri for iri in labelled if read_kind(iri) in kinds)
    return of_kinds or labelled or (index.resolve(name, kinds) if kinds else ())


def _find_near(name: str, index: SearchIndex, kinds: tuple[str, ...]) -> tuple[Thing, ...]:
    """Return the things of these kinds whose names are most similar."""
    if not kinds:
        return ()
    return tuple(hit.thing for hit in index.suggest(name, kinds, MOST_CHOICES))


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
