"""A finding names the thing, its place, the shape that fired and what to do; no clock is asked."""

from __future__ import annotations

import pytest

from diplograph.build.dataset import read_files
from diplograph.build.derive import derive
from diplograph.build.reason import reason
from diplograph.build.validate import validate
from diplograph.core import names
from diplograph.core.errors import MalformedDate, ValidationFailed
from diplograph.core.rdf import Location
from fixtures.project_files import ROOT
from fixtures.small_home import FILES, PREFIXES, write_home

SHAPE = names.PREFIXES["shape"]
BEFORE = PREFIXES.count("\n")

TOPIC = """
shape:Meeting a sh:NodeShape ; sh:targetClass dg:Meeting ; sh:severity sh:Info ;
  sh:sparql shape:Meeting-host-query .
shape:Meeting-host-query a sh:SPARQLConstraint ;
  sh:message "The meeting is in {?value}, of {?count} hosts: say more."@en ;
  sh:prefixes shape:prefixes ;
  sh:select "SELECT $this ?value (2 AS ?count) WHERE { $this dg:hostState ?value }" .
shape:prefixes sh:declare shape:prefix-dg .
shape:prefix-dg sh:prefix "dg" ;
  sh:namespace "https://w3id.org/diplograph/ontology#"^^xsd:anyURI .
"""
PASSED = (
    TOPIC.replace(
        "WHERE { $this dg:hostState ?value }",
        'WHERE { BIND ("2000-01-01T00:00:00Z"^^xsd:dateTime AS ?asOf)  # parameter\\n'
        "$this dg:hostState ?value ; dg:latest ?latest FILTER (?latest < ?asOf) }",
    )
    .replace('sh:select "', 'sh:select """')
    .replace('}" .', '}""" .')
)
PASSED = PASSED.replace(
    "sh:declare shape:prefix-dg .",
    "sh:declare shape:prefix-dg , shape:prefix-xsd .\n"
    'shape:prefix-xsd sh:prefix "xsd" ;\n'
    '  sh:namespace "http://www.w3.org/2001/XMLSchema#"^^xsd:anyURI .',
)
ENDED = FILES["data/reports/tale.ttl"].replace(
    "dg:edtf\n", 'dg:latest "2030-01-01T23:59:59Z"^^xsd:dateTime ;\n    dg:edtf\n'
)


def findings(tmp_path, as_of=None, **changes):
    return validate(derive(reason(read_files(write_home(tmp_path, **changes)))), as_of).findings


def states(text):
    return {"data/states.ttl": FILES["data/states.ttl"] + text}


def test_a_sound_home_has_no_findings(tmp_path):
    assert findings(tmp_path) == ()


def test_a_finding_says_who_where_what_and_which_shape(tmp_path):
    [found] = findings(tmp_path, **states('state:COR a dg:State ; rdfs:label "Corvia"@en .\n'))
    line = BEFORE + FILES["data/states.ttl"].count("\n") + 1
    assert found.thing == names.expand("state:COR")
    assert found.label == "Corvia"
    assert found.location == Location("data/states.ttl", line)
    assert found.severity == "Violation"
    assert found.shape == f"{SHAPE}State-alpha3Code"
    assert found.path == names.expand("dg:alpha3Code")
    assert found.message == "A state has a code: give dg:alpha3Code."


def test_a_finding_reads_as_one_line(tmp_path):
    [found] = findings(tmp_path, **states('state:COR a dg:State ; rdfs:label "Corvia"@en .\n'))
    assert str(found) == (
        f"{found.location}: Violation: Corvia: A state has a code: give dg:alpha3Code."
        " [shape:State-alpha3Code]"
    )


def test_what_is_inferred_is_judged_too(tmp_path):
    report = "event:talks a dg:Meeting ; dg:hostState state:NIL .\n"
    [found] = findings(tmp_path, **{"data/reports/tale.ttl": report})
    assert (found.label, found.location) == ("state:NIL", Location("data/reports/tale.ttl", 10))


def test_findings_are_sorted_by_what_people_call_the_things(tmp_path):
    more = "".join(
        f'state:{code} a dg:State ; rdfs:label "{label}"@en .\n'
        for code, label in (("AAA", "zebra"), ("ZZZ", "Aspen"), ("MMM", "mole"))
    )
    assert [each.label for each in findings(tmp_path, **states(more))] == ["Aspen", "mole", "zebra"]


def test_a_message_names_things_by_their_labels(tmp_path):
    found = findings(tmp_path, **{"ontology/shapes/events.ttl": TOPIC})
    assert [each.message for each in found] == [
        "The meeting is in Ardenia, of 2 hosts: say more.",
        "The meeting is in Belmora, of 2 hosts: say more.",
    ]


