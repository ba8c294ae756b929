"""How each engagement of the invented world stands on five days, by a table made by hand.

The table is tests/world/outlooks.tsv. A line gives the day, the event, its status and its best
dates in the words of the pages. What the rules derive, the pages, the lists and the questions all
agree with it: an event that the table does not have on a day is known to none of them then.
"""

import csv
import re
from collections import defaultdict
from datetime import date

import pytest

from diplograph.build.questions import read_questions
from diplograph.core.names import PREFIXES
from diplograph.store.engine import LocalEngine
from diplograph.views.engagements import EngagementFilter, filter_engagements
from diplograph.views.query import QueryRunner
from diplograph.views.status import choose_state, read_dates, read_states, say_range, say_status
from fixtures.project_files import ROOT

TABLE = ROOT / "tests" / "world" / "outlooks.tsv"
DAYS = ("2031-03-20", "2031-04-08", "2031-05-05", "2031-06-15", "2032-05-01")
DENIED, UNHEARD, OVERDUE = "denied", "not heard of", "overdue"
PLANNED = {"planned", "scheduled", "moved"}

each_day = pytest.mark.parametrize("day", DAYS)


@pytest.fixture(scope="module")
def runner(world_store):
    return QueryRunner(LocalEngine(world_store))


def read_table(day):
    """Return event to its status and dates on `day`, as the table has them."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["day"] == day]
    return {row["event"]: (row["status"], row["dates"]) for row in rows}


def bare(status):
    """Return a status without the month of its report and without the larger event."""
    whole = r" with .*$|, .*$| since .*$"
    return re.sub(whole, "", status)


def read_statuses(day):
    """Return event to its status on `day` alone, as the table has them."""
    return {event: bare(status) for event, (status, _) in read_table(day).items()}


def list_events(world_store):
    """Return the events that have states, the days of which the rules give."""
    found = world_store.query(f"SELECT DISTINCT ?e {{ ?s <{PREFIXES['dg']}stateOf> ?e }}")
    return sorted(row["e"].value for row in found)


def slug(iri):
    return iri.removeprefix(PREFIXES["event"])


# ---- rules ----------------------------------------------------------------------------------


def derive_statuses(store, day):
    """Return event to its status on `day` by what the rules derive, read without the views."""
    text = f"""
        PREFIX dg: <{PREFIXES["dg"]}>
        PREFIX rdfs: <{PREFIXES["rdfs"]}>
        SELECT ?event ?status ?disputed ?pending ?latest ?denied WHERE {{
          ?state dg:stateOf ?event .
          ?state dg:stateFrom ?from .
          FILTER (?from <= "{day}")
          FILTER NOT EXISTS {{ ?state dg:stateUntil ?until . FILTER (?until <= "{day}") }}
          OPTIONAL {{ ?state dg:currentStatus/rdfs:label ?status . }}
          OPTIONAL {{ ?state dg:disputed ?disputed . }}
          OPTIONAL {{ ?state dg:pendingUntil ?pending . }}
          OPTIONAL {{ ?state dg:boundLatest ?latest . }}
          BIND (NOT EXISTS {{ ?state dg:counts ?support . ?support dg:attests ?event . }}
            && EXISTS {{ ?state dg:counts ?denial . ?denial dg:denies ?event . }} AS ?denied)
        }}"""
    rows = defaultdict(list)
    for row in store.query(text):
        rows[slug(row["event"].value)].append(row)
    return {event: judge(of_event, day) for event, of_event in rows.items()}


def judge(rows, day):
    """Return the status of an event by the rows of its state, one for each current status."""
    row = rows[0]
    if row["denied"].value == "true":
        return DENIED
    if row["disputed"] is not None:
        return "disagreement"
    if row["pending"] is not None and row["pending"].value < day:
        return UNHEARD if row["latest"] is None else OVERDUE
    words = sorted(row["status"].value for row in rows if row["status"] is not None)
    return ", ".join(words).replace("underway", "underway when reported") or "status not reported"


@each_day
def test_the_rules_give_each_event_the_status_of_the_table(world_store, day):
    assert derive_statuses(world_store, day) == read_statuses(day)


# ---- pages and lists ------------------------------------------------------------------------


@each_day
def test_pages_say_of_each_event_what_the_table_says(world_store, runner, day):
    on = date.fromisoformat(day)
    events = list_events(world_store)
    dates = read_dates(runner, events, on)
    found = {}
    for event, states in read_states(runner, events).items():
        state = choose_state(states, on)
        if state is not None:
            status = DENIED if state.denied else say_status(state, on, dates.get(event, ())).label
            found[slug(event)] = status, say_range(dates.get(event, ()))
    assert found == read_table(day)


@each_day
def test_lists_have_what_is_not_only_denied_with_the_same_status(runner, day):
    found = filter_engagements(runner, EngagementFilter(), date.fromisoformat(day))
    listed = {slug(entry.iri): entry.status.label for entry in found}
    table = read_table(day)
    assert listed.items() <= {event: status for event, (status, _) in table.items()}.items()
    assert DENIED not in listed.values()


# ---- questions ------------------------------------------------------------------------------


def ask(world, world_store, name, day):
    """Return event to the statuses that a question answers with on `day`."""
    answers = defaultdict(set)
    for row in world_store.query(read_questions(world)[name].filled(day=day)):
        answers[slug(row["event"].value)].add(row["status"].value)
    return answers


@each_day
def test_questions_find_what_has_passed_and_what_was_not_heard_of(world, world_store, day):
    statuses = read_statuses(day)
    for name, status in (("date-passed", OVERDUE), ("not-heard-of-since", UNHEARD)):
        expected = {event for event, found in statuses.items() if found == status}
        assert ask(world, world_store, name, day).keys() == expected


@each_day
def test_what_a_question_calls_planned_the_table_calls_the_same(world, world_store, day):
    statuses = read_statuses(day)
    answers = ask(world, world_store, "planned-not-held", day)
    for event, found in answers.items():
        assert {bare(status) for status in found} == {statuses[event]}
    assert {event for event, status in statuses.items() if status in PLANNED} <= answers.keys()
