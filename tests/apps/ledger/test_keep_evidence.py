"""Evidence enters the log once and stays; whoever changes a row is found out."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection, transaction

from dangqiao.apps.ledger import jobs, queries, services
from dangqiao.apps.ledger.models import Checkpoint, Evidence
from dangqiao.apps.ports import port
from dangqiao.core.errors import BadInput, NotThere, Untrusted
from dangqiao.core.ledger import checkpoint as notes
from dangqiao.core.ledger.tree import TREES, verify_inclusion
from tests.suite import SUITE


def _give(count: int, subject: str = "referral:r1") -> None:
    for number in range(count):
        services.evidence("referral.event", subject=subject, digest=f"{number:064x}", actor="node:310000")


@pytest.mark.django_db
def test_evidence_of_a_rolled_back_transaction_is_none() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        _give(1)
        raise ZeroDivisionError
    assert services.sequence() == 0 and queries.state().size == 0


@pytest.mark.django_db
def test_personal_data_cannot_get_in() -> None:
    with pytest.raises(BadInput):
        services.evidence("referral.event", subject="person:张 三", digest="0" * 64, actor="node:310000")


@pytest.mark.django_db
def test_each_piece_is_appended_once_and_can_be_proved(monkeypatch) -> None:
    monkeypatch.setattr(services, "BATCH", 5)
    _give(13)
    assert queries.waiting_since()
    with pytest.raises(NotThere):
        queries.proof(Evidence.objects.first(), 13)
    jobs.sequence({})
    assert services.sequence() == 0 and queries.waiting_since() is None
    assert list(Checkpoint.objects.order_by("size").values_list("size", flat=True)) == [5, 10, 13]
    for size, root in Checkpoint.objects.values_list("size", "root"):
        for row in Evidence.objects.filter(leaf_index__lt=size):
            proof = queries.proof(row, size)
            leaf, tree = bytes.fromhex(row.leaf_hash), TREES[SUITE.name]
            verdict = verify_inclusion(leaf, row.leaf_index, size, proof, bytes.fromhex(root), tree=tree)
            assert verdict.holds
    log = queries.state()
    assert notes.verify(notes.read_checkpoint(log.signed_note), port("note_signer")).by_log
    assert log.signed_note.startswith(f"dangqiao.org/ledger/{settings.PLATFORM_CODE}\n13\n")
    assert queries.audit() == log
    assert len(queries.about("referral:r1")) == 13


@pytest.mark.django_db(transaction=True)
def test_two_sequencers_and_busy_writers_leave_one_log_without_gaps(monkeypatch) -> None:
    monkeypatch.setattr(services, "BATCH", 7)

    def guarded(act) -> None:
        try:
            for _ in range(10):
                act()
        finally:
            connection.close()

    acts = [services.sequence, services.sequence, lambda: _give(3), lambda: _give(3, "referral:r2")]
    with ThreadPoolExecutor(len(acts)) as pool:
        list(pool.map(guarded, acts))
    jobs.sequence({})
    assert sorted(Evidence.objects.values_list("leaf_index", flat=True)) == list(range(60))
    assert queries.audit().size == 60


@pytest.mark.django_db
@pytest.mark.parametrize(
    "tamper",
    [
        lambda: Evidence.objects.filter(leaf_index=2).update(digest="f" * 64),
        lambda: Evidence.objects.filter(leaf_index=2).update(actor="node:340000"),
        lambda: Evidence.objects.filter(leaf_index=2).delete(),
        lambda: Evidence.objects.filter(leaf_index=4).delete(),
    ],
    ids=["digest", "actor", "a row in the middle", "the last row"],
)
def test_a_changed_or_dropped_row_is_found(tamper) -> None:
    _give(5)
    services.sequence()
    queries.audit()
    tamper()
    with pytest.raises(Untrusted) as caught:
        queries.audit()
    assert caught.value.code == "ledger.rewritten"


@pytest.mark.django_db
def test_a_checkpoint_made_without_the_nodes_key_is_found() -> None:
    _give(5)
    services.sequence()
    Checkpoint.objects.update(root="0" * 64)
    with pytest.raises(Untrusted) as caught:
        queries.audit()
    assert caught.value.code == "ledger.checkpoint_forged"
