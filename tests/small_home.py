"""A home of a few statements, written as files: an ontology, one shape, two states and a report."""

from pathlib import Path

from diplograph.core.home import Home

PREFIXES = """\
@prefix dg:    <https://w3id.org/diplograph/ontology#> .
@prefix event: <https://w3id.org/diplograph/id/event/> .
@prefix owl:   <http://www.w3.org/2002/07/owl#> .
@prefix rdfs:  <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh:    <http://www.w3.org/ns/shacl#> .
@prefix shape: <https://w3id.org/diplograph/shape/> .
@prefix state: <https://w3id.org/diplograph/id/state/> .
@prefix xsd:   <http://www.w3.org/2001/XMLSchema#> .

"""

FILES = {
    "ontology/core.ttl": """
dg:Meeting rdfs:subClassOf dg:Event ; rdfs:label "meeting"@en .
dg:State rdfs:label "state"@en .
dg:hostState rdfs:range dg:State ; rdfs:subPropertyOf dg:engages ; rdfs:label "host state"@en .
dg:engages owl:propertyChainAxiom ( dg:hasParticipation dg:onBehalfOf ) .
[] a owl:AllDisjointClasses ; owl:members ( dg:Event dg:Passage dg:State ) .
""",
    "ontology/shapes/core.ttl": """
shape:State a sh:NodeShape ; sh:targetClass dg:State ; sh:property shape:State-alpha3Code .
shape:State-alpha3Code a sh:PropertyShape ; sh:path dg:alpha3Code ; sh:minCount 1 ;
  sh:severity sh:Violation ; sh:message "A state has a code: give dg:alpha3Code."@en .
""",
    "data/states.ttl": """
state:ARD
    a dg:State ;
    rdfs:label "Ardenia"@en ;
    dg:alpha3Code "ARD" .

state:BEL a dg:State ; rdfs:label "Belmora"@en ; dg:alpha3Code "BEL" .
""",
    "data/reports/tale.ttl": """
event:talks
    a dg:Meeting ;
    rdfs:label "Talks, of old"@en ;
    dg:hostState state:ARD ,
        state:BEL ;
    dg:edtf
        "2030-01-01" .
""",
}


def write_home(root: Path, **changes: str) -> Home:
    """Write the files into `root`, those of `changes` (path to text) instead or as well."""
    for name, text in {**FILES, **changes}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PREFIXES + text, encoding="utf-8")
    (root / "queries").mkdir(exist_ok=True)
    return Home.find(root)
