"""The life of an archive's electronic seal: made → activated → suspended → activated again → replaced or expired.

One seal of an archive is active at a time. When it was is written down as periods and, where an operator had a hand in
it, published in the platform's listing: what was sealed within a period stays good for ever. A test node makes and
activates the seals that it needs by itself; any other waits for its operator.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from ssl import DER_cert_to_PEM_cert, PEM_cert_to_DER_cert

from cryptography import x509
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from dangqiao.apps.audit import services as audit
from dangqiao.apps.deliverables.models import Seal, SealPeriod
from dangqiao.apps.directory import queries as directory
from dangqiao.apps.directory import services as directory_services
from dangqiao.apps.fields import now
from dangqiao.apps.ledger.services import evidence
from dangqiao.apps.ports import port
from dangqiao.core.errors import N_, BadInput, Conflict, NotThere
from dangqiao.core.federation.listing import SealListing, SealStatus, certificate
from dangqiao.core.federation.listing import SealPeriod as ListedPeriod
from dangqiao.core.sealing.picture import check_name
from dangqiao.core.vocabulary.actor import Actor, node
from dangqiao.core.vocabulary.purpose import Purpose

RENEW_BEFORE = timedelta(days=30)
"""A test seal with less than this left is replaced when it is next needed."""
_STATES = {
    Seal.State.ACTIVE: SealStatus.ACTIVE,
    Seal.State.SUSPENDED: SealStatus.SUSPENDED,
    Seal.State.REPLACED: SealStatus.REPLACED,
    Seal.State.EXPIRED: SealStatus.EXPIRED,
}


def make(actor: Actor, purpose: Purpose, archive: str, reference: str = "") -> Seal:
    """A new seal of an archive, not in use yet. The same reference again gives the same seal.

    Args:
        reference: of keys that are in the key stores already; empty: the next one of the archive. Where a store has no
            key with it, a test seal is made.

    Raises:
        NotThere: `directory.archive_unknown`, `seal.not_ours`.
        BadInput: `seal.name_length`, `deliverable.glyph_missing`: its name cannot be put on a seal;
            `seal.names_another`.
        Misconfigured, Unavailable: of the key stores.
    """
    owner = directory.archive(archive)
    if owner.platform_id != settings.PLATFORM_CODE:
        raise NotThere("seal.not_ours", N_("Archive {archive} is not one of this platform."), archive=archive)
    check_name(owner.name)
    name = reference or _next_reference(archive)
    key = port("key_store").seal(name, owner.name)
    gm = port("electronic_seals").seal(name, owner.name).certificate if "ofd_sealer" in settings.ADAPTERS else b""
    read = x509.load_der_x509_certificate(key.certificate)
    for one in (read, *((x509.load_der_x509_certificate(gm),) if gm else ())):
        _require_owner(one, archive)
    values = {
        "archive_code": archive,
        "name": owner.name,
        "certificate": DER_cert_to_PEM_cert(key.certificate),
        "fingerprint": hashlib.sha256(key.certificate).hexdigest(),
        "gm_certificate": DER_cert_to_PEM_cert(gm) if gm else "",
        "gm_fingerprint": hashlib.sha256(gm).hexdigest() if gm else "",
        "valid_from": read.not_valid_before_utc,
        "valid_to": read.not_valid_after_utc,
        "test": "测试" in read.subject.rfc4514_string() + read.issuer.rfc4514_string(),
    }
    try:
        with transaction.atomic():
            seal = Seal.objects.create(key_reference=name, **values)
            _note("seal.made", actor, purpose, seal)
            return seal
    except IntegrityError:
        return Seal.objects.get(key_reference=name, archive_code=archive)


def _require_owner(certificate: x509.Certificate, archive: str) -> None:
    """That the certificate names the archive where verifiers look: in the subject's serialNumber (X.520 §6.2.9)."""
    named = [one.value for one in certificate.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)]
    if named != [archive]:
        raise BadInput(
            "seal.names_another",
            N_("The certificate does not name archive {archive} in its subject's serialNumber, but {named}."),
            N_("Have it issued with the archive's code there; no verifier would take the seal as the archive's."),
            archive=archive,
            named=", ".join(map(str, named)) or "–",
        )


def _next_reference(archive: str) -> str:
    known = Seal.objects.filter(archive_code=archive).count()
    return f"{archive}-{known + 1}" if known else archive


