"""A signature put into a PDF as its first: the field, the dictionary, the room kept free, and what fills it.

pyHanko writes the PDF (ISO 32000-2 §12.8); the CMS object comes from `adapters.cms`, which makes it in a tenth of the
time.
"""

import io
from collections.abc import Callable
from datetime import datetime

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject

FIELD = "Seal"


class _Additions(IncrementalPdfFileWriter):
    """Adds the signature and changes nothing else: what the metadata say of when and by what stays as it was set."""

    def _update_meta(self) -> None:
        pass


def certified(
    document: bytes,
    cms: Callable[[bytes], bytes],
    *,
    name: str,
    reason: str,
    now: datetime,
    reserved: int,
    hash_name: str,
) -> bytes:
    """The document with a certification signature that allows no changes (DocMDP, §12.8.2.2).

    Args:
        document: unsigned.
        cms: makes the CMS object (DER) over the document's digest.
        name: who signs, for readers' lists; `reason` what for.
        now: when, by our clock; what counts is the time stamp.
        reserved: octets kept free for the CMS object.
        hash_name: of the digest.
    """
    # typst ends without a newline; the next revision must start on a line of its own (ISO 19005-2 §6.1.9).
    writer = _Additions(io.BytesIO(document + b"\n"))
    steps = PdfCMSEmbedder(SigFieldSpec(FIELD)).write_cms(FIELD, writer)
    next(steps)
    placeholder = SignatureObject(
        timestamp=now, subfilter=SigSeedSubFilter.PADES, name=name, reason=reason, bytes_reserved=2 * reserved
    )
    no_changes = SigMDPSetup(hash_name, certify=True, docmdp_perms=MDPPerm.NO_CHANGES)
    steps.send(SigObjSetup(placeholder, mdp_setup=no_changes))
    prepared, output = steps.send(SigIOSetup(hash_name))
    steps.send(cms(prepared.document_digest))
    return bytes(output.getvalue())
