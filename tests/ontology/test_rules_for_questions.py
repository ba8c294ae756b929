"""What the rules work out for questions to read: words, topics, current stages, changes."""

import pyoxigraph as ox
import pytest

from fixtures.report_scene import ReportScene


@pytest.fixture
def scene():
    """Return a scene without a report."""
    return ReportScene()


def label(scene, thing, text):
    """Give `thing` an English label."""
    scene.add(thing, "rdfs:label", ox.Literal(text, language="en"))


def test_a_passage_is_cited_by_report_and_paragraph(scene):
    scene.attest(scene.report("wire", "2026-01-01"), scene.event("visit", "Visit"))
    label(scene, "report:wire", "wire on the visit")
    scene.add("passage:wire-1", "dg:paragraph", 4)
    assert scene.derive().get("passage:wire-1", "dg:citation") == {"wire on the visit, para. 4"}


def test_a_report_is_named_by_its_publisher_and_its_day(scene):
    label(scene, "media:tass", "Russian News Agency")
    for name in ("TASS", "Tass Agency", "Information Agency"):
        scene.add("media:tass", "skos:altLabel", ox.Literal(name, language="en"))
    published = {"day": "2025-11-07", "month": "2025-11", "year": "2025", "unsure": "2025-11-07~"}
    for slug, day in published.items():
        scene.report(slug, "2026-01-01")
        scene.add(f"report:{slug}", "dg:publisher", "media:tass")
        scene.add(f"report:{slug}", "dg:publishedOn", ox.Literal(day))
    scene.report("digest", "2026-01-01")
    scene.add("report:digest", "a", "dg:Digest")
    scene.add("report:digest", "dg:basedOn", "report:day")
    derived = scene.derive()
    names = {slug: derived.get(f"report:{slug}", "dg:shortName") for slug in (*published, "digest")}
    assert names == {
        "day": {"TASS, 7 Nov 2025"},
        "month": {"TASS, Nov 2025"},
        "year": {"TASS, 2025"},
        "unsure": {"TASS"},
        "digest": {"TASS, 7 Nov 2025"},
    }


def test_a_report_without_a_publisher_is_named_by_its_other_name(scene):
    scene.report("talks", "2026-01-01")
    label(scene, "report:talks", "News report on the talks of two ministers")
    assert scene.derive().get("report:talks", "dg:shortName") == {
        "News report on the talks of two ministers"
    }
    scene.add("report:talks", "skos:altLabel", ox.Literal("Talks report", language="en"))
    assert scene.derive().get("report:talks", "dg:shortName") == {"Talks report"}


def test_an_attestation_says_in_words_how_firmly_it_puts_things(scene):
    label(scene, "modality:planned", "planned")
    label(scene, "modality:asserted", "asserted")
    label(scene, "evidentiality:hearsay", "hearsay")
    label(scene, "evidentiality:news-narration", "news narration")
    report, visit = scene.report("wire", "2026-01-01"), scene.event("visit", "Visit")
    plan = scene.attest(report, visit, modality="planned")
    scene.add(plan, "dg:hedgeText", ox.Literal("will be"))
    scene.add(plan, "dg:evidentiality", "evidentiality:news-narration")
    rumour = scene.attest(report, visit)
    scene.add(rumour, "dg:evidentiality", "evidentiality:hearsay")
    derived = scene.derive()
    assert derived.get(plan, "dg:firmness") == {"planned (“will be”)"}
    assert derived.get(rumour, "dg:firmness") == {"asserted, but based on hearsay"}


def test_a_fact_is_qualified_by_its_trend_and_by_others_like_it(scene):
    label(scene, "trend:rising", "rising")
    for fact, trend, others in (("link:a", True, True), ("link:b", False, True), ("link:c", 1, 0)):
        if trend:
            scene.add(fact, "dg:trend", "trend:rising")
        scene.add(fact, "dg:notExhaustive", bool(others))
    derived = scene.derive()
    words = [derived.get(fact, "dg:qualification") for fact in ("link:a", "link:b", "link:c")]
    assert words == [{"rising, among others"}, {"among others"}, {"rising"}]


