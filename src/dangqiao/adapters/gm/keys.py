"""SM2 keys, certificates and seals as files, beside the other keys of a node: for demonstration and small nodes.

gm-authority.pem           key + certificate          the platform's *test* authority for SM2 seals
gm-maker.pem               key + certificate          who makes the seals
gm-seals/<reference>.pem   key + certificate + seal   an archive's *test* seal, made when first asked for
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from asn1crypto import pem, x509
from cryptography.x509 import random_serial_number

from dangqiao.adapters.gm import certificates, ses
from dangqiao.adapters.gm.certificates import Issuer
from dangqiao.adapters.gm.sm2 import PrivateKey
from dangqiao.adapters.gm.sm3 import OID_SM2_WITH_SM3
from dangqiao.adapters.keys.certificates import Serial
from dangqiao.adapters.keys.secret_files import create, read
from dangqiao.core.errors import N_, Misconfigured

SEAL_SIZE = 42
"""Millimetres across: the round seal of institutions (国发〔1999〕25号) is 42 mm wide."""
VENDOR = "dangqiao"
_KEY, _CERTIFICATE, _SEAL = "PRIVATE KEY", "CERTIFICATE", "ELECTRONIC SEAL"

Drawing = Callable[[str], bytes]
"""The PNG of an archive's test seal by its name."""


class GmSeal:
    """An archive's SM2 key, certificate and electronic seal. Satisfies `core.sealing.ports.ElectronicSeal`."""

    def __init__(self, key: PrivateKey, certificate: bytes, seal: bytes) -> None:
        self._key, self.certificate, self.seal = key, certificate, seal

    def sign(self, data: bytes) -> bytes:
        """SM2 with SM3, DER."""
        return self._key.sign(data)


class GmKeyStore:
    """The SM2 keys and seals of one node.

    Args:
        folder: the node's secrets; made with mode 0700 where it is missing.
        platform: platform code, for the test authority's subject; `platform_name` its name.
        drawing: draws a seal.
        version: of the seals made, 4 (GB/T 38540-2020) or 5 (GM/T 0031-2025).
        clock: the present moment, aware.
        serial: serial numbers of certificates.
    """

    def __init__(
        self,
        folder: Path,
        platform: str,
        platform_name: str,
        drawing: Drawing,
        version: int = 4,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        serial: Serial = random_serial_number,
    ) -> None:
        self._folder, self._platform, self._name = folder, platform, platform_name
        self._drawing, self._version, self._clock, self._serial = drawing, version, clock, serial
        self._known: dict[str, dict[str, bytes]] = {}
        self._seals: dict[bytes, GmSeal] = {}

    def authority(self) -> bytes:
        """The DER certificate of the platform's test authority; it belongs into the directory."""
        return self._authority().certificate

    def seal(self, reference: str, archive_name: str) -> GmSeal:
        """The seal with this reference; a test seal is made where there is none.

        Args:
            reference: the archive's code, alone or with more after a dash: `310101`, `310101-2`.

        Raises:
            Misconfigured: `gm.library_missing`; `keys.readable_by_others`; `keys.wrong_kind`.
            BadInput: as the drawing.
        """
        archive, name = reference.partition("-")[0], f"gm-seals/{reference}"

        def make() -> dict[str, bytes]:
            maker, key = self._maker(), PrivateKey.generate()  # the maker's validity must not begin after the seal's
            certificate = certificates.seal(
                archive, archive_name, key.public_der(), self._authority(), now=self._clock(), serial=self._serial
            )
            return {
                _KEY: key.der(),
                _CERTIFICATE: certificate,
                _SEAL: self._made(maker, archive, archive_name, certificate),
            }

        parts = self._file(name, make)
        if parts[_CERTIFICATE] not in self._seals:
            self._seals[parts[_CERTIFICATE]] = GmSeal(_key(name, parts), parts[_CERTIFICATE], parts[_SEAL])
        return self._seals[parts[_CERTIFICATE]]

    def _authority(self) -> Issuer:
        return self._issuer(
            "gm-authority",
            lambda key: certificates.authority(self._platform, self._name, key, self._clock(), self._serial),
        )

    def _maker(self) -> Issuer:
        now, serial = self._clock(), self._serial
        return self._issuer(
            "gm-maker",
            lambda key: certificates.seal_maker(
                self._platform, self._name, key.public_der(), self._authority(), now=now, serial=serial
            ),
        )

    def _issuer(self, name: str, issue: Callable[[PrivateKey], bytes]) -> Issuer:
        def make() -> dict[str, bytes]:
            key = PrivateKey.generate()
            return {_KEY: key.der(), _CERTIFICATE: issue(key)}

        parts = self._file(name, make)
        return Issuer(parts[_CERTIFICATE], _key(name, parts))

    def _made(self, maker: Issuer, archive: str, name: str, certificate: bytes) -> bytes:
        """The electronic seal, DER, signed by the maker (GB/T 38540-2020 §6.2)."""
        owner = x509.Certificate.load(certificate)
        info = ses.SealInfo(
            {
                "header": {"id": "ES", "version": self._version, "vid": VENDOR},
                "es_id": f"{archive}-{owner.serial_number:x}",
                "property": {
                    "type": 1,  # 单位印章
                    "name": name,
                    "cert_list_type": 1,
                    "cert_list": ses.Certificates([certificate]),
                    "create_date": owner.not_valid_before,
                    "valid_start": owner.not_valid_before,
                    "valid_end": owner.not_valid_after,
                },
                "picture": {"type": "png", "data": self._drawing(name), "width": SEAL_SIZE, "height": SEAL_SIZE},
            }
        )
        seal = ses.Seal(
            {
                "seal_info": info,
                "cert": maker.certificate,
                "sign_alg_id": OID_SM2_WITH_SM3,
                "signed_value": maker.key.sign(info.dump()),
            }
        )
        return bytes(seal.dump())

    def _file(self, name: str, make: Callable[[], dict[str, bytes]]) -> dict[str, bytes]:
        """The parts of a key file by the kind of their PEM block."""
        if name not in self._known:
            path = self._folder / f"{name}.pem"
            source = read(path)
            if source is None:
                parts = make()
                text = b"".join(pem.armor(kind, der) for kind, der in parts.items())
                source = create(path, text)
            self._known[name] = {kind: der for kind, _, der in pem.unarmor(source, multiple=True)}
        return self._known[name]


def _key(name: str, parts: dict[str, bytes]) -> PrivateKey:
    try:
        return PrivateKey(parts[_KEY])
    except (KeyError, ValueError) as error:
        raise Misconfigured(
            "keys.wrong_kind", N_("The key file {name} has the wrong kind of key."), name=f"{name}.pem"
        ) from error
