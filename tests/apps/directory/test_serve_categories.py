"""Which categories a platform serves is said in dangqiao.toml; its archives and the pages follow."""

from typing import Any

import pytest

from dangqiao.apps.directory import queries, services
from dangqiao.apps.directory.models import Archive
from dangqiao.core import categories
from dangqiao.core.vocabulary.actor import Actor

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("seeded")
def test_a_platform_that_says_nothing_serves_what_every_member_serves() -> None:
    assert [category.id for category in queries.served()] == list(categories.first())
    assert all(tuple(row.categories) == categories.first() for row in Archive.objects.all())


@pytest.mark.usefixtures("seeded")
def test_a_newly_served_category_is_served_by_all_and_an_archive_may_leave_it(clerk: Actor, settings: Any) -> None:
    settings.CATEGORIES_SERVED = ("marriage", "retirement", "forest-rights")
    services.seed_province(clerk)
    assert Archive.objects.get(code="310115").categories == ["marriage", "retirement", "forest-rights"]
    Archive.objects.filter(code="310115").update(categories=["marriage"])
    services.seed_province(clerk)
    assert Archive.objects.get(code="310115").categories == ["marriage"]
    assert [category.id for category in queries.served()][-2:] == ["retirement", "forest-rights"]


@pytest.mark.usefixtures("seeded")
def test_nobody_is_offered_what_no_active_archive_serves_or_nobody_here_can_read() -> None:
    Archive.objects.update(categories=["marriage", "of-another-platform"])
    assert [category.id for category in queries.served()] == ["marriage"]
    Archive.objects.update(active=False)
    assert queries.served() == []
