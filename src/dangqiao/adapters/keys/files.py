"""Keys as files in a folder only its owner can read: for demonstration, development and small nodes.

message-signing.pem      Ed25519, SM2  signs messages to other nodes; see `generations`
message-encryption.pem   X25519, SM2   what other nodes encrypt to
directory.pem            Ed25519       signs the platform's part of the directory
directory-root.pem       Ed25519       the platform's vote on changes of membership; better kept off the machine,
                                       where `directory-root.public.pem` stays
statement.pem            P-256         signs the statements on paper and the list of revoked documents
authority.pem            P-256 + cert  the platform's *test* authority for seals and time stamps
time-authority.pem       P-256 + cert  the platform's *test* time-stamp authority
revoked.json                           the certificates that the test authority has taken back, by serial number
seals/<reference>.pem    key + cert    an archive's seal: put there by the operator, or a *test* seal made here
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from dangqiao.adapters.keys import certificates
from dangqiao.adapters.keys.generations import MessageKeys, StatementKeys
from dangqiao.adapters.keys.kinds import KINDS, KeyKind, PrivateKey, PublicKey, kind_of, sign
from dangqiao.adapters.keys.secret_files import create, read
from dangqiao.core.errors import N_, Misconfigured
from dangqiao.core.federation.listing import PublicKeys, certificate
from dangqiao.core.sealing.ports import SealKey
from dangqiao.core.vocabulary.suites import INTL, Suite


class KeyPurpose(StrEnum):
    """A node's own keys, apart from seals and those of messages. The value is the file's name."""

    DIRECTORY = "directory"
    DIRECTORY_ROOT = "directory-root"


_MAKE: dict[KeyPurpose, Callable[[], PrivateKeyTypes]] = {
    KeyPurpose.DIRECTORY: ed25519.Ed25519PrivateKey.generate,
    KeyPurpose.DIRECTORY_ROOT: ed25519.Ed25519PrivateKey.generate,
}


class SoftSeal:
    """A key with its certificate: an archive's seal or an authority. Satisfies `core.sealing.ports.SealKey`."""

    def __init__(self, key: PrivateKey, certificate: x509.Certificate) -> None:
        self.key, self.x509 = key, certificate
        self.certificate = certificate.public_bytes(serialization.Encoding.DER)
        self._kind = kind_of(key.public_key(), "seal")

    def sign(self, data: bytes) -> bytes:
        """By the kind of its key; see `kinds.sign`."""
        return sign(self.key, self._kind, data)


Issue = Callable[[PublicKey], x509.Certificate]
"""Issues a test certificate for a new public key."""


class SealDrawer(Protocol):
    """Where the keys of seals are: files, or a module. A reference names one key with its certificate."""

    def find(self, reference: str) -> SealKey | None:
        """The seal with this reference; None if there is none."""
        ...

    def make(self, reference: str, kind: KeyKind, issue: Issue) -> SealKey:
        """A new key with a certificate; where two make it at once, both get the same."""
        ...

    def endings(self) -> dict[str, datetime]:
        """When the certificate of each ends, by reference."""
        ...


