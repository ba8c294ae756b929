"""A home is found where it is said to be, and a new one can be built and asked at once."""

import os
from xml.etree import ElementTree

import pytest

from diplograph.build.build import build
from diplograph.core.errors import UnreadableFile, UsageError
from diplograph.core.home import HOME_VARIABLE, PACKAGE, Home, create_home
from fixtures.small_home import write_home


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    monkeypatch.delenv(HOME_VARIABLE, raising=False)


def test_a_named_home_comes_first(tmp_path, monkeypatch):
    one, other = (write_home(tmp_path / name).root for name in ("one", "other"))
    monkeypatch.setenv(HOME_VARIABLE, str(other))
    assert Home.find(one).root == one


def test_the_environment_comes_second(tmp_path, monkeypatch):
    root = write_home(tmp_path).root
    monkeypatch.setenv(HOME_VARIABLE, str(root))
    assert Home.find().root == root


def test_the_checkout_comes_third():
    assert Home.find().root == PACKAGE.parents[1]


def test_the_copy_in_the_package_comes_last(tmp_path, monkeypatch):
    package = tmp_path / "site" / "diplograph"
    write_home(package / "home")
    monkeypatch.setattr("diplograph.core.home.PACKAGE", package)
    assert Home.find().root == package / "home"


def test_builds_stay_out_of_the_package(tmp_path, monkeypatch):
    package = tmp_path / "site" / "diplograph"
    write_home(package / "home")
    monkeypatch.setattr("diplograph.core.home.PACKAGE", package)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert not Home.find().builds.is_relative_to(package)


@pytest.mark.skipif(os.name != "posix", reason="another system has another way to refuse")
def test_builds_stay_out_of_a_home_that_cannot_be_written(tmp_path, monkeypatch):
    home = write_home(tmp_path / "home")
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert not Home.find(home.root).builds.is_relative_to(home.root)


def test_builds_are_inside_a_home_that_can_be_written(tmp_path):
    assert write_home(tmp_path).builds == tmp_path / ".diplograph" / "builds"


@pytest.mark.parametrize("missing", ["ontology", "data"])
def test_a_folder_that_is_no_home_is_named(tmp_path, missing):
    kept = {"ontology", "data"} - {missing}
    (tmp_path / kept.pop()).mkdir()
    with pytest.raises(UnreadableFile, match=missing):
        Home.find(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UnreadableFile, match="nowhere"):
        Home.find(tmp_path / "nowhere")


# ---- a new home ---------------------------------------------------------------------------


def test_a_new_home_can_be_built_and_asked(tmp_path):
    store = build(create_home(tmp_path / "new"))
    assert store.label(store.find("Example State")) == "Example State"


def test_a_new_home_has_the_words_and_questions_of_this_one(tmp_path):
    new, here = create_home(tmp_path / "new"), Home.find()
    for folder in ("ontology", "queries"):
        copied = {path.name for path in (new.root / folder).rglob("*")}
        assert copied == {path.name for path in (here.root / folder).rglob("*")}


def test_a_new_home_asserts_nothing_of_this_one(tmp_path):
    new = create_home(tmp_path / "new")
    assert [path.name for path in new.data.rglob("*.ttl")] == ["states.ttl"]


def test_a_new_home_takes_its_words_from_the_home_it_is_given(tmp_path):
    given = write_home(tmp_path / "given")
    (given.queries / "own.rq").write_text("# What?\nASK {}\n")
    new = create_home(tmp_path / "new", given)
    assert [path.name for path in new.queries.iterdir()] == ["own.rq"]
    assert (new.ontology / "core.ttl").read_bytes() == (given.ontology / "core.ttl").read_bytes()


def test_the_catalogs_of_a_new_home_list_what_is_there_and_all_that_is_imported(tmp_path):
    root = create_home(tmp_path / "new").root
    for folder in ("data", "data/reports", "ontology"):
        text = (root / folder / "catalog-v001.xml").read_text()
        listed = {each.get("name"): each.get("uri") for each in ElementTree.fromstring(text).iter()}
        listed.pop(None)
        assert [uri for uri in listed.values() if uri and not (root / folder / uri).is_file()] == []
        assert "https://w3id.org/diplograph/ontology/core" in listed
    assert "https://w3id.org/diplograph/data/states" in (root / "data/catalog-v001.xml").read_text()


def test_the_example_of_a_new_home_is_tidy(tmp_path):
    from diplograph.turtle import tidy_file

    assert tidy_file(create_home(tmp_path / "new").data / "states.ttl", check=True) is False


def test_an_empty_folder_may_become_a_home(tmp_path):
    (tmp_path / "new").mkdir()
    assert create_home(tmp_path / "new").root == tmp_path / "new"


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="not an empty folder"):
        create_home(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_is_no_place_for_a_home(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError):
        create_home(tmp_path / "file")
