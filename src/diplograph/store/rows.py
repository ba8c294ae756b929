"""How many rows a body of results has, by the marks its format sets outside of texts."""

from __future__ import annotations

import re

from diplograph.core.formats import bare_csv

# Between two rows of JSON, and what stands there too where a row is empty, or where a text ends in
# the same signs: a quote inside a text is escaped, one that ends it has a comma or bracket next.
_JSON_ROW = re.compile(rb'\},\{(?:"[^,}]|"|\})')
_JSON_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"')


def count_rows(body: bytes, name: str) -> int:
    """Return how many rows the solutions in `body` are, in the format of RESULTS called `name`.

    The body is not parsed again: that would cost more than the answer. XML and TSV escape their
    marks inside a text; JSON and CSV need a second look only where a row is empty, a text looks
    like the end of a row, or a value is quoted.
    """
    if name == "xml":
        return body.count(b"<result>")
    if name == "json":
        return _count_json(body)
    if name == "csv":
        body = bare_csv(body)
    return body.count(b"\n") - 1


def _count_json(body: bytes) -> int:
    start = body.index(b'"bindings":[') + 12  # no quote stands bare in a name before it
    if body.startswith((b"]", b"{}"), start):
        return 0 if body.startswith(b"]", start) else _count_json_texts(body)
    found = _JSON_ROW.findall(body, start)
    if all(len(mark) == 5 for mark in found):
        return 1 + len(found)
    return _count_json_texts(body)


def _count_json_texts(body: bytes) -> int:
    bare = _JSON_TEXT.sub(b"", body)
    return bare.count(b"[{") + bare.count(b",{")
