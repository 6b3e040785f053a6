"""A time-stamp authority in the process: real RFC 3161 tokens under a *test* certificate, for demonstration nodes."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

from asn1crypto import tsp, x509

import dangqiao.adapters.asn1  # noqa: F401  (repairs asn1crypto)
from dangqiao.adapters.cms import TST_INFO, Signing
from dangqiao.adapters.der import explicit, integer, moment, oid, sequence
from dangqiao.core.errors import N_, Malformed
from dangqiao.core.sealing.ports import SealKey

TEST_POLICY = "1.3.6.1.4.1.32473.1"
"""Policy of the stamps, under the arc reserved for examples (RFC 5612): nobody vouches for this clock."""


class LocalTimeStamper:
    """Stamps by its own key and clock.

    Args:
        key: key and certificate of the authority (`SoftKeyStore.time_authority()`).
        clock: the present moment, aware.
        serial: serial numbers of tokens.
    """

    def __init__(
        self,
        key: SealKey,
        serial: Callable[[], int],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._key, self._serial, self._clock = key, serial, clock
        self._name = x509.Certificate.load(key.certificate).subject.dump()

    def stamp(self, request: bytes) -> bytes:
        """A granted TimeStampResp, DER. Raises Malformed (`timestamp.request_unreadable`)."""
        try:
            asked = tsp.TimeStampReq.load(request, strict=True)
            imprint = asked["message_imprint"]
            nonce = asked["nonce"]
            _ = imprint.native, nonce.native
        except (ValueError, TypeError) as error:
            raise Malformed(
                "timestamp.request_unreadable", N_("The request for a time stamp cannot be read.")
            ) from error
        info = sequence(
            integer(1),
            oid(TEST_POLICY),
            imprint.dump(),
            integer(self._serial()),
            moment(self._clock()),
            nonce.dump() if nonce.native is not None else b"",
            explicit(0, explicit(4, self._name)),  # GeneralName: directoryName
        )
        digest = hashlib.sha256(info).digest()
        token = Signing(self._key, TST_INFO, digest).finished(content=info)
        granted = sequence(integer(0))
        return sequence(granted, token)
