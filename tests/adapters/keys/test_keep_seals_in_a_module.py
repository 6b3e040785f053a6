"""Keys of seals in a PKCS #11 module: SoftHSM with a token in a folder of the test's own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pkcs11 import Attribute, ObjectClass

from dangqiao.adapters.keys import SoftKeyStore
from dangqiao.adapters.keys.kinds import KINDS, kind_of_certificate
from dangqiao.adapters.keys.token import Token, TokenDrawer
from dangqiao.adapters.keys.wiring import PIN, pkcs11_key_store
from dangqiao.core.configuration import parse
from dangqiao.core.errors import Misconfigured, Unavailable

NOW = datetime(2026, 3, 5, tzinfo=UTC)
MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")
ARCHIVE = ("310101", "样例区档案馆")


@pytest.fixture(scope="session")
def module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """SoftHSM's library, with two tokens in a temporary folder. The library reads its settings once a process."""
    found = next((path for path in MODULES if Path(path).exists()), None)
    if not found or not shutil.which("softhsm2-util"):
        pytest.skip("softhsm2 is not installed")
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    for label in ("test", "shut"):
        words = ["--init-token", "--free", "--label", label, "--so-pin", "12345678", "--pin", "1234"]
        subprocess.run(["softhsm2-util", *words], check=True, capture_output=True)
    yield found
    os.environ.pop("SOFTHSM2_CONF") if before is None else os.environ.update(SOFTHSM2_CONF=before)


def drawer(module: str, label: str = "test", pin: str = "1234") -> TokenDrawer:
    return TokenDrawer(Token(module, label, lambda: pin))


def verify(certificate: bytes, signature: bytes, data: bytes) -> None:
    public, kind = x509.load_der_x509_certificate(certificate).public_key(), kind_of_certificate(certificate)
    if isinstance(public, rsa.RSAPublicKey):
        public.verify(signature, data, padding.PKCS1v15(), kind.hash)
    else:
        assert isinstance(public, ec.EllipticCurvePublicKey)
        public.verify(signature, data, ec.ECDSA(kind.hash))


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_seal_is_made_and_used_in_the_module(module: str, kind: str, tmp_path: Path) -> None:
    reference = f"310101-{kind}"
    store = SoftKeyStore(tmp_path, "310000", "样例平台", lambda: NOW, drawer=drawer(module), kind=kind)
    seal = store.seal(reference, ARCHIVE[1])
    assert kind_of_certificate(seal.certificate).digest == KINDS[kind].digest
    verify(seal.certificate, seal.sign(b"words"), b"words")
    again = SoftKeyStore(tmp_path, "310000", "样例平台", lambda: NOW, drawer=drawer(module), kind=kind)
    assert again.seal(reference, ARCHIVE[1]).certificate == seal.certificate
    assert again.endings()[f"seals/{reference}"].year == 2028
    assert not (tmp_path / "seals").exists()


def test_the_key_cannot_be_taken_out(module: str, tmp_path: Path) -> None:
    token = Token(module, "test", lambda: "1234")
    SoftKeyStore(tmp_path, "310000", "样例平台", drawer=TokenDrawer(token)).seal("310104", "邻区档案馆")
    with token.session() as session:
        key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label="310104")
        assert (key[Attribute.SENSITIVE], key[Attribute.EXTRACTABLE]) == (True, False)


def test_a_node_names_its_module_and_token(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = f'[node]\nplatform = "310000"\n[seals]\npkcs11_module = "{module}"\npkcs11_token = "test"\n'
    monkeypatch.setenv(PIN, "1234")
    store = pkcs11_key_store(folder=tmp_path, configuration=parse(source.encode()))
    seal = store.seal("310105", "又一区档案馆")
    verify(seal.certificate, seal.sign(b"words"), b"words")


def test_a_wrong_pin_is_told(module: str) -> None:
    with pytest.raises(Unavailable) as caught:
        drawer(module, "shut", "9999").find("310101")
    assert (caught.value.code, "PinIncorrect" in str(caught.value)) == ("keys.module_failed", True)


def test_a_missing_module_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        drawer(str(tmp_path / "none.so")).find("310101")
    assert caught.value.code == "keys.module_failed"


@pytest.mark.parametrize(
    ("section", "code"),
    [("", "keys.module_unnamed"), ('[seals]\npkcs11_module = "m"\npkcs11_token = "t"\n', "keys.pin_missing")],
)
def test_what_is_not_said_is_told(section: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PIN, raising=False)
    configuration = parse(f'[node]\nplatform = "310000"\n{section}'.encode())
    with pytest.raises(Misconfigured) as caught:
        pkcs11_key_store(folder=tmp_path, configuration=configuration).seal(*ARCHIVE)
    assert caught.value.code == code
