"""How each engagement of the invented world stands on five days, against a table made by hand.

The table is tests/world/outlooks.tsv. A line gives the day, the event, its status in words, its
best dates in words, and the larger event whose dates a part has.
"""

import csv
from collections import defaultdict
from datetime import date

import pyoxigraph as ox
import pytest

from diplograph.core.dates import say_date
from diplograph.core.names import PREFIXES
from diplograph.store.engine import LocalEngine
from diplograph.views.query import QueryRunner
from diplograph.views.status import (
    STATUS_LABELS,
    choose_state,
    current_dates,
    read_dates,
    read_states,
    say_status,
)
from fixtures.project_files import ROOT

TABLE = ROOT / "tests" / "world" / "outlooks.tsv"
DAYS = ("2031-03-20", "2031-04-08", "2031-05-05", "2031-06-15", "2032-05-01")


def read_table():
    """Return day to event to its status, dates and larger event, as the table has them."""
    table = defaultdict(dict)
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            table[row["day"]][row["event"]] = row["status"], row["dates"], row["during"]
    return table


def read_outlooks(store, day):
    """Return event to its status, dates and larger event on `day`, as the views say them."""
    runner, moment = QueryRunner(LocalEngine(store)), date.fromisoformat(day)
    kind = ox.NamedNode(PREFIXES["dg"] + "stateOf")
    events = {quad.object.value for quad in store.match(None, kind, None)}
    dates, outlooks = read_dates(runner, events, moment), {}
    for event, states in read_states(runner, events).items():
        if (state := choose_state(states, moment)) is None:
            continue
        best = current_dates(dates.get(event, ()))
        within = {each.within.iri for each in best if each.within}
        outlooks[event.removeprefix(PREFIXES["event"])] = (
            "denied" if state.denied else say_plainly(state, moment),
            " / ".join(sorted(each.phrase for each in best)),
            "".join(within).removeprefix(PREFIXES["event"]),
        )
    return outlooks


def say_plainly(state, day):
    """Return the status of a state without its report, and with the whole day of the newest one."""
    status = say_status(state, day)
    if status.word == "unheard":
        return f"not heard of since {say_date(state.last_heard_of)}"
    return STATUS_LABELS[status.word]


@pytest.mark.parametrize("day", DAYS)
def test_each_engagement_stands_on_a_day_as_the_table_says(world_store, day):
    assert read_outlooks(world_store, day) == read_table()[day]
