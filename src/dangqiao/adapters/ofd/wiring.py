"""The adapter that `[adapters] ofd_sealer` names. Apart from the others, because only it needs pdfium and HarfBuzz."""

from pathlib import Path

from dangqiao.adapters.ofd.sealing import OfdIssuer
from dangqiao.adapters.wiring import configured
from dangqiao.core.configuration import Configuration


def issuer(*, folder: Path, configuration: Configuration) -> OfdIssuer:
    """OFD with the node's electronic seals and time-stamp authority."""
    return OfdIssuer(
        configured("typesetter", folder, configuration).paths,
        configured("electronic_seals", folder, configuration),
        configured("time_stamper", folder, configuration),
    )
