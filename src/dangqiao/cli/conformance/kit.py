"""What probes are made of: a member's keys, good and bad messages, and the reading of receipts."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx

from dangqiao.adapters.directory.client import load
from dangqiao.adapters.jose import JoseCipher
from dangqiao.adapters.jose.algorithms import ALGORITHMS
from dangqiao.adapters.message_wiring import message_keys, suite_of
from dangqiao.core.configuration import Configuration
from dangqiao.core.errors import N_, DangqiaoError, NotThere
from dangqiao.core.federation.envelope import LONGEST_LIFE, Envelope, message_id
from dangqiao.core.federation.listing import KeyUse
from dangqiao.core.federation.messages import Probed
from dangqiao.core.federation.ports import MEDIA_TYPE, MESSAGES_PATH, Kind
from dangqiao.core.federation.receipts import LARGEST_RECEIPT, Receipt, ReceiptStatus, read_receipt
from dangqiao.core.vocabulary.canonical import canonical_bytes

SECONDS = 30.0


class Failed(Exception):
    """The node under test does not keep the protocol; the text says what was sent, expected and got."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A receipt whose signature holds, with the bytes that it answers and their digest by the federation's suite."""

    receipt: Receipt
    sealed: bytes
    digest: str


class Kit:
    """A member and the node under test.

    Args:
        folder: of the member's node: its `secrets/` and `trust/` are read, nothing is written.
        url: of the node under test, as the directory lists it.

    Raises NotThere: `conformance.no_member`.
    """

    def __init__(self, folder: Path, configuration: Configuration, url: str) -> None:
        self.us = configuration.node.platform
        self.directory = load(folder / "trust", datetime.now(UTC))
        found = [one for one in self.directory.members if one.endpoint.rstrip("/") == url.rstrip("/")]
        if not found or found[0].platform == self.us:
            raise NotThere(
                "conformance.no_member",
                N_("The directory in {folder} lists no other member at {url}."),
                N_("Found a test federation of a node of yours and the node under test: see the operators' documents."),
                folder=folder,
                url=url,
            )
        self.url, self.them = url.rstrip("/"), found[0].platform
        known = {key.kid for one in self.directory.members if one.platform == self.us for key in one.message_keys}
        keys = message_keys(folder, configuration)
        self.pem = keys.signing(known).pem
        self.suite = suite_of(configuration)
        self.cipher = JoseCipher(self.pem, [one.pem for one in keys.own(KeyUse.ENCRYPTION)], self.suite)
        self.http = httpx.Client(timeout=SECONDS, trust_env=False, headers={"Accept-Encoding": "identity"})
        self.stored: dict[str, str] = {}
        """Id → content digest of all messages of which the node said that it has them."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    @property
    def keys(self) -> Any:
        """The members' keys as of now."""
        return self.directory.keys_at(datetime.now(UTC))

    def probe(self, **changes: Any) -> Envelope:
        """A message without effect."""
        moment = datetime.now(UTC)
        probe = str(changes.pop("probe", uuid4()))
        values = {
            "id": message_id(int(moment.timestamp() * 1000), secrets.token_bytes(10)),
            "type": "exchange.probed.v1",
            "sender": self.us,
            "receiver": self.them,
            "subject": probe,
            "issued_at": moment,
            "expires_at": moment + LONGEST_LIFE,
            "data": Probed(probe=probe, sent_at=moment).to_data(),
        }
        return Envelope(**{**values, **changes})

    def token(self, content: bytes, header: Mapping[str, Any] | None = None, pem: bytes = b"") -> str:
        """Signed content; `header` changes members of the protected header, None as a value drops one."""
        algorithms, suite = ALGORITHMS[self.suite.name], self.suite
        key = algorithms.private(pem or self.pem, KeyUse.SIGNING)
        kid = self.cipher.signing_kid
        usual = {"alg": suite.signature, "kid": kid, "suite": suite.name, "typ": Kind.MESSAGE.value}
        members = {name: value for name, value in (usual | dict(header or {})).items() if value is not None}
        signed = f"{_base64(json.dumps(members).encode())}.{_base64(content)}"
        return f"{signed}.{_base64(algorithms.sign_plain(signed.encode(), key))}"

    def seal(self, token: str) -> bytes:
        """For the node under test."""
        key = self.keys.sealing_key(self.them)
        if key is None:
            raise Failed(f"The directory lists no key in force to seal messages for {self.them}.")
        sealed: bytes = self.cipher.seal(token, key)
        return sealed

    def send(self, envelope: Envelope) -> Answered:
        """Signs, seals and posts a message; remembers it where it was taken."""
        answered = self.post(self.seal(self.token(envelope.to_bytes())))
        if answered.receipt.arrived:
            self.stored[envelope.id] = envelope.content_digest(self.suite)
        return answered

    def event(self, **changes: Any) -> Answered:
        """Posts a probe whose CloudEvent is changed; None drops an attribute."""
        event = self.probe().to_event() | changes
        return self.raw(canonical_bytes({name: value for name, value in event.items() if value is not None}))

    def raw(self, content: bytes, header: Mapping[str, Any] | None = None, pem: bytes = b"") -> Answered:
        """Signs, seals and posts any bytes."""
        return self.post(self.seal(self.token(content, header, pem)))

    def post(self, sealed: bytes) -> Answered:
        """Posts bytes; the receipt, verified."""
        try:
            answer = self.http.post(self.url + MESSAGES_PATH, content=sealed, headers={"Content-Type": MEDIA_TYPE})
        except httpx.HTTPError as error:
            raise Failed(f"POST {MESSAGES_PATH} brought no answer: {type(error).__name__} {error}.") from error
        if answer.status_code != 200:
            raise Failed(
                f"POST {MESSAGES_PATH} was answered with the HTTP status {answer.status_code}; messages are answered "
                "with 200 and a signed receipt, refused ones too."
            )
        if answer.headers.get("content-type", "").partition(";")[0].strip() != MEDIA_TYPE:
            raise Failed(f"The receipt came as {answer.headers.get('content-type')!r}, not as {MEDIA_TYPE}.")
        return Answered(self._receipt(answer.content), sealed, self.suite.hex_digest(sealed))

    def _receipt(self, raw: bytes) -> Receipt:
        if len(raw) > LARGEST_RECEIPT:
            raise Failed(f"The receipt has {len(raw)} bytes; at most {LARGEST_RECEIPT} are read.")
        try:
            signed = self.cipher.verify(raw, Kind.RECEIPT, self.keys)
            receipt = read_receipt(signed.content)
        except DangqiaoError as error:
            raise Failed(f"The receipt cannot be believed: {error}") from error
        if signed.signer != self.them:
            raise Failed(f"The receipt is signed by {signed.signer}, not by {self.them}.")
        return receipt

    def get(self, path: str, token: str = "") -> httpx.Response:
        """GETs a path of the node under test."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            return self.http.get(self.url + path, headers=headers)
        except httpx.HTTPError as error:
            raise Failed(f"GET {path} brought no answer: {type(error).__name__}.") from error


def taken(answered: Answered, status: ReceiptStatus = ReceiptStatus.STORED) -> Receipt:
    """That a message was taken, and that the receipt is about these bytes."""
    receipt = answered.receipt
    if receipt.status is not status:
        told = f" by {receipt.code}: {receipt.detail}" if receipt.code else ""
        raise Failed(f"A receipt `{status}` was expected; it says `{receipt.status}`{told}.")
    if receipt.sealed_digest != answered.digest:
        raise Failed("`sealed_digest` is not the digest of the bytes that were posted.")
    return receipt


def refused(answered: Answered, *codes: str) -> Receipt:
    """That a message was refused by one of these codes."""
    receipt = answered.receipt
    if receipt.status is not ReceiptStatus.REFUSED:
        raise Failed(f"It must be refused by {' or '.join(codes)}; the receipt says `{receipt.status}`.")
    if receipt.code not in codes:
        raise Failed(f"It must be refused by {' or '.join(codes)}; the receipt says {receipt.code}: {receipt.detail}")
    return receipt


def long_ago(**past: float) -> datetime:
    """A time before now."""
    return datetime.now(UTC) - timedelta(**past)


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
