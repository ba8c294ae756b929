"""Regular expressions of sh:pattern, which are XPath's, in the form that Python reads."""

from __future__ import annotations

import re
import warnings

FLAGS = "smixq"

_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\s|\$|.", re.DOTALL)


class MalformedPattern(ValueError):
    """A text that is no regular expression, or has flags that there are not."""


def translate_pattern(pattern: str, flags: str = "") -> str:
    """Return the expression of Python that matches what `pattern` matches with these flags.

    The flags are part of it. Raises MalformedPattern, with what is wrong, for a text that Python
    cannot read: XPath's classes \\p{L}, \\i and \\c and its subtraction of classes are not known.
    """
    unknown = sorted(set(flags) - set(FLAGS))
    if unknown:
        message = f"sh:flags are of the letters {', '.join(FLAGS)}: drop {', '.join(unknown)}"
        raise MalformedPattern(message)
    expression = re.escape(pattern) if "q" in flags else _rewrite(pattern, flags)
    options = "".join(flag for flag in "ims" if flag in flags)
    expression = f"(?{options}){expression}" if options else expression
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of what later versions of Python read otherwise
            re.compile(expression)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        message = f"sh:pattern is no regular expression that can be read: {error}"
        raise MalformedPattern(message) from error
    return expression


def _rewrite(pattern: str, flags: str) -> str:
    """Return the expression without the blanks that flag x ignores, `$` for the very end alone."""

    def rewrite(part: re.Match) -> str:
        if part[0][0] == "[" and "-[" in part[0]:
            message = "sh:pattern takes a class from a class, which is not read here: list the rest"
            raise MalformedPattern(message)
        if part[0] == "$" and "m" not in flags:
            return r"\Z"
        return "" if "x" in flags and part[0].isspace() else part[0]

    return _PART.sub(rewrite, pattern)
