"""The lines of Turtle are found without a bound on nesting, whatever its tokens look like."""

import pytest

from diplograph.core.lines import read_turtle_lines
from diplograph.core.tokens import find_nesting

TEXT = r"""@prefix e: <urn:e:> . PREFIX : <urn:d:>
@base <https://x.example/a/b> .
e:a.b e:p .5 , 1.0e3 , 7.
<c> a e:T ; e:p "x # no \"comment" , '''two
lines'''@en-GB , "1"^^e:d ;  # e:z e:z e:z .
  e:q [ e:r e:deep ;
    e:s ( e:one
      e:two ) ] , () .
:\~tilde e:p <#f> , true.
( e:listed ) e:p <\u0061> .
"""
PLACES = [
    (("urn:e:a.b", "urn:e:p", ".5"), 3),
    (("urn:e:a.b", "urn:e:p", "1.0e3"), 3),
    (("https://x.example/a/c", None, None), 4),
    (("https://x.example/a/c", "urn:e:p", 'x # no "comment'), 4),
    (("https://x.example/a/c", "urn:e:p", "two\nlines"), 4),
    (("https://x.example/a/c", "urn:e:p", "1"), 5),
    (("https://x.example/a/c", "urn:e:q", None), 6),
    (("https://x.example/a/c", "urn:e:q", "http://www.w3.org/1999/02/22-rdf-syntax-ns#nil"), 8),
    (("urn:d:~tilde", "urn:e:p", "https://x.example/a/b#f"), 9),
    (("urn:d:~tilde", "urn:e:p", "true"), 9),
    (("urn:e:z", None, None), None),
]
MENTIONS = {"urn:e:deep": 6, "urn:e:one": 7, "urn:e:two": 8, "urn:e:listed": 10, "urn:e:d": None}


@pytest.mark.parametrize(("statement", "line"), PLACES, ids=str)
def test_a_statement_is_on_its_line(statement, line):
    assert read_turtle_lines(TEXT).find(*statement) == line


@pytest.mark.parametrize("thing", MENTIONS)
def test_a_thing_is_mentioned_inside_lists_and_blank_nodes(thing):
    assert read_turtle_lines(TEXT).mentions(thing) == MENTIONS[thing]


def test_lines_of_any_nesting_are_found():
    text = "<urn:a> <urn:p> " + "[ <urn:p> (\n" * 3000 + "<urn:b>" + ") ]" * 3000 + " ."
    assert read_turtle_lines(text).mentions("urn:b") == 3001


@pytest.mark.parametrize(
    ("opening", "closing"), [("[ <urn:p> ", "]"), ("( ", ")"), ("<<( ", ")>>")]
)
def test_only_brackets_count_as_nesting(opening, closing):
    quoted = '"[[[[" , <urn:[[[> , ' + "'''((((''' # [[[[\n"
    assert find_nesting(quoted + opening * 5 + closing * 5 + opening * 5, 5) is None
    assert find_nesting(quoted + opening * 6, 5) == len(quoted) + 5 * len(opening)


@pytest.mark.parametrize(
    "piece", ['"', "'''", '"""x', "<\\u0041", "....", "e:a.", "\\", "<<", "@a-"]
)
def test_tokens_that_do_not_end_take_no_time(piece):
    assert find_nesting(piece * 20_000, 100_000) is None
