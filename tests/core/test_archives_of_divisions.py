"""The 345 archives and the seeded acceptance points."""

import pytest

from dangqiao.core.errors import NotThere
from dangqiao.core.vocabulary.archives import (
    ARCHIVES,
    DEPARTURES,
    PLATFORMS,
    archive_of,
    seed_acceptance_points,
    seed_archives,
)
from dangqiao.core.vocabulary.divisions import DIVISIONS, find


def test_the_region_has_345_archives() -> None:
    counts = [len(seed_archives(platform)) for platform in PLATFORMS]
    assert counts == [17, 110, 99, 119]
    assert sum(counts) == len(ARCHIVES) == 345
    assert len({one.code for one in ARCHIVES}) == len({(one.name, one.prefecture) for one in ARCHIVES}) == 345


def test_an_archives_code_is_its_divisions() -> None:
    assert all(find(one.code) for one in ARCHIVES)


def test_archives_are_named_as_on_their_doors() -> None:
    names = {one.code: one.name for one in ARCHIVES}
    assert names["340000"] == "安徽省档案馆"
    assert names["340800"] == "安庆市档案馆"
    assert names["310101"] == "上海市黄浦区档案馆"
    assert names["340826"] == "宿松县档案馆"
    assert next(one.english for one in ARCHIVES if one.code == "340826") == "Susong County Archives, Anqing City"


def test_each_departure_has_a_reason_and_is_needed() -> None:
    today = {one.code for one in DIVISIONS if one.valid_to is None}
    for one in DEPARTURES:
        assert one.reason.endswith("Our judgement.")
        assert one.added == (one.code not in today)
        assert one.added or archive_of(one.code) is not None


def test_every_division_of_today_has_an_archive_that_serves_it() -> None:
    assert all(archive_of(one.code) for one in DIVISIONS if one.valid_to is None)
    assert archive_of("999999") is None


def test_shanghai_has_287_acceptance_points_and_every_county_one() -> None:
    points = {platform: seed_acceptance_points(platform) for platform in PLATFORMS}
    assert len(points["310000"]) == 287
    assert "黄浦区第3社区事务受理服务中心" in {one.name for one in points["310000"]}
    assert len(points["320000"]) == 96
    every = [one for some in points.values() for one in some]
    assert len({one.code for one in every}) == len(every)
    assert all(one.demo and archive_of(one.archive) for one in every)


def test_an_unknown_platform_is_refused() -> None:
    with pytest.raises(NotThere) as caught:
        seed_archives("350000")
    assert caught.value.code == "directory.platform_unknown"
