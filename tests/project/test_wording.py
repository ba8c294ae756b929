"""The interface is in plain English: short sentences, and none of the phrases to avoid."""

import re

from fixtures.interface_strings import list_words, read_module, read_script, read_template

LONGEST = 25  # words of a sentence

# What nobody says today, and what our glossary rules out; each is sought in any case.
NEVER = [
    r"found are",
    r"shown is",
    r"shown are",
    r"listed are",
    r"what is said of it",
    r"is said of",
    r"a slip of the keys",
    r"for a given one",
    r"for a given",
    r"risen from",
    r"told of",
    r"tells? of",
    r"tell of",
    r"what became of",
    r"what becomes of",
    r"what came of it",
    r"what comes of",
    r"known of it",
    r"whence",
    r"whither",
    r"thereof",
    r"therein",
    r"thereby",
    r"wherein",
    r"whereof",
    r"hereby",
    r"herein",
    r"heretofore",
    r"aforesaid",
    r"shall",
    r"upon",
    r"hath",
    r"amongst",
    r"whilst",
    r"lest",
    r"albeit",
    r"notwithstanding",
    r"as it stands",
    r"as they stand",
    r"is to be had",
    r"to be had",
    r"not to be had",
    r"not here",
    r"is put up with",
    r"rests? on hearsay alone",
    r"not over and done",
    r"at hand",
    r"is meant\?",
    r"knows of",
    r"how firmly it is put",
    r"dies? with it",
    r"nought",
    # Headings and sentences that were reworded once, and their like.
    r"words of a name",
    r"every fact here has a name",
    r"lacks an outcome",
    r"what it tells",
    r"over or under way",
    r"under way",
    r"no report here says on which day",
    r"one is more exact than",
    r"that is a refinement, not",
    r"who says that there is",
    r"rest on these readings",
    r"facts that name it",
    r"how firmly",
    r"all there is between",
    r"over either's dealings",
    r"said to one another",
    r"requests and concerns open",
    r"days are counted to the",
    r"rose to",
    r"where in it is not said",
    r"since a day was given",
    r"nothing here has",
    r"no firmer reading",
    r"day that has passed does not",
    r"whoever keeps the data",
    r"names nearly equal",
    r"nothing here is called",
    r"cannot be answered as it",
    r"a query too long for",
    r"the text that was read",
    r"read \w+ times",
    r"fall into a window of days",
    r"all that follows",
    r"ask the graph anything",
    r"programs ask",
    r"stand out in it",
    r"makes? known that",
    # Words that the glossary gives another name.
    r"rests? on",
    r"in a position to",
    r"names? a coming",
    r"comes? in spite of",
    r"is not said",
    r"not said",
    r"the only report, and",
]
_NEVER = re.compile(rf"\b(?:{'|'.join(NEVER)})(?!\w)", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]*[A-Z0-9])")
_WORD = re.compile(r"[^\s,;:()\[\]\"“”·.…/-][^\s]*")


def faults_of(words):
    """Return what is wrong with one string: its place, the fault and the sentence."""
    place = f"{words.file}:{words.line}"
    found = []
    for sentence in _SENTENCE.split(words.text):
        number = len(_WORD.findall(sentence))
        if number > LONGEST:
            found.append(f"{place}: {number} words, {LONGEST} at most: {sentence}")
        for phrase in dict.fromkeys(match[0].lower() for match in _NEVER.finditer(sentence)):
            found.append(f'{place}: "{phrase}" is not plain English: {sentence}')
    return found


def list_faults():
    """Return the faults of every file that has any."""
    faults = {}
    for words in list_words():
        if found := faults_of(words):
            faults.setdefault(words.file, []).extend(found)
    return {file: list(dict.fromkeys(found)) for file, found in faults.items()}


def test_every_string_of_the_interface_is_plain_english():
    faults = [line for found in list_faults().values() for line in found]
    assert not faults, f"{len(faults)} strings to reword:\n" + "\n".join(faults)


def test_strings_are_found_in_every_kind_of_file():
    kinds = {words.file.rpartition(".")[2] for words in list_words()}
    assert kinds == {"html", "js", "py", "rq", "ttl", "xml"}
    assert len(list_words()) > 1000


def test_a_sentence_of_a_template_goes_on_through_its_values_and_phrases():
    places = "{% if place %} in {{ place }}{% else %} somewhere{% endif %}"
    page = f"<p>{{# no #}}Held on <b>{{{{ day }}}}</b>{places}.</p>"
    texts = [words.text for words in read_template(page, "page.html")]
    assert texts == ["Held on X in X.", "somewhere"]


def test_strings_of_scripts_and_modules_are_found_without_their_code():
    script = 'const said = `The ${word} was not found.`; // a comment in words\n"li > a b c";'
    assert [words.text for words in read_script(script, "a.js")] == ["The X was not found."]
    module = '"""Its first line."""\nraise UsageError(f"{name}: there is no file " "of this name")'
    assert [words.text for words in read_module(module, "a.py")] == [
        "X: there is no file of this name"
    ]


def test_a_long_sentence_and_an_old_phrase_would_be_seen():
    page = f"<p>{'word ' * 26}.</p><p>Found are three.</p><p>Short. {'word ' * 20}.</p>"
    faults = [fault for words in read_template(page, "page.html") for fault in faults_of(words)]
    assert len(faults) == 2
    assert faults[0].startswith("page.html:1: 26 words")
    assert '"found are"' in faults[1]
