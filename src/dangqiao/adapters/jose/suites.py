"""Algorithm suites: the only algorithms there are, each fully named. A header chooses a suite, never an algorithm."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dangqiao.core.federation.refusals import refuse


@dataclass(frozen=True, slots=True)
class Suite:
    """What a suite's name stands for.

    Attributes:
        signature: `alg` of a signature (RFC 9864); `signature_curve`: of its key.
        agreement: `alg` of a seal; `agreement_curve`: of its key.
        encryption: `enc` of a seal.
    """

    name: str
    signature: str
    signature_curve: str
    agreement: str
    agreement_curve: str
    encryption: str


INTL = Suite("intl", "Ed25519", "Ed25519", "ECDH-ES", "X25519", "A256GCM")
SUITES: Mapping[str, Suite] = MappingProxyType({INTL.name: INTL})
"""By name. `gm` (SM2, SM3, SM4) is reserved: JOSE has no registered names for it yet, and it is refused by name."""


def suite(name: str) -> Suite:
    """The suite of that name. Raises exchange.unknown_suite."""
    if name not in SUITES:
        raise refuse("exchange.unknown_suite", suite=name)
    return SUITES[name]
