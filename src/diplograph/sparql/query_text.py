"""What is written for the sake of people: prefixes added or left out, the name of an answer."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from diplograph.core.names import PREFIXES
from diplograph.sparql.check import list_tokens

_DECLARATION = re.compile(r"^[ \t]*(?:PREFIX|BASE)\b[^\n]*", re.IGNORECASE | re.MULTILINE)
_HEAD_COMMENTS = re.compile(r"(?:[ \t]*#[^\n]*\n)*")
_PREFIX_LINE = re.compile(
    r"^[ \t]*PREFIX[ \t]+([\w-]*):[ \t]*<([^>\n]*)>[ \t]*(?:\n|\Z)", re.IGNORECASE | re.MULTILINE
)


def declare_prefixes(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the query with the project's prefixes declared that it uses, and those prefixes.

    The lines stand after its own declarations, else after the comments on top.
    """
    tokens = list_tokens(text)
    declared = {
        tokens[position + 1].group().rstrip(":")
        for position, token in enumerate(tokens[:-1])
        if token.group().upper() == "PREFIX"
    }
    used = (token.group().partition(":")[0] for token in tokens if token.lastgroup == "name")
    missing = tuple(
        name for name in dict.fromkeys(used) if name in PREFIXES and name not in declared
    )
    if not missing:
        return text, ()
    lines = "\n".join(f"PREFIX {name}: <{PREFIXES[name]}>" for name in missing)
    *_, last = [None, *_DECLARATION.finditer(text)]
    if last:
        return f"{text[: last.end()]}\n{lines}{text[last.end() :]}", missing
    top = _HEAD_COMMENTS.match(text).end()
    return f"{text[:top]}{lines}\n{text[top:]}", missing


def drop_prefixes(text: str) -> str:
    """Return the query without the lines that `declare_prefixes` would write again."""
    short = _PREFIX_LINE.sub(
        lambda line: "" if PREFIXES.get(line[1]) == line[2] else line[0], text
    ).lstrip("\n")
    return short if set(declare_prefixes(short)[1]) >= _read_declared(text, short) else text


def _read_declared(text: str, short: str) -> set[str]:
    """Return the prefixes that `text` declares and `short` does not, of those that it uses."""
    names = {line[1] for line in _PREFIX_LINE.finditer(text)}
    names -= {line[1] for line in _PREFIX_LINE.finditer(short)}
    used = (token.group().partition(":")[0] for token in list_tokens(short))
    return names & set(used)


_NAME_WORD = re.compile(r"[a-z0-9]+")
_SPLIT_NAME = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MOST_WORDS, _LONGEST_NAME = 8, 60


def name_answer(text: str) -> str:
    """Return a file's name, without a suffix, for the answer to a query: what it is about.

    The words of the comment on top, else of the classes and then the properties that it names, else
    of its first variables. They are ASCII letters and digits, joined by hyphens.
    """
    tokens = list_tokens(text)
    comment = re.match(r"\s*#\s*([^\n]*\w[^\n]*)", text)
    names = _list_subjects(tokens)
    words = comment[1] if comment else " ".join(names)
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    found = _NAME_WORD.findall(plain.replace("'", ""))[:_MOST_WORDS]
    name = "-".join(dict.fromkeys(found))[:_LONGEST_NAME].strip("-")
    return name or "answer"


def _list_subjects(tokens: list[re.Match]) -> list[str]:
    """Return the words of the classes in a query, of its other names, or of its variables."""
    classes, others, variables = [], [], []
    for before, token in pairwise(tokens):
        local = _SPLIT_NAME.sub(" ", token.group().partition(":")[2])
        if token.lastgroup == "name" and local and before.group() in {"a", "rdf:type"}:
            classes.append(local)
        elif token.lastgroup == "name" and local and not local.endswith("abel"):
            others.append(local)
        elif token.lastgroup == "variable":
            variables.append(_SPLIT_NAME.sub(" ", token.group()[1:]))
    return (classes or others or list(dict.fromkeys(variables)))[:3]
