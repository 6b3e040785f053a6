"""A document of any platform is verified at any node: by code, pattern and list, whoever answers and whoever not.

This process is Shanghai; Anhui answers with its own keys, Jiangsu does not answer at all.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from dangqiao.adapters.status import StatementKeySigner
from dangqiao.adapters.status.wiring import statement_keys_of
from dangqiao.apps.deliverables import marks, revoking, status, verifying
from dangqiao.apps.deliverables.models import Deliverable
from dangqiao.apps.directory import services as directory
from dangqiao.apps.fields import keyed_hash, new_id
from dangqiao.apps.ports import port
from dangqiao.core.federation.look_ups import LookUpAnswer, digest, question, read_question
from dangqiao.core.federation.messages import DeliverableRevoked
from dangqiao.core.federation.ports import LOOK_UPS_PATH, Kind
from dangqiao.core.sealing import status as lists
from dangqiao.core.sealing.statement import Statement, content_digest, name_digest
from dangqiao.core.vocabulary.actor import operator
from tests.apps.peers import ANHUI, JIANGSU, SHANGHAI, Peer, federation
from tests.core.sealing.samples import CERTIFICATE
from tests.suite import SUITE

CODE, NAME = "34CDEFGH23456789", "王样例"
PLACE = 4_711


@pytest.fixture
def anhui(tmp_path: Path, db: None) -> Iterator[Peer]:
    cache.clear()
    directory.seed_province(operator("test", SHANGHAI))
    with federation(tmp_path, JIANGSU) as peers:
        directory.apply(operator("test", SHANGHAI))
        yield peers[ANHUI]


def signer(peer: Peer) -> StatementKeySigner:
    return StatementKeySigner(statement_keys_of(peer.folder, peer.configuration).own()[0].pem)


def pattern(peer: Peer, **changes: object) -> str:
    """What the square pattern of a document of Anhui holds."""
    values: dict[str, object] = {
        "serial": "340826-2026-A000007",
        "copy": 1,
        "category": "marriage",
        "issued_on": (datetime.now(UTC) + timedelta(hours=8)).date(),
        "name": name_digest(CODE, NAME),
        "content": content_digest(b"what was certified"),
        "status": PLACE,
    }
    token = signer(peer).sign_statement(Statement(**(values | changes)))  # type: ignore[arg-type]
    return f"https://anhui.example.cn/verify/{CODE}/#{token}"


def publish(peer: Peer, *revoked: int) -> None:
    """Lets Anhui hand out its list."""
    content = lists.credential("https://anhui", 0, lists.bits_of(revoked, 0), datetime.now(UTC))
    peer.pages["/status/v1/0"] = lambda token: signer(peer).sign_list(content).encode()


def answering(peer: Peer, *, by: Peer | None = None, **said: object) -> list[str]:
    """Lets Anhui answer look-ups; the names that it was asked about."""
    names: list[str] = []

    def answer(token: bytes) -> bytes:
        moment = datetime.now(UTC)
        signed = peer.cipher.verify(token, Kind.LOOK_UP, peer.directory().keys_at(moment))
        asked = read_question(signed.content, signer=signed.signer, us=ANHUI, now=moment)
        names.append(asked.name)
        frame: dict[str, object] = {
            "iss": ANHUI,
            "aud": asked.iss,
            "question": digest(token.decode(), SUITE),
            "answered_at": moment,
            "standing": "registered",
            "archive": "340826",
            "serial": "340826-2026-A000007",
            "kind": "certificate",
            "name_fits": None if not asked.name else asked.name == NAME,
        }
        if asked.name == NAME:
            frame["content"] = verifying._shown(CERTIFICATE)
        return (by or peer).cipher.sign(LookUpAnswer(**(frame | said)).to_bytes(), Kind.LOOK_UP_ANSWER).encode()  # type: ignore[arg-type]

    peer.posts[LOOK_UPS_PATH] = answer
    return names


def codes(found: verifying.CodeVerdict) -> list[str]:
    return [reason.code.value for reason in found.reasons]


def test_a_code_of_another_platform_is_asked_there(anhui: Peer) -> None:
    names = answering(anhui)
    found = verifying.by_code("34cd efgh 2345 6789")
    assert (found.outcome, codes(found), found.content) == ("indeterminate", ["name_not_given"], None)
    found = verifying.by_code(CODE, NAME)
    assert (found.outcome, codes(found), found.issuer) == ("valid", ["registered"], ANHUI)
    assert found.content and found.content.facts == CERTIFICATE.facts
    assert names == ["", NAME]


def test_the_wrong_name_shows_nothing(anhui: Peer) -> None:
    answering(anhui)
    found = verifying.by_code(CODE, "别人")
    assert (codes(found), found.content) == (["name_differs"], None)


@pytest.mark.parametrize(("standing", "reason"), [("revoked", "revoked"), ("unknown", "unknown_code")])
def test_what_the_issuer_says_counts(anhui: Peer, standing: str, reason: str) -> None:
    answering(anhui, standing=standing, revoked_on="2026-11-01")
    found = verifying.by_code(CODE, NAME)
    assert (found.outcome, codes(found)) == ("invalid", [reason])


def test_a_code_of_no_platform_is_none(anhui: Peer) -> None:
    assert codes(verifying.by_code("99CDEFGH23456789")) == ["no_such_platform"]
    assert codes(verifying.by_code("")) == ["no_such_platform"]


def replica(code: str, issuer: str, state: str = "registered") -> Deliverable:
    """Another platform's document that was handed over through this node."""
    return Deliverable.objects.create(
        id=new_id(),
        referral_id=uuid4(),
        archive_code="320102",
        issuer_platform=issuer,
        kind="certificate",
        serial="320102-2026-A000001",
        verification_code=code,
        verification_code_hash=keyed_hash(code, "verification_code"),
        state=state,
    )


