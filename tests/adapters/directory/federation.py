"""A federation of four with real keys."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dangqiao.adapters.directory.layout import versions
from dangqiao.core.federation.listing import (
    ArchiveListing,
    CategoryListing,
    GroupListing,
    Member,
    Members,
    PlatformListing,
    PointListing,
)

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
SHANGHAI, JIANGSU, ZHEJIANG, ANHUI = PLATFORMS = ("310000", "320000", "330000", "340000")
CATEGORIES = {"marriage.toml": b'id = "marriage"\n', "only-child.toml": b'id = "only-child"\n'}


def private_pem() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_pem(private: bytes) -> str:
    key = serialization.load_pem_private_key(private, None).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def listing(platform: str, *codes: str, name: str = "档案馆") -> PlatformListing:
    archives = [platform, *codes]
    return PlatformListing(
        platform=platform,
        archives=tuple(ArchiveListing(code, f"{code}{name}", categories=("marriage",)) for code in archives),
        acceptance_points=(PointListing(f"{platform}-001", "受理点", platform, archive=platform),),
        categories=(CategoryListing("marriage", "0" * 64),),
        groups=(GroupListing("demonstration-zone", "示范区", archives=(platform,)),),
    )


@dataclass(frozen=True)
class Federation:
    """Four members and the repository that they founded."""

    repository: Path
    members: Members
    root_keys: dict[str, bytes]
    online_keys: dict[str, bytes]

    def copy(self, to: Path) -> Path:
        """A mirror as it is now."""
        copytree(self.repository, to)
        return to

    def anchored(self, folder: Path) -> Path:
        """The folder of a newcomer who got nothing but the first root."""
        (folder / "metadata").mkdir(parents=True)
        first = versions(self.repository, "root")[0]
        name = f"metadata/{first}.root.json"
        (folder / name).write_bytes((self.repository / name).read_bytes())
        return folder


def member(platform: str, root: bytes, online: bytes) -> Member:
    return Member(
        platform=platform,
        name=platform,
        name_en=platform,
        territory=(platform[:2],),
        root_key=public_pem(root),
        online_keys=(public_pem(online),),
        endpoint=f"http://127.0.0.1:1/{platform}",
    )
