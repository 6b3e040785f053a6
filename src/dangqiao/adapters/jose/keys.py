"""Keys for signing and sealing, from PEM as the key store keeps them to JWK as the directory lists them."""

from functools import lru_cache

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from dangqiao.adapters.jose.suites import INTL
from dangqiao.core.federation.ports import MemberKey
from dangqiao.core.federation.refusals import refuse

CURVES = {"message-signing": INTL.signature_curve, "message-encryption": INTL.agreement_curve}
"""Purpose of a key -> its curve."""


def own_key(pem: bytes, purpose: str) -> OKPKey:
    """A private key of this node. Raises exchange.own_key_unusable."""
    try:
        key = OKPKey.import_key(pem)
    except (JoseError, ValueError, TypeError) as error:
        raise refuse("exchange.own_key_unusable", kid=purpose, what=type(error).__name__) from None
    if not key.is_private or key.curve_name != CURVES[purpose]:
        raise refuse("exchange.own_key_unusable", kid=purpose, what=f"not a private {CURVES[purpose]} key")
    return key


def listed_key(member: str, pem: bytes) -> MemberKey:
    """How the directory lists a key, from its public or private PEM. The kid is the RFC 7638 thumbprint.

    Raises ValueError: not a key of the suite.
    """
    key = OKPKey.import_key(pem)
    if key.curve_name not in CURVES.values():
        raise ValueError(f"{key.curve_name} is not a curve of the suite {INTL.name}")
    public = key.as_dict(private=False)
    return MemberKey(member, key.thumbprint(), INTL.name, {name: str(public[name]) for name in ("kty", "crv", "x")})


def public_key(listed: MemberKey, curve: str) -> OKPKey | None:
    """The key to use, or None where what is listed is not a public key on this curve."""
    jwk = listed.jwk
    if jwk.get("kty") != "OKP" or jwk.get("crv") != curve:
        return None
    return _imported(curve, jwk.get("x", ""))


@lru_cache(maxsize=1024)
def _imported(curve: str, x: str) -> OKPKey | None:
    try:
        return OKPKey.import_key({"kty": "OKP", "crv": curve, "x": x})
    except (JoseError, ValueError):
        return None