def test_an_issuer_that_does_not_answer_is_said_not_to_and_what_is_known_here_is_shown(anhui: Peer) -> None:
    code = "32CDEFGH23456789"
    found = verifying.by_code(code)
    assert (found.outcome, codes(found), found.answer) == ("indeterminate", ["issuer_unreachable"], None)
    replica(code, JIANGSU)
    found = verifying.by_code(code)
    assert codes(found) == ["issuer_unreachable"] and found.answer and found.answer.serial == "320102-2026-A000001"
    assert "320102-2026-A000001" in Client().get(f"/verify/{code}/").content.decode()


@pytest.mark.parametrize(
    "said", [{"aud": JIANGSU}, {"question": "0" * 64}, {"iss": SHANGHAI}, {"standing": "registered", "iss": JIANGSU}]
)
def test_an_answer_to_another_question_is_none(anhui: Peer, said: dict[str, object]) -> None:
    answering(anhui, **said)
    assert codes(verifying.by_code(CODE, NAME)) == ["issuer_unreachable"]


def test_our_answer_to_a_member_says_little_without_the_name(anhui: Peer, client: Client) -> None:
    moment = datetime.now(UTC)
    asked = question("31CDEFGH23456789", "", us=ANHUI, issuer=SHANGHAI, now=moment)
    token = anhui.cipher.sign(asked.to_bytes(), Kind.LOOK_UP)
    answer = client.post(LOOK_UPS_PATH, token, content_type="application/jose")
    signed = anhui.cipher.verify(answer.content, Kind.LOOK_UP_ANSWER, anhui.directory().keys_at(moment))
    said = LookUpAnswer.model_validate_json(signed.content)
    assert (said.standing, said.content, said.question) == ("unknown", None, digest(token, SUITE))


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"aud": JIANGSU}, 403),
        ({"iss": JIANGSU}, 403),
        ({"exp": datetime(2020, 1, 2, tzinfo=UTC), "iat": datetime(2020, 1, 1, tzinfo=UTC)}, 403),
        ({"exp": datetime.now(UTC) + timedelta(days=1)}, 403),
        ({"iat": datetime.now(UTC) + timedelta(days=1)}, 403),
    ],
)
def test_a_question_that_is_not_for_us_now_is_refused(
    anhui: Peer, client: Client, changes: dict[str, object], status: int
) -> None:
    asked = question("31CDEFGH23456789", "", us=ANHUI, issuer=SHANGHAI, now=datetime.now(UTC))
    token = anhui.cipher.sign(asked.model_copy(update=changes).to_bytes(), Kind.LOOK_UP)
    assert client.post(LOOK_UPS_PATH, token, content_type="application/jose").status_code == status


def test_a_stranger_is_not_answered(anhui: Peer, client: Client) -> None:
    for body in (b"", b"not signed", b"a.b.c", b"x" * 20_000):
        assert client.post(LOOK_UPS_PATH, body, content_type="application/jose").status_code in (400, 403, 413, 422)


def test_guessing_names_through_members_is_stopped(anhui: Peer, client: Client) -> None:
    statuses = []
    for number in range(12):
        asked = question("31CDEFGH23456789", f"人{number}", us=ANHUI, issuer=SHANGHAI, now=datetime.now(UTC))
        token = anhui.cipher.sign(asked.to_bytes(), Kind.LOOK_UP)
        statuses.append(client.post(LOOK_UPS_PATH, token, content_type="application/jose").status_code)
    assert statuses[0] == 200 and statuses[-1] == 429


