"""What is wrong with the HTML of a page, as html5lib and vnu tell it."""

import json
import subprocess

import html5lib
from html5lib.constants import E as WORDS

# Tables keep their roles in the markup: where the screen is narrow the stylesheet makes blocks of
# their rows, and some browsers would then forget that they are a table.
SPOKEN_TWICE = (
    "is unnecessary for element",
    "which has a “table” ancestor with no “role” attribute",
)


def find_mistakes(text):
    """Return the parse errors that the HTML standard names, each with its line and column."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    parser.parse(text)
    return [
        f"line {line}, column {column}: {WORDS[code] % values}"
        for (line, column), code, values in parser.errors
    ]


def validate(jar, files):
    """Return what the validator at `jar` says against HTML files, each with its file and line."""
    command = ["java", "-jar", str(jar), "--stdout", "--format", "json", "--exit-zero-always"]
    told = subprocess.run(
        [*command, *map(str, files)], capture_output=True, text=True, timeout=300, check=True
    )
    return [
        f"{each.get('url', '').rpartition('/')[2]}:{each.get('lastLine', 0)}: {each['message']}"
        for each in json.loads(told.stdout)["messages"]
        if not any(words in each["message"] for words in SPOKEN_TWICE)
    ]
