"""The whole reference of our words, read once a build: terms, shapes, files, numbers, questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from diplograph.build.questions import Question
from diplograph.core.errors import MalformedFile, UnreadableFile
from diplograph.core.home import Home
from diplograph.core.names import PREFIXES
from diplograph.things import Thing
from diplograph.views.asking import Asking
from diplograph.views.headers import Header
from diplograph.views.indexed import Indexed
from diplograph.views.schemes import Concept
from diplograph.views.shapes import Shape, read_shapes
from diplograph.views.terms import Term, Vocabulary, read_vocabulary
from diplograph.views.themes import Theme, match_themes, read_themes
from diplograph.views.usage import find_questions, read_sizes

_NEAR = 4


@dataclass(frozen=True)
class Reference:
    """What pages about our words are made from.

    `files` are the ontology's files where they are at hand, `placed` leads from a term or a
    scheme to its own;
    `sizes` count the things of a class and the statements of a property.
    """

    vocabulary: Vocabulary
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    shape_statements: Indexed = field(default_factory=lambda: Indexed(()))
    files: tuple[Theme, ...] = ()
    placed: Mapping[str, Theme] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    questions: Mapping[str, tuple[Question, ...]] = field(default_factory=dict)

    def find(self, name: str) -> Term | None:
        """Return the term of that name, None where there is none."""
        return self.vocabulary.terms.get(PREFIXES["dg"] + name)

    def find_file(self, header: Header) -> Theme | None:
        """Return the file that a header stands in, as far as it is at hand in this version."""
        same = (each for each in self.files if each.header == header)
        return next(same, None)

    def find_near(self, name: str) -> tuple[Thing, ...]:
        """Return the terms that are called nearly so, by name or label, the nearest first."""
        names: dict[str, Thing] = {}
        for term in self.vocabulary.terms.values():
            names.setdefault(term.name.lower(), term.thing)
            names.setdefault(term.thing.label.lower(), term.thing)
        near = get_close_matches(name.lower(), names, n=_NEAR, cutoff=0.55)
        return tuple(dict.fromkeys(names[each] for each in near))

    def find_constraints(self, term: Term) -> tuple[tuple[Shape, Shape], ...]:
        """Return what is asked of the things of a class, or of the values of a property.

        Each is a pair of the shape and its constraint; the shape called like the term comes first.
        """
        iri = term.thing.iri
        found = [
            (shape, each)
            for shape in self.shapes.values()
            if shape.targets
            for each in shape.constraints
            if shape.aims_at(iri) or (not term.is_class and iri in each.properties)
        ]
        return tuple(sorted(found, key=lambda pair: (pair[0].name != term.name, pair[0].name)))

    def find_wider_shapes(self, term: Term) -> tuple[Shape, ...]:
        """Return the shapes that a thing of a class meets by the classes above it alone."""
        above = [thing.iri for thing in term.wider]
        return tuple(
            each
            for each in self.shapes.values()
            if not each.aims_at(term.thing.iri) and any(map(each.aims_at, above))
        )

    def search(self, sought: str) -> tuple[Term | Concept, ...]:
        """Return the terms and concepts whose name, label, definition or example has all words.

        Those named so come first.
        """
        words = sought.lower().split()
        ranked = []
        for each in self._everything():
            named = f"{each.thing.label} {each.thing.curie}".lower()
            examples = " ".join(getattr(each, "examples", ()))
            text = f"{named} {each.definition} {examples}".lower()
            if words and all(word in text for word in words):
                exact = each.thing.label.lower() != sought.lower().strip()
                rank = (exact, not all(word in named for word in words), each.thing.label.lower())
                ranked.append((rank, each.thing.iri, each))
        return tuple(each for *_, each in sorted(ranked, key=lambda one: one[:2]))

    def _everything(self) -> Iterable[Term | Concept]:
        yield from self.vocabulary.terms.values()
        for scheme in self.vocabulary.schemes:
            yield from scheme.concepts


def read_reference(
    asking: Asking, questions: Iterable[Question], home: Home | None = None
) -> Reference:
    """Return the reference of the build that answers; four queries, and the files of `home`."""
    vocabulary = read_vocabulary(asking)
    labels = {
        each.thing.iri: each.thing.label
        for each in (*vocabulary.terms.values(), *vocabulary.foreign)
    }
    shape_statements, shapes = read_shapes(asking, labels)
    files = _read_files(home) if home and vocabulary.header else ()
    schemes = [each.thing.iri for each in vocabulary.schemes]
    return Reference(
        vocabulary=vocabulary,
        shapes=shapes,
        shape_statements=shape_statements,
        files=files,
        placed=match_themes(files, [*vocabulary.terms, *schemes], vocabulary.statements),
        sizes=read_sizes(asking),
        questions=find_questions(questions),
    )


def find_home() -> Home | None:
    """Return the home at hand, None where there is none: a reference can do without its files."""
    try:
        return Home.find()
    except UnreadableFile:
        return None


def _read_files(home: Home) -> tuple[Theme, ...]:
    """Return the files of `home`; none where one of them cannot be read, as while it is written."""
    try:
        return read_themes(home)
    except (UnreadableFile, MalformedFile):
        return ()
