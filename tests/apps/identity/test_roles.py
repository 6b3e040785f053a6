"""Accounts and rights: who gives which to whom; three administrators apart."""

import pytest

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.identity import queries, services
from dangqiao.apps.identity.models import User
from dangqiao.core.errors import BadInput, Conflict, NotThere, Refused
from dangqiao.core.vocabulary.actor import Actor, Grant, Role, ScopeKind, operator

OPERATOR = operator("tester", "310000")
PLATFORM = (ScopeKind.PLATFORM, "310000")
HUANGPU = (ScopeKind.ARCHIVE, "310101")

pytestmark = pytest.mark.django_db


def _staff(name: str, *roles: Role) -> Actor:
    user = services.create_staff(OPERATOR, name, password="correct-horse-battery")
    for role in roles:
        services.grant_role(OPERATOR, name, role, *PLATFORM)
    return queries.actor_of(user)


def test_a_handler_of_one_archive_acts_there_only() -> None:
    user = services.create_staff(OPERATOR, "Wang")
    services.grant_role(OPERATOR, "wang", Role.HANDLER, *HUANGPU)
    actor = queries.actor_of(user)
    assert actor.grants == (Grant(Role.HANDLER, *HUANGPU),)
    assert actor.may(Role.HANDLER, archive="310101") and not actor.may(Role.HANDLER, archive="310104")


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR),
        (Role.SECURITY_ADMINISTRATOR, Role.AUDITOR),
        (Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR),
    ],
)
def test_nobody_is_two_administrators(held: Role, wanted: Role) -> None:
    _staff("admin", held)
    with pytest.raises(Refused) as refused:
        services.grant_role(OPERATOR, "admin", wanted, *PLATFORM)
    assert refused.value.code == "identity.administrators_apart"


def test_an_administrator_can_become_another_one_after_the_first_right_ended() -> None:
    _staff("admin", Role.AUDITOR)
    services.withdraw_role(OPERATOR, "admin", Role.AUDITOR, *PLATFORM)
    services.grant_role(OPERATOR, "admin", Role.SYSTEM_ADMINISTRATOR, *PLATFORM)
    assert [row.valid_to is None for row in User.objects.get().role_grants.order_by("id")] == [False, True]


def test_accounts_are_one_administrator_s_and_rights_the_other_s() -> None:
    system, security = _staff("system", Role.SYSTEM_ADMINISTRATOR), _staff("security", Role.SECURITY_ADMINISTRATOR)
    services.create_staff(system, "wang")
    with pytest.raises(Refused):
        services.create_staff(security, "li")
    with pytest.raises(Refused):
        services.grant_role(system, "wang", Role.HANDLER, *HUANGPU)
    services.grant_role(security, "wang", Role.HANDLER, *HUANGPU)


def test_nobody_changes_their_own_rights() -> None:
    security = _staff("security", Role.SECURITY_ADMINISTRATOR)
    with pytest.raises(Refused) as refused:
        services.grant_role(security, "security", Role.HANDLER, *HUANGPU)
    assert refused.value.code == "identity.own_rights"


def test_granting_twice_is_one_right() -> None:
    services.create_staff(OPERATOR, "wang")
    first = services.grant_role(OPERATOR, "wang", Role.HANDLER, *HUANGPU)
    assert services.grant_role(OPERATOR, "wang", Role.HANDLER, *HUANGPU) == first
    assert AuditRecord.objects.filter(event="role.granted").count() == 1


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        (Role.HANDLER, PLATFORM),
        (Role.AUDITOR, HUANGPU),
        (Role.OPERATOR, PLATFORM),
        (Role.HANDLER, (ScopeKind.ARCHIVE, "")),
    ],
)
def test_a_role_is_held_only_where_it_makes_sense(role: Role, scope: tuple[ScopeKind, str]) -> None:
    services.create_staff(OPERATOR, "wang")
    with pytest.raises(BadInput):
        services.grant_role(OPERATOR, "wang", role, *scope)


def test_an_account_name_is_taken_once() -> None:
    services.create_staff(OPERATOR, "wang")
    with pytest.raises(Conflict):
        services.create_staff(OPERATOR, "WANG")


def test_a_role_that_is_not_held_cannot_be_withdrawn() -> None:
    services.create_staff(OPERATOR, "wang")
    with pytest.raises(NotThere):
        services.withdraw_role(OPERATOR, "wang", Role.HANDLER, *HUANGPU)


def test_the_list_of_staff_is_not_for_handlers() -> None:
    handler = Actor("user:1", (Grant(Role.HANDLER, *HUANGPU),))
    with pytest.raises(Refused):
        queries.staff(handler)
    _staff("auditor", Role.AUDITOR)
    assert [account.username for account in queries.staff(OPERATOR)] == ["auditor"]
