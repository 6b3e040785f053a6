"""What makes a document verifiable by somebody who has nothing but it: code, place in the list, signed statement."""

import secrets
from dataclasses import replace
from uuid import UUID

from django.conf import settings
from django.db.models import Max

from dangqiao.apps.deliverables.models import Deliverable
from dangqiao.apps.fields import keyed_hash, new_id
from dangqiao.apps.ports import port
from dangqiao.apps.work import services as work
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.sealing.statement import Statement, content_digest, name_digest
from dangqiao.core.sealing.status import LIST_SIZE, list_of

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Of verification codes: no 0 O 1 I, which people confuse. 5 bits each."""
CODE_LENGTH = 16
"""Two digits of the platform, so that every node knows whom to ask, and 70 bits: not to be guessed through a
rate-limited page, nor by machine."""
_TRIES = 8
"""Places of a list that are tried before it counts as full. Half-full lists refuse one time in 250."""


def marked(content: FrozenContent) -> FrozenContent:
    """The content with a new code, a new place in the platform's list and a statement about just that, in the caller's
    transaction. The statement is signed here, in a tenth of a millisecond: what is frozen is what every format shows.
    """
    code = new_code()
    bare = replace(
        content,
        code=code,
        verification_url=f"{settings.PUBLIC_URL}/verify/{code}/",
        status_index=free_place(),
        statement="",
    )
    statement = Statement(
        serial=bare.serial,
        copy=bare.copy_number,
        category=bare.category,
        issued_on=bare.issued_on,
        name=name_digest(code, bare.applicant),
        content=content_digest(bare.canonical()),
        status=bare.status_index,
    )
    return replace(bare, statement=port("statement_signer").sign_statement(statement))


def entered(content: FrozenContent, referral: UUID, round: int) -> Deliverable:
    """The row of frozen content, and the job that seals it, in the caller's transaction."""
    deliverable = Deliverable.objects.create(
        id=new_id(),
        referral_id=referral,
        round=round,
        archive_code=content.archive,
        issuer_platform=settings.PLATFORM_CODE,
        category=content.category,
        kind=content.kind,
        serial=content.serial,
        copy_number=content.copy_number,
        paper=content.paper,
        status_index=content.status_index,
        verification_code=content.code,
        verification_code_hash=keyed_hash(content.code, "verification_code"),
        frozen_content=content.canonical().decode(),
        content_digest=content.digest(),
    )
    work.enqueue("deliverables.seal", key=f"seal:{deliverable.id}", payload={"deliverable": str(deliverable.id)})
    return deliverable


def new_code() -> str:
    """A verification code that nobody has."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH - 2))
    return f"{settings.PLATFORM_CODE[:2]}{letters}"


def free_place() -> int:
    """A place in the newest list that no document has, at random; in the next one where that is nearly full.

    Two transactions that draw the same place at once: the database refuses the second (`one_place_in_the_list`), and
    it is tried again like any act that failed. With 131 072 places that is once in very many years.
    """
    own = Deliverable.objects.filter(issuer_platform=settings.PLATFORM_CODE)
    last = own.aggregate(last=Max("status_index"))["last"]
    newest = list_of(last) if last is not None else 0
    drawn = [newest * LIST_SIZE + secrets.randbelow(LIST_SIZE) for _ in range(_TRIES)]
    taken = set(own.filter(status_index__in=drawn).values_list("status_index", flat=True))
    free = [place for place in drawn if place not in taken]
    return free[0] if free else (newest + 1) * LIST_SIZE + secrets.randbelow(LIST_SIZE)
