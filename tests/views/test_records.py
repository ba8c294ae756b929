"""How sure a reading is, and on what it rests, is said in one phrase."""

import pytest

from diplograph.core.names import expand
from diplograph.core.things import Thing
from diplograph.views.records import Attestation, Passage, say_certainty, weigh_readings


def make_reading(modality, evidentiality, *hedges, report="wire"):
    """Return a reading with these concepts, by a passage of that report."""

    def name(scheme, word):
        return (Thing(expand(f"{scheme}:{word}"), word),) if word else ()

    source = Thing(f"urn:x-report:{report}", report)
    return Attestation(
        thing=Thing(f"urn:x-reading:{report}", "reading"),
        passage=Passage(Thing(f"urn:x-passage:{report}", "passage"), source, 1, 0, 9, "", ""),
        voices=(),
        modality=name("modality", modality),
        evidentiality=name("evidentiality", evidentiality),
        hedges=hedges,
        supersedes=(),
        superseded_by=(),
    )


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        (("asserted", "official-announcement"), "stated as fact, from an official announcement"),
        (
            ("likely", "news-narration", "likely around"),
            "stated as likely (“likely around”), reported by the outlet itself",
        ),
        (
            ("asserted", "hearsay", "reportedly"),
            "stated as fact (“reportedly”), but based on hearsay",
        ),
        (("possible", "hearsay"), "stated as possible, based on hearsay"),
        (
            ("asserted", "editorial-characterisation"),
            "stated as fact, but based on the reporter's own judgement",
        ),
        (("implied", "inferred"), "implied, not stated, inferred from the passage"),
        (("denied", "quoted-statement"), "denied, from a quoted statement"),
        (("", "", "it is thought"), "with the words “it is thought”"),
        (("", ""), ""),
    ],
)
def test_how_sure_and_based_on_what_are_one_phrase(reading, words):
    assert say_certainty(make_reading(*reading)) == words


def test_a_fact_on_hearsay_alone_is_not_called_asserted_without_saying_why():
    one, other = (make_reading("asserted", "hearsay", report=name) for name in ("one", "two"))
    assert weigh_readings([one]) == (
        "Based on 1 passage in 1 report.",
        "The report states this as fact, but bases it on hearsay.",
    )
    assert weigh_readings([one, other])[1:] == (
        "The reports state this as fact, but base it on hearsay.",
    )
    likely = make_reading("likely", "hearsay")
    assert weigh_readings([likely])[1:] == ("It is stated as likely and based on hearsay alone.",)
    firm = make_reading("asserted", "official-announcement", report="two")
    assert weigh_readings([one, firm])[1:] == ("It is stated as fact.",)
