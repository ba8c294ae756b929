"""Data of the first edition becomes data of the second: nothing is lost, and nothing twice."""

import shutil

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diplograph.core import names
from diplograph.core.errors import CommentsLost, MalformedFile, UnreadableFile, UsageError
from diplograph.core.home import Home
from diplograph.turtle.upgrade import plan_upgrade
from diplograph.turtle.upgrade.statements import LINK_RULES, upgrade_statements
from fixtures.project_files import ROOT
from fixtures.property_cases import fewer_property_cases

CASES = ROOT / "tests" / "cases" / "upgrade"
HOME = Home.find(ROOT)
HEADER = '<urn:file> a owl:Ontology ; dcterms:created "2026-11-21" .\n'


def node(curie):
    return ox.NamedNode(names.expand(curie))


ATTESTS, DENIES, QUOTES = node("dg:attests"), node("dg:denies"), node("dg:quotes")
REPLACED = {
    node("dg:hostState"): node("dg:host"),
    node("dg:sendingState"): node("dg:sentBy"),
}


def triples_of(folder):
    """Return the statements of all Turtle files in a folder, as one set."""
    paths = sorted(folder.rglob("*.ttl"))
    return {quad.triple for path in paths for quad in ox.parse(path=path)}


def write(folder, **texts):
    """Write Turtle files that may use every prefix of the table, and return their folder."""
    declared = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in names.PREFIXES.items())
    for name, text in texts.items():
        (folder / f"{name}.ttl").write_text(declared + text)
    return folder


def texts_of(folder):
    return {path.relative_to(folder): path.read_text() for path in folder.rglob("*.ttl")}


def upgrade(*paths, home=HOME, **options):
    plan = plan_upgrade(home, paths, **options)
    plan.carry_out()
    return plan


@pytest.fixture
def given_files(tmp_path):
    """Return a folder with a copy of the data of the first edition."""
    return shutil.copytree(CASES / "given", tmp_path / "data")


def test_data_of_the_first_edition_becomes_what_is_expected(given_files):
    upgrade(given_files)
    assert texts_of(given_files) == texts_of(CASES / "expected")


def test_data_of_the_second_edition_stays_as_it_is():
    assert plan_upgrade(HOME, [CASES / "expected"]).changes == ()


# ---- nothing is lost ----------------------------------------------------------------------


def supported(statements):
    """Return each pair of a fact and a passage that supports or denies it."""
    quotes = {(t.subject, t.object) for t in statements if t.predicate == QUOTES}
    about = {(t.subject, t.object) for t in statements if t.predicate in (ATTESTS, DENIES)}
    return {(fact, passage) for one, fact in about for other, passage in quotes if one == other}


def test_every_statement_of_the_first_edition_still_holds():
    from diplograph.build.reason import close, without_annotations

    before, after = triples_of(CASES / "given"), triples_of(CASES / "expected")
    ontology = {quad.triple for quad in ox.parse(path=ROOT / "ontology" / "links.ttl")}
    closure, complaints = close(without_annotations(ontology | after))
    holds = after | set(closure)
    changed = {
        ox.Triple(subject, REPLACED.get(predicate, predicate), value)
        for subject, predicate, value in before - holds
    } - holds
    denied = {t for t in after if t.predicate == DENIES}
    ordinals = {t.object for t in after if t.predicate == node("dg:ordinal")}
    assert complaints == ()
    assert {t.predicate for t in changed} == {
        ATTESTS,
        node("dg:dateRole"),
        node("dg:ordinalInSeries"),
    }
    for triple in changed:
        assert (
            ox.Triple(triple.subject, DENIES, triple.object) in denied
            or triple.object == node("date-role:whole")
            or triple.object in ordinals
        )


def test_every_pair_of_a_fact_and_its_passage_is_kept():
    before, after = triples_of(CASES / "given"), triples_of(CASES / "expected")
    assert supported(before) < supported(after)


def test_a_link_has_the_passages_of_its_fact_and_no_others():
    after = triples_of(CASES / "expected")
    pairs = supported(after)
    link_of = {node(f"dg:{rule.link_of}") for rule in LINK_RULES}
    links = [(t.subject, t.object) for t in after if t.predicate in link_of]
    assert len(links) >= len(LINK_RULES)
    for link, fact in links:
        assert {p for f, p in pairs if f == link} == {p for f, p in pairs if f == fact}


