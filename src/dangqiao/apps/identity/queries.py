"""Who somebody is when they act."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from dangqiao.apps.audit import services as audit
from dangqiao.apps.fields import now
from dangqiao.apps.identity.models import RoleGrant, User
from dangqiao.apps.identity.permissions import require
from dangqiao.core.errors import N_, Refused
from dangqiao.core.vocabulary import identity
from dangqiao.core.vocabulary.actor import Actor, Assurance, Grant, Role, ScopeKind
from dangqiao.core.vocabulary.purpose import Purpose


@dataclass(frozen=True, slots=True)
class PersonOnRecord:
    """What a citizen proved: the applicant of their applications."""

    name: str
    identity_kind: str
    identity_number: str
    phone: str
    assurance: Assurance

    @property
    def masked_number(self) -> str:
        """The identity number for a screen."""
        return identity.mask(self.identity_number)


@dataclass(frozen=True, slots=True)
class StaffAccount:
    """A member of staff for lists."""

    username: str
    display_name: str
    active: bool
    grants: tuple[Grant, ...]


_CITIZEN = (Grant(Role.APPLICANT, ScopeKind.SELF),)


def _in_force() -> QuerySet[RoleGrant]:
    at = now()
    rows = RoleGrant.objects.filter(Q(valid_to=None) | Q(valid_to__gt=at), valid_from__lte=at)
    return rows.order_by("role", "scope_kind", "scope_code")


def _grants(rows: Iterable[RoleGrant]) -> tuple[Grant, ...]:
    return tuple(Grant(Role(row.role), ScopeKind(row.scope_kind), row.scope_code) for row in rows)


def actor_of(user: User, session: str = "") -> Actor:
    """The actor that an account is now: a citizen acts for themself, staff in the roles that are in force.

    Args:
        session: a name for the sitting, never the session's key itself: it goes into the evidence.
    """
    grants = _grants(_in_force().filter(user=user)) if user.is_staff_member else _CITIZEN
    return Actor(f"user:{user.pk}", grants, Assurance(user.assurance), session)


def staff(actor: Actor) -> list[StaffAccount]:
    """All members of staff with their roles in force, by account name. Raises Refused (`permission.missing`)."""
    require(actor, Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR, Role.OPERATOR)
    rows = User.objects.filter(is_staff_member=True).order_by("username")
    return [
        StaffAccount(row.username, row.display_name, row.is_active, _grants(row.role_grants.all()))
        for row in rows.prefetch_related(Prefetch("role_grants", _in_force()))
    ]


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """What colleagues call the members of staff among these actor ids. Citizens are left out."""
    ids = [actor.removeprefix("user:") for actor in actors if actor.startswith("user:")]
    rows = User.objects.filter(pk__in=ids, is_staff_member=True)
    return {f"user:{row.pk}": row.display_name for row in rows}


def person_on_record(actor: Actor, purpose: Purpose) -> PersonOnRecord:
    """What the account of `actor` holds of the person, for their own application. Audited."""
    user = User.objects.get(pk=account_id(actor))
    audit.record("account.read", actor, purpose=purpose, subject=f"account:{user.pk}")
    return PersonOnRecord(
        user.display_name, user.identity_kind, user.identity_number, user.phone, Assurance(user.assurance)
    )


def account_id(actor: Actor) -> UUID:
    """The account behind an actor. Raises Refused (`identity.no_account`) for a node or an operator."""
    kind, _, value = actor.id.partition(":")
    if kind != "user":
        raise Refused("identity.no_account", N_("Only somebody who has logged in can do this."))
    return UUID(value)