SCHEMES = """
@prefix dgc: <https://w3id.org/diplograph/concept/> .
@prefix modality: <https://w3id.org/diplograph/concept/modality/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix status: <https://w3id.org/diplograph/concept/status/> .
dg:statusValue dg:conceptScheme dgc:status ; rdfs:label "status value"@en .
dgc:status rdfs:label "statuses"@en .
status:planned skos:inScheme dgc:status ; rdfs:label "planned"@en .
status:held skos:inScheme dgc:status ; rdfs:label "held"@en .
modality:planned skos:inScheme dgc:modality ; rdfs:label "planned"@en .
"""
SCHEME_SHAPE = (
    (ROOT / "ontology" / "shapes" / "concepts.ttl").read_text(encoding="utf-8")
    + """
shape:prefixes sh:declare shape:prefix-dg , shape:prefix-skos .
shape:prefix-dg sh:prefix "dg" ;
  sh:namespace "https://w3id.org/diplograph/ontology#"^^<http://www.w3.org/2001/XMLSchema#anyURI> .
shape:prefix-skos sh:prefix "skos" ;
  sh:namespace "http://www.w3.org/2004/02/skos/core#"^^<http://www.w3.org/2001/XMLSchema#anyURI> .
"""
)


@pytest.mark.parametrize("value", ["modality:planned", "status:plannd", '"held"'])
def test_a_value_that_is_no_concept_of_the_scheme_of_its_property_is_told_the_concepts(
    tmp_path, value
):
    record = f"event:record a dg:Fact ; dg:statusValue {value} , status:held .\n"
    prefixes = SCHEMES[: SCHEMES.index("dg:statusValue")]
    found = findings(
        tmp_path,
        **{
            "ontology/concepts.ttl": SCHEMES,
            "ontology/shapes/concepts.ttl": SCHEME_SHAPE,
            "data/reports/record.ttl": prefixes + record,
        },
    )
    [wrong] = [each for each in found if each.thing == names.expand("event:record")]
    assert (wrong.severity, wrong.shape) == ("Violation", f"{SHAPE}Concept-value")
    assert wrong.path == names.expand("dg:statusValue")
    literal = value.startswith('"')
    assert wrong.value == (value.strip('"') if literal else names.expand(value))
    assert wrong.message == (
        'The property "status value" takes a concept of the scheme "statuses": give one of them.'
        f" Here it is {value}; the scheme has status:held, status:planned."
    )


def test_a_query_in_a_shape_is_told_by_the_shape_around_it(tmp_path):
    found = findings(tmp_path, **{"ontology/shapes/events.ttl": TOPIC})
    assert {(each.shape, each.severity) for each in found} == {(f"{SHAPE}Meeting", "Info")}


def test_violations_stop_and_others_do_not(tmp_path):
    warning = FILES["ontology/shapes/core.ttl"].replace("sh:Violation", "sh:Warning")
    bad = states("state:COR a dg:State .\n")
    judged = validate(derive(reason(read_files(write_home(tmp_path / "one", **bad)))))
    with pytest.raises(ValidationFailed, match=r"1 violation\(s\) stop the build") as caught:
        judged.raise_for_violations()
    assert caught.value.findings == judged.findings
    warned = write_home(tmp_path / "other", **bad, **{"ontology/shapes/core.ttl": warning})
    judged = validate(derive(reason(read_files(warned))))
    judged.raise_for_violations()
    assert [each.severity for each in judged.findings] == ["Warning"]


def test_severities_of_ones_own_come_after_the_three(tmp_path):
    severities = ("shape:Minor", "sh:Trace", "sh:Info", "sh:Violation", "shape:Major")
    shapes = "".join(
        f"shape:S{number} a sh:NodeShape ; sh:targetNode state:ARD ; sh:minLength 999 ;"
        f'  sh:severity {severity} ; sh:message "Too short."@en .\n'
        for number, severity in enumerate(severities)
    )
    found = findings(tmp_path, **{"ontology/shapes/own.ttl": shapes})
    assert [each.severity for each in found] == [
        *("Violation", "Info", "Trace", "shape:Major", "shape:Minor"),
    ]


def test_a_label_of_blanks_is_called_by_its_curie(tmp_path):
    shape = 'shape:Label-empty sh:severity sh:Info ; sh:message "Empty, {?value}: write it."@en .'
    changes = states('state:COR a dg:State ; rdfs:label " "@en ; dg:alpha3Code "COR" .\n')
    [found] = findings(tmp_path, **changes, **{"ontology/shapes/labels.ttl": shape})
    assert (found.label, found.severity) == ("state:COR", "Info")
    assert found.message == "Empty, U+0020 SPACE: write it."


