"""Making a seal on a PDF outlast its certificates: PAdES B-LT and B-LTA (ETSI EN 319 142-1 §5.4, §5.5).

Each time one more revision is added, and the document is not touched: the certificates and the revocation lists that
prove the last signature (Document Security Store), and over everything a document time stamp. While its authority's
certificate holds, nobody needs to be asked any more; shortly before it ends, the same is done again.
"""

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from asn1crypto import cms, crl, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers import PdfTimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.sign.validation.dss import DocumentSecurityStore

import dangqiao.adapters.asn1  # noqa: F401  (repairs asn1crypto)
from dangqiao.adapters.timestamp.tokens import PortStamper, refused
from dangqiao.core.errors import N_, Unavailable
from dangqiao.core.sealing.ports import Lengthened, TimeStamper

DEEPEST_CHAIN = 8
_Certificates = Iterable[x509.Certificate]
_Lists = Iterable[crl.CertificateList]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the authorities: their certificates, and what they have taken back; both DER."""

    authorities: tuple[bytes, ...] = ()
    revocation_lists: tuple[bytes, ...] = ()


Revocation = Callable[[], Known]
"""Tells it as it is now. Raises Unavailable (`seals.revocation_unavailable`)."""


def no_revocation() -> Known:
    """For a sealer that lengthens nothing."""
    return Known()


class _Writer(IncrementalPdfFileWriter):
    """Adds objects and changes nothing else: pyHanko would also note in the metadata when and by what it was done, and
    give the file a random identifier. So the same addition to the same file gives the same bytes.
    """

    def _update_meta(self) -> None:
        pass

    @classmethod
    def _handle_id(cls, prev: PdfFileReader) -> generic.ArrayObject:
        """ISO 32000-2 §14.4: the first part stays, the second changes with the file."""
        first, _ = IncrementalPdfFileWriter._handle_id(prev)  # type: ignore[no-untyped-call]
        prev.stream.seek(0)
        return generic.ArrayObject([first, generic.ByteStringObject(hashlib.sha256(prev.stream.read()).digest()[:16])])


def with_store(document: bytes, certificates: _Certificates, lists: _Lists) -> bytes:
    """The document with these in its Document Security Store: one revision, and the same bytes for ever (B-LT)."""
    return _written(_with_store(document, certificates, lists))


def store_of(reader: PdfFileReader) -> tuple[list[x509.Certificate], list[crl.CertificateList]]:
    """What is in a document's Document Security Store. Raises ValueError for what cannot be read."""
    store = DocumentSecurityStore.read_dss(reader)
    lists = [crl.CertificateList.load(one.get_object().data) for one in store.crls]
    return list(store.load_certs()), lists


def _with_store(document: bytes, certificates: _Certificates, lists: _Lists) -> _Writer:
    writer = _Writer(io.BytesIO(document))
    DocumentSecurityStore.supply_dss_in_writer(writer, None, certs=certificates, crls=lists)
    return writer


def _written(writer: _Writer) -> bytes:
    out = io.BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


class Lengthener:
    """Adds what a sealed document needs for the long term.

    Args:
        stamper: the time-stamp authority.
        revocation: what is known of all authorities concerned.
        reserved: octets kept free for a time stamp.
    """

    def __init__(self, stamper: TimeStamper, revocation: Revocation, reserved: int) -> None:
        self._stamper, self._revocation, self._reserved = stamper, revocation, reserved

    def with_proof(self, document: bytes) -> bytes:
        """B-LT: certificates and revocation lists are in the document. Raises Unavailable as `lengthen`."""
        return _written(self._with_proof(document))

    def lengthen(self, document: bytes) -> Lengthened:
        """B-LTA, or, of a document that is so already, the same with a younger time stamp.

        Raises:
            Unavailable: `seals.revocation_missing`, an authority's list is not to be had;
                `timestamp.unavailable`, `timestamp.refused`.
        """
        writer = self._with_proof(document)
        number = len(writer.prev.embedded_timestamp_signatures) + 1
        stamper = PdfTimeStamper(PortStamper(self._stamper), field_name=f"Archive-{number}")
        out = io.BytesIO()
        try:
            stamper.timestamp_pdf(writer, "sha256", bytes_reserved=2 * self._reserved, output=out)
        except TimestampRequestError as error:
            raise refused() from error
        newest = PdfFileReader(out).embedded_timestamp_signatures[-1]
        return Lengthened(out.getvalue(), newest.signer_cert.not_valid_after)

    def _with_proof(self, document: bytes) -> _Writer:
        reader = PdfFileReader(io.BytesIO(document))
        known = self._revocation()
        authorities = [x509.Certificate.load(der) for der in known.authorities]
        lists = [crl.CertificateList.load(der) for der in known.revocation_lists]
        chain: dict[bytes, x509.Certificate] = {}
        for signature in reader.embedded_signatures:
            for signed in _signatures(signature.signed_data):
                known_here = [*_own(signed), *authorities]
                chain |= {one.dump(): one for one in _chain(signer_of(signed), known_here)}
        issuers = {one.issuer.dump() for one in chain.values() if one.self_signed == "no"}
        used = [one for one in lists if one.issuer.dump() in issuers]
        if missing := issuers - {one.issuer.dump() for one in used}:
            raise Unavailable(
                "seals.revocation_missing",
                N_("There is no revocation list of {issuer}."),
                N_("Name its address in dangqiao.toml: [seals] revocation_urls."),
                issuer=x509.Name.load(missing.pop()).human_friendly,
            )
        return _with_store(document, chain.values(), used)


def _signatures(signed: cms.SignedData) -> Iterator[cms.SignedData]:
    """A signature, and the time stamp on it."""
    yield signed
    (signer,) = signed["signer_infos"]
    for attribute in signer["unsigned_attrs"]:
        if attribute["type"].native == "signature_time_stamp_token":
            yield from (token["content"] for token in attribute["values"])


def _own(signed: cms.SignedData) -> list[x509.Certificate]:
    return [one.chosen for one in signed["certificates"] if one.name == "certificate"]


def signer_of(signed: cms.SignedData) -> x509.Certificate:
    """The certificate that the signer names. Raises StopIteration where it is not there."""
    (signer,) = signed["signer_infos"]
    named = signer["sid"].chosen
    if isinstance(named, cms.IssuerAndSerialNumber):
        wanted = (named["issuer"].dump(), named["serial_number"].native)
        return next(one for one in _own(signed) if (one.issuer.dump(), one.serial_number) == wanted)
    return next(one for one in _own(signed) if one.key_identifier == named.native)


def stamps_on(signed: cms.SignedData) -> list[cms.SignedData]:
    """The time stamps on a signature."""
    return list(_signatures(signed))[1:]


def _chain(leaf: x509.Certificate, known: list[x509.Certificate]) -> Iterator[x509.Certificate]:
    """The certificate, its issuer, that one's issuer, … as far as they are known."""
    found: x509.Certificate | None = leaf
    for _ in range(DEEPEST_CHAIN):
        if found is None:
            return
        yield found
        if found.self_signed != "no":
            return
        found = next((one for one in known if _issued(one, found)), None)


def _issued(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Whether it may be the issuer, by name and by the key's identifier where both have one (RFC 5280 §4.2.1.1)."""
    key, named = authority.key_identifier, certificate.authority_key_identifier
    return bool(
        authority.ca
        and authority.subject.dump() == certificate.issuer.dump()
        and (key is None or named is None or key == named)
    )