def test_a_pattern_of_another_platform_is_judged_here_by_its_key_and_its_list(anhui: Peer) -> None:
    publish(anhui, PLACE + 1)
    verdict, statement = verifying.scan(pattern(anhui), NAME)
    assert verdict.outcome == "valid" and statement and statement.serial == "340826-2026-A000007"
    assert verdict.status_as_of is not None
    assert verdict.claim and verdict.claim.code == CODE


def test_a_revoked_document_of_another_platform_is_found_out_though_it_is_down_now(anhui: Peer) -> None:
    publish(anhui, PLACE)
    assert status.freshen("340826", PLACE)
    anhui.pages.clear()
    verdict, _statement = verifying.scan(pattern(anhui), NAME)
    assert (verdict.outcome, verdict.reasons[0].code) == ("invalid", "revoked")


def test_without_any_list_a_pattern_is_still_judged(anhui: Peer) -> None:
    verdict, _statement = verifying.scan(pattern(anhui), NAME)
    assert verdict.outcome == "valid" and verdict.reasons[-1].code == "revocation_unknown"


def test_a_pattern_that_another_platform_signed_is_forged(anhui: Peer) -> None:
    verdict, statement = verifying.scan(pattern(anhui, serial="310101-2026-A000007"), NAME)
    assert (verdict.outcome, statement) == ("invalid", None)
    assert verdict.reasons[0].code == "statement_forged"


def test_a_key_does_not_sign_for_the_time_before_it(anhui: Peer) -> None:
    verdict, _statement = verifying.scan(pattern(anhui, issued_on=date(2019, 5, 1)), NAME)
    assert verdict.outcome != "valid"


def test_the_job_fetches_the_lists_of_all_and_keeps_what_it_has_of_the_silent(anhui: Peer) -> None:
    publish(anhui, PLACE)
    status.refresh({})
    trust = port("verifier").trust(datetime.now(UTC))
    assert set(trust.status_lists) == {(SHANGHAI, 0), (ANHUI, 0)}
    anhui.pages.clear()
    status.refresh({})
    assert port("verifier").trust(datetime.now(UTC)).status_lists[ANHUI, 0].revoked(PLACE)


def test_a_list_that_is_older_than_ours_does_not_take_its_place(anhui: Peer) -> None:
    publish(anhui, PLACE)
    status.refresh({})
    old = lists.credential("https://anhui", 0, lists.bits_of([], 0), datetime.now(UTC) - timedelta(days=1))
    anhui.pages["/status/v1/0"] = lambda token: signer(anhui).sign_list(old).encode()
    status.refresh({})
    assert port("verifier").trust(datetime.now(UTC)).status_lists[ANHUI, 0].revoked(PLACE)


def test_a_member_s_word_revokes_the_copies_here(anhui: Peer, settings) -> None:  # type: ignore[no-untyped-def]
    heard: list[str] = []
    settings.DELIVERABLE_REVOKED = f"{__name__}.when_revoked"
    when_revoked.heard = heard  # type: ignore[attr-defined]
    row = replica("32CDEFGH23456789", JIANGSU)
    told = DeliverableRevoked(
        referral=str(row.referral_id),
        serial=row.serial,
        archive=row.archive_code,
        revoked_at=datetime(2026, 11, 1, tzinfo=UTC),
        reason="wrong_person",
    )
    revoking.told(told, ANHUI)  # it is not Anhui's
    row.refresh_from_db()
    assert row.state == "registered"
    for _ in range(2):
        revoking.told(told, JIANGSU)
    row.refresh_from_db()
    assert (row.state, row.revocation_reason, heard) == ("revoked", "wrong_person", [row.serial])


def when_revoked(row: Deliverable) -> None:
    """Stands in for the lookups app."""
    when_revoked.heard.append(row.serial)  # type: ignore[attr-defined]


def test_places_in_the_list_are_drawn_at_random_and_given_out_once(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "LIST_SIZE", 16)
    monkeypatch.setattr(marks, "list_of", lambda index: index // 16)
    places = []
    for number in range(40):
        places.append(marks.free_place())
        row = replica(f"31{number:014d}", SHANGHAI)
        row.status_index, row.serial = places[-1], f"310101-2026-A{number:06d}"
        row.save()
    assert len(set(places)) == 40
    assert places != sorted(places)
    assert max(places) // 16 <= 6, "a list is used before the next one is opened"
