"""Whatever the graph names with an IRI of ours is told of where that IRI leads on this host."""

import pyoxigraph as ox
import pytest

from diplograph.build.questions import read_questions
from diplograph.core.home import Home
from diplograph.core.names import ROOT
from diplograph.web.app import create_app
from fixtures.project_files import ROOT as FILES

KINDS = ("query", "shape", "shapes", "prefix")


@pytest.fixture(scope="module")
def client(real_store):
    return create_app(real_store, read_questions(Home.find(FILES))).test_client()


@pytest.fixture(scope="module")
def declared(real_store):
    """Return the paths of what graphs declare beside their facts, by kind."""
    named = {
        term.value.removeprefix(ROOT)
        for quad in real_store.match()
        for term in (quad.subject, quad.object)
        if isinstance(term, ox.NamedNode) and term.value.startswith(ROOT)
    }
    return {kind: sorted(each for each in named if each.split("/")[0] == kind) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_every_question_shape_and_prefix_ends_in_a_page_and_in_its_graph(client, declared, kind):
    assert len(declared[kind]) > 20
    for path in declared[kind]:
        page = client.get(f"/{path}", headers={"Accept": "text/html"}, follow_redirects=True)
        assert (page.status_code, page.mimetype) == (200, "text/html"), path
        graph = client.get(f"/{path}", headers={"Accept": "text/turtle"})
        assert graph.status_code == 303, path
        assert graph.headers["Location"] in {"/graph/questions", "/graph/shapes"}, path


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/query/planned-not-held", "/questions/planned-not-held"),
        ("/shape/Agent", "/ontology/shape/Agent"),
        ("/shapes/actors", "/ontology/actors"),
        ("/shapes/actors/0.1.0", "/ontology/actors"),
        ("/shapes/house", "/ontology"),
        ("/prefix/dg", "/ontology"),
    ],
)
def test_each_leads_to_the_page_that_tells_of_it(client, path, page):
    response = client.get(path, base_url="https://example.org/kg")
    assert (response.status_code, response.headers["Location"]) == (303, f"/kg{page}")
    assert response.headers["Vary"] == "Accept"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/query/none", "/shapes/actors/9.9.9", "/prefix/a b", "/shape/"])
def test_what_nothing_declares_is_not_found(client, path):
    assert client.get(path).status_code == 404
