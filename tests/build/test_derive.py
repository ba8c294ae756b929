"""What rules make: statements of their own graph, in the order of the rules' names."""

from pathlib import Path

import pyoxigraph as ox
import pytest

from diplograph.build.build import build, build_to_disk, judge
from diplograph.build.dataset import digest_inputs
from diplograph.core.errors import MalformedFile, ValidationFailed
from diplograph.core.names import DERIVED_GRAPH, INFERRED_GRAPH, PREFIXES, RULES_GRAPH
from fixtures.small_home import FILES, write_home, write_rules

DG = PREFIXES["dg"]
ONTOLOGY = (
    FILES["ontology/core.ttl"]
    + """
dg:meets a owl:ObjectProperty .
dg:meetsOften a owl:ObjectProperty .
dg:meetingCount a owl:DatatypeProperty .
dg:alpha3Code a owl:DatatypeProperty .
dg:Host a owl:Class .
"""
)
MEETS = """\
CONSTRUCT { ?one dg:meets ?other . ?one a dg:Host }
WHERE { ?event a dg:Event ; dg:hostState ?one , ?other . FILTER (?one != ?other) }
"""
COUNTS = """\
CONSTRUCT { ?one dg:meetingCount ?count }
WHERE { { SELECT ?one (COUNT(?other) AS ?count) { ?one dg:meets ?other } GROUP BY ?one } }
"""
SHAPE = """
shape:State-meetingCount a sh:PropertyShape ; sh:path dg:meetingCount ; sh:minCount 1 ;
  sh:maxExclusive 1 ; sh:message "A state has met none."@en .
shape:State sh:property shape:State-meetingCount .
"""


def make_home(root: Path, rules: dict[str, str], **changes: str):
    home = write_home(root, **{"ontology/core.ttl": ONTOLOGY, **changes})
    write_rules(home, **rules)
    return home


def list_derived(store, graph=DERIVED_GRAPH):
    return [" ".join(map(str, quad.triple)) for quad in store.quads() if _of(quad) == graph]


def _of(quad):
    return quad.graph_name.value


def test_a_rule_reads_what_those_before_it_and_the_reasoner_left(tmp_path):
    store = build(make_home(tmp_path, {"10-meets": MEETS, "20-counts": COUNTS}))
    state, one = PREFIXES["state"], f'"1"^^<{PREFIXES["xsd"]}integer>'
    assert list_derived(store) == [
        f"<{state}{code}> <{predicate}> {value}"
        for code, other in (("ARD", "BEL"), ("BEL", "ARD"))
        for predicate, value in (
            (f"{PREFIXES['rdf']}type", f"<{DG}Host>"),
            (f"{DG}meetingCount", one),
            (f"{DG}meets", f"<{state}{other}>"),
        )
    ]
    asked = store.query(f"SELECT * {{ ?one <{DG}meetingCount> 1 }}")
    assert len(list(asked)) == 2, "the default graph has what is derived"


def test_what_is_asserted_or_inferred_is_not_derived_again(tmp_path):
    again = "CONSTRUCT { ?one dg:alpha3Code ?code ; a dg:Host }"
    home = make_home(tmp_path, {"10-again": f"{again} {{ ?one dg:hostCode ?code }}"})
    write_home(
        tmp_path,
        **{
            "ontology/core.ttl": ONTOLOGY,
            "data/more.ttl": 'state:ARD dg:hostCode "ARD" ; a dg:Host .',
        },
    )
    assert list_derived(build(home)) == []


def test_shapes_see_what_is_derived(tmp_path):
    rules = {"10-meets": MEETS, "20-counts": COUNTS}
    shapes = {"ontology/shapes/core.ttl": FILES["ontology/shapes/core.ttl"] + SHAPE}
    findings = judge(make_home(tmp_path, rules, **shapes)).findings
    assert [finding.value for finding in findings] == ["1", "1"]
    with pytest.raises(ValidationFailed, match="A state has met none"):
        build(make_home(tmp_path, rules, **shapes))


