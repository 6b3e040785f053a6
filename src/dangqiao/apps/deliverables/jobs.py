"""Background work of documents: sealing ours, fetching those of other archives."""

import hashlib
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from dangqiao.apps.audit import services as audit
from dangqiao.apps.deliverables import seals, services
from dangqiao.apps.deliverables.models import Deliverable, DeliverableFile, Format, Seal
from dangqiao.apps.deliverables.services import Stored
from dangqiao.apps.directory import queries as directory
from dangqiao.apps.exchange import services as exchange
from dangqiao.apps.fields import now
from dangqiao.apps.ledger.services import evidence
from dangqiao.apps.ports import port
from dangqiao.apps.work.services import GiveUp
from dangqiao.core.errors import BadInput
from dangqiao.core.federation.messages import DeliverableReceived, FileReceived
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
    used = None if content.paper else seals.in_force(content.archive)
    try:
        documents = _sealed(content, used)
    except BadInput as error:
        services.cannot_be_made(row, str(error))
        raise GiveUp(str(error)) from error
    fingerprints = {Format.PDF: used.fingerprint, Format.OFD: used.gm_fingerprint} if used else {Format.PDF: ""}
    services.register(row.id, [_stored(kind, document, fingerprints[kind]) for kind, document in documents.items()])


def _sealed(content: FrozenContent, used: Seal | None) -> dict[Format, bytes]:
    """The document in every format that this node makes. Raises BadInput for content that cannot be set in type."""
    page = port("typesetter").typeset(content, port("storage").get)
    if used is None:  # the archive puts its own seal on the sheet
        return {Format.PDF: page}
    documents = {Format.PDF: port("sealer").seal(page, content, used.key_reference)}
    if used.gm_fingerprint:
        documents[Format.OFD] = port("ofd_sealer").issue(content, page, used.key_reference)
    return documents


def _stored(kind: Format, document: bytes, seal_fingerprint: str) -> Stored:
    name = port("storage").put(document)
    return Stored(kind, hashlib.sha256(document).hexdigest(), len(document), name, seal_fingerprint)


def fetch(payload: dict[str, Any]) -> None:
    """Fetches the files of a document that another node announced, verifies and keeps them, and says so."""
    row = Deliverable.objects.get(id=payload["deliverable"])
    if row.state != Deliverable.State.ANNOUNCED:
        return
    files = services.files_of(row)
    found = [_fetched(row, file) for file in files]
    with transaction.atomic():
        changed = Deliverable.objects.filter(id=row.id, state=Deliverable.State.ANNOUNCED).update(
            state=Deliverable.State.REGISTERED, registered_at=now()
        )
        if not changed:
            return
        DeliverableFile.objects.bulk_update(files, ["storage_name", "size"])
        us = node(settings.PLATFORM_CODE)
        answer = DeliverableReceived(
            referral=str(row.referral_id),
            serial=row.serial,
            received_at=now(),
            **found[0].to_data(),
            files=found,
        )
        exchange.send(row.issuer_platform, answer, reply_to=payload["message"])
        for file in files:
            evidence("deliverable.registered", subject=f"deliverable:{row.id}", digest=file.sha256, actor=us.id)
        audit.record("deliverable.received", us, subject=f"deliverable:{row.id}", archive_code=row.archive_code)


def _fetched(row: Deliverable, file: DeliverableFile) -> FileReceived:
    """Fetches one file into the store and notes in its row where it is (not saved); what its verification says."""
    member = directory.required().member(row.issuer_platform)
    if member is None:
        raise refuse("exchange.unknown_receiver", member=row.issuer_platform)
    request = ask_for(file.sha256, us=settings.PLATFORM_CODE, holder=row.issuer_platform, now=now())
    token = port("envelope_cipher").sign(request.to_bytes(), Signature.OBJECT_REQUEST)
    with tempfile.TemporaryDirectory(dir=settings.NODE_FOLDER) as folder:
        path = Path(folder) / "document"
        port("transport").fetch(member.endpoint, file.sha256, token=token, into=path, limit=LARGEST_OBJECT)
        document = path.read_bytes()
    file.storage_name, file.size = port("storage").put(document), len(document)
    verdict = port("verifier")(document, now() + timedelta(seconds=1))
    return FileReceived(
        sha256=file.sha256, verdict=verdict.outcome, reasons=[str(reason.code) for reason in verdict.reasons]
    )
