"""The ontology, alone and with all data, is in OWL 2 DL and RL and contradicts itself nowhere."""

from pathlib import Path

import pytest

from fixtures.project_files import ROOT

CASES = Path(__file__).parent / "cases"
ONTOLOGY = [ROOT / "ontology" / "diplograph.ttl"]
ALIGNED = [ROOT / "ontology" / "alignments.ttl"]
DATA = sorted((ROOT / "data").rglob("*.ttl"))
GRAPHS = pytest.mark.parametrize(
    "files",
    [ONTOLOGY, ONTOLOGY + DATA, ONTOLOGY + ALIGNED + DATA],
    ids=["ontology", "ontology and data", "ontology, alignments and data"],
)


@pytest.fixture
def judge(oracles):
    """Return what a check says of a case file of ours."""

    def judge_case(check, word, name):
        return getattr(oracles, check)(
            word, CASES / f"{name}.ttl", catalog=CASES / "catalog-v001.xml"
        )

    return judge_case


def test_there_are_data_files():
    assert DATA


@GRAPHS
@pytest.mark.parametrize("profile", ["DL", "RL"])
def test_the_graph_is_inside_the_owl_2_profile(oracles, files, profile):
    assert oracles.violations(profile, *files) == []


@GRAPHS
@pytest.mark.parametrize("reasoner", ["HermiT", "Openllet"])
def test_the_graph_is_consistent_and_every_class_can_have_members(oracles, files, reasoner):
    assert oracles.contradictions(reasoner, *files) == []


@pytest.mark.parametrize("profile", ["DL", "RL"])
def test_a_clean_case_has_no_violation(judge, profile):
    assert judge("violations", profile, "clean") == []


@pytest.mark.parametrize("profile", ["DL", "RL"])
def test_a_case_outside_the_profile_is_caught(judge, profile):
    assert judge("violations", profile, f"not-{profile.lower()}")


@pytest.mark.parametrize("reasoner", ["HermiT", "Openllet"])
def test_a_clean_case_has_no_contradiction(judge, reasoner):
    assert judge("contradictions", reasoner, "clean") == []


@pytest.mark.parametrize("reasoner", ["HermiT", "Openllet"])
def test_a_class_without_possible_member_is_caught(judge, reasoner):
    found = judge("contradictions", reasoner, "unsatisfiable")
    assert found == ["http://example.org/case#Both"]


@pytest.mark.parametrize("reasoner", ["HermiT", "Openllet"])
def test_inconsistent_data_are_caught(judge, reasoner):
    assert judge("contradictions", reasoner, "inconsistent") == ["inconsistent"]


def test_an_import_outside_the_catalog_is_not_fetched(judge):
    with pytest.raises(ValueError, match="Could not load imported ontology"):
        judge("violations", "DL", "unmapped-import")