def test_builds_with_rules_are_byte_identical_and_a_changed_rule_makes_another(tmp_path):
    rules = {"10-meets": MEETS, "20-counts": COUNTS}
    one, other = (make_home(tmp_path / name, rules) for name in ("one", "other"))
    graphs = [(build_to_disk(home) / "graph.nq").read_bytes() for home in (one, other)]
    assert graphs[0] == graphs[1]
    before = digest_inputs(one)
    write_rules(one, **{"10-meets": MEETS.replace("a dg:Host", "dg:meetsOften ?other")})
    assert digest_inputs(one) != before
    assert (build_to_disk(one) / "graph.nq").read_bytes() != graphs[1]


def test_the_rules_are_in_the_graph_with_title_and_text(tmp_path):
    home = make_home(tmp_path, {"10-meets": MEETS})
    query = f"""
        SELECT ?title ?file ?text {{ GRAPH <{RULES_GRAPH}> {{
          <{PREFIXES["rule"]}10-meets> <{PREFIXES["rdfs"]}label> ?title ;
            <{PREFIXES["dcterms"]}source> ?file ; <{PREFIXES["sh"]}construct> ?text }} }}"""
    (row,) = build(home).query(query)
    path = home.rules / "10-meets.rq"
    assert [term.value for term in row] == [
        "Made by 10-meets",
        "ontology/rules/10-meets.rq",
        path.read_text(),
    ]


def test_a_home_without_rules_derives_nothing(tmp_path):
    store = build(write_home(tmp_path))
    assert INFERRED_GRAPH in store.graphs
    assert not {DERIVED_GRAPH, RULES_GRAPH} & set(store.graphs)


def test_estimates_have_instants_where_the_ontology_declares_them(tmp_path):
    declared = "".join(
        f"dg:{local} a owl:DatatypeProperty .\n" for local in ("startLatest", "endEarliest")
    )
    role = f"<{PREFIXES['date-role']}span>"
    data = {"data/dates.ttl": f'dg:one dg:edtf "2030-01-01/2030-01-03" ; dg:dateRole {role} .'}
    ontology = {"ontology/core.ttl": FILES["ontology/core.ttl"] + declared}
    assert list_derived(build(write_home(tmp_path, **ontology, **data))) == [
        f'<{DG}one> <{DG}{local}> "{moment}"^^<{PREFIXES["xsd"]}dateTime>'
        for local, moment in (
            ("endEarliest", "2030-01-03T00:00:00Z"),
            ("startLatest", "2030-01-01T23:59:59Z"),
        )
    ]


