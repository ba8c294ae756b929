"""Why a statement that a rule of the home made holds: the rule, and the statements it used."""

import pytest

from diplograph.build.build import build
from diplograph.core.errors import UnknownThing
from diplograph.core.names import PREFIXES, expand
from diplograph.store.engine import LocalEngine
from diplograph.views.explanation import derive_step, explain_statement
from diplograph.views.query import QueryRunner
from diplograph.views.schema import read_schema
from fixtures.small_home import FILES, write_home, write_rules

ONTOLOGY = (
    FILES["ontology/core.ttl"]
    + "".join(
        f'dg:{name} a owl:ObjectProperty ; rdfs:label "{name}"@en .\n'
        for name in ("during", "meets", "knows", "alone", "loose", "partOf", "placedIn")
    )
    + "dg:count a owl:DatatypeProperty . dg:startLatest a owl:DatatypeProperty .\n"
)
DATA = f"""
event:round dg:partOf event:talks .
event:talks dg:partOf event:summit .
event:summit dg:placedIn state:BEL .
event:talks dg:dateRole <{PREFIXES["date-role"]}start> .
"""
RULES = {
    "10-meets": """
CONSTRUCT { ?one dg:meets ?other }
WHERE { ?event a dg:Event ; dg:hostState ?one , ?other . FILTER (?one != ?other) }""",
    "20-knows": """
CONSTRUCT { ?one dg:knows ?third }
WHERE { ?one dg:meets/dg:meets ?third . OPTIONAL { ?one dg:hates ?third } }""",
    "30-count": """
CONSTRUCT { ?one dg:count ?n }
WHERE { { SELECT ?one (COUNT(*) AS ?n) { ?one dg:meets ?other } GROUP BY ?one } }""",
    "40-during": """
CONSTRUCT { ?part dg:during ?state }
WHERE { ?part dg:partOf+ ?whole . ?whole dg:placedIn ?state . MINUS { ?part dg:placedIn ?x } }""",
    "50-alone": """
CONSTRUCT { ?one dg:alone ?one }
WHERE { { [] dg:hostState ?one } UNION { ?one dg:nothing ?one . } VALUES ?graph { 1 } }""",
    "60-alone": "CONSTRUCT { ?one dg:alone ?one } WHERE { ?one dg:alpha3Code ?code }",
}


@pytest.fixture(scope="module")
def asking(tmp_path_factory):
    changes = {"ontology/core.ttl": ONTOLOGY, "data/more.ttl": DATA}
    home = write_home(tmp_path_factory.mktemp("home"), **changes)
    write_rules(home, **RULES)
    return QueryRunner(LocalEngine(build(home)))


def lay_out(step):
    """Return the step as nested lists: its statement, its rule or else its graph, its premises."""
    graph = step.file.removeprefix(PREFIXES["graph"])
    reason = step.rule if step.inferred else graph
    return [step.statement, reason, *map(lay_out, step.premises)]


def explain(asking, subject, predicate, value):
    value = expand(value) if ":" in value and not value[0].isdigit() else value
    return lay_out(
        derive_step(asking, read_schema(asking), (expand(subject), expand(predicate), value))
    )


HOSTS = {
    state: [f"Talks, of old - host state - {state}", "report/tale"]
    for state in ("Ardenia", "Belmora")
}
EVENT = [
    "Talks, of old is a dg:Event",
    "cax-sco",
    ["meeting - rdfs:subClassOf - dg:Event", "ontology"],
    ["Talks, of old is a meeting", "report/tale"],
]


def meets(one, other):
    return [
        f"{one} - meets - {other}",
        "ontology/rules/10-meets.rq",
        EVENT,
        HOSTS[one],
        HOSTS[other],
    ]


def test_a_derived_statement_has_its_rule_and_the_statements_it_used_down_to_files(asking):
    found = explain(asking, "state:ARD", "dg:knows", "state:ARD")
    assert found == [
        "Ardenia - knows - Ardenia",
        "ontology/rules/20-knows.rq",
        meets("Ardenia", "Belmora"),
        meets("Belmora", "Ardenia"),
    ]


def test_a_path_is_explained_by_the_statements_on_it(asking):
    assert explain(asking, "event:round", "dg:during", "state:BEL") == [
        "event:round - during - Belmora",
        "ontology/rules/40-during.rq",
        ["event:round - partOf - Talks, of old", "reference"],
        ["Talks, of old - partOf - event:summit", "reference"],
        ["event:summit - placedIn - Belmora", "reference"],
    ]


def test_of_what_a_rule_counted_only_the_rule_is_named(asking):
    schema = read_schema(asking)
    step = derive_step(asking, schema, (expand("state:ARD"), expand("dg:count"), "1"))
    assert (step.rule, step.because) == ("ontology/rules/30-count.rq", "Made by 30-count")
    assert step.inferred
    assert not step.premises


def test_the_first_rule_that_makes_a_statement_explains_it(asking):
    found = explain(asking, "state:ARD", "dg:alone", "state:ARD")
    assert found == ["Ardenia - alone - Ardenia", "ontology/rules/50-alone.rq", HOSTS["Ardenia"]]


def test_an_instant_rests_on_the_date_and_its_role(asking):
    found = explain(asking, "event:talks", "dg:startLatest", "2030-01-01T23:59:59Z")
    assert found == [
        "Talks, of old - dg:startLatest - 2030-01-01T23:59:59Z",
        "edtf",
        ["Talks, of old - dg:dateRole - date-role:start", "reference"],
        ["Talks, of old - dg:edtf - 2030-01-01", "report/tale"],
    ]


def test_a_page_explains_it_within_twelve_queries_and_says_that_no_file_asserts_it(asking):
    schema, page = read_schema(asking), QueryRunner(asking.engine)
    terms = expand("state:ARD"), expand("dg:knows"), expand("state:ARD")
    explained = explain_statement(page, schema, *terms)
    assert not explained.asserted
    assert explained.reason.rule == "ontology/rules/20-knows.rq"
    assert len(page.texts) <= 12


def test_the_same_statement_is_explained_alike_each_time(asking):
    assert explain(asking, "event:round", "dg:during", "state:BEL") == explain(
        QueryRunner(asking.engine), "event:round", "dg:during", "state:BEL"
    )


def test_what_no_rule_makes_is_not_held(asking):
    with pytest.raises(UnknownThing, match="does not hold"):
        explain(asking, "state:ARD", "dg:knows", "state:BEL")