@pytest.mark.parametrize("rule", LINK_RULES, ids=lambda rule: rule.plain)
def test_the_plain_property_follows_from_the_link_by_the_ontology(rule):
    ontology = triples_of(ROOT / "ontology")
    plain, link_of, kind = (node(f"dg:{name}") for name in (rule.plain, rule.link_of, rule.kind))
    values = {(t.subject, t.predicate): t.object for t in ontology}
    inverses = {(t.object, t.subject) for t in ontology if t.predicate == node("owl:inverseOf")}
    inverses |= {(inverse, of) for of, inverse in inverses}
    chain = values[REPLACED.get(plain, plain), node("owl:propertyChainAxiom")]
    rest = values[chain, node("rdf:rest")]
    assert (link_of, values[chain, node("rdf:first")]) in inverses
    assert values[rest, node("rdf:first")] == node("dg:linkTo")
    assert values[link_of, node("rdfs:domain")] == kind
    assert ox.Triple(kind, node("rdfs:subClassOf"), node("dg:Link")) in ontology
    if rule.inverse == "-":
        assert plain not in {one for one, _ in inverses}
    else:
        assert (plain, node(f"dg:{rule.inverse}")) in inverses


# ---- any data -----------------------------------------------------------------------------

FACTS, PLACES = ["event:a", "event:b", "stage:a"], ["event:a", "city:a", "state:a"]
ATTESTATIONS = [f"attestation:r/{number}" for number in range(3)]
PASSAGES = ["passage:r/1", "passage:r/2"]
PLAIN = [rule.plain for rule in LINK_RULES]
FIRST = [
    st.builds(lambda *parts: parts, st.sampled_from(subjects), predicates, st.sampled_from(objects))
    for subjects, predicates, objects in (
        (FACTS, st.sampled_from(PLAIN).map("dg:{}".format), PLACES),
        (ATTESTATIONS, st.just("dg:attests"), FACTS),
        (ATTESTATIONS, st.just("dg:quotes"), PASSAGES),
        (ATTESTATIONS, st.just("dg:modality"), ["modality:denied"]),
        (["date-estimate:a"], st.just("dg:dateRole"), ["date-role:whole", "date-role:start"]),
        (["report:r", "report:s"], st.just("rdf:type"), ["dg:NewsReport"]),
    )
]
ORDINAL = st.builds(lambda fact: (fact, "dg:ordinalInSeries", 7), st.sampled_from(FACTS))
FILES = st.lists(st.lists(st.one_of(*FIRST, ORDINAL), max_size=8), min_size=1, max_size=3)


def read(statement):
    subject, predicate, value = statement
    last = ox.Literal(value) if isinstance(value, int) else node(value)
    return ox.Quad(node(subject), node(predicate), last)


def say_plainly(statements):
    """Return the statements that follow from links in the words of the first edition."""
    ends = {(t.subject, t.predicate): t.object for t in statements}
    for rule in LINK_RULES:
        for triple in statements:
            if triple.predicate == node(f"dg:{rule.link_of}"):
                end = ends[triple.subject, node("dg:linkTo")]
                yield ox.Triple(triple.object, node(f"dg:{rule.plain}"), end)


@fewer_property_cases
@given(FILES)
def test_nothing_is_lost_and_a_second_upgrade_changes_nothing(written):
    files = {f"{number}.ttl": list(map(read, quads)) for number, quads in enumerate(written)}
    changed = upgrade_statements(files, "2026-11-30")
    result = files | {name: file.quads for name, file in changed.items()}
    before, after = (
        {q.triple for quads in part.values() for q in quads} for part in (files, result)
    )
    plain = {node(f"dg:{name}") for name in PLAIN}
    assert upgrade_statements(result, "2026-11-29") == {}
    assert {t for t in before if t.predicate in plain} == set(say_plainly(after))
    assert supported(before) <= supported(after)
    assert {t for t in after if t.predicate in plain} == set()


# ---- several files, several editions ------------------------------------------------------

DESCRIBED = "event:a a dg:Meeting ; dg:takesPlaceIn city:a .\n"
RECEIVED = 'report:s a dg:NewsReport ; dg:receivedOn "2026-11-29" .\n'


def attestation(report, fact="event:a"):
    return f"<{names.PREFIXES['attestation']}{report}/1> dg:attests {fact} .\n"


def test_two_links_of_one_name_are_told_apart_by_a_number(tmp_path):
    write(tmp_path, a="event:a dg:takesPlaceIn city:a , region:a .")
    upgrade(tmp_path)
    text = (tmp_path / "a.ttl").read_text()
    assert "link:a-in-a\n" in text
    assert "link:a-in-a-2\n" in text


def test_a_link_that_is_there_is_not_made_again(tmp_path):
    link = "link:hall a dg:Placement ; dg:placementOf event:a ; dg:linkTo city:a .\n"
    write(
        tmp_path, a=link + RECEIVED, b=HEADER + DESCRIBED + attestation("r") + "report:r a dg:X ."
    )
    upgrade(tmp_path)
    text = (tmp_path / "b.ttl").read_text()
    assert "event:a , link:hall" in text
    assert "Placement" not in text


