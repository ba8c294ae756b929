"""Invented states and persons, and reports about them, generated at random from a seed."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterator

from diplograph.core.names import REFERENCE_GRAPH, report_graph
from rig.closure import Statement

EVENTS_PER_REPORT, PASSAGES_PER_REPORT, TENURES_PER_REPORT = 18, 18, 12
AGENCIES = 7

KINDS = [
    (35, "talks", ("dg:BilateralMeeting", "dg:MinisterialTalks")),
    (30, "visit", ("dg:Visit",)),
    (10, "summit", ("dg:BilateralMeeting", "dg:Summit")),
    (12, "conference", ("dg:MultilateralMeeting",)),
    (8, "announcement", ("dg:Announcement",)),
    (5, "request", ("dg:Request",)),
]
STATUSES = "planned scheduled held held held postponed cancelled underway".split()
MODALITIES = "asserted asserted asserted expected planned likely".split()
EVIDENCE = "news-narration official-announcement quoted-statement hearsay".split()
TOPICS = "trade defence culture science connectivity tariffs politics economy oil payments".split()
SYLLABLES = "ka lor be mi tan dra vo sel ru hin ost pa".split()
HEDGES = ["is likely to", "is expected to", "reportedly", "around these days", "may yet"]
PHRASES = [
    "The two sides go through what was agreed before and name what is still open",
    "A spokesperson makes known that delegations prepare papers for the coming round",
    "The reporter reads the meeting as a step towards closer work in several forums",
    "Both ministries stress that talks go on and that nothing is settled before its time",
]


class Writer:
    """Writes statements into one graph; called with a thing, its class and its label."""

    def __init__(self, graph: set[Statement]):
        self.graph = graph

    def __call__(self, thing: str, types: str | tuple[str, ...], label: str) -> None:
        """State what kind of thing it is and what it is called."""
        for kind in ("owl:NamedIndividual", *([types] if isinstance(types, str) else types)):
            self.say(thing, "rdf:type", kind)
        self.say(thing, "rdfs:label", f'"{label}"@en')

    def say(self, subject: str, predicate: str, value: str) -> None:
        """State one thing; terms are CURIEs, literals have their quotes."""
        self.graph.add((subject, predicate, value))


class World:
    """Invented states and persons, and reports on what they do, in named graphs."""

    def __init__(self, chance: random.Random, states: int):
        self.chance, self.graphs = chance, defaultdict(set)
        self.states: list[tuple[str, str]] = []
        self.persons: dict[str, list[tuple[str, str, str]]] = {}
        self.tenures: list[tuple[str, list[Statement]]] = []
        self.events: list[tuple[str, str]] = []
        add = self._writer(REFERENCE_GRAPH)
        for number in range(AGENCIES):
            add(f"media:agency-{number}", "dg:MediaOrganization", f"Agency {number}")
        for number in range(states):
            self._add_state(number)

    def add_report(self, number: int) -> None:
        """Add a report with its passages, events, facts and attestations."""
        slug = f"wire-{number:04d}"
        report, add = f"report:{slug}", self._writer(report_graph(slug))
        add(report, "dg:NewsReport", f"News report {number} of the wire")
        add.say(report, "dg:sha256", f'"{self._hash(report)}"')
        add.say(report, "dg:publisher", f"media:agency-{number % AGENCIES}")
        month, day_of_month = self.chance.randint(1, 12), self.chance.randint(1, 28)
        day = f"{2015 + number % 11}-{month:02d}-{day_of_month:02d}"
        add.say(report, "dg:publishedOn", f'"{day}"')
        add.say(report, "dg:publishedEarliest", f'"{day}T00:00:00Z"^^xsd:dateTime')
        add.say(report, "dg:publishedLatest", f'"{day}T23:59:59Z"^^xsd:dateTime')
        add.say(report, "dg:sourceNote", '"Invented for a benchmark."@en')
        add.say(report, "dg:receivedOn", '"2026-01-01"')
        for place in range(1, PASSAGES_PER_REPORT + 1):
            self._add_passage(add, slug, place)
        readings = iter(range(1, 10_000))
        for _ in range(EVENTS_PER_REPORT):
            self._add_event(add, slug, readings)
        for event, label in self.chance.sample(self.events, min(4, len(self.events))):
            facts = self._add_times(add, f"{event.partition(':')[2]}-{slug}", event, label)
            self._attest(add, slug, readings, facts)
        first = number * TENURES_PER_REPORT
        for place in range(first, first + TENURES_PER_REPORT):
            tenure, facts = self.tenures[place % len(self.tenures)]
            add.graph.update(facts)
            self._attest(add, slug, readings, [tenure])

    def _add_state(self, number: int) -> None:
        code = f"{chr(65 + number // 26)}{chr(65 + number % 26)}X"
        name = self._name() + "ia"
        add, state = self._writer(REFERENCE_GRAPH), f"state:{code}"
        add(state, "dg:State", name)
        for key, value in (("alpha3", code), ("alpha2", code[:2]), ("m49", f"{number:03d}")):
            add.say(state, f"dg:{key}Code", f'"{value}"')
        add.say(state, "dg:sourceNote", '"Invented for a benchmark."@en')
        low = code.lower()
        add(f"city:{low}", "dg:City", f"Port {name}")
        add.say(f"city:{low}", "dg:inState", state)
        add(f"body:{low}-foreign-ministry", "dg:Ministry", f"Foreign Ministry of {name}")
        add.say(f"body:{low}-foreign-ministry", "dg:bodyOf", state)
        self.states.append((state, name))
        self.persons[state] = []
        for post, title in (("president", "President"), ("foreign-minister", "Foreign Minister")):
            office = f"office:{low}-{post}"
            add(office, "dg:Office", f"{title} of {name}")
            add.say(office, "dg:officeOf", state)
            for turn in range(2):
                self._add_person(add, state, office, f"{low}-{post}-{turn}", f"{title} of {name}")

    def _add_person(self, add: Writer, state: str, office: str, slug: str, post: str) -> None:
        person, tenure = f"person:{slug}", f"tenure:{slug}"
        name = f"{self._name()} {self._name()}"
        add(person, "dg:Person", name)
        self.persons[state].append((person, name, office))
        facts = Writer(set())
        facts(tenure, "dg:Tenure", f"{name} as {post}")
        facts.say(tenure, "dg:holder", person)
        facts.say(tenure, "dg:office", office)
        self.tenures.append((tenure, sorted(facts.graph)))

    def _add_passage(self, add: Writer, slug: str, place: int) -> None:
        passage = f"passage:{slug}/{place}"
        add(passage, "dg:Passage", f"Passage {place} of {slug}")
        add.say(passage, "dg:passageOf", f"report:{slug}")
        for name, value in (
            ("paragraph", place // 2 + 1),
            ("startOffset", place * 190),
            ("endOffset", place * 190 + 180),
        ):
            add.say(passage, f"dg:{name}", f'"{value}"^^xsd:integer')
        add.say(passage, "dg:sha256", f'"{self._hash(passage)}"')
        add.say(
            passage, "dg:gist", f'"{self.chance.choice(PHRASES)}, as paragraph {place} has it."'
        )

    def _add_event(self, add: Writer, slug: str, readings: Iterator[int]) -> None:
        weights, names, types = zip(*KINDS, strict=True)
        kind = self.chance.choices(range(len(KINDS)), weights)[0]
        sides = self.chance.sample(self.states, 4 if names[kind] == "conference" else 2)
        short = f"{names[kind]}-{len(self.events)}-{sides[0][0][6:].lower()}"
        event, label = f"event:{short}", f"{names[kind].title()} of {sides[0][1]} and {sides[1][1]}"
        add(event, types[kind], f"{label}, number {len(self.events)}")
        facts = [event]
        if names[kind] in ("announcement", "request"):
            add.say(event, "dg:speaker", f"body:{sides[0][0][6:].lower()}-foreign-ministry")
            add.say(event, "dg:onTopic", f"topic:{self.chance.choice(TOPICS)}")
            if self.events:
                add.say(event, "dg:content", self.chance.choice(self.events)[0])
        else:
            facts += self._add_sides(add, short, event, names[kind], sides)
        facts += self._add_times(add, short, event, label)
        self._attest(add, slug, readings, facts)
        self._attest(add, slug, readings, self._add_agenda(add, short, event, label))
        if self.events and self.chance.random() < 0.4:
            earlier = self.chance.choice(self.events)[0]
            link = self._add_link(add, "Continuation", "continuationOf", short, event, earlier)
            self._attest(add, slug, readings, [link])
        self.events.append((event, label))

    def _add_sides(self, add: Writer, short: str, event: str, kind: str, sides: list) -> list[str]:
        city = f"city:{sides[1][0][6:].lower()}"
        facts = [self._add_link(add, "Placement", "placementOf", short, event, city)]
        if kind == "visit":
            add.say(event, "dg:visitor", self.chance.choice(self.persons[sides[0][0]])[0])
            for name, of, side in (("Sending", "sendingOf", 0), ("Hosting", "hostingOf", 1)):
                facts.append(self._add_link(add, name, of, short, event, sides[side][0]))
            sides = sides[:1]
        for state, name in sides:
            person, called, office = self.chance.choice(self.persons[state])
            fact = f"participation:{short}-{state[6:].lower()}"
            add(fact, "dg:Participation", f"{called} for {name} at {short}")
            add.say(fact, "dg:participationIn", event)
            add.say(fact, "dg:participant", person)
            add.say(fact, "dg:participationRole", "participation-role:principal")
            add.say(fact, "dg:onBehalfOf", state)
            add.say(fact, "dg:inCapacityOf", office)
            facts.append(fact)
        return facts

    def _add_link(
        self, add: Writer, kind: str, of: str, short: str, event: str, target: str
    ) -> str:
        link = f"link:{short}-{kind.lower()}"
        add(link, f"dg:{kind}", f"{kind} of {short}")
        add.say(link, f"dg:{of}", event)
        add.say(link, "dg:linkTo", target)
        return link

    def _add_times(self, add: Writer, short: str, event: str, label: str) -> list[str]:
        estimate, record = f"date-estimate:{short}", f"status-record:{short}"
        month, day = self.chance.randint(1, 12), self.chance.randint(1, 27)
        date = f"{self.chance.randint(2015, 2026)}-{month:02d}-"
        add(estimate, "dg:DateEstimate", f"{label} on about {date}{day:02d}")
        add.say(estimate, "dg:dateOf", event)
        add.say(estimate, "dg:dateRole", "date-role:span")
        add.say(estimate, "dg:edtf", f'"{date}{day:02d}~"')
        add.say(estimate, "dg:dateText", f'"around {day} of month {month}"')
        add.say(estimate, "dg:earliest", f'"{date}{day:02d}T00:00:00Z"^^xsd:dateTime')
        add.say(estimate, "dg:latest", f'"{date}{day + 1:02d}T23:59:59Z"^^xsd:dateTime')
        status = self.chance.choice(STATUSES)
        add(record, "dg:StatusRecord", f"{label} {status}")
        add.say(record, "dg:statusOf", event)
        add.say(record, "dg:statusValue", f"status:{status}")
        return [estimate, record]

    def _add_agenda(self, add: Writer, short: str, event: str, label: str) -> list[str]:
        topics = self.chance.sample(TOPICS, self.chance.randint(1, 2))
        for topic in topics:
            item = f"agenda-item:{short}-{topic}"
            add(item, "dg:AgendaItem", f"{label} on {topic}")
            add.say(item, "dg:agendaOf", event)
            add.say(item, "dg:agendaTopic", f"topic:{topic}")
        return [f"agenda-item:{short}-{topic}" for topic in topics]

    def _attest(self, add: Writer, slug: str, readings: Iterator[int], facts: list[str]) -> None:
        number = next(readings)
        reading = f"attestation:{slug}/{number}"
        add(reading, "dg:Attestation", f"Attestation {number} of {slug}")
        for fact in facts:
            add.say(reading, "dg:attests", fact)
        place = self.chance.randint(1, PASSAGES_PER_REPORT)
        add.say(reading, "dg:quotes", f"passage:{slug}/{place}")
        add.say(reading, "dg:modality", f"modality:{self.chance.choice(MODALITIES)}")
        add.say(reading, "dg:evidentiality", f"evidentiality:{self.chance.choice(EVIDENCE)}")
        if self.chance.random() < 0.3:
            add.say(reading, "dg:hedgeText", f'"{self.chance.choice(HEDGES)}"')

    def _writer(self, graph: str) -> Writer:
        return Writer(self.graphs[graph])

    def _name(self) -> str:
        return "".join(self.chance.choices(SYLLABLES, k=3)).title()

    def _hash(self, text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()
