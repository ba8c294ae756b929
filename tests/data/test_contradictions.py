"""What reports of the invented world say against each other is found, all of it and nothing else.

The table tests/world/contradictions.tsv holds by hand every two facts of the world that cannot both
be true. What was corrected, moved, made more precise or counted in another unit is none of them.
"""

import csv

from diplograph.core.names import PREFIXES, compact
from fixtures.project_files import ROOT

TABLE = ROOT / "tests" / "world" / "contradictions.tsv"
HEADER = f"PREFIX dg: <{PREFIXES['dg']}>\n"


def pairs(world_store, where):
    found = world_store.query(f"{HEADER} SELECT ?one ?other WHERE {{ {where} }}")
    return {(compact(row["one"].value), compact(row["other"].value)) for row in found}


def read_table():
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {(row["one"], row["other"]) for row in csv.DictReader(file, delimiter="\t")}


def test_the_contradictions_found_are_those_of_the_table(world_store):
    found = pairs(world_store, "?one dg:contradicts ?other .")
    assert found == {pair for one, other in read_table() for pair in ((one, other), (other, one))}


def test_more_precise_dates_refine_wider_ones_and_no_others(world_store):
    assert pairs(world_store, "?one dg:refines ?other .") == {
        ("date-estimate:league-summit-4-8-9-may", "date-estimate:league-summit-4-may"),
        ("date-estimate:league-summit-4-8-to-10-may", "date-estimate:league-summit-4-may"),
        (
            "date-estimate:lighthouse-conference-24-25-june",
            "date-estimate:lighthouse-conference-late-june",
        ),
        ("date-estimate:roth-visit-2-to-5-april", "date-estimate:roth-visit-start"),
    }


def test_what_a_move_leaves_behind_is_out_of_date_and_contradicts_nothing(world_store):
    assert pairs(world_store, "?one dg:outdatedBy ?other .") == {
        ("date-estimate:lind-visit-12-april", "status-record:lind-visit-rescheduled"),
        ("date-estimate:morn-visit-14-15-april", "status-record:morn-visit-rescheduled"),
        ("date-estimate:morn-visit-june", "status-record:morn-visit-rescheduled"),
        ("date-estimate:morn-visit-mid-april", "status-record:morn-visit-rescheduled"),
        ("date-estimate:morn-visit-start", "status-record:morn-visit-rescheduled"),
    }


def test_the_states_in_dispute_are_those_of_two_outcomes(world_store):
    found = pairs(world_store, "?state dg:stateOf ?one . ?state dg:disputed ?other .")
    assert {event for event, _ in found} == {
        "event:lantern-council-session",
        "event:pilots-consultations",
    }


def test_what_one_passage_denies_and_another_supports_is_known(world_store):
    opposed = pairs(world_store, "?one dg:opposedBy ?other . ?one dg:supportedBy ?support .")
    assert opposed == {
        ("link:roth-visit-for-league-summit-4", "attestation-tidewater-tribune:4"),
        ("stage:defence-pact-negotiation", "attestation-belmora-release:4"),
        ("stage:defence-pact-proposed", "attestation-belmora-release:4"),
    }


def test_what_passages_only_deny_is_known(world_store):
    where = "?one dg:opposedBy ?other . FILTER NOT EXISTS { ?one dg:supportedBy ?support . }"
    assert {fact for fact, _ in pairs(world_store, where)} == {
        "date-estimate:kest-visit-corvia",
        "event:kest-visit-corvia",
        "link:kest-visit-corvia-hosted-by-xco",
        "link:kest-visit-corvia-sent-by-xbe",
        "status-record:belport-talks-underway",
        "status-record:kest-visit-corvia-planned",
    }


def test_the_engagements_that_seem_entered_twice_are_one_pair(world_store):
    pair = "event:brod-tann-meeting", "event:brod-tann-talks"
    assert pairs(world_store, "?one dg:seemsSameAs ?other .") == {pair, pair[::-1]}
