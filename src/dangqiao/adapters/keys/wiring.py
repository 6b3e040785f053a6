"""The adapter that `[adapters] key_store` names where seals are in a module: apart, because only it needs PKCS #11."""

import os
from pathlib import Path

from dangqiao.adapters.keys.files import SoftKeyStore
from dangqiao.adapters.keys.secret_files import read
from dangqiao.adapters.keys.token import Token, TokenDrawer
from dangqiao.adapters.wiring import key_store_with
from dangqiao.core.configuration import Configuration
from dangqiao.core.errors import N_, Misconfigured

PIN = "DANGQIAO_PKCS11_PIN"
"""Environment variable of the token's PIN; where it is not set, the file `secrets/pkcs11.pin`."""


def pkcs11_key_store(*, folder: Path, configuration: Configuration) -> SoftKeyStore:
    """The keys of seals in the token that `[seals]` names, all others in the node's `secrets/` folder."""
    seals = configuration.seals

    def pin() -> str:
        known = os.environ.get(PIN) or (read(folder / "secrets" / "pkcs11.pin") or b"").decode().strip()
        if not known:
            raise Misconfigured(
                "keys.pin_missing",
                N_("The PIN of the key module is not known."),
                N_("Set {variable}, or write it into secrets/pkcs11.pin, readable by this user only."),
                variable=PIN,
            )
        return known

    if not (seals.pkcs11_module and seals.pkcs11_token):
        raise Misconfigured(
            "keys.module_unnamed", N_("dangqiao.toml must name [seals] pkcs11_module and pkcs11_token.")
        )
    drawer = TokenDrawer(Token(seals.pkcs11_module, seals.pkcs11_token, pin))
    return key_store_with(folder, configuration, drawer)
