"""The benchmarks: the made-up build is seeded and sound, and every script says its use."""

import importlib
import json
import sys

import pyoxigraph as ox
import pytest

from diplograph.core import names
from diplograph.core.names import (
    DERIVED_GRAPH,
    INFERRED_GRAPH,
    ONTOLOGY_GRAPH,
    PREFIXES,
    RULES_GRAPH,
    SHAPES_GRAPH,
    compact,
)
from diplograph.store.store import Store
from fixtures.project_files import ROOT

SCRIPTS = ["endpoint", "hostile", "pages", "soak", "synthetic"]
SIZE = 20_000


@pytest.fixture(autouse=True)
def _benchmarks(monkeypatch):
    """Make the scripts importable, and forget them after each test."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.split(".")[0] in {*SCRIPTS, "rig"}:
            del sys.modules[name]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return the folder of a small made-up build."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "benchmarks")
        importlib.import_module("synthetic").write_build(folder, SIZE)
    return folder


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_says_its_use(name, capsys):
    with pytest.raises(SystemExit) as ended:
        importlib.import_module(name).main(["--help"])
    assert ended.value.code == 0
    assert "usage:" in capsys.readouterr().out


def test_an_equal_seed_gives_equal_bytes_and_another_seed_others(made, tmp_path):
    from synthetic import write_build

    first = json.loads((made / "build.json").read_text())
    assert write_build(tmp_path / "again", SIZE)["content"] == first["content"]
    assert write_build(tmp_path / "other", SIZE, seed=2)["content"] != first["content"]


def test_a_made_up_build_has_about_as_many_statements_as_asked_for(made):
    assert json.loads((made / "build.json").read_text())["statements"] == pytest.approx(
        SIZE, rel=0.1
    )


def test_a_made_up_build_uses_only_words_of_the_ontology(made):
    store = Store.open(made).inner
    declared = {quad.subject.value for quad in store.quads_for_pattern(None, None, None)}
    used = {
        term.value
        for quad in store
        for term in (quad.predicate, quad.object)
        if isinstance(term, ox.NamedNode) and term.value.startswith(PREFIXES["dg"])
    }
    named = {quad.object.value for quad in store if isinstance(quad.object, ox.NamedNode)}
    things = {iri for iri in named if iri.startswith(f"{names.ROOT}id/")}
    assert sorted(used - declared) == []
    assert sorted(things - declared) == []


def test_the_peers_get_the_same_store_with_its_union_written_out(made):
    peer, ours = ox.Store(), Store.open(made).inner
    peer.bulk_load(path=made / "union.nq", format=ox.RdfFormat.N_QUADS)
    assert set(peer) == set(ours)


def test_what_is_inferred_for_things_is_what_the_reasoner_infers(real_store):
    from rig.closure import close, read_ontology, read_rules

    asserted, inferred = set(), set()
    for quad in real_store.quads():
        graph = quad.graph_name.value
        terms = (compact(t.value) if isinstance(t, ox.NamedNode) else str(t) for t in quad.triple)
        if graph == INFERRED_GRAPH:
            inferred.add(tuple(terms))
        elif graph not in (DERIVED_GRAPH, ONTOLOGY_GRAPH, RULES_GRAPH, SHAPES_GRAPH):
            asserted.add(tuple(terms))
    closed = close(asserted, read_rules(read_ontology(ROOT / "ontology")))
    assert sorted(closed - inferred) == []
    of_words = {"rdfs:subClassOf", "rdfs:subPropertyOf", "skos:narrower"}
    assert [one for one in sorted(inferred - closed) if one[1] not in of_words] == []


def test_every_kind_of_look_up_finds_something_and_no_text_comes_twice(made):
    from rig.queries import LOOKUPS, list_lookups, read_things

    store, texts = Store.open(made).inner, list_lookups(read_things(made), 80)
    found = dict.fromkeys(LOOKUPS, 0)
    for place, text in enumerate(texts):
        name = list(LOOKUPS)[place % len(LOOKUPS)]
        found[name] += len(list(store.query(f"{text}{1000 + place}")))
    assert [name for name, rows in found.items() if not rows] == []
    assert len({f"{text}{place}" for place, text in enumerate(texts)}) == 80


def test_a_claim_that_the_figures_do_not_bear_out_fails():
    from endpoint import judge
    from rig.load import Outcome

    good, slow = Outcome(900, 1, 2, 100, 0, 0), Outcome(100, 1, 9, 100, 0, 3)
    peers = {("oxigraph", "lookups", 4): [Outcome(1000, 1, 2, 100, 0, 0)]}
    assert judge({("diplograph", "lookups", 4): [good], **peers}) == []
    failed = judge({("diplograph", "lookups", 4): [slow], **peers})
    assert [text.split(": ")[1].split()[0] for text in failed] == ["3", "0.10", "p99"]


def test_growth_of_memory_or_descriptors_fails_a_soak(capsys):
    from soak import judge_growth

    assert judge_growth([(float(t), 500.0, 90) for t in range(30)]) == []
    grown = judge_growth([(float(t), 500.0 + 10 * t, 90 + 2 * t) for t in range(30)])
    assert [text.split()[0] for text in grown] == ["memory", "descriptors"]
