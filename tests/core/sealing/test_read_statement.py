"""The statement in the square pattern: what it says, what is none, and what it proves by the trust list alone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangqiao.core.errors import Malformed
from dangqiao.core.sealing import status
from dangqiao.core.sealing.ports import TrustList
from dangqiao.core.sealing.statement import (
    Scanned,
    Statement,
    StatementKey,
    content_digest,
    name_digest,
    plain_name,
    scanned,
)
from dangqiao.core.sealing.statement_verdict import judge
from dangqiao.core.sealing.verdict import Verdict

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
CODE = "31ABCDEFGH234567"
STATEMENT = Statement(
    "310101-2026-A000001", 1, "marriage", date(2026, 11, 22), name_digest(CODE, "张伟"), content_digest(b"x"), 4711
)
KEY = StatementKey("k", {}, NOW - timedelta(days=1), NOW + timedelta(days=400))
TOKEN = "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"
SCAN = Scanned(CODE, TOKEN)


def trust(**changes: object) -> TrustList:
    values: dict[str, object] = {
        "as_of": NOW - timedelta(hours=1),
        "expires": NOW + timedelta(days=9),
        "platforms": {"310101": "310000"},
        "seal_authorities": {},
        "time_authorities": (),
        "names": {"310101": "测试区档案馆"},
        "statement_keys": {"310000": (KEY,)},
    }
    return TrustList(**(values | changes))  # type: ignore[arg-type]


def judged(
    believed: TrustList | None,
    *,
    name: str = "张伟",
    statement: Statement = STATEMENT,
    genuine: bool = True,
    scan: Scanned = SCAN,
) -> Verdict:
    content = statement.to_bytes()

    def opened(token: str, key: StatementKey) -> bytes | None:
        return content if genuine else None

    return judge(scan, believed, NOW, opened=opened, said_by=lambda token: content, name=name)[0]


def codes(verdict: Verdict) -> list[str]:
    assert all("{" not in reason.text() for reason in verdict.reasons)
    return [reason.code for reason in verdict.reasons]


@pytest.mark.parametrize("copy", [1, 3])
def test_a_statement_comes_back_as_it_was(copy: int) -> None:
    statement = replace(STATEMENT, copy=copy)
    assert Statement.from_bytes(statement.to_bytes()) == statement
    assert (statement.archive, statement.kind) == ("310101", "certificate")


def test_it_is_short_and_holds_no_name() -> None:
    assert len(STATEMENT.to_bytes()) < 140
    assert "张" not in STATEMENT.to_bytes().decode()


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_no_statement(content: bytes) -> None:
    with pytest.raises(Malformed):
        Statement.from_bytes(content)


@pytest.mark.parametrize(
    "content", [b'{"sn":"x"}', b"[]", b"3", STATEMENT.to_bytes().replace(b"4711", b'"4711"'), b'{"sn":1}']
)
def test_what_lacks_something_is_no_statement(content: bytes) -> None:
    with pytest.raises(Malformed):
        Statement.from_bytes(content)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"https://a.example.cn/verify/{CODE}/#{TOKEN}", CODE),
        (f"  http://127.0.0.1:8310/verify/{CODE.lower()}#{TOKEN}\n", CODE),
        (TOKEN, ""),
    ],
)
def test_what_a_scanner_shows_is_taken_apart(text: str, code: str) -> None:
    assert scanned(text) == Scanned(code, TOKEN)


@pytest.mark.parametrize("text", ["", "https://a.example.cn/verify/ABC/", "#..", "#a.b", "张伟", "#" + "a" * 9000])
def test_another_square_pattern_is_none_of_ours(text: str) -> None:
    with pytest.raises(Malformed):
        scanned(text)


@pytest.mark.parametrize(
    ("changes", "outcome", "expected"),
    [
        ({}, "valid", ["statement_signed", "revocation_unknown"]),
        ({"platforms": {}}, "invalid", ["archive_unknown"]),
        ({"statement_keys": {}}, "indeterminate", ["statement_key_unknown"]),
        ({"expires": NOW - timedelta(days=1)}, "indeterminate", ["trust_list_expired"]),
        ({"statement_keys": {"310000": (replace(KEY, not_after=NOW - timedelta(hours=20)),)}}, "invalid", None),
    ],
)
def test_the_trust_list_decides_whose_statement_it_is(
    changes: dict[str, object], outcome: str, expected: list[str] | None
) -> None:
    verdict = judged(trust(**changes))
    assert verdict.outcome == outcome
    assert codes(verdict) == (expected or ["statement_forged"])


def test_without_trust_list_nothing_is_said() -> None:
    assert codes(judged(None)) == ["no_trust_list"]


def test_a_statement_that_nobody_signed_is_forged() -> None:
    verdict = judged(trust(), genuine=False)
    assert (codes(verdict), verdict.claim) == (["statement_forged"], None)


def test_another_name_is_another_document() -> None:
    assert codes(judged(trust(), name="张玮")) == ["name_differs"]
    assert codes(judged(trust(), name="")) == ["statement_signed", "name_not_given", "revocation_unknown"]


def test_a_link_with_another_code_does_not_fit_the_name() -> None:
    assert codes(judged(trust(), scan=Scanned("31ZZZZZZZZZZZZZZ", TOKEN))) == ["name_differs"]


def test_a_revoked_document_is_revoked_on_paper_too() -> None:
    bits = status.bits_of([STATEMENT.status], 0)
    listed = status.read(status.credential("https://x", 0, bits, NOW), "310000", 0)
    assert codes(judged(trust(status_lists={("310000", 0): listed})))[0] == "revoked"


@pytest.mark.parametrize("written", ["古丽·买买提", "古丽•买买提", " 古丽 买买提"])
def test_blanks_and_dots_of_a_name_do_not_count(written: str) -> None:
    assert plain_name(written) == "古丽买买提"


@pytest.mark.parametrize("name", ["Jean-Pierre", "ＪＥＡＮ　ＰＩＥＲＲＥ", "jean pierre"])
def test_nor_do_width_and_case(name: str) -> None:
    assert name_digest(CODE, name) == name_digest(CODE.lower(), "Jean Pierre")
