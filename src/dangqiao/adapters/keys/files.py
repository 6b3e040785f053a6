"""Keys as files in a folder only its owner can read: for demonstration, development and small nodes.

message-signing.pem      Ed25519       signs messages to other nodes
message-encryption.pem   X25519        what other nodes encrypt to
directory.pem            Ed25519       signs the platform's part of the directory
directory-root.pem       Ed25519       the platform's vote on changes of membership; better kept off the machine,
                                       where `directory-root.public.pem` stays
authority.pem            P-256 + cert  the platform's *test* authority for seals and time stamps
time-authority.pem       P-256 + cert  the platform's *test* time-stamp authority
seals/<archive>.pem      P-256 + cert  an archive's *test* seal, made when first asked for
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256

from dangqiao.adapters.jose.keys import listed_key
from dangqiao.adapters.keys import certificates
from dangqiao.adapters.keys.secret_files import create, read
from dangqiao.core.errors import N_, Misconfigured
from dangqiao.core.federation.listing import KeyUse, MessageKey, PublicKeys, certificate

RENEW_BEFORE = timedelta(days=30)
"""A test seal with less than this left is replaced when next asked for."""


MESSAGE_KEY_LIFE = timedelta(days=5 * 365)
"""After which a message key must have been replaced."""


class KeyPurpose(StrEnum):
    """A node's own keys, apart from seals. The value is the file's name."""

    MESSAGE_SIGNING = "message-signing"
    MESSAGE_ENCRYPTION = "message-encryption"
    DIRECTORY = "directory"
    DIRECTORY_ROOT = "directory-root"


_MAKE: dict[KeyPurpose, Callable[[], PrivateKeyTypes]] = {
    KeyPurpose.MESSAGE_SIGNING: ed25519.Ed25519PrivateKey.generate,
    KeyPurpose.MESSAGE_ENCRYPTION: x25519.X25519PrivateKey.generate,
    KeyPurpose.DIRECTORY: ed25519.Ed25519PrivateKey.generate,
    KeyPurpose.DIRECTORY_ROOT: ed25519.Ed25519PrivateKey.generate,
}


class SoftSeal:
    """A key with its certificate: an archive's seal or an authority. Satisfies `core.sealing.ports.SealKey`."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self.key, self.x509 = key, certificate
        self.certificate = certificate.public_bytes(serialization.Encoding.DER)

    def sign(self, data: bytes) -> bytes:
        """ECDSA with SHA-256, DER."""
        return self.key.sign(data, ec.ECDSA(SHA256()))


class SoftKeyStore:
    """The keys of one node.

    Args:
        folder: made with mode 0700 where it is missing.
        platform: platform code, for the test authorities' subjects; `platform_name` its name.
        clock: the present moment, aware.
        serial: serial numbers of certificates.
        more_authorities: who else issues seals to the platform's archives, DER: for seals of another algorithm.
    """

    def __init__(
        self,
        folder: Path,
        platform: str,
        platform_name: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        serial: certificates.Serial = x509.random_serial_number,
        more_authorities: Callable[[], tuple[bytes, ...]] = tuple,
    ) -> None:
        self._folder, self._platform, self._name = folder, platform, platform_name
        self._clock, self._serial, self._more_authorities = clock, serial, more_authorities
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
        root = certificate(self.authority().certificate)
        return PublicKeys(
            root_key=self.public_pem(KeyPurpose.DIRECTORY_ROOT).decode(),
            online_keys=(self.public_pem(KeyPurpose.DIRECTORY).decode(),),
            message_keys=(
                self._message_key(KeyPurpose.MESSAGE_SIGNING, KeyUse.SIGNING, now),
                self._message_key(KeyPurpose.MESSAGE_ENCRYPTION, KeyUse.ENCRYPTION, now),
            ),
            seal_authorities=tuple(map(certificate, self.seal_authorities())),
            time_authorities=(root,),
        )

    def _message_key(self, purpose: KeyPurpose, use: KeyUse, now: datetime) -> MessageKey:
        listed = listed_key(self._platform, self.public_pem(purpose))
        made = datetime.fromtimestamp(int((self._folder / f"{purpose}.pem").stat().st_mtime), UTC)
        begins = min(made, now)
        return MessageKey(listed.kid, use, "intl", listed.jwk, begins, begins + MESSAGE_KEY_LIFE)

    def authority(self) -> SoftSeal:
        """The platform's test authority; its certificate belongs into the directory."""
        return self._pair(
            "authority",
            lambda key: certificates.authority(self._platform, self._name, key, self._clock(), self._serial),
        )

    def seal_authorities(self) -> tuple[bytes, ...]:
        """All who issue seals to the platform's archives, DER."""
        return (self.authority().certificate, *self._more_authorities())

    def time_authority(self) -> SoftSeal:
        """The platform's test time-stamp authority, issued by `authority()`."""
        return self._pair(
            "time-authority",
            lambda key: certificates.time_authority(
                self._platform, self._name, key, self._issuer(), now=self._clock(), serial=self._serial
            ),
        )

    def seal(self, archive: str, archive_name: str) -> SoftSeal:
        """An archive's test seal; made when first asked for, and again shortly before it expires."""

        def issue(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
            return certificates.seal(archive, archive_name, key, self._issuer(), now=self._clock(), serial=self._serial)

        name = f"seals/{archive}"
        found = self._pair(name, issue)
        if found.x509.not_valid_after_utc - self._clock() < RENEW_BEFORE:
            self._known.pop(name)
            found = self._pair(name, issue, replace=True)
        return found

    def endings(self) -> dict[str, datetime]:
        """When each certificate in the store ends, by the file's name: `authority`, `seals/310101`, …"""
        found = {path: read(path) or b"" for path in sorted(self._folder.rglob("*.pem"))}
        return {
            str(path.relative_to(self._folder).with_suffix("")): x509.load_pem_x509_certificate(
                source
            ).not_valid_after_utc
            for path, source in found.items()
            if b"BEGIN CERTIFICATE" in source
        }

    def _issuer(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        authority = self.authority()
        return authority.x509, authority.key

    def _pair(
        self, name: str, issue: Callable[[ec.EllipticCurvePrivateKey], x509.Certificate], *, replace: bool = False
    ) -> SoftSeal:
        if name not in self._known:
            path = self._folder / f"{name}.pem"
            source = None if replace else read(path)
            if source is None:
                key = ec.generate_private_key(ec.SECP256R1())
                certificate = issue(key).public_bytes(serialization.Encoding.PEM)
                source = create(path, _private_pem(key) + certificate, replace=replace)
            loaded = serialization.load_pem_private_key(source, None)
            if not isinstance(loaded, ec.EllipticCurvePrivateKey):
                raise Misconfigured("keys.wrong_kind", N_("The key file {name} has the wrong kind of key."), name=name)
            self._known[name] = SoftSeal(loaded, x509.load_pem_x509_certificate(source))
        return self._known[name]


def _private_pem(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
