"""The states of the real data: who they are, what they are called, and how the file is made."""

import importlib.util
import os
import re
from functools import cache
from importlib import metadata
from pathlib import Path

import pyoxigraph as ox
import pytest

from diplograph.core.names import PREFIXES
from diplograph.store.engine import LocalEngine
from diplograph.views.query import QueryRunner
from diplograph.views.search import read_search_index
from diplograph.views.statistics import read_graph_counts
from diplograph.views.unspoken import read_unspoken
from fixtures.project_files import ROOT

FILE = ROOT / "data" / "states.ttl"
MODULES = ROOT / ".venv" / "names" / "node_modules"
LANGUAGES = ("ar", "en", "es", "fr", "ru", "zh")
# Alpha-2 codes of the members by the regional groups of the General Assembly, from its own list.
MEMBERS = """
    DZ AO BJ BW BF BI CV CM CF TD KM CG CI CD DJ EG GQ ER SZ ET GA GM GH GN GW KE LS LR LY MG MW ML
    MR MU MA MZ NA NE NG RW ST SN SC SL SO ZA SS SD TG TN UG TZ ZM ZW
    AF BH BD BT BN KH CN CY KP FJ IN ID IR IQ JP JO KZ KI KW KG LA LB MY MV MH FM MN MM NR NP OM PK
    PW PG PH QA KR WS SA SG SB LK SY TJ TH TL TO TR TM TV AE UZ VU VN YE
    AL AM AZ BY BA BG HR CZ EE GE HU LV LT ME MK PL MD RO RU RS SK SI UA
    AG AR BS BB BZ BO BR CL CO CR CU DM DO EC SV GD GT GY HT HN JM MX NI PA PY PE KN LC VC SR TT UY
    VE
    AD AU AT BE CA DK FI FR DE GR IS IE IL IT LI LU MT MC NL NZ NO PT SM ES SE CH GB US
""".split()


@cache
def read_states():
    """Return alpha-3 code to property to values, languages in them, of each state of the file."""
    states = {}
    for quad in ox.parse(FILE.read_text(encoding="utf-8"), format=ox.RdfFormat.TURTLE):
        if quad.subject.value.startswith(PREFIXES["state"]):
            code = quad.subject.value.removeprefix(PREFIXES["state"])
            name = re.split("[#/]", quad.predicate.value)[-1]
            language = getattr(quad.object, "language", None)
            value = (quad.object.value, language) if language else quad.object.value
            states.setdefault(code, {}).setdefault(name, []).append(value)
    return states


def values(name):
    return [value for state in read_states().values() for value in state[name]]


def names_of(code):
    return {text for name in ("label", "altLabel") for text, _ in read_states()[code][name]}


def test_all_members_of_the_united_nations_are_there_and_nobody_else():
    assert len(set(MEMBERS)) == len(MEMBERS) == 193
    assert sorted(values("alpha2Code")) == sorted(MEMBERS)


@pytest.mark.parametrize("name", ["alpha2Code", "alpha3Code", "m49Code", "label"])
def test_each_state_has_one_of_its_own(name):
    assert len(values(name)) == len(set(values(name))) == 193


def test_codes_have_their_forms():
    assert all(re.fullmatch("[A-Z]{3}", code) for code in values("alpha3Code"))
    assert all(re.fullmatch("[0-9]{3}", code) for code in values("m49Code"))
    assert all(state["alpha3Code"] == [code] for code, state in read_states().items())


def test_each_state_has_a_name_in_each_language_of_the_united_nations():
    for code, state in read_states().items():
        languages = {language for _, language in (*state["label"], *state["altLabel"])}
        assert languages >= set(LANGUAGES), code


def test_each_state_has_all_that_is_said_of_states():
    for code, state in read_states().items():
        for name in ("worldRegion", "latitude", "longitude", "sourceNote"):
            assert len(state[name]) == 1, code
        assert state["capitalName"], code
        assert state["demonym"], code