def activate(actor: Actor, purpose: Purpose, reference: str, *, listed: bool = True) -> Seal:
    """From now on the archive seals with it.

    Args:
        listed: whether the platform's listing is to name it; False for what a test node does by itself.

    Raises:
        NotThere: `seal.unknown`.
        Conflict: `seal.another_active`, `seal.wrong_state`, `seal.not_valid_now`.
    """
    with transaction.atomic():
        seal = _locked(reference, Seal.State.MADE, Seal.State.SUSPENDED)
        _begin(actor, purpose, seal, listed)
        return seal


def suspend(actor: Actor, purpose: Purpose, reference: str) -> Seal:
    """From now on nothing is sealed with it, until it is activated again. Raises as `activate`."""
    with transaction.atomic():
        seal = _locked(reference, Seal.State.ACTIVE)
        _end(actor, purpose, seal, Seal.State.SUSPENDED, now(), listed=True)
        return seal


def replace(
    actor: Actor, purpose: Purpose, reference: str, by: str = "", *, lost: bool = False, listed: bool = True
) -> Seal:
    """The seal is never used again; another one, made before, takes its place at once. What it sealed stays good.

    Args:
        by: reference of the new one; empty: there is none yet.
        lost: whether others may have its key: then its authority takes the certificate back as well.
        listed: as for `activate`.

    Raises:
        NotThere: `seal.unknown`.
        Conflict: `seal.wrong_state`, `seal.not_valid_now`, `seal.of_another_archive`.
    """
    moment = now()
    with transaction.atomic():
        seal = _locked(reference, Seal.State.MADE, Seal.State.ACTIVE, Seal.State.SUSPENDED)
        _end(actor, purpose, seal, Seal.State.REPLACED, moment, listed=listed)
        if by:
            other = _locked(by, Seal.State.MADE, Seal.State.SUSPENDED)
            if other.archive_code != seal.archive_code:
                raise Conflict("seal.of_another_archive", N_("The two seals are of different archives."))
            _begin(actor, purpose, other, listed)
    if lost:
        port("key_store").revoke(PEM_cert_to_DER_cert(seal.certificate), moment)
    return seal


def expire() -> int:
    """Notes which seals have come to the end of their certificates; how many. Run by the node itself."""
    us, moment, done = node(settings.PLATFORM_CODE), now(), 0
    alive = Seal.objects.filter(valid_to__lte=moment).exclude(state__in=[Seal.State.REPLACED, Seal.State.EXPIRED])
    for reference in alive.values_list("key_reference", flat=True):
        with transaction.atomic():
            seal = Seal.objects.select_for_update().get(key_reference=reference)
            _end(us, Purpose.OPERATION, seal, Seal.State.EXPIRED, seal.valid_to, listed=seal.listed)
            done += 1
    return done


def in_force(archive: str) -> Seal:
    """The seal that an archive seals with now. A test node makes what it needs, in time.

    Raises:
        Conflict: `seal.none_active`; what is waiting to be sealed is sealed when there is one again.
    """
    seal = Seal.objects.filter(archive_code=archive, state=Seal.State.ACTIVE).first()
    left = seal.valid_to - now() if seal else timedelta(0)
    if seal and (left > RENEW_BEFORE or (left > timedelta(0) and not settings.NODE_IS_TEST)):
        return seal
    if settings.NODE_IS_TEST and (seal or not Seal.objects.filter(archive_code=archive).exclude(_FRESH).exists()):
        return _renewed(archive, seal)
    raise Conflict(
        "seal.none_active",
        N_("Archive {archive} has no seal in use."),
        N_("See `dangqiao seal list`, and activate one or make a new one."),
        archive=archive,
    )


_FRESH = Q(state=Seal.State.MADE) | Q(state=Seal.State.EXPIRED)
"""What does not keep a test node from making a seal by itself: an operator's suspension would."""


def _renewed(archive: str, before: Seal | None) -> Seal:
    """A new test seal in the place of the one before, or what another worker has just put there."""
    us, purpose = node(settings.PLATFORM_CODE), Purpose.OPERATION
    waiting = Seal.objects.filter(
        archive_code=archive, state=Seal.State.MADE, valid_to__gt=now() + RENEW_BEFORE
    ).first()
    new = waiting or make(us, purpose, archive)
    try:
        if before:
            replace(us, purpose, before.key_reference, new.key_reference, listed=False)
        else:
            activate(us, purpose, new.key_reference, listed=False)
    except Conflict:
        return Seal.objects.get(archive_code=archive, state=Seal.State.ACTIVE)
    return Seal.objects.get(pk=new.pk)