class FileDrawer:
    """Keys of seals as files `<reference>.pem`, key and certificate, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, SoftSeal] = {}

    def find(self, reference: str) -> SoftSeal | None:
        """Raises Misconfigured (`keys.wrong_kind`, `keys.readable_by_others`)."""
        if reference not in self._known:
            source = read(self._folder / f"{reference}.pem")
            if source is None:
                return None
            self._known[reference] = loaded(source, reference)
        return self._known[reference]

    def make(self, reference: str, kind: KeyKind, issue: Issue) -> SoftSeal:
        """Made as a file at once with its certificate."""
        key = kind.generate()
        source = _private_pem(key) + issue(key.public_key()).public_bytes(serialization.Encoding.PEM)
        self._known[reference] = loaded(create(self._folder / f"{reference}.pem", source), reference)
        return self._known[reference]

    def endings(self) -> dict[str, datetime]:
        """Raises as `find`."""
        found = {path.stem: self.find(path.stem) for path in sorted(self._folder.glob("*.pem"))}
        return {reference: seal.x509.not_valid_after_utc for reference, seal in found.items() if seal}


def loaded(source: bytes, name: str) -> SoftSeal:
    """Key and certificate of a PEM file. Raises Misconfigured (`keys.wrong_kind`)."""
    key = serialization.load_pem_private_key(source, None)
    if not isinstance(key, PrivateKey):
        raise Misconfigured("keys.wrong_kind", N_("The key file {name} has the wrong kind of key."), name=name)
    return SoftSeal(key, x509.load_pem_x509_certificate(source))


class SoftKeyStore:
    """The keys of one node.

    Args:
        folder: made with mode 0700 where it is missing.
        platform: platform code, for the test authorities' subjects; `platform_name` its name.
        clock: the present moment, aware.
        serial: serial numbers of certificates.
        more_authorities: who else issues seals to the platform's archives, DER: a real one, or one of SM2.
        time_authorities: roots of time-stamp authorities besides the test one, DER.
        drawer: where the keys of seals are; by default files in `seals/`.
        kind: of the test seals made here, a name in `kinds.KINDS`.
        suite: of the federation, for the message keys.
    """

    def __init__(
        self,
        folder: Path,
        platform: str,
        platform_name: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        serial: certificates.Serial = x509.random_serial_number,
        more_authorities: Callable[[], tuple[bytes, ...]] = tuple,
        time_authorities: tuple[bytes, ...] = (),
        drawer: SealDrawer | None = None,
        kind: str = "p256",
        suite: Suite = INTL,
    ) -> None:
        self._folder, self._platform, self._name = folder, platform, platform_name
        self._clock, self._serial, self._more_authorities = clock, serial, more_authorities
        self._more_time_authorities, self._kind, self._suite = time_authorities, KINDS[kind], suite
        self._drawer = drawer or FileDrawer(folder / "seals")
        self._known: dict[str, SoftSeal] = {}

    def private_pem(self, purpose: KeyPurpose) -> bytes:
        """A node's own key, PKCS #8 PEM; made when first asked for.

        Raises:
            Misconfigured: `keys.kept_elsewhere`, its public half is here and the key itself was taken away.
        """
        path = self._folder / f"{purpose}.pem"
        found = read(path)
        if found is None and self._public_file(purpose).exists():
            raise Misconfigured(
                "keys.kept_elsewhere",
                N_("The key {name} is not on this machine."),
                N_("Bring the medium that it is kept on, and name its file."),
                name=path.name,
            )
        return found or create(path, _private_pem(_MAKE[purpose]()))

    def public_pem(self, purpose: KeyPurpose) -> bytes:
        """Its public half, SubjectPublicKeyInfo PEM. That of the vote has a file, so that the vote may be elsewhere."""
        if known := read(self._public_file(purpose)):
            return known
        key = serialization.load_pem_private_key(self.private_pem(purpose), None)
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return create(self._public_file(purpose), public) if purpose is KeyPurpose.DIRECTORY_ROOT else public

    def _public_file(self, purpose: KeyPurpose) -> Path:
        return self._folder / f"{purpose}.public.pem"

    def public(self, now: datetime) -> PublicKeys:
        """What the others may know of this store. A message key counts from when its file was made."""
        return PublicKeys(
            root_key=self.public_pem(KeyPurpose.DIRECTORY_ROOT).decode(),
            online_keys=(self.public_pem(KeyPurpose.DIRECTORY).decode(),),
            message_keys=MessageKeys(self._folder, self._platform, self._suite).listed(now),
            seal_authorities=tuple(map(certificate, self.seal_authorities())),
            time_authorities=tuple(map(certificate, self.time_authorities())),
            statement_keys=StatementKeys(self._folder, self._platform).listed(now),
        )

    def authority(self) -> SoftSeal:
        """The platform's test authority; its certificate belongs into the directory."""
        return self._pair(
            "authority",
            lambda key: certificates.authority(self._platform, self._name, key, self._clock(), self._serial),
        )

    def seal_authorities(self) -> tuple[bytes, ...]:
        """All who issue seals to the platform's archives, DER."""
        return (self.authority().certificate, *self._more_authorities())

    def time_authorities(self) -> tuple[bytes, ...]:
        """Roots of the time-stamp authorities that the platform uses, DER."""
        return (self.authority().certificate, *self._more_time_authorities)

    def time_authority(self) -> SoftSeal:
        """The platform's test time-stamp authority, issued by `authority()`."""
        return self._pair(
            "time-authority",
            lambda key: certificates.time_authority(
                self._platform, self._name, key.public_key(), self._issuer(), now=self._clock(), serial=self._serial
            ),
        )

    def seal(self, reference: str, archive_name: str) -> SealKey:
        """The seal with this reference; a test seal is made where there is none.

        Args:
            reference: of a test seal: the archive's code, alone or with more after a dash: `310101`, `310101-2`.

        Raises:
            Misconfigured: `keys.seal_missing`, there is none and this is no reference of a test seal.
        """
        archive = reference.partition("-")[0]

        def issue(key: PublicKey) -> x509.Certificate:
            issuer = self._issuer()
            return certificates.seal(archive, archive_name, key, issuer, now=self._clock(), serial=self._serial)

        found = self._drawer.find(reference)
        if found is None and not (archive.isdecimal() and len(archive) == 6):
            raise Misconfigured("keys.seal_missing", N_("The key store has no seal {reference}."), reference=reference)
        return found or self._drawer.make(reference, self._kind, issue)

    def revoke(self, certificate: bytes, since: datetime) -> None:
        """Lets the test authority take back a seal's certificate (DER). Those of other authorities are theirs to
        take back, and are passed over; so is one that was taken back before.
        """
        found = x509.load_der_x509_certificate(certificate)
        try:
            found.verify_directly_issued_by(self.authority().x509)
        except (ValueError, TypeError, InvalidSignature):
            return
        revoked = {str(found.serial_number): since.isoformat()} | self._revoked()
        create(self._folder / "revoked.json", json.dumps(revoked).encode(), replace=True)

    def revocation_lists(self) -> tuple[bytes, ...]:
        """What the authorities here have taken back: signed lists, DER (RFC 5280 §5)."""
        revoked = {int(serial): datetime.fromisoformat(since) for serial, since in self._revoked().items()}
        now = self._clock()
        made = certificates.revocation_list(self._issuer(), revoked, number=int(now.timestamp()), now=now)
        return (made.public_bytes(serialization.Encoding.DER),)

    def _revoked(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(read(self._folder / "revoked.json") or b"{}")
        return found

    def endings(self) -> dict[str, datetime]:
        """When each certificate in the store ends, by its name: `authority`, `seals/310101`, …"""
        found = {path: read(path) or b"" for path in sorted(self._folder.rglob("*.pem"))}
        own = {
            str(path.relative_to(self._folder).with_suffix("")): x509.load_pem_x509_certificate(
                source
            ).not_valid_after_utc
            for path, source in found.items()
            if b"BEGIN CERTIFICATE" in source
        }
        return own | {f"seals/{reference}": ends for reference, ends in self._drawer.endings().items()}

    def _issuer(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        authority = self.authority()
        assert isinstance(authority.key, ec.EllipticCurvePrivateKey)  # `_pair` makes no other
        return authority.x509, authority.key

    def _pair(self, name: str, issue: Callable[[ec.EllipticCurvePrivateKey], x509.Certificate]) -> SoftSeal:
        if name not in self._known:
            path = self._folder / f"{name}.pem"
            source = read(path)
            if source is None:
                key = ec.generate_private_key(ec.SECP256R1())
                certificate = issue(key).public_bytes(serialization.Encoding.PEM)
                source = create(path, _private_pem(key) + certificate)
            self._known[name] = loaded(source, name)
        return self._known[name]


def _private_pem(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
