"""Accounts, roles, and the real-name check."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from dangqiao.apps.audit import queries as audit_queries
from dangqiao.apps.audit import services as audit
from dangqiao.apps.fields import keyed_hash, new_id, now
from dangqiao.apps.identity.models import RoleGrant, User
from dangqiao.apps.identity.permissions import require
from dangqiao.apps.identity.queries import account_id
from dangqiao.apps.ports import port
from dangqiao.core.errors import N_, BadInput, Conflict, NotThere, Refused
from dangqiao.core.vocabulary import identity
from dangqiao.core.vocabulary.actor import Actor, Assurance, Role, ScopeKind
from dangqiao.core.vocabulary.outside import RegisterAnswer
from dangqiao.core.vocabulary.purpose import Purpose

CHECKS_A_DAY = 5
"""Real-name checks that one account may ask for in 24 hours."""

UNVERIFIED_KEPT = timedelta(days=1)
"""How long an account is kept whose phone never answered."""

SCOPES: dict[Role, frozenset[ScopeKind]] = {
    Role.RECEPTIONIST: frozenset({ScopeKind.ACCEPTANCE_POINT}),
    Role.HANDLER: frozenset({ScopeKind.ARCHIVE}),
    Role.REVIEWER: frozenset({ScopeKind.ARCHIVE}),
    Role.SIGNATORY: frozenset({ScopeKind.ARCHIVE}),
    Role.SUPERVISOR: frozenset({ScopeKind.ARCHIVE, ScopeKind.PLATFORM}),
    Role.SYSTEM_ADMINISTRATOR: frozenset({ScopeKind.PLATFORM}),
    Role.SECURITY_ADMINISTRATOR: frozenset({ScopeKind.PLATFORM}),
    Role.AUDITOR: frozenset({ScopeKind.PLATFORM}),
}
"""Roles that can be granted, and for what. Whoever is not here acts without an account (operator, node) or is born
with it (applicant)."""

ADMINISTRATORS = frozenset({Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR})
"""Three people (三员分立, GB/T 22239-2019 8.1.5, GB/T 39784-2021): nobody holds two of these."""


@dataclass(frozen=True, slots=True)
class RealNameCheck:
    """What became of a real-name check. `attempts_left` counts those of the next 24 hours."""

    answer: RegisterAnswer
    attempts_left: int

    @property
    def passed(self) -> bool:
        """Whether the account now has a real name."""
        return self.answer is RegisterAnswer.MATCHES


def citizen_by_phone(phone: str) -> User:
    """The account that a log-in code for `phone` belongs to, made if there is none: asking for a code looks the same
    whether the phone is known or not. An account whose phone never answers is forgotten after a day.
    """
    with transaction.atomic():
        user_id = new_id()
        fields = {"id": user_id, "username": str(user_id), "phone": phone, "password": "!"}
        user, _ = User.objects.get_or_create(phone_hash=keyed_hash(phone, "phone"), defaults=fields)
        return user


def forget_unverified() -> int:
    """Deletes accounts whose phone never answered. Returns how many. A periodic job."""
    unanswered = User.objects.filter(
        is_staff_member=False, phone_verified_at=None, last_login=None, created_at__lt=now() - UNVERIFIED_KEPT
    )
    return unanswered.delete()[0]


def create_staff(actor: Actor, username: str, *, display_name: str = "", password: str = "", email: str = "") -> User:
    """An account for a member of staff. Without a password it cannot be used until one is set.

    Raises:
        Refused: `permission.missing`; accounts are the system administrator's, rights the security administrator's.
        Conflict: `identity.username_taken`.
    """
    require(actor, Role.SYSTEM_ADMINISTRATOR, Role.OPERATOR)
    with transaction.atomic():
        if User.objects.filter(username=username.lower()).exists():
            raise Conflict("identity.username_taken", N_("There is an account {username} already."), username=username)
        user = User.objects.create_user(
            username.lower(),
            password or None,
            is_staff_member=True,
            display_name=display_name or username,
            email=email,
            assurance=Assurance.REAL_NAME,
            assured_at=now(),
        )
        audit.record("account.created", actor, purpose=Purpose.OPERATION, subject=f"account:{user.pk}")
        return user


def set_password(actor: Actor, username: str, password: str) -> None:
    """Sets a staff account's password, which ends its sessions.

    Raises:
        Refused: `permission.missing`.
        NotThere: `identity.account_unknown`.
    """
    require(actor, Role.SYSTEM_ADMINISTRATOR, Role.OPERATOR)
    with transaction.atomic():
        user = staff_account(username)
        user.set_password(password)
        user.save(update_fields=["password"])
        audit.record("account.password_set", actor, purpose=Purpose.OPERATION, subject=f"account:{user.pk}")


def grant_role(actor: Actor, username: str, role: Role, scope: ScopeKind, code: str) -> RoleGrant:
    """Gives a member of staff a role in a scope; giving it twice changes nothing.

    Raises:
        Refused: `permission.missing`, `identity.own_rights`, `identity.administrators_apart`.
        BadInput: `identity.scope_unfit` where the role cannot be held in such a scope.
        NotThere: `identity.account_unknown`.
    """
    require(actor, Role.SECURITY_ADMINISTRATOR, Role.OPERATOR)
    if scope not in SCOPES.get(role, frozenset()) or not code:
        raise BadInput(
            "identity.scope_unfit",
            N_("The role {role} cannot be held for: {scope}."),
            N_("It can be held for: {scopes}."),
            role=role.value,
            scope=scope.value,
            scopes=", ".join(sorted(SCOPES.get(role, ()))) or "-",
        )
    with transaction.atomic():
        user = staff_account(username, lock=True)
        if actor.id == f"user:{user.pk}":
            raise Refused("identity.own_rights", N_("Nobody changes their own rights."))
        held = {Role(row.role) for row in user.role_grants.filter(valid_to=None)}
        if role in ADMINISTRATORS and (held & ADMINISTRATORS) - {role}:
            raise Refused(
                "identity.administrators_apart",
                N_("System administrator, security administrator and auditor are three different people."),
                N_("Give the role to somebody else, or withdraw the other one first."),
            )
        row, created = RoleGrant.objects.get_or_create(
            user=user, role=role, scope_kind=scope, scope_code=code, valid_to=None, defaults={"granted_by": actor.id}
        )
        if created:
            _record_role("role.granted", actor, row)
        return row


def withdraw_role(actor: Actor, username: str, role: Role, scope: ScopeKind, code: str) -> None:
    """Ends a role from now on; its history stays.

    Raises:
        Refused: `permission.missing`, `identity.own_rights`.
        NotThere: `identity.account_unknown`, `identity.role_not_held`.
    """
    require(actor, Role.SECURITY_ADMINISTRATOR, Role.OPERATOR)
    with transaction.atomic():
        user = staff_account(username, lock=True)
        if actor.id == f"user:{user.pk}":
            raise Refused("identity.own_rights", N_("Nobody changes their own rights."))
        row = user.role_grants.filter(role=role, scope_kind=scope, scope_code=code, valid_to=None).first()
        if row is None:
            raise NotThere("identity.role_not_held", N_("The account {username} does not hold it."), username=username)
        row.valid_to = now()
        row.save(update_fields=["valid_to"])
        _record_role("role.withdrawn", actor, row)


def check_real_name(actor: Actor, purpose: Purpose, name: str, identity_number: str) -> RealNameCheck:
    """Checks a citizen's name and identity number with the register, and binds them to the account for good.

    The register is asked outside a transaction; each question counts, also one that the register did not answer.

    Raises:
        BadInput: `identity.number_invalid`.
        Conflict: `identity.bound_already`.
        Refused: `identity.too_many_checks`.
        Unavailable: `register.unavailable`.
    """
    if not identity.check(identity_number).valid:
        raise BadInput(
            "identity.number_invalid",
            N_("This is not a valid identity number."),
            N_("Compare it with your identity card: 18 characters, the last may be X."),
        )
    number = identity.upgrade(identity_number)
    with transaction.atomic():
        user = _unbound(actor)
        asked = audit_queries.count_since("account.real_name_asked", actor, now() - timedelta(days=1))
        if asked >= CHECKS_A_DAY:
            raise Refused(
                "identity.too_many_checks",
                N_("Your name was checked too often today."),
                N_("Try again tomorrow, or come to a counter with your identity document."),
            )
        audit.record("account.real_name_asked", actor, purpose=purpose, subject=f"account:{user.pk}")
    answer = port("real_name_register").check(name, number)
    with transaction.atomic():
        user = _unbound(actor)
        if answer is RegisterAnswer.MATCHES:
            user.display_name, user.identity_kind = name.strip(), "identity_card"
            user.identity_number, user.identity_hash = number, keyed_hash(number, "identity")
            user.assurance, user.assured_at = Assurance.REAL_NAME, now()
            user.save()
        audit.record("account.real_name_checked", actor, purpose=purpose, subject=f"account:{user.pk}", answer=answer)
    return RealNameCheck(answer, CHECKS_A_DAY - asked - 1)


def set_large_print(actor: Actor, on: bool) -> None:
    """Remembers the elderly-friendly mode with the account."""
    User.objects.filter(pk=account_id(actor)).update(large_print=on)


def staff_account(username: str, *, lock: bool = False) -> User:
    """A member of staff. Raises NotThere (`identity.account_unknown`)."""
    rows = User.objects.select_for_update() if lock else User.objects.all()
    user = rows.filter(username=username.lower(), is_staff_member=True).first()
    if user is None:
        raise NotThere("identity.account_unknown", N_("There is no staff account {username}."), username=username)
    return user


def _unbound(actor: Actor) -> User:
    user = User.objects.select_for_update().get(pk=account_id(actor))
    if user.identity_hash:
        raise Conflict(
            "identity.bound_already",
            N_("This account has a real name already."),
            N_("It cannot be given to another person. Use an account with another phone number."),
        )
    return user


def _record_role(event: str, actor: Actor, row: RoleGrant) -> None:
    audit.record(
        event,
        actor,
        purpose=Purpose.OPERATION,
        subject=f"account:{row.user_id}",
        archive_code=row.scope_code if row.scope_kind == ScopeKind.ARCHIVE else "",
        role=row.role,
        scope=row.scope_kind,
        code=row.scope_code,
        platform=settings.PLATFORM_CODE,
    )
