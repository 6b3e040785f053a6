"""Receiving (收件): who may ask, what must be shown, and one request however often the form is sent."""

import json
from dataclasses import replace

import pytest
from django.db import connection

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.directory.models import Archive
from dangqiao.apps.lookups import records, services
from dangqiao.apps.lookups.forms import Applicant, MaterialShown, PersonSought, Sought
from dangqiao.apps.lookups.models import LookupRequest
from dangqiao.apps.ports import port
from dangqiao.apps.work.models import Job
from dangqiao.core.errors import BadInput, Conflict, NotEntitled, NotThere, Refused
from dangqiao.core.vocabulary.actor import Assurance
from dangqiao.core.vocabulary.purpose import Purpose
from tests.apps.lookups.world import FORM, SOUGHT, WIFE, World

pytestmark = pytest.mark.django_db


def test_the_same_key_is_the_same_request_and_another_persons_key_is_not(world: World) -> None:
    first = services.submit(world.citizen, Purpose.HOUSING, FORM, "double-click")
    again = services.submit(world.citizen, Purpose.HOUSING, FORM, "double-click")
    other = services.submit(world.account("李秀英", WIFE.identity_number), Purpose.HOUSING, FORM, "double-click")
    assert first.id == again.id
    assert other.id != first.id
    assert Job.objects.filter(kind="lookups.route").count() == 2


def test_every_mistake_in_a_form_is_named_at_once(world: World) -> None:
    form = replace(
        FORM,
        query=Sought((PersonSought(" ", "grandmother", birth_date="spring"),), event_year=87, act="分手"),
        kind_wanted="not_found_notice",
        mode_wanted="post",
        purpose_of_use="other",
    )
    with pytest.raises(BadInput, match=r"lookups\.form_unfit") as raised:
        services.submit(world.citizen, Purpose.OTHER, form, "k")
    assert [(problem.field, problem.code) for problem in raised.value.facts["problems"]] == [
        ("query.persons.0.name", "missing"),
        ("query.persons.0.role", "unknown"),
        ("query.persons.0.birth_date", "unreadable_date"),
        ("query.event_year", "unreadable_date"),
        ("query.act", "unknown"),
        ("purpose_note", "missing"),
        ("kind_wanted", "unknown"),
        ("postal_address", "missing"),
    ]
    assert not LookupRequest.objects.exists()


def test_somebody_sent_must_show_a_notarised_mandate(world: World) -> None:
    with pytest.raises(BadInput, match=r"lookups\.materials_missing") as raised:
        world.submit(applicant_kind="sent_by_party")
    assert raised.value.facts["materials"] == ("notarised_mandate", "identity_document_of_party")


def test_who_is_not_in_the_rule_is_refused_with_a_coded_reason(world: World) -> None:
    with pytest.raises(NotEntitled) as raised:
        youth = Sought((PersonSought("李秀英", "youth"),))
        world.submit(category="educated-youth", query=youth, applicant_kind="registration_authority")
    assert raised.value.facts["reason"] == "not_entitled"


def test_what_the_register_proved_goes_before_what_was_typed(world: World) -> None:
    request = world.submit(applicant=Applicant("别人", "identity_card", "1", "13800000000"))
    applicant = records.applicant_of(request)
    assert (applicant.name, applicant.identity_number) == ("李秀英", WIFE.identity_number)
    assert (request.assurance, applicant.phone) == (Assurance.REAL_NAME, "13900000000")


def test_a_phone_alone_needs_the_identity_document_uploaded(world: World) -> None:
    citizen = world.account("", "", Assurance.PHONE)
    with pytest.raises(BadInput, match=r"lookups\.materials_missing"):
        world.submit(citizen)
    shown = MaterialShown("identity_document", "证件.jpg", "image/jpeg", b"picture")
    request = world.submit(citizen, materials=(shown,))
    material = request.materials.get()
    assert (material.file_name, port("storage").get(material.storage_name)) == ("证件.jpg", b"picture")
    assert request.assurance == Assurance.PHONE


def test_at_a_counter_the_clerk_who_saw_the_document_is_recorded(world: World) -> None:
    request = world.at_counter()
    assert (request.assurance, request.applicant_user_id) == (Assurance.IN_PERSON, None)
    assert request.materials.get().seen_by == world.clerk.id == request.received_by


def test_nobody_receives_at_a_counter_that_is_not_theirs(world: World) -> None:
    with pytest.raises(Refused, match=r"permission\.missing"):
        world.submit(world.handler, channel="counter", acceptance_point="310115-01")
    with pytest.raises(NotThere, match=r"directory\.point_unknown"):
        world.submit(world.clerk, channel="counter", acceptance_point="310115-99")


def test_an_archive_that_does_not_serve_the_category_cannot_be_chosen(world: World) -> None:
    Archive.objects.filter(code="340826").update(categories=["only-child"])
    with pytest.raises(Conflict, match=r"lookups\.archive_does_not_serve"):
        world.submit(archive_code="340826")


def test_requests_for_the_same_thing_are_linked_but_only_ones_own(world: World) -> None:
    first = world.submit()
    second = world.submit(related_to=first.number)
    assert second.related_to_id == first.id
    with pytest.raises(BadInput, match=r"lookups\.related_unknown"):
        world.submit(world.account("赵铁柱", "310115196401011234"), related_to=first.number)


def test_nothing_personal_is_readable_in_the_database_or_the_audit_trail(world: World) -> None:
    request = world.submit(purpose_note="李秀英买房")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM lookups_lookuprequest")
        row = str(cursor.fetchall())
    assert "李秀英" not in row
    assert WIFE.identity_number not in row
    assert "李秀英" not in str(list(AuditRecord.objects.values_list("facts", "subject")))
    assert records.sought_of(LookupRequest.objects.get(id=request.id)) == SOUGHT


def test_what_travels_comes_back_the_same() -> None:
    persons = (replace(WIFE, former_names=("李小英",)),)
    sought = replace(SOUGHT, event_year=1987, other_place="安庆", act="离婚", persons=persons)
    assert records.from_wire(records.to_wire(sought)) == sought
    assert records.sought_from_text(records.sought_to_text(sought)) == sought


def test_a_request_of_before_there_were_kinds_is_still_read() -> None:
    row = json.loads(records.sought_to_text(SOUGHT))
    del row["act"]
    assert records.sought_from_text(json.dumps(row)) == SOUGHT
    assert "act" not in records.to_wire(SOUGHT)