def test_an_english_name_is_of_one_state_only():
    owners = {}
    for code, state in read_states().items():
        for text, language in (*state["label"], *state["altLabel"]):
            if language == "en":
                owners.setdefault(text.casefold(), set()).add(code)
    assert [text for text, codes in owners.items() if len(codes) > 1] == []


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("TUR", {"Türkiye", "Turkey", "Turquie", "Турция"}),
        ("CZE", {"Czechia", "Czech Republic"}),
        ("MMR", {"Myanmar", "Burma", "缅甸"}),
        ("SWZ", {"Eswatini", "Swaziland"}),
        ("CIV", {"Côte d'Ivoire", "Ivory Coast"}),
        ("GBR", {"United Kingdom", "UK", "Britain", "Royaume-Uni"}),
        ("USA", {"United States of America", "USA", "US", "Estados Unidos", "США"}),
        ("ARE", {"United Arab Emirates", "UAE"}),
        ("COD", {"Democratic Republic of the Congo", "DRC"}),
        ("COG", {"Republic of the Congo", "Congo-Brazzaville"}),
        ("KOR", {"South Korea", "Republic of Korea"}),
        ("PRK", {"North Korea", "DPRK"}),
        ("MKD", {"North Macedonia", "FYROM"}),
        ("RUS", {"Russia", "Russian Federation", "Россия", "俄罗斯"}),
        ("IND", {"India", "Bharat", "الهند", "Inde"}),
        ("SYC", {"Seychelles", "Сейшельские острова"}),
    ],
)
def test_a_state_has_its_usual_names(code, names):
    assert names <= names_of(code)


@pytest.mark.parametrize(
    ("code", "capitals", "demonyms", "region"),
    [
        ("BDI", {"Gitega"}, {"Burundian"}, "014"),
        ("KAZ", {"Astana"}, {"Kazakh", "Kazakhstani"}, "143"),
        ("GNQ", {"Ciudad de la Paz", "Malabo"}, {"Equatoguinean", "Equatorial Guinean"}, "017"),
        ("SWZ", {"Lobamba", "Mbabane"}, {"Liswati", "Swazi"}, "018"),
        ("BOL", {"La Paz", "Sucre"}, {"Bolivian"}, "005"),
        ("MKD", {"Skopje"}, {"Macedonian", "North Macedonian"}, "039"),
        ("COD", {"Kinshasa"}, {"Congolese"}, "017"),
        ("COG", {"Brazzaville"}, {"Congolese"}, "017"),
        ("DMA", {"Roseau"}, {"Dominican"}, "029"),
        ("DOM", {"Santo Domingo"}, {"Dominican"}, "029"),
        ("IND", {"New Delhi"}, {"Indian"}, "034"),
        ("RUS", {"Moscow"}, {"Russian"}, "151"),
        ("USA", {"Washington", "Washington, D.C."}, {"American"}, "021"),
        ("FJI", {"Suva"}, {"Fijian"}, "054"),
    ],
)
def test_a_state_has_its_capital_demonym_and_region(code, capitals, demonyms, region):
    state = read_states()[code]
    assert {text for text, _ in state["capitalName"]} == capitals
    assert {text for text, _ in state["demonym"]} == demonyms
    assert state["worldRegion"] == [PREFIXES["world-region"] + region]


def test_outside_identifiers_are_those_that_were_verified():
    matched = [code for code, state in read_states().items() if "externalMatch" in state]
    assert matched == ["AFG", "IND", "RUS", "UKR", "USA"]
    assert all(len(read_states()[code]["externalMatch"]) == 2 for code in matched)


# ---- how the file is made -----------------------------------------------------------------------


