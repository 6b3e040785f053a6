"""The files of our OFD packages, where they lie (GB/T 33190-2016 §6), and what is always the same in them."""

from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "http://www.ofdspec.org/2016"
ROOT, DOCUMENT, RESOURCES = "OFD.xml", "Doc_0/Document.xml", "Doc_0/PublicRes.xml"
SIGNATURES = "Doc_0/Signs/Signatures.xml"
SIGNATURE, SEAL, SIGNED_VALUE = (
    f"Doc_0/Signs/Sign_0/{name}" for name in ("Signature.xml", "Seal.esl", "SignedValue.dat")
)
UNREFERENCED = frozenset({SIGNATURES, SIGNATURE, SIGNED_VALUE})
"""What the signature cannot cover because it comes of it. SIGNATURES is therefore always `SIGNATURES_XML`."""


def page_file(number: int) -> str:
    """The file of a page, from 0."""
    return f"Doc_0/Pages/Page_{number}/Content.xml"


def resource(name: str) -> str:
    """The file of a font or picture."""
    return f"Doc_0/Res/{name}"


def element(name: str, *children: str, **attributes: object) -> str:
    """An element of OFD's namespace. Children are XML already; see `text`."""
    head = "".join(f" {key}={quoteattr(str(value))}" for key, value in attributes.items())
    return f"<ofd:{name}{head}>{''.join(children)}</ofd:{name}>" if children else f"<ofd:{name}{head}/>"


def text(name: str, words: object, **attributes: object) -> str:
    """An element with text in it."""
    return element(name, escape(str(words)), **attributes)


def file(name: str, *children: str, **attributes: object) -> bytes:
    """A whole file."""
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + _root(element(name, *children, **attributes))).encode()


def _root(words: str) -> str:
    end = min(at for at in (words.find(" "), words.find(">"), words.find("/>")) if at > 0)
    return f'{words[:end]} xmlns:ofd="{NAMESPACE}"{words[end:]}'


SIGNATURES_XML = file(
    "Signatures",
    text("MaxSignId", "s001"),
    element("Signature", ID="s001", Type="Seal", BaseLoc=f"/{SIGNATURE}"),
)
