"""In a federation of the suite gm a listing counts only under its platform's SM2 signature; and all have one suite."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dangqiao.adapters.directory import repository as writing
from dangqiao.adapters.directory.client import load, update
from dangqiao.adapters.directory.countersigning import Countersign, statement
from dangqiao.adapters.directory.membership import found, propose, publish, sign
from dangqiao.adapters.jose import listed_key
from dangqiao.core.errors import BadInput
from dangqiao.core.federation.listing import KeyUse, Member, Members, MessageKey
from dangqiao.core.federation.ports import Kind
from dangqiao.core.vocabulary.suites import GM
from tests.adapters.directory.federation import (
    ANHUI,
    CATEGORIES,
    NOW,
    SHANGHAI,
    Federation,
    listing,
    member,
    private_pem,
)
from tests.adapters.jose.members import cipher_of, sm2_pem

SEEDS = {SHANGHAI: 1, ANHUI: 2}
"""As of the members of tests/adapters/jose."""


def countersign(platform: str, by: str = "", about: str = "") -> Countersign:
    return lambda content: cipher_of(by or platform, GM).sign(statement(about or platform, content, GM), Kind.LISTING)


def of_gm(one: Member, **changes: object) -> Member:
    listed = listed_key(one.platform, sm2_pem(SEEDS[one.platform]), GM)
    until = NOW + timedelta(days=1000)
    key = MessageKey(listed.kid, KeyUse.SIGNING, "gm", listed.jwk, NOW, until)
    return replace(one, suites=("gm",), message_keys=(replace(key, **changes),))


@pytest.fixture
def gm(tmp_path: Path) -> Federation:
    root_keys, online_keys = ({platform: private_pem() for platform in SEEDS} for _ in range(2))
    members = Members(tuple(of_gm(member(code, root_keys[code], online_keys[code])) for code in SEEDS))
    repository, listings = tmp_path / "repository", {code: listing(code) for code in SEEDS}
    signs = {code: countersign(code) for code in SEEDS}
    found(repository, members, root_keys, online_keys, listings, CATEGORIES, NOW, countersigns=signs)
    return Federation(repository, members, root_keys, online_keys)


def test_a_listing_signed_by_both_is_believed_here_and_from_a_mirror(gm: Federation, tmp_path: Path) -> None:
    assert load(gm.repository, NOW).archive(ANHUI)
    newcomer = gm.anchored(tmp_path / "newcomer")
    assert update(newcomer, [gm.repository], NOW).directory.archive(ANHUI)
    assert load(newcomer, NOW).archive(ANHUI) and not load(newcomer, NOW).notices


@pytest.mark.parametrize(
    "by",
    [
        None,
        countersign(ANHUI, by=SHANGHAI),
        countersign(ANHUI, about=SHANGHAI),
        lambda content: countersign(ANHUI)(content + b" "),
        lambda content: cipher_of(ANHUI, GM).sign(statement(ANHUI, content, GM), Kind.MESSAGE),
        lambda content: cipher_of(ANHUI).sign(statement(ANHUI, content, GM), Kind.LISTING),
        lambda content: countersign(ANHUI)(content)[:-4] + "AAAA",
        lambda content: "rubbish",
    ],
    ids=["none", "anothers key", "another platform", "other bytes", "other kind", "other suite", "broken", "rubbish"],
)
def test_a_listing_without_a_good_sm2_signature_is_left_out_with_a_notice(
    gm: Federation, by: Countersign | None, later: Callable[..., datetime]
) -> None:
    moment = later(hours=1)
    writing.publish_listing(gm.repository, listing(ANHUI), gm.online_keys[ANHUI], moment, countersign=by)
    known = load(gm.repository, moment)
    assert known.archive(ANHUI) is None and known.archive(SHANGHAI)
    assert [notice.code for notice in known.notices] == ["directory.listing_unsigned"]


def test_a_revoked_key_takes_its_listing_along_until_it_is_signed_anew(
    gm: Federation, tmp_path: Path, later: Callable[..., datetime]
) -> None:
    moment, proposal = later(days=1), tmp_path / "proposal"
    shanghai, anhui = gm.members.members
    members = Members((shanghai, of_gm(anhui, revoked_at=moment)))
    propose(proposal, members, CATEGORIES, moment, repository=gm.repository)
    for key in gm.root_keys.values():
        sign(proposal, key)
    publish(proposal, gm.repository, gm.online_keys[SHANGHAI], moment)
    assert load(gm.repository, moment).archive(ANHUI) is None


def test_members_of_two_suites_are_no_federation() -> None:
    keys = [private_pem() for _ in range(4)]
    intl, gm_member = member(SHANGHAI, keys[0], keys[1]), of_gm(member(ANHUI, keys[2], keys[3]))
    with pytest.raises(BadInput) as caught:
        Members((intl, gm_member))
    assert caught.value.code == "directory.suites_differ" and "gm, intl" in str(caught.value)
