"""`dangqiao user`: the operator makes accounts and gives roles."""

import pytest
from click.testing import CliRunner, Result
from django.contrib.auth import authenticate

from dangqiao.apps.directory import services as directory
from dangqiao.apps.identity.models import User
from dangqiao.cli.user import user
from dangqiao.core.errors import NotThere
from dangqiao.core.vocabulary.actor import operator

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def province() -> None:
    directory.seed_province(operator("tester", "310000"))


def _run(*words: str) -> Result:
    return CliRunner().invoke(user, list(words), catch_exceptions=False)


def test_an_account_with_a_role_and_a_password_that_is_shown_once() -> None:
    said = _run("add", "wang", "--role", "handler", "--archive", "310101").output
    password = said.splitlines()[0].split()[-1].removeprefix("密码")
    assert authenticate(None, username="wang", password=password) == User.objects.get(username="wang")
    assert "handler 310101" in _run("list").output


def test_a_password_that_was_chosen_is_not_repeated() -> None:
    assert "correct-horse" not in _run("add", "wang", "--password", "correct-horse-battery").output
    _run("password", "wang", "--password", "another-good-one")
    assert authenticate(None, username="wang", password="another-good-one")


def test_roles_are_granted_and_withdrawn() -> None:
    _run("add", "li")
    _run("grant", "li", "--role", "receptionist", "--point", "310101-001")
    assert "receptionist 310101-001" in _run("list").output
    _run("withdraw", "li", "--role", "receptionist", "--point", "310101-001")
    assert "receptionist" not in _run("list").output


def test_a_role_for_an_archive_that_does_not_exist_makes_no_account() -> None:
    with pytest.raises(NotThere):
        _run("add", "wang", "--role", "handler", "--archive", "999999")
    assert not User.objects.exists()
