"""What the rules of ontology/rules work out from reports, one truth at a time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.property_cases import CASES, property_cases
from fixtures.report_scene import ReportScene


@pytest.fixture
def scene():
    """Return a scene without a report."""
    return ReportScene()


def make_visit(scene, *reports):
    """Return a visit, attested by a report for each (day of publication, status, EDTF, role)."""
    visit = scene.event("visit", "Visit")
    for number, (published, status, edtf, role) in enumerate(reports):
        report = scene.report(f"r{number}", "2026-01-01", published)
        facts = [visit]
        if status:
            facts.append(scene.status(visit, status))
        if edtf:
            facts.append(scene.date(visit, edtf, role))
        scene.attest(report, *facts)
    return visit


# ---- order of reports -----------------------------------------------------------------------


def test_an_attestation_counts_from_the_day_of_reception_or_a_later_publication(scene):
    early = scene.report("early", "2026-02-01", "2026-01-05")
    late = scene.report("late", "2026-02-01", "2026-03-01")
    visit = scene.event("visit", "Visit")
    first, second = scene.attest(early, visit), scene.attest(late, visit)
    derived = scene.derive()
    assert derived.get(first, "dg:knownFrom") == {"2026-02-01"}
    assert derived.get(second, "dg:knownFrom") == {"2026-03-01"}


def test_a_digest_stands_where_the_report_stands_that_it_is_based_on(scene):
    scene.report("release", "2026-02-01", "2026-01-05")
    scene.report("digest", "2026-02-02")
    scene.add("report:digest", "a", "dg:Digest")
    scene.add("report:digest", "dg:basedOn", "report:release")
    derived = scene.derive()
    assert derived.get("report:digest", "dg:reportOrder") == {"2026-01-05 2026-02-02"}


# ---- status -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reports", "status"),
    [
        ([("2026-01-01", "planned"), ("2026-01-05", "postponed")], "postponed"),
        ([("2026-01-05", "postponed"), ("2026-01-01", "planned")], "postponed"),
        ([("2026-01-01", "cancelled"), ("2026-01-05", "scheduled")], "scheduled"),
        ([("2026-01-01", "held"), (None, "planned")], "held"),
    ],
)
def test_the_status_of_the_latest_report_prevails(scene, reports, status):
    visit = make_visit(scene, *((day, value, None, None) for day, value in reports))
    derived = scene.derive()
    assert derived.say(visit, "currentStatus") == {f"status:{status}"}
    assert derived.say(visit, "disputed") == set()


def test_reports_of_one_day_that_exclude_each_other_are_in_dispute(scene):
    visit = make_visit(
        scene, ("2026-01-01", "cancelled", None, None), ("2026-01-01", "postponed", None, None)
    )
    derived = scene.derive()
    assert derived.say(visit, "currentStatus") == {"status:cancelled", "status:postponed"}
    assert derived.say(visit, "disputed") == {"true"}
    assert len(derived.pairs("dg:contradicts")) == 2


def test_a_corrected_status_counts_until_the_correction_is_known(scene):
    visit = scene.event("visit", "Visit")
    held, cancelled = scene.status(visit, "held"), scene.status(visit, "cancelled")
    first = scene.attest(scene.report("a", "2026-01-01", "2026-01-01"), visit, held)
    correction = scene.report("b", "2026-01-09", "2026-01-08")
    scene.attest(correction, visit, cancelled, supersedes=first)
    derived = scene.derive()
    assert derived.say(visit, "currentStatus", "2026-01-08") == {"status:held"}
    assert derived.say(visit, "currentStatus") == {"status:cancelled"}
    assert derived.pairs("dg:contradicts") == set()
    assert derived.state(visit, "2025-12-31") is None


def test_a_denied_status_is_not_the_current_one(scene):
    visit = scene.event("visit", "Visit")
    held, planned = scene.status(visit, "held"), scene.status(visit, "planned")
    scene.attest(scene.report("a", "2026-01-01", "2026-01-01"), visit, planned)
    scene.attest(scene.report("b", "2026-01-02", "2026-01-02"), visit, held)
    scene.attest(scene.report("c", "2026-01-03", "2026-01-03"), held, denies=True)
    derived = scene.derive()
    assert derived.say(visit, "currentStatus") == {"status:planned"}
    assert derived.say(visit, "disputed") == {"true"}


@pytest.mark.parametrize(
    ("denied_on", "reported_on", "disputed"),
    [
        ("2026-01-01", "2026-01-05", False),
        ("2026-01-05", "2026-01-01", True),
        ("2026-01-01", "2026-01-01", True),
        (None, "2026-01-05", True),
        ("2026-01-05", None, True),
    ],
)
def test_a_denial_of_an_event_gives_way_to_a_later_report_of_it(
    scene, denied_on, reported_on, disputed
):
    visit = make_visit(scene, (reported_on, "held", None, None))
    scene.attest(scene.report("denial", "2026-01-01", denied_on), visit, denies=True)
    assert scene.derive().say(visit, "disputed") == ({"true"} if disputed else set())


def test_what_was_held_is_not_called_off_afterwards_without_contradiction(scene):
    visit = make_visit(
        scene, ("2026-01-01", "held", None, None), ("2026-01-05", "cancelled", None, None)
    )
    derived = scene.derive()
    assert len(derived.pairs("dg:contradicts")) == 2
    assert derived.say(visit, "disputed") == {"true"}


@pytest.mark.parametrize("later", ["held", "scheduled", "rescheduled"])
def test_what_was_cancelled_may_be_taken_up_again(scene, later):
    visit = make_visit(
        scene, ("2026-01-01", "cancelled", None, None), ("2026-01-05", later, None, None)
    )
    derived = scene.derive()
    assert derived.pairs("dg:contradicts") == set()
    assert derived.say(visit, "disputed") == set()


def test_the_parts_of_what_is_called_off_are_called_off_with_it(scene):
    visit = scene.event("visit", "Visit")
    meeting = scene.event("meeting", "Meeting", part_of=visit)
    first = scene.report("a", "2026-01-01", "2026-01-01")
    scene.attest(first, visit, scene.status(visit, "planned"))
    scene.attest(first, meeting, scene.status(meeting, "planned"))
    scene.attest(scene.report("b", "2026-01-05", "2026-01-05"), scene.status(visit, "cancelled"))
    derived = scene.derive()
    assert derived.say(meeting, "currentStatus") == {"status:cancelled"}
    assert derived.say(meeting, "calledOffWith") == {visit}
    assert derived.say(meeting, "currentStatus", "2026-01-04") == {"status:planned"}
    assert derived.say(meeting, "pendingUntil") == set()


def test_a_part_that_a_later_report_has_on_is_not_called_off_with_the_whole(scene):
    visit = scene.event("visit", "Visit")
    meeting = scene.event("meeting", "Meeting", part_of=visit)
    scene.attest(scene.report("a", "2026-01-01", "2026-01-01"), scene.status(visit, "cancelled"))
    later = scene.report("b", "2026-01-05", "2026-01-05")
    scene.attest(later, meeting, scene.status(meeting, "scheduled"))
    derived = scene.derive()
    assert derived.say(meeting, "currentStatus") == {"status:scheduled"}


def test_the_status_is_reported_since_the_first_report_without_another_between(scene):
    visit = make_visit(
        scene,
        ("2026-01-01", "planned", None, None),
        ("2026-01-02", "postponed", None, None),
        ("2026-01-03", "planned", None, None),
        ("2026-01-04", "planned", None, None),
    )
    derived = scene.derive()
    assert derived.say(visit, "statusSince") == {"2026-01-03"}
    assert derived.say(visit, "statusAsOf") == {"2026-01-04"}


# ---- dates ------------------------------------------------------------------------------------


def test_a_start_and_an_end_are_one_span_and_no_contradiction(scene):
    visit = make_visit(
        scene,
        ("2026-01-01", "held", "2026-05-13", "end"),
        ("2026-01-02", None, "2026-05-09", "start"),
    )
    derived = scene.derive()
    assert len(derived.say(visit, "bestDate")) == 2
    assert derived.say(visit, "boundEarliest") == {"2026-05-09T00:00:00Z"}
    assert derived.say(visit, "boundLatest") == {"2026-05-13T23:59:59Z"}
    assert derived.pairs("dg:contradicts") == set()


@pytest.mark.parametrize(
    ("one", "other", "contradict"),
    [
        (("2026-05-09/2026-05-12", "span"), ("2026-05-09/2026-05-13", "span"), True),
        (("2026-05-09/2026-05-12", "span"), ("2026-05-13", "end"), True),
        (("2026-05-09/2026-05-12", "span"), ("2026-05-09", "start"), False),
        (("2026-05-01/2026-05-10", "window"), ("2026-05-05/2026-05-06", "span"), False),
        (("2026-05-01/2026-05-10", "window"), ("2026-05-09/2026-05-12", "span"), True),
        (("2026-05-05~/2026-05-06~", "span"), ("2026-05-04/2026-05-06", "span"), False),
        (("2026-05-05~/2026-05-06~", "span"), ("2026-05-08", "span"), True),
        (("2026-05-05~/2026-05-06~", "span"), ("2026-05-05", "span"), False),
        (("2026-05-05~/2026-05-06~", "span"), ("2026-05-04", "start"), False),
        (("2026-05-05~/2026-05-06~", "span"), ("2026-05-01", "start"), True),
        (("2026-05-05~/2026-05-06~", "span"), ("2026-05-01/2026-05-20", "window"), False),
        (("2026-05-05~/2026-05-06~", "span"), ("2026-05-01/2026-05-20", "span"), True),
        (("2026~", "window"), ("2025-12-31", "start"), False),
        (("2026-05", "window"), ("2026-05-31/2026-06-02", "span"), True),
        (("2026-05", "start"), ("2026-05-31/2026-06-02", "span"), False),
    ],
)
def test_estimates_are_compared_across_roles(scene, one, other, contradict):
    make_visit(scene, ("2026-01-01", None, *one), ("2026-01-02", None, *other))
    assert bool(scene.derive().pairs("dg:contradicts")) == contradict


def test_the_best_date_is_the_most_precise_and_firm_one(scene):
    visit = make_visit(
        scene,
        ("2026-01-01", "planned", "2026-12-01/2026-12-10", "window"),
        ("2026-01-02", "planned", "2026-12-05~/2026-12-06~", "span"),
    )
    derived = scene.derive()
    (best,) = derived.say(visit, "bestDate")
    assert "05" in best
    assert len(derived.pairs("dg:refines")) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("2026-12-05~/2026-12-06~", "span"), ("2026-12-04/2026-12-05", "span")),
        (("2026-12-05~/2026-12-06~", "span"), ("2026-12-05/2026-12-06", "span")),
        (("2026-12", "window"), ("2026-12-05~", "span")),
        (("2026-12-05", "start"), ("2026-12-05/2026-12-06", "span")),
    ],
)
def test_an_estimate_gives_way_to_a_better_one(scene, one, other):
    visit = make_visit(scene, ("2026-01-01", None, *one), ("2026-01-02", None, *other))
    derived = scene.derive()
    (better,) = derived.say(visit, "bestDate")
    assert better == next(e for e, _ in derived.pairs("dg:refines"))


def test_a_moved_event_has_its_new_date_and_contradicts_nothing(scene):
    visit = scene.event("visit", "Visit")
    old, new = (
        scene.date(visit, "2019-02-24/2019-02-27"),
        scene.date(visit, "2019-04-22/2019-04-23"),
    )
    other = scene.date(visit, "2019-02", "window")
    first = scene.report("a", "2026-01-01", "2019-02-01")
    scene.attest(first, visit, old, other, scene.status(visit, "scheduled"))
    move = scene.status(visit, "rescheduled")
    scene.add(move, "dg:movedFrom", old)
    scene.add(move, "dg:movedTo", new)
    scene.attest(scene.report("b", "2026-01-02", "2019-04-10"), visit, old, new, move)
    derived = scene.derive()
    assert derived.say(visit, "bestDate") == {new}
    assert derived.say(visit, "bestDate", "2026-01-01") == {old}
    assert derived.pairs("dg:contradicts") == set()
    assert derived.say(visit, "currentStatus") == {"status:rescheduled"}


def test_a_move_to_about_a_day_leaves_the_earlier_beginning_behind(scene):
    visit = scene.event("visit", "Visit")
    old = scene.date(visit, "2031-04-14", "start")
    new = scene.date(visit, "2031-05-02~/2031-05-03~", "window")
    scene.attest(scene.report("a", "2031-01-01", "2031-01-01"), visit, old)
    move = scene.status(visit, "rescheduled")
    scene.add(move, "dg:movedTo", new)
    scene.attest(scene.report("b", "2031-01-02", "2031-01-02"), visit, new, move)
    derived = scene.derive()
    assert derived.get(old, "dg:outdatedBy") == {move}
    assert derived.say(visit, "bestDate") == {new}
    assert derived.pairs("dg:contradicts") | derived.pairs("dg:refines") == set()


def test_a_part_without_a_date_takes_the_bounds_of_the_nearest_whole(scene):
    visit = scene.event("visit", "Visit")
    day = scene.event("day", "Event", part_of=visit)
    talk = scene.event("talk", "Meeting", part_of=day)
    scene.add(talk, "dg:subEventOf", visit)
    report = scene.report("a", "2026-01-01", "2026-01-01")
    scene.attest(report, visit, scene.date(visit, "2026-05-09/2026-05-12"))
    scene.attest(report, day, scene.date(day, "2026-05-10"), talk, scene.status(talk, "planned"))
    derived = scene.derive()
    assert derived.say(talk, "boundsFrom") == {day}
    assert derived.say(talk, "boundLatest") == {"2026-05-10T23:59:59Z"}
    assert derived.say(talk, "pendingUntil") == {"2026-05-10"}


# ---- what ages ---------------------------------------------------------------------------------


def test_a_plan_without_a_day_is_pending_for_a_year_after_the_newest_report(scene):
    visit = make_visit(
        scene, ("2020-02-29", "planned", None, None), ("2020-05-01", None, None, None)
    )
    derived = scene.derive()
    assert derived.say(visit, "lastHeardOf") == {"2020-05-01"}
    assert derived.say(visit, "pendingUntil") == {"2021-05-01"}


def test_a_part_without_a_day_is_not_pending_after_the_whole_was_held(scene):
    visit = scene.event("visit", "Visit")
    meeting = scene.event("meeting", "Meeting", part_of=visit)
    scene.attest(
        scene.report("a", "2026-01-01", "2026-01-01"), meeting, scene.status(meeting, "planned")
    )
    scene.attest(scene.report("b", "2026-01-09", "2026-01-09"), visit, scene.status(visit, "held"))
    assert scene.derive().say(meeting, "pendingUntil") == {"2026-01-09"}


def test_a_report_of_how_many_there_were_at_an_event_speaks_of_the_event(scene):
    visit = make_visit(scene, ("2026-01-01", "held", None, None))
    scene.add("quantity-estimate:agreements", "dg:quantityOf", visit)
    report = scene.report("later", "2026-03-01", "2026-03-01")
    scene.attest(report, "quantity-estimate:agreements")
    assert scene.derive().say(visit, "lastHeardOf") == {"2026-03-01"}


# ---- who met ------------------------------------------------------------------------------------


def test_who_is_only_on_an_agenda_met_nobody(scene):
    talks = scene.event("talks", "Meeting")
    report = scene.report("a", "2026-01-01", "2026-01-01")
    scene.attest(report, talks, scene.status(talks, "held"))
    for state in ("IND", "RUS"):
        part = f"participation:{state.lower()}"
        scene.add(part, "dg:participationIn", talks)
        scene.add(part, "dg:onBehalfOf", f"state:{state}")
        scene.attest(report, part)
    scene.add("agenda-item:ukraine", "dg:agendaOf", talks)
    scene.add("agenda-item:ukraine", "dg:agendaEntity", "state:UKR")
    scene.attest(report, "agenda-item:ukraine")
    derived = scene.derive()
    assert derived.get(talks, "dg:meetingParty") == {"state:IND", "state:RUS"}
    assert derived.pairs("dg:everMet") == {("state:IND", "state:RUS"), ("state:RUS", "state:IND")}


def test_who_is_denied_to_take_part_is_no_party(scene):
    talks = scene.event("talks", "Meeting")
    report = scene.report("a", "2026-01-01", "2026-01-01")
    scene.add("participation:syr", "dg:participationIn", talks)
    scene.add("participation:syr", "dg:onBehalfOf", "state:SYR")
    scene.attest(report, "participation:syr", denies=True)
    assert scene.derive().get(talks, "dg:meetingParty") == set()


# ---- other contradictions ------------------------------------------------------------------------


def test_numbers_contradict_only_in_one_unit(scene):
    report, other = (scene.report(slug, "2026-01-01", "2026-01-01") for slug in "ab")
    for name, at, unit, bound, number in (
        ("q1", report, "agreements", "maxCount", 16),
        ("q2", other, "agreements", "minCount", 29),
        ("q3", other, "usd", "minCount", 29),
    ):
        quantity = f"quantity-estimate:{name}"
        scene.add(quantity, "dg:quantityOf", "event:visit")
        scene.add(quantity, "dg:unit", f"unit:{unit}")
        scene.add(quantity, f"dg:{bound}", number)
        scene.attest(at, quantity)
    assert scene.derive().pairs("dg:contradicts") == {
        ("quantity-estimate:q1", "quantity-estimate:q2"),
        ("quantity-estimate:q2", "quantity-estimate:q1"),
    }


def test_a_city_within_the_state_named_elsewhere_is_no_contradiction(scene):
    talks = scene.event("talks", "Meeting")
    scene.add("city:moscow", "dg:inState", "state:RUS")
    for slug, place in (("a", "city:moscow"), ("b", "state:RUS"), ("c", "city:minsk")):
        scene.add(f"link:{slug}", "dg:placementOf", talks)
        scene.add(f"link:{slug}", "dg:linkTo", place)
        scene.attest(scene.report(slug, "2026-01-01", "2026-01-01"), f"link:{slug}")
    found = {frozenset(pair) for pair in scene.derive().pairs("dg:contradicts")}
    assert found == {frozenset({"link:a", "link:c"}), frozenset({"link:b", "link:c"})}


@pytest.mark.parametrize(
    ("second_day", "kind", "start", "contradict"),
    [
        ("2026-01-01", "ambassador", None, True),
        ("2026-01-02", "ambassador", None, False),
        ("2026-01-01", "official", None, False),
        ("2026-01-01", "ambassador", "2025-06", False),
    ],
)
def test_two_holders_of_an_office_for_one_contradict_on_one_day(
    scene, second_day, kind, start, contradict
):
    make_visit(scene, ("2026-01-01", "held", "2026-01-01", "span"))
    scene.add("office:o", "dg:officeKind", f"office-kind:{kind}")
    for slug, day in (("a", "2026-01-01"), ("b", second_day)):
        scene.add(f"tenure:{slug}", "dg:office", "office:o")
        scene.add(f"tenure:{slug}", "dg:holder", f"person:{slug}")
        scene.attest(scene.report(slug, day, day), f"tenure:{slug}")
    if start:
        scene.date("tenure:b", start, "start")
    assert bool(scene.derive().pairs("dg:contradicts")) == contradict


# ---- sequences of reports ------------------------------------------------------------------------

STATUSES = "mooted planned scheduled rescheduled underway held postponed cancelled not-held".split()
DATES = (
    ("2026-05-09/2026-05-12", "span"),
    ("2026-05-09/2026-05-13", "span"),
    ("2026-05-09", "start"),
    ("2026-05-13", "end"),
    ("2026-05", "window"),
    ("2026-05-10~", "span"),
)
TELLINGS = st.tuples(
    st.sampled_from(["2026-01-01", "2026-01-02", "2026-01-03", None]),
    st.sampled_from([None, *STATUSES]),
    st.sampled_from([None, *DATES]),
)
sequences = settings(property_cases, max_examples=max(50, CASES // 50))
OUTLOOK = "currentStatus statusBasis bestDate boundEarliest boundLatest disputed boundsFrom".split()


def tell(tellings, order):
    """Return what follows where the reports of `tellings` are added in `order`, and the visit."""
    scene = ReportScene()
    visit = scene.event("visit", "Visit")
    for number in order:
        published, status, date = tellings[number]
        facts = [visit]
        if status:
            facts.append(scene.status(visit, status))
        if date:
            facts.append(scene.date(visit, *date))
        scene.attest(scene.report(f"r{number}", "2026-02-01", published), *facts)
    return scene, visit


def expected_status(tellings):
    """Return the statuses of the reports that no other outranks, worked out plainly."""
    stated = [(published or "", status) for published, status, _ in tellings if status]
    newest = max((published for published, _ in stated), default=None)
    return {f"status:{status}" for published, status in stated if published == newest}


@sequences
@given(st.lists(TELLINGS, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_files_never_matters(tellings, random):
    order = list(range(len(tellings)))
    scene, visit = tell(tellings, order)
    before = scene.derive()
    first = {p: before.say(visit, p) for p in OUTLOOK}
    random.shuffle(order)
    scene, visit = tell(tellings, order)
    derived = scene.derive()
    assert {p: derived.say(visit, p) for p in OUTLOOK} == first
    assert derived.say(visit, "currentStatus") == expected_status(tellings)


@sequences
@given(st.lists(TELLINGS, min_size=1, max_size=5))
def test_a_report_that_only_confirms_changes_nothing_but_its_sources(tellings):
    scene, visit = tell(tellings, range(len(tellings)))
    before = scene.derive()
    confirmed = [*before.say(visit, "statusBasis"), *before.say(visit, "bestDate")]
    scene.attest(scene.report("later", "2026-02-02", "2026-01-09"), visit, *confirmed)
    after = scene.derive()
    assert {p: after.say(visit, p) for p in OUTLOOK} == {p: before.say(visit, p) for p in OUTLOOK}
    days = before.say(visit, "stateFrom")
    for day in days:
        assert after.state(visit, day) == before.state(visit, day)


@sequences
@given(st.lists(TELLINGS, min_size=1, max_size=5))
def test_best_dates_allow_whatever_all_candidates_allow(tellings):
    scene, visit = tell(tellings, range(len(tellings)))
    derived = scene.derive()
    candidates, best = derived.say(visit, "dateCandidate"), derived.say(visit, "bestDate")
    assert bool(candidates) == bool(best)
    assert best <= candidates
    for candidate in candidates - best:
        better = {one for one, other in derived.pairs("dg:narrows") if other == candidate}
        same = {one for one, other in derived.pairs("dg:sameTimeAs") if other == candidate}
        assert (better | same) & candidates
    for one, other in derived.pairs("dg:contradicts"):
        assert (other, one) in derived.pairs("dg:contradicts")


# ---- engagements entered twice ------------------------------------------------------------------


def add_meeting(scene, report, slug, people, day="2026-03-01", kind="Meeting"):
    """Return a meeting of `people`, told by `report`, on that day or in those days."""
    meeting = scene.event(slug, kind, "Meeting")
    scene.add(meeting, "dg:reportedBy", report)
    for person in people:
        scene.add(meeting, "dg:hasParticipant", f"person:{person}")
        scene.add(f"person:{person}", "a", "dg:Person")
    scene.attest(report, meeting, scene.date(meeting, day))
    return meeting


@pytest.mark.parametrize(
    ("people", "day", "kind", "found"),
    [
        (["ana", "bo"], "2026-03-01", "Meeting", True),
        (["ana", "bo"], "2026-02-27/2026-03-02", "Meeting", True),
        (["ana", "bo", "cy"], "2026-03-01", "Meeting", True),
        (["ana", "bo"], "2026-03-01", "Summit", True),
        (["ana", "bo"], "2026-03-02", "Meeting", False),
        (["ana", "bo"], "2026", "Meeting", False),
        (["ana", "cy"], "2026-03-01", "Meeting", False),
        (["ana"], "2026-03-01", "Meeting", False),
    ],
)
def test_meetings_of_the_same_people_in_days_that_overlap_seem_one(scene, people, day, kind, found):
    one, other = (scene.report(slug, "2026-04-01") for slug in ("one", "other"))
    first = add_meeting(scene, one, "first", ["ana", "bo"])
    second = add_meeting(scene, other, "second", people, day, kind)
    pairs = {(first, second), (second, first)} if found else set()
    assert scene.derive().pairs("dg:seemsSameAs") == pairs


def test_two_meetings_that_one_report_tells_of_are_two(scene):
    report = scene.report("one", "2026-04-01")
    for slug in ("first", "second"):
        add_meeting(scene, report, slug, ["ana", "bo"])
    assert scene.derive().pairs("dg:seemsSameAs") == set()


@pytest.mark.parametrize("link", ["subEventOf", "follows", "preparesFor", "firstSince"])
def test_two_meetings_with_a_link_between_them_are_two(scene, link):
    one, other = (scene.report(slug, "2026-04-01") for slug in ("one", "other"))
    first = add_meeting(scene, one, "first", ["ana", "bo"])
    scene.add(add_meeting(scene, other, "second", ["ana", "bo"]), f"dg:{link}", first)
    assert scene.derive().pairs("dg:seemsSameAs") == set()


@pytest.mark.parametrize(
    ("property_of", "value", "host", "found"),
    [
        ("visitor", "person:ana", "state:IND", True),
        ("sentBy", "state:RUS", "state:IND", True),
        ("visitor", "person:bo", "state:IND", False),
        ("visitor", "person:ana", "state:JPN", False),
    ],
)
def test_visits_of_one_visitor_or_sender_to_one_host_seem_one(
    scene, property_of, value, host, found
):
    first_value = value if property_of == "sentBy" else "person:ana"
    for slug, guest, receiver in (("first", first_value, "state:IND"), ("second", value, host)):
        report = scene.report(slug, "2026-04-01")
        visit = scene.event(slug, "Visit")
        scene.add(visit, "dg:reportedBy", report)
        scene.add(visit, f"dg:{property_of}", guest)
        scene.add(visit, "dg:host", receiver)
        scene.attest(report, visit, scene.date(visit, "2026-03-01"))
    assert bool(scene.derive().pairs("dg:seemsSameAs")) is found
