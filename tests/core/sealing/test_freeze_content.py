"""What is frozen is printed: the bytes are stable, and say everything."""

import json
from dataclasses import replace

import pytest

from dangqiao.core.errors import Malformed
from dangqiao.core.sealing.content import Claim, DeliverableKind, FrozenContent, Mask, PageImage, Release, grouped
from tests.core.sealing.samples import CERTIFICATE, certificate

COPY = certificate(
    kind=DeliverableKind.COPY,
    pages=(PageImage("ab" * 32, 1), PageImage("cd" * 32, 2, Release.MASKED, (Mask(1, 2, 3, 4),))),
)


@pytest.mark.parametrize("content", [CERTIFICATE, COPY])
def test_frozen_content_comes_back_as_it_was(content: FrozenContent) -> None:
    assert FrozenContent.from_canonical(content.canonical()) == content


def test_the_digest_never_changes_for_the_same_content() -> None:
    assert CERTIFICATE.digest() == "e690f5a941ea8313e380b0dff8e4c8c2f0d3a0c821282b368f7c2d0452ec51c1"


def test_canonical_json_is_sorted_and_has_no_blanks_between_tokens() -> None:
    source = CERTIFICATE.canonical()
    document = json.loads(source)
    assert list(document) == sorted(document)
    assert source == json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    "changes",
    [{"serial": "x"}, {"facts": ()}, {"test": False}, {"copy_number": 2}, {"applicant": "王"}, {"purpose": "养老"}],
)
def test_every_change_changes_the_digest(changes: dict[str, object]) -> None:
    assert replace(CERTIFICATE, **changes).digest() != CERTIFICATE.digest()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "source", [b"", b"{}", b"[]", b"\xff", CERTIFICATE.canonical()[:-1], CERTIFICATE.canonical()[:-1] + b',"more":1}']
)
def test_broken_content_is_named_as_such(source: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        FrozenContent.from_canonical(source)
    assert caught.value.code == "deliverable.content_unreadable"


@pytest.mark.parametrize("serial", ["plain", "沪档证〔2026〕第 1 号", "a b=c%20&d", "code=x kind=copy"])
def test_a_claim_survives_any_serial(serial: str) -> None:
    claim = certificate(serial=serial).claim()
    assert Claim.from_keyword(claim.keyword()) == claim
    assert claim.keyword().isascii()


@pytest.mark.parametrize(
    "text",
    ["", "dangqiao/1", "dangqiao/2 " + CERTIFICATE.claim().keyword()[11:], CERTIFICATE.claim().keyword() + "0",
     CERTIFICATE.claim().keyword().replace("kind=certificate", "kind=diploma")],
)  # fmt: skip
def test_what_is_no_claim_is_none(text: str) -> None:
    assert Claim.from_keyword(text) is None


def test_a_code_is_read_in_groups() -> None:
    assert grouped("7KQ2M9PXW4HT3RN") == "7KQ2 M9PX W4HT 3RN"
