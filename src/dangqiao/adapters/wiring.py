"""The adapters of a node, made from its folder and configuration: what the names in `[adapters]` point at by default.

Each function takes `folder` (the node's) and `configuration`, and gives what fills one port. A deployment that has
better (a key module, an object store, the national face service) names its own function or class instead.
"""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from asn1crypto import pem

from dangqiao.adapters.directory import TufDirectory
from dangqiao.adapters.gm.keys import GmKeyStore
from dangqiao.adapters.keys import SoftKeyStore
from dangqiao.adapters.keys.files import SealDrawer
from dangqiao.adapters.keys.revocation import RevocationLists
from dangqiao.adapters.message_wiring import countersign
from dangqiao.adapters.pdf import PdfSealer, TypstTypesetter
from dangqiao.adapters.pdf.lengthening import Known
from dangqiao.adapters.pdf.sealing import FOREIGN_STAMP, OWN_STAMP
from dangqiao.adapters.timestamp import HttpTimeStamper, LocalTimeStamper
from dangqiao.core.configuration import Configuration
from dangqiao.core.errors import N_, Misconfigured
from dangqiao.core.sealing.ports import TimeStamper
from dangqiao.core.vocabulary.divisions import find
from dangqiao.core.vocabulary.suites import SUITES


def configured(name: str, folder: Path, configuration: Configuration) -> Any:
    """Another port's adapter, as the configuration names it."""
    module, _, attribute = getattr(configuration.adapters, name).rpartition(".")
    return getattr(import_module(module), attribute)(folder=folder, configuration=configuration)


def _name_of(platform: str) -> str:
    """Its province's name.

    Raises:
        Misconfigured: `configuration.platform_unknown`.
    """
    found = find(platform)
    if not found:
        raise Misconfigured(
            "configuration.platform_unknown",
            N_("dangqiao.toml names the platform {platform}, which does not exist."),
            N_("The codes are those of the provinces: 310000, 320000, 330000, 340000."),
            platform=platform,
        )
    return found[0].name


def key_store(*, folder: Path, configuration: Configuration) -> SoftKeyStore:
    """Keys in the node's `secrets/` folder."""
    return key_store_with(folder, configuration, None)


def key_store_with(folder: Path, configuration: Configuration, drawer: SealDrawer | None) -> SoftKeyStore:
    """The same with the keys of seals in a drawer of their own."""
    platform, seals = configuration.node.platform, configuration.seals

    def more() -> tuple[bytes, ...]:
        gm = configured("electronic_seals", folder, configuration) if configuration.adapters.ofd_sealer else None
        return (*_certificates(folder, seals.authorities), *((gm.authority(),) if gm else ()))

    return SoftKeyStore(
        folder / "secrets",
        platform,
        _name_of(platform),
        more_authorities=more,
        time_authorities=_certificates(folder, seals.time_authorities),
        drawer=drawer,
        kind=seals.key_kind,
        suite=SUITES[configuration.federation.suite],
    )


def _certificates(folder: Path, names: Iterable[str]) -> tuple[bytes, ...]:
    """The certificates in PEM files of the node's folder, DER.

    Raises:
        Misconfigured: `configuration.certificate_unreadable`.
    """
    found: list[bytes] = []
    for name in names:
        try:
            found += (der for _kind, _headers, der in pem.unarmor((folder / name).read_bytes(), multiple=True))
        except (OSError, ValueError) as error:
            raise Misconfigured(
                "configuration.certificate_unreadable",
                N_("dangqiao.toml names the certificate file {name}, which cannot be read."),
                name=name,
            ) from error
    return tuple(found)


def electronic_seals(*, folder: Path, configuration: Configuration) -> GmKeyStore:
    """SM2 *test* seals in the node's `secrets/` folder, drawn by the typesetter."""
    platform = configuration.node.platform
    typesetter = configured("typesetter", folder, configuration)
    return GmKeyStore(
        folder / "secrets",
        platform,
        _name_of(platform),
        lambda archive_name: typesetter.seal_picture(archive_name, True),
        version=configuration.seals.version,
    )


def directory(*, folder: Path, configuration: Configuration) -> TufDirectory:
    """The trusted folder `trust/`, signed with the key store's directory key."""
    keys = configured("key_store", folder, configuration)
    return TufDirectory(
        folder / "trust",
        configuration.federation.mirrors,
        configuration.node.platform,
        keys.private_pem("directory"),
        countersign=countersign(folder, configuration),
    )


def typesetter(*, folder: Path, configuration: Configuration) -> TypstTypesetter:
    """typst with Noto Serif SC and the fonts for rare characters that are configured, or that the machine has.

    Raises:
        Misconfigured: `typesetting.font_missing` or `typesetting.font_unfit`.
    """
    named = configuration.typesetting.fallback_fonts
    fallbacks = [folder / name for name in named] if named else None
    return TypstTypesetter(fallbacks, star=configuration.seals.star)


def time_stamper(*, folder: Path, configuration: Configuration) -> TimeStamper:
    """The time-stamp authority at `[seals] time_stamp_url`; where none is named, the node's own *test* one."""
    if configuration.seals.time_stamp_url:
        return HttpTimeStamper(configuration.seals.time_stamp_url)
    keys = configured("key_store", folder, configuration)
    return LocalTimeStamper(keys.time_authority(), serial=lambda: secrets.randbits(63))


def sealer(*, folder: Path, configuration: Configuration) -> PdfSealer:
    """PAdES with the archives' seals of the key store."""
    keys, seals = configured("key_store", folder, configuration), configuration.seals
    lists = RevocationLists(seals.revocation_urls, folder / "cache")

    def known() -> Known:
        return Known(
            (*keys.seal_authorities(), *keys.time_authorities()),
            (*keys.revocation_lists(), *lists.fetched(datetime.now(UTC))),
        )

    stamper = configured("time_stamper", folder, configuration)
    return PdfSealer(keys, stamper, known, reserved=FOREIGN_STAMP if seals.time_stamp_url else OWN_STAMP)
