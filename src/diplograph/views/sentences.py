"""What a fact says in one sentence, and what its readings come to, in plain words."""

from __future__ import annotations

from collections.abc import Iterable

from diplograph.passages import Attestation
from diplograph.things import Thing
from diplograph.views.agreement import is_denied
from diplograph.views.statements import Record
from diplograph.wording import say_date

_WEAK = {"hearsay": "hearsay", "editorial-characterisation": "a reporter's own judgement"}
_PARTS = {"start": ", its start", "end": ", its end"}


def say_fact(record: Record) -> str:
    """Return what a fact says as one sentence, of labels alone; hedges are its readings' to say."""
    said = (
        _say_date(record),
        _say_status(record),
        _say_participation(record),
        _say_agenda(record),
        _say_quantity(record),
        _say_tenure(record),
        _say_membership(record),
        _say_stage(record),
    )
    return next(filter(None, said), f"{record.thing.label}.")


def weigh_readings(attestations: Iterable[Attestation]) -> tuple[str, ...]:
    """Return what the readings of a fact come to, a few plain sentences, the weightiest first."""
    readings = tuple(attestations)
    if not readings:
        return ("No passage is given for this.",)
    standing = [each for each in readings if not each.superseded_by]
    if not standing:
        return (_count(readings), "Every reading of it has been superseded.")
    return tuple(filter(None, (_count(standing), *_doubts(standing), _superseded(readings))))


def _count(readings: Iterable[Attestation]) -> str:
    passages = {each.passage.thing.iri for each in readings}
    reports = {each.passage.report.iri for each in readings}
    return f"Rests on {_number(len(passages), 'passage')} of {_number(len(reports), 'report')}."


def _doubts(standing: list[Attestation]) -> list[str]:
    said = []
    denials = [each for each in standing if is_denied(each)]
    if denials:
        told = "One reading says it, another denies it." if len(denials) < len(standing) else ""
        said.append(told or "Every reading of it denies it.")
    ways = {way.iri.rpartition("/")[2] for each in standing for way in each.evidentiality}
    if ways and ways <= _WEAK.keys():
        said.append(f"It rests on {' and '.join(_WEAK[way] for way in sorted(ways))} alone.")
    modalities = {each.label for one in standing for each in one.modality}
    if modalities and modalities != {"denied"}:
        said.append(f"How firmly it is put: {', '.join(sorted(modalities))}.")
    return said


def _superseded(readings: tuple[Attestation, ...]) -> str:
    older = sum(1 for each in readings if each.superseded_by)
    return f"{_number(older, 'reading')} superseded." if older else ""


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _say_date(record: Record) -> str:
    about, edtf = _labels(record.things("dateOf")), record.text("edtf")
    if not about or not edtf:
        return ""
    roles = (each.iri.rpartition("/")[2] for each in record.things("dateRole"))
    part = next((_PARTS[role] for role in roles if role in _PARTS), "")
    return f"{about}{part}: {say_date(edtf)}."


def _say_status(record: Record) -> str:
    about, values = _labels(record.things("statusOf")), _labels(record.things("statusValue"))
    return f"{about}: recorded as {values}." if about and values else ""


def _say_participation(record: Record) -> str:
    who, event = _labels(record.things("participant")), _labels(record.things("participationIn"))
    if not who or not event:
        return ""
    details = (
        f"as {role}" if (role := _labels(record.things("participationRole"))) else "",
        f"in the capacity of {office}"
        if (office := _labels(record.things("inCapacityOf")))
        else "",
        f"with {group}" if (group := _labels(record.things("inDelegation"))) else "",
        f"on behalf of {party}" if (party := _labels(record.things("onBehalfOf"))) else "",
    )
    tail = ", ".join(filter(None, details))
    return f"{who} in {event}{', ' if tail else ''}{tail}."


def _say_agenda(record: Record) -> str:
    event = _labels(record.things("agendaOf"))
    about = _labels((*record.things("agendaTopic"), *record.things("agendaEntity")))
    return f"On the agenda of {event}: {about}." if event and about else ""


def _say_quantity(record: Record) -> str:
    about = _labels(record.things("quantityOf"))
    least, most = record.text("minCount"), record.text("maxCount")
    if not about or not (least or most):
        return ""
    if least and most:
        return f"{about}: {least if least == most else f'{least} to {most}'}."
    return f"{about}: {f'at least {least}, no upper bound given' if least else f'at most {most}'}."


def _say_tenure(record: Record) -> str:
    who, office = _labels(record.things("holder")), _labels(record.things("office"))
    return f"{who} holds the office {office}." if who and office else ""


def _say_membership(record: Record) -> str:
    who, forum = _labels(record.things("member")), _labels(record.things("memberOfForum"))
    kind = _labels(record.things("membershipKind"))
    return f"{who} belongs to {forum}{f' ({kind})' if kind else ''}." if who and forum else ""


def _say_stage(record: Record) -> str:
    whole = _labels((*record.things("stageOf"), *record.things("agreementStageOf")))
    value = _labels(record.things("stageValue")) or record.thing.label
    return f"A stage of {whole}: {value}." if whole else ""


def _labels(things: Iterable[Thing]) -> str:
    labels = [each.label for each in things]
    if len(labels) < 2:
        return "".join(labels)
    return f"{', '.join(labels[:-1])} and {labels[-1]}"
