"""A seal is made, taken into use, suspended, replaced; verifiers learn when it was in use."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from django.db import connection

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.deliverables import seals
from dangqiao.apps.deliverables.models import Seal
from dangqiao.apps.directory.services import own_listing, seed_province
from dangqiao.apps.fields import now
from dangqiao.apps.ledger import queries as ledger
from dangqiao.apps.ports import port
from dangqiao.core.errors import BadInput, Conflict, Misconfigured, NotThere
from dangqiao.core.federation.listing import SealStatus
from dangqiao.core.vocabulary.actor import operator
from dangqiao.core.vocabulary.purpose import Purpose

ACTOR, WHY = operator("test", "310000"), Purpose.OPERATION


@pytest.fixture
def _archives(db: None) -> None:
    seed_province(ACTOR)


@pytest.fixture
def archive(_archives: None, tmp_path: Any) -> str:
    """An archive that no other test gives seals to: the key files of the test node are the same for all tests."""
    return "310112"


def made(archive: str) -> str:
    """The reference of a new seal."""
    return seals.make(ACTOR, WHY, archive, f"{archive}-{Seal.objects.count() + 101}").key_reference


def state(reference: str) -> str:
    return Seal.objects.get(key_reference=reference).state


def test_a_seal_is_made_then_taken_into_use(archive: str) -> None:
    seal = seals.make(ACTOR, WHY, archive)
    assert (seal.state, seal.key_reference, seal.name, seal.test) == ("made", archive, "上海市闵行区档案馆", True)
    assert seals.make(ACTOR, WHY, archive, archive).pk == seal.pk
    assert seals.make(ACTOR, WHY, archive).key_reference == f"{archive}-2"
    seals.activate(ACTOR, WHY, archive)
    assert state(archive) == "active"
    (period,) = seal.periods.all()
    assert period.since <= now() and period.until is None
    assert {one.kind for one in ledger.about(f"seal:{seal.id}")} == {"seal.made", "seal.active"}
    recorded = AuditRecord.objects.filter(subject=f"seal:{seal.id}").values_list("event", "actor", "purpose")
    assert set(recorded) == {("seal.made", ACTOR.id, WHY), ("seal.active", ACTOR.id, WHY)}


def test_one_seal_of_an_archive_is_in_use(archive: str) -> None:
    first, second = made(archive), made(archive)
    seals.activate(ACTOR, WHY, first)
    with pytest.raises(Conflict) as caught:
        seals.activate(ACTOR, WHY, second)
    assert caught.value.code == "seal.another_active"
    seals.replace(ACTOR, WHY, first, second)
    assert (state(first), state(second)) == ("replaced", "active")
    assert seals.retired() == {first}
    assert seals.in_force(archive).key_reference == second


def test_a_suspended_seal_is_not_used_until_it_is_activated_again(archive: str) -> None:
    reference = made(archive)
    seals.activate(ACTOR, WHY, reference)
    seals.suspend(ACTOR, WHY, reference)
    with pytest.raises(Conflict) as caught:
        seals.in_force(archive)
    assert caught.value.code == "seal.none_active"
    seals.activate(ACTOR, WHY, reference)
    assert seals.in_force(archive).key_reference == reference
    first, second = Seal.objects.get(key_reference=reference).periods.all()
    assert first.until and second.until is None


@pytest.mark.parametrize(
    ("acts", "wrong"),
    [
        ((), seals.suspend),
        (("activate",), seals.activate),
        (("activate", "replace"), seals.activate),
        (("activate", "replace"), seals.suspend),
        (("replace",), seals.activate),
        (("activate", "suspend"), seals.suspend),
    ],
)
def test_what_cannot_be_done_is_told(acts: tuple[str, ...], wrong: Any, archive: str) -> None:
    reference = made(archive)
    for act in acts:
        getattr(seals, act)(ACTOR, WHY, reference)
    with pytest.raises(Conflict) as caught:
        wrong(ACTOR, WHY, reference)
    assert caught.value.code == "seal.wrong_state"
    with pytest.raises(NotThere):
        wrong(ACTOR, WHY, "nothing")


def test_a_lost_seal_is_taken_back_by_its_authority(archive: str) -> None:
    reference = made(archive)
    seals.activate(ACTOR, WHY, reference)
    seals.replace(ACTOR, WHY, reference, lost=True)
    serial = x509.load_pem_x509_certificate(Seal.objects.get(key_reference=reference).certificate.encode())
    (der,) = port("key_store").revocation_lists()
    assert x509.load_der_x509_crl(der).get_revoked_certificate_by_serial_number(serial.serial_number)


def test_an_expired_seal_is_noted_and_followed(archive: str) -> None:
    seal = seals.in_force(archive)
    ended = now() - timedelta(hours=1)
    Seal.objects.filter(pk=seal.pk).update(valid_to=ended)
    assert (seals.expire(), seals.expire(), state(seal.key_reference)) == (1, 0, "expired")
    assert [one.until for one in seal.periods.all()] == [max(ended, seal.periods.get().since)]
    assert seals.in_force(archive).key_reference == f"{archive}-2"


def test_a_test_node_renews_its_seal_in_time(archive: str) -> None:
    seal = seals.in_force(archive)
    assert seals.in_force(archive).pk == seal.pk
    Seal.objects.filter(pk=seal.pk).update(valid_to=now() + timedelta(days=29))
    new = seals.in_force(archive)
    assert (new.pk != seal.pk, new.state, state(seal.key_reference)) == (True, "active", "replaced")


def test_another_node_waits_for_its_operator(archive: str, settings: Any) -> None:
    settings.NODE_IS_TEST = False
    with pytest.raises(Conflict) as caught:
        seals.in_force(archive)
    assert caught.value.code == "seal.none_active"
    reference = made(archive)
    seals.activate(ACTOR, WHY, reference)
    Seal.objects.filter(key_reference=reference).update(valid_to=now() + timedelta(days=1))
    assert seals.in_force(archive).key_reference == reference


@pytest.mark.django_db(transaction=True)
def test_workers_that_need_a_seal_at_once_get_one() -> None:
    seed_province(ACTOR)
    found: list[str] = []

    def work() -> None:
        try:
            found.append(seals.in_force("310113").key_reference)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6 and len(set(found)) == 1
    assert Seal.objects.filter(archive_code="310113", state="active").count() == 1


def test_the_listing_says_when_a_seal_was_in_use(archive: str) -> None:
    reference, other = made(archive), made(archive)
    seals.activate(ACTOR, WHY, reference)
    seals.suspend(ACTOR, WHY, reference)
    seals.activate(ACTOR, WHY, reference)
    seals.replace(ACTOR, WHY, reference, other)
    (listed,) = [one for one in own_listing(now()).archives if one.code == archive]
    of_first = [one for one in listed.seals if one.status is SealStatus.REPLACED]
    of_second = [one for one in listed.seals if one.status is SealStatus.ACTIVE]
    assert (len(of_first), len(of_second)) == (2, 2), "a certificate for PDF and one for OFD"
    seal = Seal.objects.get(key_reference=reference)
    assert {one.certificate.fingerprint for one in of_first} == {seal.fingerprint, seal.gm_fingerprint}
    assert [one.until is not None for one in of_first[0].periods] == [True, True]
    assert [one.until for one in of_second[0].periods] == [None]


def test_what_a_test_node_does_by_itself_is_not_listed(archive: str) -> None:
    seal = seals.in_force(archive)
    assert seals.listed() == {}
    seals.suspend(ACTOR, WHY, seal.key_reference)
    assert list(seals.listed()) == [archive]


@pytest.mark.parametrize("name", ["档案馆", "一" * 25])
def test_a_name_that_does_not_go_on_a_seal_is_refused(name: str, archive: str) -> None:
    from_directory = seals.directory.archive(archive)
    from_directory.name = name
    from_directory.save()
    with pytest.raises(BadInput) as caught:
        seals.make(ACTOR, WHY, archive)
    assert caught.value.code == "seal.name_length"


def test_a_key_of_another_archive_makes_no_seal(archive: str) -> None:
    with pytest.raises(BadInput) as caught:
        seals.make(ACTOR, WHY, archive, "310104-7")
    assert (caught.value.code, Seal.objects.count()) == ("seal.names_another", 0)


def test_no_seal_is_made_without_a_key_of_this_name(archive: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        seals.make(ACTOR, WHY, archive, "label of a token")
    assert caught.value.code == "keys.seal_missing"


def test_no_seal_is_made_for_the_archive_of_another_platform(archive: str) -> None:
    with pytest.raises(NotThere):
        seals.make(ACTOR, WHY, "999999")