def test_attestations_of_the_second_edition_are_not_given_links(tmp_path):
    write(tmp_path, a=RECEIVED + attestation("s"), b=DESCRIBED)
    upgrade(tmp_path)
    assert "link:a" not in (tmp_path / "a.ttl").read_text()


def test_a_file_that_attests_what_another_describes_is_upgraded_with_it(tmp_path):
    shutil.copytree(ROOT / "ontology", tmp_path / "ontology")
    (tmp_path / "data").mkdir()
    home = Home.find(tmp_path)
    write(home.data, a=DESCRIBED, b=attestation("s"))
    with pytest.raises(UsageError, match=r"b\.ttl attests event:a too: upgrade it in the same"):
        upgrade(home.data / "a.ttl", home=home)
    upgrade(home.data / "a.ttl", home.data / "b.ttl", home=home)
    assert "link:a-in-a" in (home.data / "b.ttl").read_text()


def test_a_thing_without_a_label_is_called_by_its_name(tmp_path):
    write(tmp_path, a="event:long-talks dg:takesPlaceIn city:port-royal .")
    upgrade(tmp_path)
    assert '"port royal as place of long talks"@en' in (tmp_path / "a.ttl").read_text()


# ---- the day of reception -----------------------------------------------------------------


def test_a_report_was_received_when_its_file_was_created(tmp_path):
    plan = upgrade(write(tmp_path, a=HEADER + "report:r a dg:NewsReport ."))
    assert 'dg:receivedOn "2026-11-21"' in (tmp_path / "a.ttl").read_text()
    assert plan.changes[0].remarks == (
        "report:r was received on 2026-11-21, when its file was created",
    )


def test_a_report_was_received_on_the_day_that_is_given(tmp_path):
    write(tmp_path, a=HEADER + "report:r a dg:NewsReport .", b=RECEIVED)
    plan = upgrade(tmp_path, received_on="2026-11-30")
    assert 'dg:receivedOn "2026-11-30"' in (tmp_path / "a.ttl").read_text()
    assert [(change.path.name, change.remarks) for change in plan.changes] == [("a.ttl", ())]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            "",
            "nothing says when the report was received: give it .*: 'report:r'",
        ),
        (HEADER.replace("2026-11-21", "soon"), "the dcterms:created is no day .*: 'soon'"),
    ],
)
def test_a_report_without_a_day_is_named_and_nothing_written(tmp_path, header, message):
    write(tmp_path, a=DESCRIBED, b=header + "report:r a dg:NewsReport .")
    before = texts_of(tmp_path)
    with pytest.raises(MalformedFile, match=rf"b\.ttl: {message}"):
        upgrade(tmp_path)
    assert texts_of(tmp_path) == before


# ---- what cannot be upgraded --------------------------------------------------------------


def test_a_comment_of_ones_own_stops_the_upgrade_of_all_files(tmp_path):
    write(tmp_path, a=DESCRIBED, b=DESCRIBED + "# my own\n")
    before = texts_of(tmp_path)
    with pytest.raises(CommentsLost, match=r"b\.ttl:\d+: 1 comment would be lost"):
        upgrade(tmp_path)
    assert texts_of(tmp_path) == before
    upgrade(tmp_path, drop_comments=True)
    assert "my own" not in (tmp_path / "b.ttl").read_text()


def test_a_file_that_needs_no_upgrade_keeps_its_layout(tmp_path):
    write(tmp_path, a="# my own\nevent:a a dg:Meeting.", b=DESCRIBED)
    before = (tmp_path / "a.ttl").read_text()
    upgrade(tmp_path)
    assert (tmp_path / "a.ttl").read_text() == before


def test_lines_and_mark_of_a_file_stay(tmp_path):
    write(tmp_path, a=DESCRIBED)
    path = tmp_path / "a.ttl"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    upgrade(tmp_path)
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == content.count(b"\n") > 5


def test_malformed_turtle_is_named_with_its_line(tmp_path):
    write(tmp_path, a=DESCRIBED, b="no Turtle")
    with pytest.raises(MalformedFile, match=r"b\.ttl:\d+: no is not a valid subject"):
        upgrade(tmp_path)


def test_data_of_the_first_edition_that_is_no_turtle_is_named(tmp_path):
    shutil.copytree(ROOT / "ontology", tmp_path / "ontology")
    (tmp_path / "data").mkdir()
    statement = read(("event:a", "dg:takesPlaceIn", "city:a"))
    lines = ox.serialize([statement.triple], format=ox.RdfFormat.N_TRIPLES)
    (tmp_path / "data" / "a.nt").write_bytes(lines)
    with pytest.raises(UnreadableFile, match=r"a\.nt: it is of the first edition, .* as Turtle"):
        upgrade(home=Home.find(tmp_path))