FIRST = "CONSTRUCT { ?one dg:meets ?other }"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("CONSTRUCT {", 3, "something is missing"),
        ("ASK { ?one dg:hostState ?other }", 3, "a rule is a CONSTRUCT"),
        ("SELECT * { ?one dg:hostState ?other }", 3, "a rule is a CONSTRUCT"),
        ("DESCRIBE dg:x", 3, "a rule is a CONSTRUCT"),
        ("DELETE WHERE { ?one dg:hostState ?other }", 3, "DELETE would change the graph"),
        ("CONSTRUCT { ?one ?p ?other } { ?one ?p ?other }", 3, r"names the properties.*'\?p'"),
        ("CONSTRUCT { [] dg:meets ?other } { ?one dg:engages ?other }", 3, "no blank nodes"),
        ("CONSTRUCT { ?a dg:meets ( ?b ) } { ?a dg:engages ?b }", 3, "no blank nodes"),
        ("CONSTRUCT { ?a dg:nope ?b }\nWHERE { ?a dg:engages ?b }", 3, "declare.*'dg:nope'"),
        ("CONSTRUCT { ?a\n a dg:Nope } { ?a dg:engages ?b }", 4, "declare.*'dg:Nope'"),
        (f"{FIRST}\nFROM <urn:x> {{ ?one dg:engages ?other }}", 4, "no FROM"),
        (f"{FIRST}\n{{ GRAPH ?graph {{ ?one dg:engages ?other }} }}", 4, "no GRAPH"),
        (f"{FIRST}\n{{ SERVICE <urn:x> {{ ?one dg:engages ?other }} }}", 4, "SERVICE is not"),
        *(
            (f"{FIRST} {{ ?one dg:engages ?other .\n BIND ({name}() AS ?x) }}", 4, f"no {name}")
            for name in ("NOW", "RAND", "UUID", "STRUUID", "BNODE")
        ),
        (f"{FIRST}\n{{ SELECT * {{ ?one dg:engages ?other }} LIMIT 1 }}", 4, "no LIMIT"),
        (f"{FIRST}\n{{ SELECT (SAMPLE (?x) AS ?one) {{ ?x dg:y ?z }} }}", 4, "no SAMPLE"),
        (f"{FIRST}\n{{ SELECT (GROUP_CONCAT (?x) AS ?one) {{ ?x dg:y ?z }} }}", 4, "no GROUP_"),
        (f"{FIRST} {{ ?one dg:engages ?other .\n BIND (dg:f(1) AS ?x) }}", 4, "function.*'dg:f'"),
        (f"{FIRST} {{ ?one no:where ?other }}", 3, "prefix no: is not declared"),
        (f"{FIRST} {{ ?one dg:meets/dg:engages ?other }}", 3, "reads what this rule itself makes"),
        (f"{FIRST} {{ ?one dg:x ?other . MINUS {{ ?one dg:meetsOften ?y }} }}", 3, "90-late"),
        (
            f"{FIRST} {{ ?one dg:x ?other . FILTER NOT EXISTS {{ ?one a dg:Host }} }}",
            3,
            "90-late.*'dg:Host'",
        ),
        ("CONSTRUCT { dg:x dg:meets ?y }\n{ ?x owl:propertyChainAxiom ?y }", 3, "blank node"),
    ],
)
def test_what_is_no_rule_is_refused_with_file_line_and_reason(tmp_path, text, line, reason):
    late = "CONSTRUCT { ?a dg:meetsOften ?b . ?a a dg:Host } { ?a dg:often ?b }"
    home = make_home(tmp_path, {"10-bad": text, "90-late": late})
    with pytest.raises(MalformedFile, match=rf"ontology/rules/10-bad\.rq:{line}: .*{reason}"):
        build(home)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("10-bad", "CONSTRUCT {} {}", "10-bad.rq:1: line 1 must be a comment"),
        ("10 bad", "# It\nCONSTRUCT {} {}", "the name of a rule is part of an IRI"),
    ],
)
def test_a_rule_has_a_title_and_a_name_for_an_iri(tmp_path, name, text, reason):
    home = make_home(tmp_path, {})
    (home.rules / f"{name}.rq").write_text(text)
    with pytest.raises(MalformedFile, match=reason):
        build(home)


def test_a_rule_may_use_paths_negation_and_names_of_its_own_making(tmp_path):
    rule = """
CONSTRUCT { ?node a dg:Host . ?node dg:meets ?state }
WHERE {
  ?event dg:hostState|^dg:hosts ?state .
  FILTER NOT EXISTS { ?state dg:hostState+ ?any }
  BIND (IRI(CONCAT(STR(?state), "/host")) AS ?node)
}"""
    derived = list_derived(build(make_home(tmp_path, {"10-hosts": rule})))
    assert len(derived) == 4
    assert all("/host>" in line for line in derived)


def test_derived_statements_have_terms_that_parse(tmp_path):
    folder = build_to_disk(make_home(tmp_path, {"10-meets": MEETS, "20-counts": COUNTS}))
    quads = list(ox.parse(path=folder / "graph.nq", format=ox.RdfFormat.N_QUADS))
    assert sum(_of(quad) == DERIVED_GRAPH for quad in quads) == 6
