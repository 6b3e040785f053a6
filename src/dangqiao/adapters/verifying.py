"""Judging what archives hand out: a sealed file of any format, or what the square pattern on paper holds."""

from datetime import datetime

from dangqiao.adapters.ofd.verifying import is_ofd, verify_ofd
from dangqiao.adapters.pdf import verify_document
from dangqiao.adapters.status.signing import opened, said_by
from dangqiao.core.errors import Malformed
from dangqiao.core.sealing.ports import TrustList
from dangqiao.core.sealing.statement import Scanned, Statement, scanned
from dangqiao.core.sealing.statement_verdict import judge
from dangqiao.core.sealing.status_verdict import with_standing
from dangqiao.core.sealing.verdict import Verdict


def verify_file(data: bytes, trust: TrustList | None, now: datetime) -> Verdict:
    """The verdict on an OFD or a PDF. Never raises for what is in it; see `core.sealing.ports.DocumentVerifier`.

    Raises:
        Misconfigured: `gm.library_missing`, for an OFD of ours where SM2 is not to be had.
    """
    look = verify_ofd if is_ofd(data) else verify_document
    return with_standing(look(data, trust, now), trust, now)


def verify_statement(
    text: str, trust: TrustList | None, now: datetime, name: str = ""
) -> tuple[Verdict, Statement | None]:
    """The verdict on what a scanner shows, and the statement where it is to be believed. Never raises for the text.

    Args:
        name: the applicant's name as read on the paper; empty: it is not checked.
    """
    try:
        scan = scanned(text)
    except Malformed:
        scan = Scanned("", "")
    return judge(scan, trust, now, opened=opened, said_by=said_by, name=name)