def test_the_ontology_is_judged_as_data(tmp_path):
    shape = """
shape:Term a sh:NodeShape ; sh:targetObjectsOf rdfs:subClassOf ; sh:property shape:Term-label .
shape:Term-label a sh:PropertyShape ; sh:path rdfs:label ; sh:minCount 1 ;
  sh:message "A term has a label: give rdfs:label."@en .
"""
    [found] = findings(tmp_path, **{"ontology/shapes/house.ttl": shape})
    assert (found.label, found.location.file) == ("dg:Event", "ontology/core.ttl")


# ---- the day that stands for today --------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "count"),
    [(None, 0), ("2030-01-01", 0), ("2030-01-02", 2), ("2030-01-02T05:30:00+05:30", 2)],
)
def test_what_depends_on_a_day_is_judged_only_on_a_given_day(tmp_path, as_of, count):
    changes = {"ontology/shapes/events.ttl": PASSED, "data/reports/tale.ttl": ENDED}
    assert len(findings(tmp_path, as_of, **changes)) == count


@pytest.mark.parametrize("as_of", ["today", "2030-13-01", '2030-01-01" } #'])
def test_a_day_that_is_none_is_refused(tmp_path, as_of):
    with pytest.raises(MalformedDate):
        findings(tmp_path, as_of)


# ---- bounds of dates ----------------------------------------------------------------------

BOUNDS = """
shape:DateEstimate-edtf-bounds sh:severity sh:Violation ;
  sh:message "The bounds are not those of {?value}: correct them."@en .
shape:DateEstimate a sh:NodeShape ; sh:targetSubjectsOf dg:edtf ;
  sh:property shape:DateEstimate-earliest .
shape:DateEstimate-earliest a sh:PropertyShape ; sh:path dg:earliest ; sh:datatype xsd:dateTime ;
  sh:severity sh:Violation ; sh:message "A bound is an instant: give an xsd:dateTime."@en .
"""


def bounded(earliest):
    """Return the changes to a small home that give its date a shape and these bounds."""
    date = f"""
event:talks rdfs:label "Talks"@en ; dg:edtf "2030-01-01" ; dg:earliest {earliest} ;
  dg:latest "2030-01-01T23:59:59Z"^^xsd:dateTime .
"""
    return {"ontology/shapes/values.ttl": BOUNDS, "data/reports/tale.ttl": date}


@pytest.mark.parametrize(
    ("earliest", "shapes"),
    [
        ('"2030-01-01T00:00:00Z"^^xsd:dateTime', []),
        ('"2029-12-31T00:00:00Z"^^xsd:dateTime', ["DateEstimate-edtf-bounds"]),
        ('"soon"', ["DateEstimate-earliest"]),
        ('"2030-01-02T00:00:00Z"', ["DateEstimate-earliest"]),
        ("event:talks", ["DateEstimate-earliest"]),
    ],
)
def test_a_bound_that_is_no_moment_is_told_by_its_datatype_alone(tmp_path, earliest, shapes):
    found = findings(tmp_path, **bounded(earliest))
    assert [each.shape.removeprefix(SHAPE) for each in found] == shapes


def test_a_thing_called_by_another_thing_goes_by_its_curie(tmp_path):
    [found] = findings(tmp_path, **states("state:COR a dg:State ; rdfs:label state:ARD .\n"))
    assert found.label == "state:COR"


DESCRIBED = """
shape:Thing-described sh:severity sh:Violation ;
  sh:message "Nothing describes {?value}, which is named here: correct the IRI."@en .
"""


def test_a_thing_that_nothing_describes_is_one_finding_where_it_is_named(tmp_path):
    report = FILES["data/reports/tale.ttl"].replace("state:BEL", "state:NIL")
    shapes = FILES["ontology/shapes/core.ttl"] + DESCRIBED
    changes = {"data/reports/tale.ttl": report, "ontology/shapes/core.ttl": shapes}
    [found] = findings(tmp_path, **changes)
    assert (found.label, found.shape) == ("Talks, of old", f"{SHAPE}Thing-described")
    assert found.message.startswith("Nothing describes state:NIL, which is named here")
    assert found.location == Location("data/reports/tale.ttl", BEFORE + 6)


def test_one_cause_is_found_once_by_constraints_with_and_without_a_value(tmp_path):
    shape = """
shape:State sh:property shape:State-label .
shape:State-label sh:path rdfs:label ; sh:datatype xsd:string ; sh:hasValue "x" ;
  sh:severity sh:Info ; sh:message "A label is a text: write it."@en .
"""
    shapes = FILES["ontology/shapes/core.ttl"] + shape
    found = findings(tmp_path, **{"ontology/shapes/core.ttl": shapes})
    assert [(finding.label, finding.value) for finding in found] == [
        ("Ardenia", "Ardenia"),
        ("Belmora", "Belmora"),
    ]
