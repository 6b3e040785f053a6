"""Keys of seals in a module behind PKCS #11 (OASIS v2.40): a hardware security module, a smart card, or SoftHSM.

A seal is three objects with the same label, its reference: private key, public key, X.509 certificate. The module's own
tools may put them there; a test seal is made here. The private key never leaves the module.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Lock
from typing import Any

import pkcs11
from asn1crypto import algos
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pkcs11 import Attribute, CertificateType, KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters
from pkcs11.util.rsa import encode_rsa_public_key

from dangqiao.adapters.keys.files import Issue
from dangqiao.adapters.keys.kinds import KeyKind, PublicKey, kind_of, kind_of_certificate
from dangqiao.core.errors import N_, Misconfigured, Unavailable

_CURVES = {"p256": "secp256r1", "p384": "secp384r1"}


class Token:
    """A session with one token, shared by threads one after another, opened again when it was lost.

    Args:
        module: path of the module's library.
        label: of the token.
        pin: gives the user's PIN.
    """

    def __init__(self, module: str, label: str, pin: Callable[[], str]) -> None:
        self._module, self._label, self._pin = module, label, pin
        self._lock = Lock()
        self._session: Any = None

    @contextmanager
    def session(self) -> Iterator[Any]:
        """The session, for this thread alone.

        Raises:
            Unavailable: `keys.module_failed`, the module does not do what it is asked.
        """
        with self._lock:
            try:
                if self._session is None:
                    self._session = self._opened(self._pin())
                yield self._session
            except (pkcs11.PKCS11Error, RuntimeError) as error:  # the library itself is not there: RuntimeError
                self._session = None
                raise Unavailable(
                    "keys.module_failed",
                    N_("The key module does not answer as it should: {problem}."),
                    N_("Check the module, the name of the token and the PIN; the job is tried again by itself."),
                    problem=f"{type(error).__name__} {error}".strip(),
                ) from error

    def _opened(self, pin: str) -> Any:
        token = pkcs11.lib(self._module).get_token(token_label=self._label)
        try:
            return token.open(rw=True, user_pin=pin)
        except pkcs11.UserAlreadyLoggedIn:  # one log-in counts for the whole process (PKCS #11 §5.6)
            return token.open(rw=True)


class TokenSeal:
    """A key in a token with its certificate. Satisfies `core.sealing.ports.SealKey`."""

    def __init__(self, token: Token, reference: str, certificate: bytes) -> None:
        self._token, self._reference, self.certificate = token, reference, certificate
        self._kind = kind_of_certificate(certificate)

    def sign(self, data: bytes) -> bytes:
        """By the kind of its key. EC keys sign the bare digest: SoftHSM and many cards know no more (CKM_ECDSA).

        Raises:
            Unavailable: `keys.module_failed`.
        """
        with self._token.session() as session:
            key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=self._reference)
            if self._kind.name.startswith("rsa"):
                return bytes(key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS))
            digest = hashlib.new(self._kind.digest, data).digest()
            return bytes(algos.DSASignature.from_p1363(key.sign(digest, mechanism=Mechanism.ECDSA)).dump())


class TokenDrawer:
    """Keys of seals in a token. See `keys.files.SealDrawer`."""

    def __init__(self, token: Token) -> None:
        self._token = token
        self._known: dict[str, TokenSeal] = {}
        self._making = Lock()

    def find(self, reference: str) -> TokenSeal | None:
        """Raises Unavailable (`keys.module_failed`), Misconfigured (`keys.listed_twice`, `keys.wrong_kind`)."""
        if reference not in self._known:
            with self._token.session() as session:
                found = [bytes(one[Attribute.VALUE]) for one in _certificates(session, reference)]
            if not found:
                return None
            if len(found) > 1:
                raise Misconfigured(
                    "keys.listed_twice",
                    N_("The token holds more than one certificate with the label {label}."),
                    N_("Take away those that are not wanted, with the module's own tools."),
                    label=reference,
                )
            self._known[reference] = TokenSeal(self._token, reference, found[0])
        return self._known[reference]

    def make(self, reference: str, kind: KeyKind, issue: Issue) -> TokenSeal:
        """Made in the token. PKCS #11 knows no "only if there is none": one process of a node makes seals."""
        with self._making:
            if found := self.find(reference):
                return found
            with self._token.session() as session:
                certificate = issue(_generated(session, reference, kind))
                der = certificate.public_bytes(serialization.Encoding.DER)
                session.create_object(
                    {
                        Attribute.CLASS: ObjectClass.CERTIFICATE,
                        Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
                        Attribute.TOKEN: True,
                        Attribute.LABEL: reference,
                        Attribute.ID: reference.encode(),
                        Attribute.SUBJECT: asn1_x509.Certificate.load(der).subject.dump(),
                        Attribute.VALUE: der,
                    }
                )
            self._known[reference] = TokenSeal(self._token, reference, der)
            return self._known[reference]

    def endings(self) -> dict[str, datetime]:
        """Raises Unavailable (`keys.module_failed`)."""
        with self._token.session() as session:
            found = {one[Attribute.LABEL]: bytes(one[Attribute.VALUE]) for one in _certificates(session)}
        return {label: x509.load_der_x509_certificate(der).not_valid_after_utc for label, der in sorted(found.items())}


def _certificates(session: Any, label: str | None = None) -> list[Any]:
    wanted: dict[Attribute, Any] = {Attribute.CLASS: ObjectClass.CERTIFICATE}
    return list(session.get_objects(wanted | ({Attribute.LABEL: label} if label else {})))


def _generated(session: Any, label: str, kind: KeyKind) -> PublicKey:
    """The public half of a key pair made in the token."""
    same: dict[str, Any] = {"store": True, "label": label, "id": label.encode()}
    if kind.name in _CURVES:
        curve = {Attribute.EC_PARAMS: encode_named_curve_parameters(_CURVES[kind.name])}
        parameters = session.create_domain_parameters(KeyType.EC, curve, local=True)
        public, _ = parameters.generate_keypair(**same)
        key = serialization.load_der_public_key(encode_ec_public_key(public))
    else:
        public, _ = session.generate_keypair(KeyType.RSA, int(kind.name.removeprefix("rsa")), **same)
        key = serialization.load_der_public_key(encode_rsa_public_key(public))
    kind_of(key, label)
    assert isinstance(key, PublicKey)
    return key
