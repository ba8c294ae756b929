"""Each constraint of the shapes fires on its own case, on nothing else, and says what to do."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pyshacl
import pytest

from diplograph.core import names
from diplograph.core.rdf import to_rdflib
from fixtures.cached_builds import digest_files, find_object
from fixtures.shape_cases import (
    BASE,
    CASES,
    INVALID,
    ONTOLOGY,
    REPORTED,
    SHAPES,
    VALID,
    judge_cases,
    read_cases,
    read_shapes,
)

# What a recorder can do about a finding.
VERBS = [
    "add",
    "correct",
    "declare",
    "drop",
    "give",
    "keep",
    "leave",
    "make",
    "record",
    "say",
    "write",
]


def term(curie: str) -> ox.NamedNode:
    return ox.NamedNode(names.expand(curie))


STATEMENTS = read_shapes()
SEVERITY, TARGET = term("sh:severity"), term("sh:targetClass")


def values(subject: ox.NamedNode, predicate: str) -> list:
    wanted = term(predicate)
    said = (each for each in STATEMENTS if each.subject == subject)
    return [each.object for each in said if each.predicate == wanted]


def subjects(predicate: ox.NamedNode) -> set:
    return {each.subject for each in STATEMENTS if each.predicate == predicate}


# Whatever has a severity can fire; what has none only serves others.
CONSTRAINTS = {
    shape.value.removeprefix(names.PREFIXES["shape"]): shape for shape in subjects(SEVERITY)
}


def named_in(path: Path) -> set[str]:
    terms = (term for triple in read_cases([path]) for term in triple)
    return {term.value for term in terms if isinstance(term, ox.NamedNode)}


@pytest.fixture(scope="module")
def owners() -> dict[str, str]:
    """What belongs to a case: each thing that no other case names, and the base does not."""
    count = Counter(iri for path in INVALID for iri in named_in(path))
    base = named_in(BASE)
    return {
        iri: path.stem
        for path in INVALID
        for iri in named_in(path)
        if count[iri] == 1 and iri not in base
    }


@pytest.fixture(scope="module")
def fired(owners) -> dict[str | None, set[tuple[str, str]]]:
    """Case to what fired on its things, as (shape, severity); None for things of no case."""
    found: dict[str | None, set[tuple[str, str]]] = {}
    for finding in judge_cases("invalid", INVALID):
        shape = names.compact(finding.shape)
        found.setdefault(owners.get(finding.thing), set()).add((shape, finding.severity))
    return found


def test_there_are_cases():
    assert len(CONSTRAINTS) > 100
    assert len(INVALID) > 100


def test_every_constraint_has_an_invalid_case_and_every_case_a_constraint():
    assert {path.stem for path in INVALID} == set(CONSTRAINTS)


def test_every_constraint_has_a_valid_case_and_every_case_a_constraint():
    assert {path.stem for path in VALID} == set(CONSTRAINTS)


def test_an_invalid_case_names_its_constraint_and_severity_on_its_first_line():
    expected = {}
    for path in INVALID:
        (severity,) = values(CONSTRAINTS[path.stem], "sh:severity")
        named = severity.value.removeprefix(names.PREFIXES["sh"])
        expected[path.stem] = f"# shape:{path.stem} {named}"
    assert {path.stem: path.read_text().splitlines()[0] for path in INVALID} == expected


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_an_invalid_case_fires_its_constraint_and_nothing_else(path, fired):
    _, shape, severity = path.read_text().splitlines()[0].split()
    assert fired.get(path.stem) == {(shape, severity)}


def test_nothing_fires_but_on_the_cases(fired):
    assert fired.get(None) is None


def test_the_valid_cases_and_what_reports_say_fire_nothing():
    assert len(REPORTED) > 12
    assert [str(finding) for finding in judge_cases("valid", [*VALID, *REPORTED])] == []


def test_a_valid_case_says_on_its_first_line_that_nothing_fires():
    lines = {path.stem: path.read_text().splitlines()[0] for path in VALID}
    assert lines == {name: f"# shape:{name} nothing" for name in lines}


def test_a_valid_case_is_the_twin_of_an_invalid_one():
    differences = {}
    for path in VALID:
        valid, invalid = (read_cases([file]) for file in (path, CASES / "invalid" / path.name))
        one, other = (Counter(triple.predicate for triple in case) for case in (valid, invalid))
        differences[path.stem] = (one - other).total() + (other - one).total()
        assert valid != invalid, path.stem
    assert {name: count for name, count in differences.items() if count > 12} == {}


def messages_of(name):
    """Return the messages of a constraint, or of its SPARQL constraints where it has any."""
    shape = CONSTRAINTS[name]
    constraints = values(shape, "sh:sparql") or [shape]
    return [message for node in constraints for message in values(node, "sh:message")]


def test_a_constraint_has_one_message_that_says_what_is_wrong_and_what_to_do():
    begin = "|".join([*(f": {verb}" for verb in VERBS), *(rf"\. {verb.title()}" for verb in VERBS)])
    form = re.compile(rf"[A-Z].+(?:{begin}) .+\.")
    messages = {name: messages_of(name) for name in CONSTRAINTS}
    assert {name: found for name, found in messages.items() if len(found) != 1} == {}
    assert {
        name: message
        for name, [message] in messages.items()
        if message.language != "en" or not form.fullmatch(message.value)
    } == {}


# How a message says the datatype of a value, which a look at the value does not tell.
WRITTEN = {
    "xsd:anyURI": r'"\^\^xsd:anyURI',
    "xsd:boolean": r'"true"\^\^xsd:boolean',
    "xsd:decimal": "with a decimal point",
    "xsd:dateTime": r'"\^\^xsd:dateTime',
    "xsd:nonNegativeInteger": r'"\^\^xsd:nonNegativeInteger',
    "xsd:positiveInteger": r'"\^\^xsd:positiveInteger',
    "xsd:string": "without (a|datatype or) language tag",
    "rdf:langString": "with @en",
}


def test_a_message_of_a_datatype_says_how_a_value_is_written():
    typed = {
        name: datatype
        for name, shape in CONSTRAINTS.items()
        for datatype in values(shape, "sh:datatype")
    }
    assert len(typed) > 20
    assert {
        name: message.value
        for name, datatype in typed.items()
        for message in messages_of(name)
        if not re.search(WRITTEN[names.compact(datatype.value)], message.value)
    } == {}


def test_a_thing_that_is_no_individual_is_told_what_to_add():
    (message,) = values(CONSTRAINTS["Thing-individual"], "sh:message")
    assert "a owl:NamedIndividual , dg:<Class>" in message.value


def test_every_class_of_ours_is_the_target_of_a_shape():
    kind, ours = term("owl:Class"), names.PREFIXES["dg"]
    classes = {each.subject.value for each in read_cases(ONTOLOGY) if each.object == kind}
    targets = {each.object.value for each in STATEMENTS if each.predicate == TARGET}
    assert {iri for iri in classes if iri.startswith(ours)} - targets == set()


def test_shapes_have_names_and_no_blank_nodes_but_those_of_lists():
    inside = {term("rdf:first"), term("rdf:rest")}
    unnamed = {each for each in STATEMENTS if isinstance(each.subject, ox.BlankNode)}
    assert {each.predicate for each in unnamed} <= inside


def test_the_shapes_are_well_formed_by_the_shapes_of_shapes():
    def conforms() -> bool:
        shapes = to_rdflib(STATEMENTS)
        return pyshacl.validate(to_rdflib([]), shacl_graph=shapes, meta_shacl=True)[0]

    assert find_object("shapes_of_shapes", digest_files(SHAPES), conforms)


def test_shapes_stand_in_files_called_as_those_of_the_ontology():
    assert {path.stem for path in SHAPES} - {"house", "labels"} <= {path.stem for path in ONTOLOGY}
