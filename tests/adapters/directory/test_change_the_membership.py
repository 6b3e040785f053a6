"""Joining, leaving, new keys: proposed by one, signed by each on its own machine, published by any."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from shutil import copytree

import pytest

from dangqiao.adapters.directory.client import load, update
from dangqiao.adapters.directory.membership import gather, propose, publish, review, sign
from dangqiao.adapters.directory.repository import publish_listing
from dangqiao.core.errors import Conflict
from dangqiao.core.federation.listing import Members
from tests.adapters.directory.federation import (
    ANHUI,
    CATEGORIES,
    JIANGSU,
    NOW,
    PLATFORMS,
    SHANGHAI,
    ZHEJIANG,
    Federation,
    listing,
    member,
    private_pem,
)

Later = Callable[..., datetime]
JIANGXI = "360000"


def test_a_fifth_member_joins(federation: Federation, tmp_path: Path, later: Later) -> None:
    trust = federation.anchored(tmp_path / "trust")
    update(trust, [federation.repository], NOW)
    root, online = private_pem(), private_pem()
    proposal, now = tmp_path / "proposal", later(days=1)
    members = Members((*federation.members.members, member(JIANGXI, root, online)))
    propose(proposal, members, CATEGORIES, now, repository=federation.repository)

    for platform in (SHANGHAI, JIANGSU, ANHUI):
        sign(proposal, federation.root_keys[platform])
    sign(proposal, root)
    seen = review(proposal, federation.repository)
    assert seen.joining == (JIANGXI,) and seen.leaving == seen.changed == seen.categories == ()
    assert seen.signed == (SHANGHAI, JIANGSU, ANHUI, JIANGXI) and seen.needed == 4

    publish(proposal, federation.repository, federation.online_keys[ANHUI], now)
    waiting = update(trust, [federation.repository], now).directory
    assert [notice.code for notice in waiting.notices] == ["directory.listing_missing"]
    publish_listing(federation.repository, listing(JIANGXI), online, now)
    directory = update(trust, [federation.repository], now).directory
    assert directory.platform_of(JIANGXI) == JIANGXI
    assert directory.versions.root == 2
    assert load(trust, now) == directory


def test_a_member_leaves(federation: Federation, tmp_path: Path, later: Later) -> None:
    proposal, now = tmp_path / "proposal", later(days=1)
    members = Members(federation.members.members[:3])
    propose(proposal, members, CATEGORIES, now, repository=federation.repository)
    assert review(proposal, federation.repository).leaving == (ANHUI,)
    for platform in PLATFORMS[:3]:
        sign(proposal, federation.root_keys[platform])
    publish(proposal, federation.repository, federation.online_keys[SHANGHAI], now)
    directory = load(federation.repository, now)
    assert directory.member(ANHUI) is None and directory.archive("340826") is None
    assert directory.archive("310826")


def test_signatures_made_on_separate_copies_are_gathered(federation: Federation, tmp_path: Path, later: Later) -> None:
    proposal = tmp_path / "proposal"
    propose(proposal, federation.members, {}, later(days=1), repository=federation.repository)
    for platform in (JIANGSU, ZHEJIANG, ANHUI):
        copy = tmp_path / platform
        copytree(proposal, copy)
        sign(copy, federation.root_keys[platform])
        gather(proposal, copy)
    seen = review(proposal, federation.repository)
    assert seen.signed == (JIANGSU, ZHEJIANG, ANHUI)
    assert seen.categories == ("marriage.toml", "only-child.toml")
    publish(proposal, federation.repository, federation.online_keys[JIANGSU], later(days=1))
    assert load(federation.repository, later(days=1)).categories == {}


def test_copies_of_different_proposals_do_not_mix(federation: Federation, tmp_path: Path, later: Later) -> None:
    for name, categories in (("one", CATEGORIES), ("other", {})):
        propose(tmp_path / name, federation.members, categories, later(days=1), repository=federation.repository)
    with pytest.raises(Conflict) as caught:
        gather(tmp_path / "one", tmp_path / "other")
    assert caught.value.code == "directory.other_proposal"


def test_a_proposal_that_another_overtook_is_not_published(
    federation: Federation, tmp_path: Path, later: Later
) -> None:
    for name in ("first", "second"):
        propose(tmp_path / name, federation.members, CATEGORIES, later(days=1), repository=federation.repository)
        for platform in PLATFORMS:
            sign(tmp_path / name, federation.root_keys[platform])
    publish(tmp_path / "first", federation.repository, federation.online_keys[SHANGHAI], later(days=1))
    with pytest.raises(Conflict) as caught:
        publish(tmp_path / "second", federation.repository, federation.online_keys[SHANGHAI], later(days=1))
    assert caught.value.code == "directory.proposal_outdated"


def test_a_newcomer_with_an_old_root_follows_all_changes(federation: Federation, tmp_path: Path, later: Later) -> None:
    trust = federation.anchored(tmp_path / "trust")
    for day in (1, 2, 3):
        proposal = tmp_path / f"proposal-{day}"
        propose(proposal, federation.members, CATEGORIES, later(days=day), repository=federation.repository)
        for platform in PLATFORMS[1:]:
            sign(proposal, federation.root_keys[platform])
        publish(proposal, federation.repository, federation.online_keys[ANHUI], later(days=day))
    assert update(trust, [federation.repository], later(days=3)).directory.versions.root == 4
