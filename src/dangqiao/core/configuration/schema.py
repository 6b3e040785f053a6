"""dangqiao.toml: one file per node. Secrets are never in it: they are files in `secrets/`, or environment."""

import tomllib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dangqiao.core.errors import N_, Misconfigured
from dangqiao.core.vocabulary.suites import SuiteName

PlatformCode = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
Dotted = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NodeSection(_Section):
    """Who the node is. `test` marks everything it issues with 测试 and shows log-in codes on the page."""

    platform: PlatformCode
    test: bool = False


class WebSection(_Section):
    """Where it listens, and the address others and citizens use."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8310
    public_url: str = ""
    """Empty: http://host:port. Printed in QR codes, so choose it for decades."""
    threads: Annotated[int, Field(ge=1, le=64)] = 4
    allowed_hosts: tuple[str, ...] = ()
    """Further names by which it is reached; those of `host` and `public_url` are allowed anyway."""
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    """Addresses of TLS servers in front, whose X-Forwarded-For and X-Forwarded-Proto are believed."""


class DatabaseSection(_Section):
    """`sqlite:///node.sqlite3` (relative to the node's folder) or `postgresql://user@host:port/name`.

    The environment variable DANGQIAO_DATABASE_URL goes before it, for addresses with a password.
    """

    url: Annotated[str, Field(pattern=r"^(sqlite:///|postgresql://).+")] = "sqlite:///node.sqlite3"


class FederationSection(_Section):
    """The algorithm suite and where the directory may be fetched."""

    suite: SuiteName = "intl"
    mirrors: tuple[str, ...] = ()
    """Base addresses of directory mirrors, tried in turn; a node that has joined also tries all members."""


class CategoriesSection(_Section):
    """Which record categories the platform serves, and where its own category files are."""

    served: tuple[str, ...] = ()
    """Ids; empty: those that every member serves. An archive that serves fewer says so in the directory."""
    folders: tuple[str, ...] = ()
    """Folders of category files (*.toml) besides those of the program, relative to the node's folder."""


class MatchingSection(_Section):
    """How the search weighs what agrees."""

    parameters: str = ""
    """A parameter file, relative to the node's folder (`dangqiao matching train` writes one); empty: the program's."""


class SealsSection(_Section):
    """Where seals and time stamps come from. By default everything is the node's own, for tests and demonstrations."""

    key_kind: Literal["p256", "p384", "rsa2048", "rsa3072"] = "p256"
    """Of the test seals for PDF that are made here."""
    version: Literal[4, 5] = 4
    """Of the test seals for OFD that are made here: 4, GB/T 38540-2020, or 5, GM/T 0031-2025."""
    star: bool = True
    """Whether the seal's picture has a star in its middle. A test seal says 测试 there."""
    authorities: tuple[str, ...] = ()
    """PEM files of the authorities that issue real seals; the platform lists them in the directory."""
    time_stamp_url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    """A time-stamp authority (RFC 3161); empty: the node's own, for tests only."""
    time_authorities: tuple[str, ...] = ()
    """PEM files of the roots of that authority; the platform lists them in the directory."""
    revocation_urls: tuple[Annotated[str, Field(pattern=r"^https?://\S+$")], ...] = ()
    """Where those authorities publish what they have taken back (CRL)."""
    pkcs11_module: str = ""
    """Path of a key module's library, and the token's name, for `key_store = "…keys.wiring.pkcs11_key_store"`."""
    pkcs11_token: str = ""


class TypesettingSection(_Section):
    """How documents are set in type."""

    fallback_fonts: tuple[str, ...] = ()
    """Font files (TrueType, OpenType) that are tried in this order for characters that Noto Serif SC lacks; relative to
    the node's folder. Empty: those of Debian's fonts-babelstone-han and fonts-hanazono, where they are installed."""


class AdaptersSection(_Section):
    """Dotted paths of what stands behind each port."""

    clock: Dotted = "dangqiao.adapters.clock.SystemClock"
    field_cipher: Dotted = "dangqiao.adapters.keys.fields.SoftFieldCipher"
    index: Dotted = "dangqiao.adapters.index.segments.SegmentIndex"
    """How the catalogue is searched."""
    key_store: Dotted = "dangqiao.adapters.wiring.key_store"
    typesetter: Dotted = "dangqiao.adapters.wiring.typesetter"
    sealer: Dotted = "dangqiao.adapters.wiring.sealer"
    ofd_sealer: Dotted | Literal[""] = "dangqiao.adapters.ofd.wiring.issuer"
    """Empty: the node makes no OFD, only PDF."""
    electronic_seals: Dotted = "dangqiao.adapters.wiring.electronic_seals"
    wording: Dotted = "dangqiao.adapters.wording.FileWording"
    time_stamper: Dotted = "dangqiao.adapters.wiring.time_stamper"
    verifier: Dotted = "dangqiao.adapters.status.wiring.NodeVerifier"
    statement_signer: Dotted = "dangqiao.adapters.status.wiring.statement_signer"
    envelope_cipher: Dotted = "dangqiao.adapters.message_wiring.envelope_cipher"
    note_signer: Dotted = "dangqiao.adapters.message_wiring.note_signer"
    witness: Dotted = "dangqiao.adapters.message_wiring.witness"
    note_verifiers: Dotted = "dangqiao.adapters.message_wiring.note_verifiers"
    transport: Dotted = "dangqiao.adapters.transport.HttpTransport"
    connectors: Dotted = "dangqiao.adapters.connectors.Connectors"
    directory: Dotted = "dangqiao.adapters.wiring.directory"
    storage: Dotted = "dangqiao.adapters.storage.FileStorage"
    sms: Dotted = "dangqiao.adapters.sms.FileSms"
    real_name_register: Dotted = "dangqiao.adapters.register.FileRegister"


class Configuration(_Section):
    """The whole file."""

    node: NodeSection
    web: WebSection = WebSection()
    database: DatabaseSection = DatabaseSection()
    federation: FederationSection = FederationSection()
    categories: CategoriesSection = CategoriesSection()
    matching: MatchingSection = MatchingSection()
    seals: SealsSection = SealsSection()
    typesetting: TypesettingSection = TypesettingSection()
    adapters: AdaptersSection = AdaptersSection()

    @property
    def public_url(self) -> str:
        """The node's address as others see it, without a slash at the end."""
        return (self.web.public_url or f"http://{self.web.host}:{self.web.port}").rstrip("/")


def parse(source: bytes) -> Configuration:
    """The configuration in the bytes of a dangqiao.toml.

    Raises:
        Misconfigured: `configuration.unreadable` (not TOML in UTF-8) or `configuration.invalid` (says where and why).
    """
    try:
        return Configuration.model_validate(tomllib.loads(source.decode("utf-8")))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured(
            "configuration.unreadable", N_("dangqiao.toml cannot be read: {problem}."), problem=str(error)
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        raise Misconfigured(
            "configuration.invalid",
            N_("dangqiao.toml has a mistake at {where}: {problem}."),
            where=".".join(str(part) for part in first["loc"]) or "file",
            problem=first["msg"],
        ) from error
