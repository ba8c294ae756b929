"""How each engagement of the invented world stands on five days, against a table made by hand.

The table is tests/world/outlooks.tsv. A line gives the day, the event, its status in words, its
best dates in words, and the larger event whose dates a part has.
"""

import csv
from collections import defaultdict

import pytest

from diplograph.core.dates import say_date
from diplograph.core.names import PREFIXES
from fixtures.project_files import ROOT

TABLE = ROOT / "tests" / "world" / "outlooks.tsv"
DAYS = ("2031-03-20", "2031-04-08", "2031-05-05", "2031-06-15", "2032-05-01")
IN_WORDS = {"not-held": "not held", "underway": "under way"}
ROLES = {"start": "from ", "end": "until "}


def read_table():
    """Return day to event to its status, dates and larger event, as the table has them."""
    table = defaultdict(dict)
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            table[row["day"]][row["event"]] = row["status"], row["dates"], row["during"]
    return table


def read_states(store, day):
    """Return event to the properties of its state on `day`, each with its values."""
    text = f"""
        PREFIX dg: <{PREFIXES["dg"]}>
        SELECT ?event ?property ?value ?edtf ?role ?denied WHERE {{
          ?state dg:stateOf ?event .
          ?state dg:stateFrom ?from .
          FILTER (?from <= "{day}")
          FILTER NOT EXISTS {{ ?state dg:stateUntil ?until . FILTER (?until <= "{day}") }}
          ?state ?property ?value .
          OPTIONAL {{ ?value dg:edtf ?edtf . ?value dg:dateRole ?role . }}
          BIND (NOT EXISTS {{ ?state dg:counts ?support . ?support dg:attests ?event . }}
            && EXISTS {{ ?state dg:counts ?denial . ?denial dg:denies ?event . }} AS ?denied)
        }}"""
    states = defaultdict(lambda: defaultdict(set))
    for row in store.query(text):
        name = row["property"].value.removeprefix(PREFIXES["dg"])
        value = row["value"].value.rpartition("/")[2]
        if row["edtf"] is not None:
            role = row["role"].value.rpartition("/")[2]
            value = ROLES.get(role, "") + say_date(row["edtf"].value)
        state = states[row["event"].value.removeprefix(PREFIXES["event"])]
        state[name].add(value)
        if row["denied"].value == "true":
            state["denied"].add("true")
    return states


def say_status(state, day):
    """Return the status of an event in that state on `day`, in words."""
    (pending_until,) = state.get("pendingUntil") or {""}
    if state.get("denied"):
        return "denied"
    if state.get("disputed"):
        return "reports disagree"
    if pending_until and pending_until < day:
        dated = state.get("boundLatest")
        (last,) = state["lastHeardOf"]
        passed = "date passed, outcome not reported"
        return passed if dated else f"not heard of since {say_date(last)}"
    words = sorted(IN_WORDS.get(status, status) for status in state.get("currentStatus", ()))
    return ", ".join(words) or "status not stated"


def read_outlooks(store, day):
    """Return event to its status, dates and larger event on `day`, as the rules have them."""
    states = read_states(store, day)

    def say_dates(event):
        return " / ".join(sorted(states[event]["bestDate"]))

    outlooks = {}
    for event, state in list(states.items()):
        (whole,) = state.get("boundsFrom") or {""}
        outlooks[event] = say_status(state, day), say_dates(whole or event), whole
    return outlooks


@pytest.mark.parametrize("day", DAYS)
def test_each_engagement_stands_on_a_day_as_the_table_says(world_store, day):
    assert read_outlooks(world_store, day) == read_table()[day]
