"""A map puts cities where they are, states at a point of their own, and drops nothing."""

import re
from datetime import date
from xml.etree import ElementTree

import pytest

from diplograph.core.names import expand
from diplograph.store.engine import LocalEngine
from diplograph.views.drawings.map import draw_map, project
from diplograph.views.engagements import EngagementFilter, filter_engagements, read_participants
from diplograph.views.query import QueryRunner
from fixtures.project_files import ROOT

DAY = date(2031, 3, 20)
LAND = ROOT / "src/diplograph/views/drawings/land.svg"


def draw(store, **chosen):
    asking = QueryRunner(LocalEngine(store))
    entries = filter_engagements(asking, EngagementFilter(**chosen), DAY)
    return draw_map(entries, read_participants(asking)), entries


@pytest.fixture(scope="module")
def drawing(world_store):
    return draw(world_store)[0]


def spots(marks):
    return {each.place.thing.curie: each for each in marks}


def test_a_city_is_at_its_coordinates(drawing):
    belport = spots(drawing.marks)["city:belport"]
    assert (belport.x, belport.y) == project(41.5, -30.25)
    assert not belport.place.vague


def test_a_state_without_a_place_has_a_mark_of_its_own(drawing):
    ardenia = spots(drawing.marks)["state:XAA"]
    assert ardenia.place.vague


def test_a_state_never_sits_on_one_of_its_cities(real_store):
    marks, _ = draw(real_store)
    placed = [(each.x, each.y) for each in marks.marks]
    assert len(set(placed)) == len(placed)
    assert {"city:moscow", "state:RUS", "state:IND"} <= set(spots(marks.marks))


def test_places_without_coordinates_are_listed(drawing):
    assert {"city:ostrel", "region:northern-isles", "state:XCO"} <= set(spots(drawing.unplaced))


def test_every_engagement_is_on_the_map_in_the_list_or_said_to_be_nowhere(world_store):
    drawing, entries = draw(world_store)
    told = sum(each.total for each in drawing.marks + drawing.unplaced)
    assert told + drawing.nowhere == len(entries)
    assert drawing.nowhere > 0


def test_engagements_at_one_place_are_one_mark_with_their_number(drawing):
    assert spots(drawing.marks)["city:belport"].total == 2


def test_a_map_draws_what_a_filter_chooses(world_store):
    drawing, _ = draw(world_store, place=expand("city:belport"))
    assert set(spots(drawing.marks + drawing.unplaced)) == {"city:belport"}


def test_of_too_many_places_those_with_the_most_are_drawn(world_store):
    asking = QueryRunner(LocalEngine(world_store))
    entries = filter_engagements(asking, EngagementFilter(), DAY)
    drawing = draw_map(entries, read_participants(asking), most=1)
    assert len(drawing.marks) == 1
    assert drawing.left_out == len(draw(world_store)[0].marks) - 1


def test_the_land_is_small_names_its_source_and_asks_for_nothing_else():
    text = LAND.read_text(encoding="utf-8")
    assert len(text) < 60_000
    assert "Natural Earth" in text
    assert "public domain" in text
    assert re.findall(r"(?:href|url)\b", text) == []
    root = ElementTree.fromstring(text)
    assert root.attrib["viewBox"] == "0 0 1000 500"


def test_the_points_of_states_are_not_those_of_their_capitals(real_store):
    query = """
      PREFIX dg: <https://w3id.org/diplograph/ontology#>
      SELECT ?state ?latitude ?longitude
      WHERE { ?state a dg:State ; dg:latitude ?latitude ; dg:longitude ?longitude . }
      ORDER BY ?state
    """
    rows = QueryRunner(LocalEngine(real_store)).rows(query)
    on_grid = [
        row
        for row in rows
        if {float(row["latitude"]) % 0.5, float(row["longitude"]) % 0.5} == {0.0}
    ]
    assert len(rows) == 193
    assert len(on_grid) > 150  # smaller states have a finer grid
