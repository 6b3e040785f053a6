"""A PDF sealed by a key that never leaves its module (SoftHSM): others and ours find it good."""

from pathlib import Path

import pytest

from dangqiao.adapters.keys import SoftKeyStore
from dangqiao.adapters.pdf import PdfSealer, verify_document
from dangqiao.core.sealing.verdict import Outcome
from tests.adapters.keys.test_keep_seals_in_a_module import drawer, module  # noqa: F401  (a fixture)
from tests.adapters.pdf.judges import ask
from tests.adapters.pdf.office import NOW, TYPESETTER, Office, flipped
from tests.core.sealing.samples import CERTIFICATE


@pytest.mark.parametrize("kind", ["p256", "p384", "rsa3072"])
def test_a_document_sealed_in_a_module_is_good(module: str, kind: str, tmp_path: Path) -> None:  # noqa: F811
    office = Office(tmp_path)
    keys = SoftKeyStore(
        tmp_path / office.platform, office.platform, "样例平台", office.clock, drawer=drawer(module), kind=kind
    )
    page = TYPESETTER.typeset(CERTIFICATE, {}.__getitem__)
    document = PdfSealer(keys, office.stamper).seal(page, CERTIFICATE, f"{CERTIFICATE.archive}-sealing-{kind}")
    assert verify_document(document, office.trust, NOW).outcome is Outcome.VALID
    path = tmp_path / "document.pdf"
    path.write_bytes(document)
    assert "Signature is Valid" in ask("pdfsig", path).stdout
    path.write_bytes(flipped(document, 3000))
    assert "Signature is Valid" not in ask("pdfsig", path).stdout
