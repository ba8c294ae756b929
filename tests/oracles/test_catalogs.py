"""Whoever opens a file of ours in Protégé gets all it imports from the folders beside it."""

from pathlib import PurePosixPath
from xml.etree import ElementTree

import pytest
from pyoxigraph import RdfFormat, parse

from diplograph.core import names
from fixtures.project_files import ROOT

FOLDERS = ["ontology", "data", "data/reports"]
EACH_FOLDER = pytest.mark.parametrize("folder", FOLDERS)
NAMESPACE = "{urn:oasis:names:tc:entity:xmlns:xml:catalog}"
TYPE, HEADER, IMPORTS = map(names.expand, ("rdf:type", "owl:Ontology", "owl:imports"))


def entries(folder):
    """Return what the catalog of `folder` lists: ontology IRI to path, relative to the folder."""
    root = ElementTree.parse(ROOT / folder / "catalog-v001.xml").getroot()
    return {entry.get("name"): entry.get("uri") for entry in root.iter(f"{NAMESPACE}uri")}


def values(path, predicate):
    quads = parse(path=path, format=RdfFormat.TURTLE)
    return [quad.object.value for quad in quads if quad.predicate.value == predicate]


def ontology_iri(path):
    (header,) = (
        quad.subject.value
        for quad in parse(path=path, format=RdfFormat.TURTLE)
        if (quad.predicate.value, getattr(quad.object, "value", "")) == (TYPE, HEADER)
    )
    return header


@EACH_FOLDER
def test_a_catalog_is_left_alone_by_protege(folder):
    root = ElementTree.parse(ROOT / folder / "catalog-v001.xml").getroot()
    (group,) = root.iter(f"{NAMESPACE}group")
    assert "Auto-Update=false" in group.get("id")


@EACH_FOLDER
def test_a_catalog_has_relative_paths_only(folder):
    for uri in entries(folder).values():
        assert "://" not in uri
        assert not PurePosixPath(uri).is_absolute()


@EACH_FOLDER
def test_a_catalog_maps_each_iri_to_the_file_with_that_ontology_iri(folder):
    listed = entries(folder)
    assert listed
    assert {iri: ontology_iri(ROOT / folder / uri) for iri, uri in listed.items()} == {
        iri: iri for iri in listed
    }


@EACH_FOLDER
def test_a_catalog_maps_every_import_of_its_files_and_of_what_they_import(folder):
    listed = entries(folder)
    waiting, seen = sorted((ROOT / folder).glob("*.ttl")), set()
    assert waiting
    while waiting:
        path = waiting.pop()
        for imported in values(path, IMPORTS):
            assert imported in listed, f"{path.relative_to(ROOT)} imports {imported}"
            if imported not in seen:
                seen.add(imported)
                waiting.append(ROOT / folder / listed[imported])


def test_the_catalog_of_reports_lists_every_file_of_ontology_and_data():
    paths = sorted((ROOT / "ontology").glob("*.ttl")) + sorted((ROOT / "data").rglob("*.ttl"))
    assert {ontology_iri(path) for path in paths} == set(entries("data/reports"))
