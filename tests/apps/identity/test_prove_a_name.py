"""A citizen's name is proved with the register, a few times a day, and bound once."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.fields import keyed_hash, now
from dangqiao.apps.identity import queries, services
from dangqiao.apps.identity.models import User
from dangqiao.core.errors import BadInput, Conflict, Refused, Unavailable
from dangqiao.core.vocabulary.actor import Actor, Assurance
from dangqiao.core.vocabulary.purpose import Purpose

NAME, NUMBER = "古丽·买买提", "310101196205010029"
REGISTER = Path(settings.NODE_FOLDER) / "register.json"

pytestmark = pytest.mark.django_db


@pytest.fixture
def citizen() -> Actor:
    REGISTER.write_text(json.dumps([{"name": NAME, "identity_number": NUMBER}]), encoding="utf-8")
    return queries.actor_of(services.citizen_by_phone("+8613800138000"))


def _check(actor: Actor, name: str = NAME, number: str = NUMBER) -> services.RealNameCheck:
    return services.check_real_name(actor, Purpose.OPERATION, name, number)


def test_a_name_that_fits_is_bound(citizen: Actor) -> None:
    assert _check(citizen, "古丽•买买提").passed, "another dot is the same name"
    user = User.objects.get()
    assert (user.assurance, user.identity_number) == (Assurance.REAL_NAME, NUMBER)
    assert user.identity_hash == keyed_hash(NUMBER, "identity")
    assert queries.person_on_record(citizen, Purpose.HANDLING).masked_number == "310***********0029"


def test_the_database_holds_neither_name_nor_numbers_in_clear(citizen: Actor) -> None:
    _check(citizen)
    with connection.cursor() as cursor:
        cursor.execute("SELECT display_name, identity_number, phone FROM identity_user")
        row = cursor.fetchone()
    assert all("|" in value and value not in (NAME, NUMBER, "+8613800138000") for value in row)


def test_a_second_name_is_refused(citizen: Actor) -> None:
    _check(citizen)
    with pytest.raises(Conflict) as conflict:
        _check(citizen)
    assert conflict.value.code == "identity.bound_already"


def test_five_questions_a_day(citizen: Actor) -> None:
    left = [_check(citizen, "别人").attempts_left for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(Refused) as refused:
        _check(citizen)
    assert refused.value.code == "identity.too_many_checks"
    AuditRecord.objects.update(at=now() - timedelta(days=1, minutes=1))
    assert _check(citizen).passed


def test_the_audit_trail_says_what_was_asked_without_names(citizen: Actor) -> None:
    _check(citizen, "别人")
    trail = list(AuditRecord.objects.values_list("event", "actor", "facts"))
    assert ("account.real_name_checked", citizen.id, {"answer": "does_not_match"}) in trail
    assert "别人" not in str(trail)


def test_a_register_that_is_silent_is_an_error_and_no_answer(citizen: Actor) -> None:
    REGISTER.unlink()
    with pytest.raises(Unavailable):
        _check(citizen)
    assert User.objects.get().assurance == Assurance.NONE


def test_a_number_that_cannot_be_one_is_not_asked(citizen: Actor) -> None:
    with pytest.raises(BadInput):
        _check(citizen, number="310101196205010028")
    assert not AuditRecord.objects.exists()


def test_an_account_whose_phone_never_answered_is_forgotten() -> None:
    services.citizen_by_phone("+8613800138000")
    assert services.forget_unverified() == 0
    User.objects.update(created_at=now() - timedelta(days=2))
    assert services.forget_unverified() == 1
