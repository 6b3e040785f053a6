"""Background work of documents: sealing ours, fetching those of other archives."""

import hashlib
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.db import transaction

from dangqiao.apps.audit import services as audit
from dangqiao.apps.deliverables import services
from dangqiao.apps.deliverables.models import Deliverable, Seal
from dangqiao.apps.directory import queries as directory
from dangqiao.apps.exchange import services as exchange
from dangqiao.apps.fields import now
from dangqiao.apps.ledger.services import evidence
from dangqiao.apps.ports import port
from dangqiao.apps.work.services import GiveUp
from dangqiao.core.errors import BadInput
from dangqiao.core.federation.messages import DeliverableReceived
from dangqiao.core.federation.objects import LARGEST_OBJECT, ask_for
from dangqiao.core.federation.ports import Kind as Signature
from dangqiao.core.federation.refusals import refuse
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.vocabulary.actor import node


def seal(payload: dict[str, Any]) -> None:
    """Sets a reserved document in type, seals and registers it. Killed anywhere, it starts again from frozen content:
    at worst a sealed file lies in the store that no register names.
    """
    row = Deliverable.objects.get(id=payload["deliverable"])
    if row.state != Deliverable.State.RESERVED:
        return
    content = FrozenContent.from_canonical(row.frozen_content.encode())
    try:
        page = port("typesetter").typeset(content, port("storage").get)
    except BadInput as error:
        services.cannot_be_made(row, str(error))
        raise GiveUp(str(error)) from error
    document = port("sealer").seal(page, content)
    name = port("storage").put(document)
    stored = services.Stored(hashlib.sha256(document).hexdigest(), len(document), name)
    services.register(row.id, stored, _current_seal(content).fingerprint)


def _current_seal(content: FrozenContent) -> Seal:
    """The row of the seal that the key store uses now; a new certificate replaces the one before."""
    key = port("key_store").seal(content.archive, content.archive_name)
    fingerprint = hashlib.sha256(key.certificate).hexdigest()
    known = Seal.objects.filter(fingerprint=fingerprint).first()
    if known is not None:
        return known
    certificate = x509.load_der_x509_certificate(key.certificate)
    with transaction.atomic():
        Seal.objects.filter(archive_code=content.archive, state=Seal.State.ACTIVE).update(state=Seal.State.REPLACED)
        return Seal.objects.create(
            archive_code=content.archive,
            name=content.archive_name,
            certificate=certificate.public_bytes(Encoding.PEM).decode(),
            fingerprint=fingerprint,
            key_reference=f"seals/{content.archive}",
            valid_from=certificate.not_valid_before_utc,
            valid_to=certificate.not_valid_after_utc,
            test=content.test,
        )


def fetch(payload: dict[str, Any]) -> None:
    """Fetches a document that another node announced, verifies it, keeps it and says so."""
    row = Deliverable.objects.get(id=payload["deliverable"])
    if row.state != Deliverable.State.ANNOUNCED:
        return
    member = directory.required().member(row.issuer_platform)
    if member is None:
        raise refuse("exchange.unknown_receiver", member=row.issuer_platform)
    request = ask_for(row.sha256, us=settings.PLATFORM_CODE, holder=row.issuer_platform, now=now())
    token = port("envelope_cipher").sign(request.to_bytes(), Signature.OBJECT_REQUEST)
    with tempfile.TemporaryDirectory(dir=settings.NODE_FOLDER) as folder:
        path = Path(folder) / "document"
        port("transport").fetch(member.endpoint, row.sha256, token=token, into=path, limit=LARGEST_OBJECT)
        document = path.read_bytes()
    verdict = port("verifier")(document, now() + timedelta(seconds=1))
    name = port("storage").put(document)
    with transaction.atomic():
        changed = Deliverable.objects.filter(id=row.id, state=Deliverable.State.ANNOUNCED).update(
            state=Deliverable.State.REGISTERED, storage_name=name, size=len(document), registered_at=now()
        )
        if not changed:
            return
        us = node(settings.PLATFORM_CODE)
        reasons = [reason.code for reason in verdict.reasons]
        answer = DeliverableReceived(
            referral=str(row.referral_id),
            serial=row.serial,
            sha256=row.sha256,
            received_at=now(),
            verdict=verdict.outcome,
            reasons=[str(code) for code in reasons],
        )
        exchange.send(row.issuer_platform, answer, reply_to=payload["message"])
        evidence("deliverable.registered", subject=f"deliverable:{row.id}", digest=row.sha256, actor=us.id)
        audit.record("deliverable.received", us, subject=f"deliverable:{row.id}", archive_code=row.archive_code)
