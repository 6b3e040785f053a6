"""A time-stamp authority in the process: real RFC 3161 tokens under a *test* certificate, for demonstration nodes."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

from asn1crypto import algos, cms, core, tsp, x509

import dangqiao.adapters.asn1  # noqa: F401  (repairs asn1crypto)
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
        self._certificate = x509.Certificate.load(key.certificate)

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
        info = {
            "version": "v1",
            "policy": TEST_POLICY,
            "message_imprint": imprint,
            "serial_number": self._serial(),
            "gen_time": self._clock().astimezone(UTC).replace(microsecond=0),
            "tsa": x509.GeneralName("directory_name", self._certificate.subject),
        }
        if nonce.native is not None:
            info["nonce"] = nonce
        token = self._signed(tsp.TSTInfo(info).dump())
        return bytes(tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump())

    def _signed(self, info: bytes) -> cms.ContentInfo:
        sha256 = algos.DigestAlgorithm({"algorithm": "sha256"})
        ecdsa = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
        certificate_id = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(self._key.certificate).digest()})
        attributes = cms.CMSAttributes(
            [
                _attribute("content_type", cms.ContentType("tst_info")),
                _attribute("message_digest", core.OctetString(hashlib.sha256(info).digest())),
                _attribute("signing_certificate_v2", tsp.SigningCertificateV2({"certs": [certificate_id]})),
                _attribute(
                    "cms_algorithm_protection",
                    cms.CMSAlgorithmProtection({"digest_algorithm": sha256, "signature_algorithm": ecdsa}),
                ),
            ]
        )
        signer = {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number",
                cms.IssuerAndSerialNumber(
                    {"issuer": self._certificate.issuer, "serial_number": self._certificate.serial_number}
                ),
            ),
            "digest_algorithm": sha256,
            "signature_algorithm": ecdsa,
            "signed_attrs": attributes,
            "signature": self._key.sign(attributes.dump()),
        }
        return cms.ContentInfo(
            {
                "content_type": "signed_data",
                "content": {
                    "version": "v3",
                    "digest_algorithms": [sha256],
                    "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(info)},
                    "certificates": [self._certificate],
                    "signer_infos": [signer],
                },
            }
        )


def _attribute(kind: str, value: core.Asn1Value) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": kind, "values": [value]})
