"""Several times a day each node looks at the others' logs and signs what only grew; what did not is kept, and named."""

from typing import Any

from django.db import transaction

from dangqiao.apps.directory import queries as directory
from dangqiao.apps.exchange import peers, services
from dangqiao.apps.fields import new_id, now
from dangqiao.apps.ledger import queries as ledger
from dangqiao.apps.ledger import services as ledger_services
from dangqiao.apps.ports import port
from dangqiao.core.errors import N_, BadInput, NotThere
from dangqiao.core.federation import messages
from dangqiao.core.federation.messages import read_as
from dangqiao.core.federation.ports import LEDGER_PATH
from dangqiao.core.federation.receiving import Message
from dangqiao.core.ledger import checkpoint as notes
from dangqiao.core.ledger.growth import LARGEST_GROWTH, GrowthVerdict, judge, read_growth


def witness(platform: str) -> GrowthVerdict:
    """Looks at another member's log: signs its newest checkpoint if it goes on from the one seen before, and tells it.

    Raises:
        NotThere: `exchange.unknown_member`; and what the transport raises.
        Malformed: `ledger.bad_growth`, `ledger.bad_checkpoint`.
    """
    member = directory.required().member(platform)
    if member is None:
        raise NotThere(
            "exchange.unknown_member", N_("{platform} is not a member of the federation."), platform=platform
        )
    last = ledger.last_seen(platform)
    old = last.size if last else 0
    with peers.attempt(platform):
        answer = port("transport").read(member.endpoint, f"{LEDGER_PATH}/{old}", limit=LARGEST_GROWTH)
    seen = notes.read_checkpoint(last.note).checkpoint if last else None
    verdict = judge(read_growth(answer, old), notes.log_of(platform), _keys(platform), seen)
    if verdict.checkpoint and (verdict.consistent or verdict.contradicts):
        with transaction.atomic():
            new = ledger_services.remember_seen(platform, verdict.checkpoint, contradicts=verdict.contradicts)
            if new and verdict.consistent:
                _tell(platform, verdict.checkpoint)
    return verdict


def _tell(platform: str, signed: notes.SignedCheckpoint) -> None:
    line = notes.cosign(signed, port("witness"), int(now().timestamp())).signatures[-1].to_line()
    size, root = signed.checkpoint.size, signed.checkpoint.root.hex()
    services.send(platform, messages.CheckpointCosigned(cosignature=str(new_id()), size=size, root=root, line=line))


def cosigned(message: Message) -> None:
    """Another member has signed under a checkpoint of ours: the line is kept with it.

    Raises BadInput: `ledger.cosignature_unfit`, `ledger.no_such_checkpoint`.
    """
    payload, sender = read_as(messages.CheckpointCosigned, message.envelope), message.envelope.sender
    row = ledger.checkpoint_at(payload.size, payload.root)
    if row is None:
        raise BadInput("ledger.no_such_checkpoint", N_("This node has signed no such checkpoint."))
    signed = notes.read_checkpoint(row.signed_note)
    if notes.cosigned_line(signed, payload.line, _keys(sender, as_witness=True)) is None:
        raise BadInput("ledger.cosignature_unfit", N_("The signature under the checkpoint does not hold."))
    ledger_services.keep_cosignature(row, sender, payload.line)


def _keys(platform: str, *, as_witness: bool = False) -> Any:
    """Who verifies what a member signs in notes: by all keys it lists or ever listed."""
    listed = directory.required().signing_keys_of(platform)
    return port("note_verifiers")(platform, (*listed, *directory.keys_ever(platform)), as_witness)
