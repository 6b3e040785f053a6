"""The signed receipt: proof that a node has, or will not have, exactly these bytes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from dangqiao.core.errors import DangqiaoError
from dangqiao.core.federation.envelope import DEEPEST, moment, read_moment
from dangqiao.core.federation.ports import EnvelopeCipher, KeyDirectory, Kind
from dangqiao.core.federation.refusals import Refusal, known, refuse
from dangqiao.core.vocabulary.canonical import canonical_bytes, read_json

LARGEST_RECEIPT = 8 * 1024
"""Bytes of a signed receipt on the wire."""


class ReceiptStatus(StrEnum):
    """What became of the message."""

    STORED = "stored"
    """In the inbox, durably; the receiver now answers for it."""
    DUPLICATE = "duplicate"
    """It was stored before; nothing happened again."""
    REFUSED = "refused"
    """Not stored; `code` says why."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the receiver signs.

    Attributes:
        message: id of the message; empty where it could not be read.
        sender: code of the platform that sent the message; empty where it could not be read.
        receiver: code of the platform that signs the receipt.
        sealed_digest: digest (hex, by the suite's hash) of the exact bytes received.
        signed_digest: likewise of the compact JWS inside; empty where it could not be opened. This is what the
            sender can prove later, because it keeps the JWS and not the sealed bytes.
        received_at: aware, UTC.
        status: stored, duplicate or refused.
        code: for refused, a code of `refusals`.
        detail: for refused, the English sentence; no personal data.
    """

    message: str
    sender: str
    receiver: str
    sealed_digest: str
    signed_digest: str
    received_at: datetime
    status: ReceiptStatus
    code: str = ""
    detail: str = ""

    @property
    def arrived(self) -> bool:
        """Whether the sender may forget about delivering it."""
        return self.status is not ReceiptStatus.REFUSED

    @property
    def refusal(self) -> Refusal | None:
        """For refused: whose fault, and what next."""
        return None if self.arrived else known(self.code)

    def to_bytes(self) -> bytes:
        """Canonical JSON: the content of the receipt's signature."""
        values: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        values |= {"received_at": moment(self.received_at), "status": str(self.status)}
        return canonical_bytes({name: value for name, value in values.items() if value != ""})


def read_receipt(raw: bytes) -> Receipt:
    """The receipt in the content of a signature; members that are not known are ignored.

    Raises exchange.not_readable.
    """
    try:
        values = read_json(raw, deepest=DEEPEST)
        texts = {name: values.get(name, "") for name in Receipt.__slots__}
        if not all(isinstance(text, str) for text in texts.values()):
            raise ValueError("a member of the receipt is not text")
        texts |= {"received_at": read_moment(texts["received_at"]), "status": ReceiptStatus(texts["status"])}
        return Receipt(**texts)
    except (ValueError, AttributeError) as error:
        raise refuse("exchange.not_readable", what=f"receipt: {error}") from None


def accept_receipt(
    token: bytes, *, cipher: EnvelopeCipher, keys: KeyDirectory, receiver: str, sealed_digest: str
) -> tuple[Receipt, str]:
    """The receipt and its compact JWS, if it is the receiver's word about the bytes that were sent.

    Args:
        token: what the transport brought back.
        receiver: the member that the message was sent to.
        sealed_digest: digest (hex) of the bytes that were posted.

    Raises exchange.receipt_mismatch for every receipt that proves nothing, so that a peer's broken receipt never stops
    a message that is in order.
    """
    try:
        signed = cipher.verify(token, Kind.RECEIPT, keys)
        receipt = read_receipt(signed.content)
    except DangqiaoError as error:
        raise refuse("exchange.receipt_mismatch", what=error.code) from error
    if (signed.signer, receipt.receiver) != (receiver, receiver):
        raise refuse("exchange.receipt_mismatch", what=f"signed by {signed.signer}")
    if receipt.sealed_digest != sealed_digest:
        raise refuse("exchange.receipt_mismatch", what="for another message")
    return receipt, signed.token
