"""The one permission predicate: which rows of an archive, acceptance point or platform an actor may see."""

from django.conf import settings
from django.db.models import Q

from dangqiao.core.errors import N_, Refused
from dangqiao.core.vocabulary.actor import Actor, Role, ScopeKind

NOTHING = Q(pk__in=[])
"""Matches no row."""


def in_scope(actor: Actor, *roles: Role, archive: str = "archive_code", acceptance_point: str = "") -> Q:
    """A condition that is true for the rows in the actor's scopes for any of `roles`.

    Args:
        archive: the column with the archive's code; empty if the rows have none.
        acceptance_point: the column with the acceptance point's code; empty if the rows have none.

    A role for this node's platform covers every row. Nobody's absence of a role means "allowed".
    """
    condition = NOTHING
    for kind, code in actor.scopes(*roles):
        if kind is ScopeKind.PLATFORM and code == settings.PLATFORM_CODE:
            return Q()
        if kind is ScopeKind.ARCHIVE and archive:
            condition |= Q(**{archive: code})
        if kind is ScopeKind.ACCEPTANCE_POINT and acceptance_point:
            condition |= Q(**{acceptance_point: code})
    return condition


def require(actor: Actor, *roles: Role, archive: str = "", acceptance_point: str = "") -> None:
    """Refuses an actor who holds none of `roles` for this archive, this acceptance point or the platform.

    Raises:
        Refused: `permission.missing`.
    """
    places = {"archive": archive, "acceptance_point": acceptance_point, "platform": settings.PLATFORM_CODE}
    if not any(actor.may(role, **places) for role in roles):
        raise Refused(
            "permission.missing",
            N_("You may not do this here."),
            N_("Ask the administrator of your archive for the role that is needed: {roles}."),
            roles=", ".join(roles),
        )
