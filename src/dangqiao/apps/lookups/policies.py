"""Which policy is in force at an archive, and which one a referral pinned."""

from typing import Any

from django.db import IntegrityError, transaction

from dangqiao.apps.audit import services as audit
from dangqiao.apps.identity.permissions import require
from dangqiao.apps.lookups.models import PolicyVersion
from dangqiao.core import categories
from dangqiao.core.errors import N_, Conflict, NotThere
from dangqiao.core.lookup.policy import Policy, default_policy, refuse_looser
from dangqiao.core.vocabulary.actor import Actor, Role
from dangqiao.core.vocabulary.purpose import Purpose


def in_force(archive_code: str, category: str) -> Policy:
    """What the archive has set last; else what the category's file says. Raises NotThere (`category.unknown`)."""
    row = PolicyVersion.objects.filter(archive_code=archive_code, category=category).order_by("-version").first()
    return Policy.from_dict(row.body) if row else default_policy(categories.get(category))


def pin(policy: Policy) -> str:
    """The digest of a policy that a referral now rests on; a default is kept, for the next release may change it."""
    if not policy.archive and not PolicyVersion.objects.filter(digest=policy.digest).exists():
        last = PolicyVersion.objects.filter(archive_code="", category=policy.category).order_by("-version").first()
        row = PolicyVersion(
            archive_code="",
            category=policy.category,
            version=last.version + 1 if last else 1,
            body=policy.as_dict(),
            digest=policy.digest,
            set_by="",
        )
        PolicyVersion.objects.bulk_create([row], ignore_conflicts=True)
    return policy.digest


def pinned(digest: str) -> Policy:
    """The policy with this digest. Raises NotThere (`lookups.policy_unknown`)."""
    row = PolicyVersion.objects.filter(digest=digest).order_by("id").first()
    if row is None:
        raise NotThere("lookups.policy_unknown", N_("The policy that was in force then is not known any more."))
    return Policy.from_dict(row.body)


def set_policy(actor: Actor, archive_code: str, category: str, changes: dict[str, Any]) -> Policy:
    """A new version of an archive's policy; referrals that were delivered before keep the one they pinned.

    Args:
        changes: fields of `core.lookup.policy.Policy` that differ from what is in force.

    Raises:
        Refused: `permission.missing`; NotThere: `category.unknown`; BadInput: `lookup.policy_unfit`,
            `lookup.policy_too_loose`.
        Conflict: `lookups.policy_set_meanwhile`.
    """
    require(actor, Role.SECURITY_ADMINISTRATOR, Role.OPERATOR, archive=archive_code)
    before = in_force(archive_code, category)
    version = before.version + 1 if before.archive else 1
    body = {**before.as_dict(), **changes, "archive": archive_code, "category": category, "version": version}
    policy = Policy.from_dict(body)
    refuse_looser(categories.get(category), policy)
    try:
        with transaction.atomic():
            PolicyVersion.objects.create(
                archive_code=archive_code,
                category=category,
                version=version,
                body=policy.as_dict(),
                digest=policy.digest,
                set_by=actor.id,
            )
            audit.record(
                "policy.set",
                actor,
                purpose=Purpose.OPERATION,
                subject=f"policy:{archive_code}/{category}/{version}",
                archive_code=archive_code,
                digest=policy.digest,
            )
    except IntegrityError:
        raise Conflict(
            "lookups.policy_set_meanwhile",
            N_("Somebody else set this policy a moment ago."),
            N_("Load it again and compare."),
        ) from None
    return policy