def require_active(fingerprint: str) -> None:
    """That the seal with this certificate is still in use, in the caller's transaction. Raises Conflict
    (`seal.none_active`): it was suspended while a document was sealed with it.
    """
    known = Seal.objects.select_for_update().filter(fingerprint=fingerprint, state=Seal.State.ACTIVE)
    if not known.exists():
        raise Conflict("seal.none_active", N_("Archive {archive} has no seal in use."), archive="")


def listed() -> Mapping[str, tuple[SealListing, ...]]:
    """The seals that the platform's listing names, by archive: what verifiers cannot know from the seal alone."""
    found: dict[str, tuple[SealListing, ...]] = {}
    seals = Seal.objects.filter(listed=True).exclude(state=Seal.State.MADE).order_by("archive_code", "key_reference")
    for seal in seals.prefetch_related("periods"):
        periods = tuple(ListedPeriod(one.since, one.until) for one in seal.periods.all())
        since = max(one.until or one.since for one in periods) if periods else seal.valid_from
        rows = tuple(
            SealListing(
                certificate(PEM_cert_to_DER_cert(pem)), seal.valid_from, seal.valid_to,
                _STATES[Seal.State(seal.state)], since, periods,
            )
            for pem in (seal.certificate, seal.gm_certificate)
            if pem
        )  # fmt: skip
        found[seal.archive_code] = found.get(seal.archive_code, ()) + rows
    return found


def retired() -> frozenset[str]:
    """References of the seals that are never used again; that their certificates end is no news."""
    gone = Seal.objects.filter(state__in=[Seal.State.REPLACED, Seal.State.EXPIRED])
    return frozenset(gone.values_list("key_reference", flat=True))


def publish(actor: Actor) -> bool:
    """Tells the federation, where this node is in one; whether it is. Raises as `directory.services.publish`."""
    joined = directory.has_joined()
    if joined:
        directory_services.publish(actor)
    return joined


def _locked(reference: str, *states: Seal.State) -> Seal:
    seal = Seal.objects.select_for_update().filter(key_reference=reference).first()
    if seal is None:
        raise NotThere(
            "seal.unknown",
            N_("There is no seal {reference}."),
            N_("`dangqiao seal list` shows them all."),
            reference=reference,
        )
    if seal.state not in states:
        raise Conflict(
            "seal.wrong_state",
            N_("The seal {reference} is {state}; that cannot be done with it."),
            reference=reference,
            state=seal.state,
        )
    return seal


def _begin(actor: Actor, purpose: Purpose, seal: Seal, listed: bool) -> None:
    moment = now().replace(microsecond=0)  # time stamps know whole seconds
    if not seal.valid_from <= moment < seal.valid_to:
        raise Conflict(
            "seal.not_valid_now",
            N_("The certificate of the seal {reference} holds from {begins} to {ends} only."),
            reference=seal.key_reference,
            begins=f"{seal.valid_from:%Y-%m-%d}",
            ends=f"{seal.valid_to:%Y-%m-%d}",
        )
    if Seal.objects.filter(archive_code=seal.archive_code, state=Seal.State.ACTIVE).exists():
        raise Conflict(
            "seal.another_active",
            N_("Another seal of archive {archive} is in use."),
            N_("Suspend or replace it first: dangqiao seal replace"),
            archive=seal.archive_code,
        )
    seal.state, seal.listed = Seal.State.ACTIVE, listed or seal.listed
    try:
        with transaction.atomic():
            seal.save(update_fields=["state", "listed"])
    except IntegrityError as error:
        raise Conflict(
            "seal.another_active", N_("Another seal of archive {archive} is in use."), archive=seal.archive_code
        ) from error
    SealPeriod.objects.create(seal=seal, since=moment)
    _note("seal.active", actor, purpose, seal)


def _end(actor: Actor, purpose: Purpose, seal: Seal, state: Seal.State, moment: datetime, *, listed: bool) -> None:
    seal.state, seal.listed = state, listed or seal.listed
    seal.save(update_fields=["state", "listed"])
    for period in seal.periods.filter(until=None):
        period.until = max(moment, period.since)
        period.save(update_fields=["until"])
    _note(f"seal.{state}", actor, purpose, seal)


def _note(event: str, actor: Actor, purpose: Purpose, seal: Seal) -> None:
    subject = f"seal:{seal.id}"
    evidence(event, subject=subject, digest=seal.fingerprint, actor=actor.id)
    audit.record(event, actor, purpose=purpose, subject=subject, archive_code=seal.archive_code)
