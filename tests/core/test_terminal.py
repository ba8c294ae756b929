"""Nothing that a terminal acts on is left in escaped text, and ordinary letters are."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diplograph.core.terminal import escape_controls
from fixtures.property_cases import property_cases

# Unicode, DerivedBidi: the characters with the property Bidi_Control.
BIDI_CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("\x1b]0;x\x07", r"\u001b]0;x\u0007"),
        ("\x1b]8;;https://example.org\x1b\\link", r"\u001b]8;;https://example.org\u001b\link"),
        ("\x9b31m", r"\u009b31m"),
        ("a\tb\nc\rd", r"a\tb\nc\rd"),
        ("\x00\x08\x7f\x85\u2028", r"\u0000\u0008\u007f\u0085\u2028"),
        ("\u202eevil\u2066", r"\u202eevil\u2066"),
        ("name-\udcff", r"name-\udcff"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_a_terminal_acts_on_is_shown_as_an_escape(text, escaped):
    assert escape_controls(text) == escaped


@pytest.mark.parametrize(
    "text",
    [
        "\u0141\u00f3d\u017a",
        "\u0627\u0644\u0642\u0627\u0647\u0631\u0629",
        "\u4f1a\u8c08",
        "\u0915\u094d\u200d\u0937",  # a joiner of Devanagari
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # a non-joiner of Persian
        "\U0001f54a",
    ],
)
def test_letters_of_any_script_are_left(text):
    assert escape_controls(text) == text


def test_a_newline_of_the_program_itself_can_be_left():
    assert escape_controls("two\nlines\x1b", keep="\n") == "two\nlines\\u001b"


@property_cases
@given(st.text(st.characters()))
def test_no_control_character_is_left_and_escaping_again_changes_nothing(text):
    escaped = escape_controls(text)
    assert not [c for c in escaped if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}]
    assert not set(escaped) & set(BIDI_CONTROLS)
    assert escape_controls(escaped) == escaped
