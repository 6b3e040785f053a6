"""Forms as they are stored (JSON in encrypted columns) and as they travel (flat, core.federation.messages.Query).

On the wire a query is flat: `event_date`, `event_year`, `place`, `other_place`, `act`, and for each person n from 1
`person_<n>_name`, `_role`, `_former_names`, `_sex`, `_birth_date`, `_identity_number`. What is unknown is left out.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields

from dangqiao.apps.lookups.forms import MOST_PERSONS, Applicant, PersonSought, Sought
from dangqiao.apps.lookups.models import LookupRequest
from dangqiao.core.federation import messages

Wire = dict[str, str | list[str]]
_PERSON = tuple(each.name for each in fields(PersonSought))
_PLAIN = ("event_date", "place", "other_place", "act")


def applicant_to_text(applicant: Applicant) -> str:
    """For `LookupRequest.applicant`."""
    return json.dumps(asdict(applicant), ensure_ascii=False)


def applicant_of(request: LookupRequest) -> Applicant:
    """The applicant of a stored request."""
    return Applicant(**json.loads(request.applicant))


def sought_to_text(sought: Sought) -> str:
    """For `LookupRequest.query` and `Search.query`."""
    return json.dumps(asdict(sought), ensure_ascii=False)


def sought_of(request: LookupRequest) -> Sought:
    """What a stored request looks for."""
    return sought_from_text(request.query)


def sought_from_text(text: str) -> Sought:
    """The reverse of `sought_to_text`."""
    row = json.loads(text)
    persons = tuple(
        PersonSought(**{**person, "former_names": tuple(person["former_names"])}) for person in row.pop("persons")
    )
    return Sought(persons, **row)


def to_wire(sought: Sought) -> Wire:
    """Flat, as messages carry it."""
    wire: Wire = {name: getattr(sought, name) for name in _PLAIN if getattr(sought, name)}
    if sought.event_year is not None:
        wire["event_year"] = str(sought.event_year)
    for number, person in enumerate(sought.persons, 1):
        for name in _PERSON:
            value = getattr(person, name)
            if value:
                wire[f"person_{number}_{name}"] = list(value) if isinstance(value, tuple) else value
    return wire


def from_wire(wire: Mapping[str, str | list[str]]) -> Sought:
    """The reverse of `to_wire`. Keys that this version does not know are left out: the message keeps them."""
    persons = []
    for number in range(1, MOST_PERSONS + 1):
        values = {name: wire[key] for name in _PERSON if (key := f"person_{number}_{name}") in wire}
        if "name" in values:
            former = values.pop("former_names", [])
            texts = {name: _text(value) for name, value in values.items()}
            persons.append(PersonSought(**texts, former_names=_texts(former)))
    year = _text(wire.get("event_year", ""))
    return Sought(
        tuple(persons),
        event_year=int(year) if year.isascii() and year.isdecimal() and len(year) == 4 else None,
        **{name: _text(wire.get(name, "")) for name in _PLAIN},
    )


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "、".join(value)


def _texts(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def applicant_message(request: LookupRequest) -> messages.Applicant:
    """The applicant as the holder is told."""
    applicant = applicant_of(request)
    return messages.Applicant(
        name=applicant.name,
        capacity=request.applicant_kind,
        document_kind=applicant.identity_kind,
        document_number=applicant.identity_number,
        phone=applicant.phone,
        assurance=request.assurance,
    )
