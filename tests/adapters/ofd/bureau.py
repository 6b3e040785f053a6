"""An office that issues OFD: the PDF office with electronic seals, and a trust list that knows their authority."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path

from dangqiao.adapters.gm.keys import GmKeyStore
from dangqiao.adapters.ofd.sealing import OfdIssuer
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.sealing.ports import ElectronicSeals, TrustList
from tests.adapters.pdf.office import TYPESETTER, Office


class Bureau(Office):
    """A platform with SM2 seals beside its others."""

    def __init__(self, folder: Path, platform: str = "310000", seal_version: int = 4) -> None:
        super().__init__(folder, platform)
        self.seals = GmKeyStore(
            folder / platform,
            platform,
            f"样例平台{platform}",
            lambda name: TYPESETTER.seal_picture(name, True),
            version=seal_version,
            clock=self.clock,
        )

    def issue_ofd(
        self, content: FrozenContent, pictures: dict[str, bytes] | None = None, seals: ElectronicSeals | None = None
    ) -> bytes:
        issuer = OfdIssuer(TYPESETTER.paths, seals or self.seals, self.stamper, self.clock)
        return issuer.issue(content, TYPESETTER.typeset(content, (pictures or {}).__getitem__))

    @cached_property
    def both(self) -> TrustList:
        """Trusts the platform's authorities of both kinds."""
        authorities = {self.platform: (*self.trust.seal_authorities[self.platform], self.seals.authority())}
        return replace(self.trust, seal_authorities=authorities)