def miss(what):
    """Skip the test and say what is missing; where CI=true, fail instead."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(what)


@pytest.fixture(scope="module")
def script():
    """Return the module that makes the file; skip where its packages are not installed."""
    try:
        metadata.distribution("countryinfo")
    except metadata.PackageNotFoundError:
        miss("countryinfo is not installed (see .ci/run)")
    if not (MODULES / "world-atlas").is_dir():
        miss("names are not installed: npm install --prefix .venv/names (see .ci/run)")
    path = ROOT / "data" / "make_states.py"
    spec = importlib.util.spec_from_file_location("make_states", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_makes_the_file_again(script, monkeypatch):
    points = {state["m49Code"][0]: state for state in read_states().values()}

    def find_known_point(outlines, m49):
        return tuple(float(points[m49][name][0]) for name in ("longitude", "latitude"))

    if os.environ.get("CI") != "true":  # the points alone take 15 seconds
        monkeypatch.setattr(script.Outlines, "__init__", lambda outlines, modules: None)
        monkeypatch.setattr(script.Outlines, "find_point", find_known_point)
    text = FILE.read_text(encoding="utf-8")
    assert script.write_states(MODULES, text) == text


def test_the_regions_are_those_of_cldr(script):
    containment = script._read_supplemental(MODULES, "territoryContainment")
    text = Path(ROOT / "ontology" / "places.ttl").read_text(encoding="utf-8")
    pattern = r"world-region:(\d{3})\n(?:    .*;\n)+?    skos:broader +world-region:(\d{3})"
    broader = re.findall(pattern, text)
    assert len(broader) == 24
    for narrow, wide in broader:
        contained = [
            code
            for name, entry in containment.items()
            if name.partition("-")[0] == wide
            for code in entry["_contains"]
        ]
        assert narrow in contained, (narrow, wide)


# ---- what reports speak of ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def asking(real_store):
    return QueryRunner(LocalEngine(real_store))


@pytest.fixture(scope="module")
def index(asking):
    return read_search_index(asking)


def test_reports_speak_of_five_states_and_the_others_are_reference(asking):
    unspoken = read_unspoken(asking)
    assert sum(iri.startswith(PREFIXES["state"]) for iri in unspoken) == 188
    [states] = [c for c in read_graph_counts(asking, unspoken).things if c.class_name == "State"]
    assert (states.count, states.nouns) == (5, "states in reports")


def test_a_list_of_states_has_those_that_reports_speak_of(index):
    found = index.find("", "state")
    assert (found.total, found.unspoken) == (5, 188)
    assert [str(hit.thing) for hit in found.hits][:2] == ["Afghanistan", "India"]


@pytest.mark.parametrize(
    ("sought", "code", "field"),
    [
        ("Burma", "MMR", "other name"),
        ("Казахстан", "KAZ", "other name"),
        ("土耳其", "TUR", "other name"),
        ("تركيا", "TUR", "other name"),
        ("Turkey", "TUR", "other name"),
        ("DRC", "COD", "other name"),
        ("Emirati", "ARE", "demonym"),
        ("Astana", "KAZ", "capital"),
        ("nay pyi taw", "MMR", "capital"),
        ("Cote d'Ivoire", "CIV", "label"),
        ("398", "KAZ", "code"),
    ],
)
def test_a_state_is_found_by_any_of_its_names(index, sought, code, field):
    hit = index.find(sought).hits[0]
    assert (hit.thing.curie, hit.field, hit.spoken) == (f"state:{code}", field, False)


@pytest.mark.parametrize(
    ("sought", "curie"),
    [
        ("SCO", "forum:sco"),
        ("ШОС", "forum:sco"),
        ("UNSC", "organ:un-security-council"),
        ("EAEU", "forum:eaeu"),
        ("Subrahmanyam Jaishankar", "person:s-jaishankar"),
        ("Сергей Лавров", "person:sergey-lavrov"),
        ("Владимир Путин", "person:vladimir-putin"),
        ("EAM", "office:ind-external-affairs-minister"),
        ("Asian News International", "media:ani"),
        ("Moscow", "city:moscow"),
        ("India", "state:IND"),
        ("Rusia", "state:RUS"),
    ],
)
def test_what_reports_speak_of_is_found_first_by_any_of_its_names(index, sought, curie):
    hit = index.find(sought).hits[0]
    assert (hit.thing.curie, hit.spoken) == (curie, True)


def test_what_no_report_speaks_of_comes_after_all_else(index):
    spoken = [hit.spoken for hit in index.find("ind", limit=200).hits]
    assert spoken == sorted(spoken, reverse=True)
    assert not spoken[-1]


def test_an_iri_is_found_first_also_where_no_report_speaks_of_it(index):
    assert index.find("state:KAZ").hits[0].thing.curie == "state:KAZ"
