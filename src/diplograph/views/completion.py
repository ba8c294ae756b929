"""What may be offered while a query is written: our terms with their meaning, and known things."""

from __future__ import annotations

from dataclasses import dataclass

from diplograph.core.names import PREFIXES, expand, split
from diplograph.views.asking import Asking
from diplograph.views.texts import fill

_KINDS = {
    PREFIXES["owl"] + "Class": "class",
    PREFIXES["owl"] + "ObjectProperty": "property",
    PREFIXES["owl"] + "DatatypeProperty": "property",
    PREFIXES["owl"] + "AnnotationProperty": "property",
    PREFIXES["skos"] + "Concept": "concept",
}
# The words of others that most queries need, as their own vocabularies explain them.
_USUAL = (
    ("rdf:type", "type", "The thing is of that class."),
    ("rdfs:label", "label", "What a thing is called."),
    ("rdfs:subClassOf", "subclass of", "Everything of the class is of that class too."),
    ("skos:broader", "has broader", "A concept that takes in this one."),
    ("skos:definition", "definition", "What a term means."),
)


@dataclass(frozen=True)
class Term:
    """One name that a query may use: `dg:Meeting`, a class, and what it means.

    `kind` is class, property, concept or thing; a thing has no definition.
    """

    name: str
    kind: str
    label: str
    definition: str = ""


def read_terms(asking: Asking) -> tuple[Term, ...]:
    """Return the usual terms, all classes, properties and concepts, and the things linked most.

    Of things there are at most 600. Left out is what no prefix of ours can name; two queries.
    """
    usual = (Term(name, "property", label, meaning) for name, label, meaning in _USUAL)
    found = {expand(each.name): each for each in usual}
    for row in asking.rows(fill("completion-terms")):
        _keep(found, row, _KINDS[row["type"]])
    for row in asking.rows(fill("completion-things")):
        _keep(found, row, "thing")
    return tuple(found.values())


def _keep(found: dict[str, Term], row: dict[str, str], kind: str) -> None:
    parts = split(row["term"])
    if parts and parts[0] in PREFIXES and row["term"] not in found:
        name = ":".join(parts)
        found[row["term"]] = Term(name, kind, row["label"], row.get("definition", ""))
