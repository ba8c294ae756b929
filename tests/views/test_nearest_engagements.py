"""What is still ahead of a day and what is over, told alike by every page."""

from datetime import UTC, date, datetime

import pytest

from diplograph.core.names import PREFIXES
from diplograph.views.engagements import choose_nearest
from diplograph.views.pair import MINISTERIAL, read_levels
from diplograph.views.status import JudgedEngagement, is_ahead, is_over

DAY = date(2031, 3, 20)


def entry(word, first="", last=""):
    """Return an engagement with a status word, from one day to another."""
    bounds = [datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (first, last) if each]
    return JudgedEngagement(f"event:{word}", *(bounds or [None, None]), word)


@pytest.mark.parametrize(
    ("found", "ahead"),
    [
        (entry("planned"), True),
        (entry("planned", "2031-03-20", "2031-03-21"), True),
        (entry("underway", "2031-03-01", "2031-03-20T23:59:59"), True),
        (entry("underway"), False),
        (entry("held", "2031-04-01", "2031-04-02"), False),
    ],
)
def test_ahead_is_what_is_planned_or_known_to_go_on_that_day(found, ahead):
    assert is_ahead(found) is ahead


def test_what_goes_on_without_a_day_is_never_called_the_next():
    nearest = choose_nearest((entry("underway"),), DAY)
    assert (nearest["next"], nearest["others"]) == ((), ("event:underway",))


def test_what_was_held_after_a_day_is_not_the_last_before_it():
    later = entry("held", "2031-05-01", "2031-05-02")
    assert not is_over(later, DAY)
    assert choose_nearest((later,), DAY)["last"] == ()


def test_no_level_counts_days_since_what_was_held_later():
    later = entry("held", "2031-05-01", "2031-05-02")

    class Silent:
        def rows(self, text):
            return [{"event": later.iri, "held": f"{PREFIXES['office-kind']}foreign-minister"}]

    levels = {each.name: each for each in read_levels(Silent(), [later], DAY)}
    assert (levels[MINISTERIAL].total, levels[MINISTERIAL].last) == (1, None)
