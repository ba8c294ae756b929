"""What the graph holds in symbols, said in plain English: dates, rules, statements."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyoxigraph as ox

from diplograph.build.explain import CHAIN, Derivation
from diplograph.core.names import PREFIXES

Label = Callable[[str], str]

_MONTHS = {
    **{1: "January", 2: "February", 3: "March", 4: "April", 5: "May", 6: "June", 7: "July"},
    **{8: "August", 9: "September", 10: "October", 11: "November", 12: "December"},
}
_SEASONS = {"21": "spring", "22": "summer", "23": "autumn", "24": "winter"}
_DAY = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?(?P<mark>[~?%]?)")
_MARKS = {"": "", "~": "around ", "?": "perhaps ", "%": "perhaps around "}

_RULES = {
    "cax-sco": "every {s0} is {a_o0}",
    "prp-spo1": 'whatever is so by "{s0}" is so by "{o0}"',
    "prp-dom": 'whatever has "{s0}" is {a_o0}',
    "prp-rng": 'whatever something has as "{s0}" is {a_o0}',
    "prp-inv1": '"{o0}" is "{s0}" read backwards',
    "prp-inv2": '"{s0}" is "{o0}" read backwards',
    "prp-symp": '"{s0}" holds both ways',
    "prp-trp": '"{s0}" carries on from step to step',
    "scm-sco": "a kind of a kind is a kind",
    "scm-spo": "a relation under a relation is under what that one is under",
    "scm-dom1": "what starts at {a_s1} starts at {a_o1}",
    "scm-dom2": 'what "{o0}" starts at, "{s0}" starts at too',
    "scm-rng1": "what points to {a_s1} points to {a_o1}",
    "scm-rng2": 'what "{o0}" points to, "{s0}" points to too',
}


def say_date(edtf: str) -> str:
    """Return an EDTF date or interval in words; an unusual one comes back as it is.

    >>> say_date("2025-12-05~/2025-12-06~")
    'around 5 to 6 December 2025'
    """
    begin, slash, end = edtf.partition("/")
    if not slash:
        return _say_day(begin) or edtf
    if not _known(begin) or not _known(end):
        return _say_half_open(begin, end) or edtf
    first, last = _DAY.fullmatch(begin), _DAY.fullmatch(end)
    if not first or not last:
        return edtf
    if first["mark"] == last["mark"]:
        return _MARKS[first["mark"]] + _say_span(first, last)
    return f"{_say_day(begin)} to {_say_day(end)}"


def say_rule(derivation: Derivation, label: Label) -> str:
    """Return why the statement follows from its premises, as one clause; empty for a leaf."""
    if derivation.rule == CHAIN:
        _, *steps = derivation.premises
        path = ", then ".join(f'"{label(step.statement.predicate.value)}"' for step in steps)
        return f'"{label(derivation.statement.predicate.value)}" is {path}'
    template = _RULES.get(derivation.rule, "")
    words = {}
    for number, premise in enumerate(derivation.premises):
        for part in ("subject", "object"):
            said = say_term(getattr(premise.statement, part), label)
            words[f"{part[0]}{number}"], words[f"a_{part[0]}{number}"] = said, _article(said)
    return template.format(**words)


def say_statement(triple: ox.Triple, label: Label) -> str:
    """Return a statement as `subject - property - value`, in labels; a type reads `is a`."""
    subject, value = say_term(triple.subject, label), say_term(triple.object, label)
    if triple.predicate.value == PREFIXES["rdf"] + "type":
        return f"{subject} is {_article(value)}"
    return f"{subject} - {label(triple.predicate.value)} - {value}"


def say_term(term: ox.NamedNode | ox.BlankNode | ox.Literal, label: Label) -> str:
    """Return the label of a thing or the characters of a literal; a list is just a list."""
    if isinstance(term, ox.NamedNode):
        return label(term.value)
    return term.value if isinstance(term, ox.Literal) else "a list"


def _known(end: str) -> bool:
    return end not in {"", ".."}


def _say_half_open(begin: str, end: str) -> str:
    """Return the words of an interval with an open (`..`) or unknown (empty) end, or nothing."""
    if _known(begin) and _say_day(begin):
        return f"from {_say_day(begin)}{' on' if end else ', until an unknown date'}"
    if _known(end) and _say_day(end):
        return f"until {_say_day(end)}{'' if begin else ', from an unknown date'}"
    return ""


def _say_day(text: str) -> str:
    found = _DAY.fullmatch(text)
    return _MARKS[found["mark"]] + _plain(found) if found and _plain(found) else ""


def _plain(day: re.Match) -> str:
    year, month = day["year"], day["month"]
    if not month:
        return year
    if month in _SEASONS and not day["day"]:
        return f"{_SEASONS[month]} {year}"
    if int(month) not in _MONTHS:
        return ""
    named = f"{_MONTHS[int(month)]} {year}"
    return f"{int(day['day'])} {named}" if day["day"] else named


def _say_span(first: re.Match, last: re.Match) -> str:
    begin, end = _plain(first).split(), _plain(last).split()
    if begin == end:
        return " ".join(end)
    shared = 0
    if len(begin) == len(end):
        while begin[-1 - shared] == end[-1 - shared]:
            shared += 1
    return f"{' '.join(begin[: len(begin) - shared])} to {' '.join(end)}"


def _article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
