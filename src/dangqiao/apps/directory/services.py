"""Filling the node's picture of the federation, and telling the federation about this node."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from dangqiao.apps.audit import services as audit
from dangqiao.apps.directory import queries, rows
from dangqiao.apps.directory.models import DirectoryState
from dangqiao.apps.fields import now
from dangqiao.apps.ledger.services import evidence
from dangqiao.apps.ports import port
from dangqiao.core.errors import DangqiaoError, Untrusted
from dangqiao.core.federation import seeding
from dangqiao.core.federation.directory import Directory, DirectorySource, DirectoryVerdict
from dangqiao.core.federation.listing import Member, PlatformListing, PublicKeys
from dangqiao.core.federation.rota import EVERY
from dangqiao.core.vocabulary.actor import Actor


def seed_province(actor: Actor) -> None:
    """Writes this node's platform, the archives of its province and its acceptance points, where they are missing;
    a category that is newly served is served by all its archives, one that is served no more by none."""
    code = settings.PLATFORM_CODE
    with transaction.atomic():
        rows.write_platform(code, *seeding.names_of(code), settings.PUBLIC_URL)
        listing = seeding.seed_listing(code, ids=settings.CATEGORIES_SERVED)
        added = rows.add_missing(listing)
        rows.serve(code, listing.categories)
        if added:
            audit.record("directory.seeded", actor, subject=f"platform:{code}", count=added)


def own_member(moment: datetime) -> Member:
    """This node's entry for the membership: address from dangqiao.toml, keys from the key store."""
    return seeding.member(settings.PLATFORM_CODE, settings.PUBLIC_URL, _public_keys(moment), settings.SUITE)


def own_listing(moment: datetime) -> PlatformListing:
    """What this node says about itself: its rows, its authorities, and when which seal was in use.

    A seal need not be listed to be believed: it leads to the platform's authority and carries its archive's code.
    """
    served = seeding.served(settings.CATEGORIES_SERVED)
    seals = import_string(settings.LISTED_SEALS)()
    return rows.read_listing(settings.PLATFORM_CODE, served, _public_keys(moment), seals)


def _public_keys(moment: datetime) -> PublicKeys:
    found: PublicKeys = port("key_store").public(moment)
    return found


def publish(actor: Actor) -> PlatformListing:
    """Signs and publishes this platform's listing as its rows are now; others get it with their next update.

    Raises:
        Misconfigured: `directory.key_not_listed`, `directory.no_own_key`.
        NotThere: `directory.none`, `directory.not_a_member`.
    """
    moment = now()
    listing = own_listing(moment)
    port("directory").publish_listing(listing, moment)
    with transaction.atomic():
        audit.record("directory.published", actor, subject=f"platform:{listing.platform}", count=len(listing.archives))
    apply(actor)
    return listing


def update(actor: Actor) -> DirectoryVerdict:
    """Fetches a newer directory from the members and takes it over; renews its time stamp where it is our turn.

    How it ended is kept for `queries.state`. The last good directory stays if the new one is refused.

    Raises:
        NotThere: `directory.none`: this node has not joined.
        Unavailable: no member answers.
        Untrusted: as `DirectorySource.update`.
    """
    moment, source = now(), port("directory")
    try:
        source.refresh(moment)
        verdict = _newest(source, moment)
    except DangqiaoError as error:
        apply(actor)
        _note(checked_at=moment, error_code=error.code[:60], error=str(error)[:500])
        raise
    apply(actor)
    _note(checked_at=moment, good_at=moment, error_code="", error="")
    return verdict


def _newest(source: DirectorySource, moment: datetime) -> DirectoryVerdict:
    try:
        return source.update(moment)
    except Untrusted as error:
        # Somebody publishes first, perhaps this node: for a day the others may be behind it. Later it is an alarm.
        known = queries.current()
        if error.code == "directory.rolled_back" and known and moment - known.as_of < EVERY:
            return DirectoryVerdict(known, changed=False)
        raise


def apply(actor: Actor) -> Directory | None:
    """Makes the rows of platforms, archives and acceptance points equal to the directory in the trust folder.

    This node's own archives and points stay as they are: they are what its listing is made from. What nobody lists
    any more becomes inactive. Nothing happens where the rows are made from this directory already.

    Returns:
        The directory in force; None if there is none.
    """
    directory = queries.current()
    if directory is None:
        return None
    known = DirectoryState.objects.values_list("applied", flat=True).first()
    if known != directory.digest:
        with transaction.atomic():
            rows.write(directory, own=settings.PLATFORM_CODE)
            rows.remember_keys(directory)
            _note(applied=directory.digest)
            subject = f"directory:{directory.versions.snapshot}"
            evidence("directory.accepted", subject=subject, digest=directory.digest, actor=actor.id)
            audit.record(
                "directory.accepted", actor, subject=subject, count=len(directory.archives()), digest=directory.digest
            )
    return directory


def _note(**values: object) -> None:
    DirectoryState.objects.update_or_create(id=1, defaults=values)
