"""What the tests of engagements ask in the same words: the invented world on one day."""

from datetime import date

from diplograph.core.names import expand
from diplograph.views.engagements import find_engagements
from diplograph.views.filter import EngagementFilter, filter_engagements

DAY = date(2031, 3, 20)


def named(*curies):
    """Return the IRIs of some CURIEs in one text."""
    return " ".join(expand(each) for each in curies)


def find(asking, day=DAY, **chosen):
    """Return the slugs of the engagements that a filter finds."""
    found = find_engagements(asking, EngagementFilter(**chosen), day)
    return {each.thing.curie.removeprefix("event:") for each in found.engagements}


def words(asking, day=DAY):
    """Return the word of each engagement's status by its IRI."""
    return {each.iri: each.word for each in filter_engagements(asking, EngagementFilter(), day)}


def curies(found):
    """Return the CURIEs of what was found, in its order."""
    return [each.thing.curie for each in found.engagements]