def test_a_topic_given_by_a_link_is_vouched_for_by_the_link_alone(scene):
    scene.add("event:visit", "dg:onTopic", "topic:trade")
    scene.add("event:visit", "dg:onTopic", "topic:oil")
    scene.add("link:visit-on-oil", "a", "dg:SubjectLink")
    scene.add("link:visit-on-oil", "dg:subjectLinkOf", "event:visit")
    scene.add("link:visit-on-oil", "dg:linkTo", "topic:oil")
    derived = scene.derive()
    assert derived.get("event:visit", "dg:ownTopic") == {"topic:trade"}
    assert derived.get("link:visit-on-oil", "dg:ownTopic") == {"topic:oil"}


def test_the_acts_of_a_body_count_for_its_state_and_for_itself(scene):
    scene.add("body:ministry", "a", "dg:Agent")
    scene.add("body:ministry", "dg:bodyOf", "state:XAA")
    assert scene.derive().get("body:ministry", "dg:actsFor") == {"body:ministry", "state:XAA"}


@pytest.mark.parametrize(
    ("reports", "stages"),
    [
        ([("2026-01-01", "proposed"), ("2026-02-01", "signed")], {"signed"}),
        ([("2026-02-01", "signed"), ("2026-01-01", "proposed")], {"signed"}),
        ([("2026-01-01", "in-preparation signed")], {"signed"}),
        (
            [("2026-01-01", "in-preparation"), ("2026-01-01", "signed")],
            {"in-preparation", "signed"},
        ),
    ],
)
def test_an_agreement_stands_where_the_latest_reports_have_it(scene, reports, stages):
    for number, (day, values) in enumerate(reports):
        report = scene.report(f"r{number}", "2026-03-01", day)
        for value in values.split():
            stage = f"stage:{value}"
            scene.add(stage, "dg:agreementStageOf", "agreement:pact")
            scene.add(stage, "dg:stageValue", f"agreement-stage:{value}")
            scene.attest(report, stage)
    expected = {f"stage:{value}" for value in stages}
    assert scene.derive().get("agreement:pact", "dg:currentStage") == expected


def test_a_denied_stage_is_not_the_current_one(scene):
    scene.add("stage:signed", "dg:agreementStageOf", "agreement:pact")
    scene.attest(scene.report("a", "2026-03-01", "2026-01-01"), "stage:signed")
    scene.attest(scene.report("b", "2026-03-01", "2026-01-02"), "stage:signed", denies=True)
    assert scene.derive().get("agreement:pact", "dg:currentStage") == set()


def test_a_later_status_changes_an_earlier_one_and_never_the_other_way_round(scene):
    visit = scene.event("visit", "Visit")
    held, planned = scene.status(visit, "held"), scene.status(visit, "planned")
    scene.attest(scene.report("a", "2026-03-01", "2026-01-05"), held)
    scene.attest(scene.report("b", "2026-03-01", "2026-01-01"), planned)
    changes = {(held, planned)}
    assert scene.derive().pairs("dg:changes") == changes


def test_a_correction_replaces_like_with_like(scene):
    visit = scene.event("visit", "Visit")
    march, april = scene.date(visit, "2026-03-01"), scene.date(visit, "2026-04-01")
    held, planned = scene.status(visit, "held"), scene.status(visit, "planned")
    first = scene.attest(scene.report("a", "2026-05-01", "2026-01-01"), visit, march, planned)
    second = scene.report("b", "2026-05-01", "2026-05-01")
    scene.attest(second, visit, april, held, supersedes=first)
    assert scene.derive().pairs("dg:replaces") == {(april, march), (held, planned)}


def test_the_offices_that_one_person_holds_are_known_by_their_kind(scene):
    scene.add("office:president", "dg:officeKind", "office-kind:head-of-state")
    scene.add("office:envoy", "dg:officeKind", "office-kind:envoy")
    derived = scene.derive()
    assert derived.get("office:president", "dg:oneHolder") == {"true"}
    assert derived.get("office:envoy", "dg:oneHolder") == set()
