"""Judging a sealed file of any format that archives hand out."""

from datetime import datetime

from dangqiao.adapters.ofd.verifying import is_ofd, verify_ofd
from dangqiao.adapters.pdf import verify_document
from dangqiao.core.sealing.ports import TrustList
from dangqiao.core.sealing.verdict import Verdict


def verify_file(data: bytes, trust: TrustList | None, now: datetime) -> Verdict:
    """The verdict on an OFD or a PDF. Never raises for what is in it; see `core.sealing.ports.DocumentVerifier`.

    Raises:
        Misconfigured: `gm.library_missing`, for an OFD of ours where SM2 is not to be had.
    """
    judge = verify_ofd if is_ofd(data) else verify_document
    return judge(data, trust, now)
