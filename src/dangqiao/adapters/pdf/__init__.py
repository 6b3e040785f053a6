"""Documents as PDF: set in type by typst (PDF/A-2b), sealed and verified by pyHanko (PAdES)."""

from dangqiao.adapters.pdf.sealing import PdfSealer
from dangqiao.adapters.pdf.typesetting import TypstTypesetter
from dangqiao.adapters.pdf.verifying import verify_document

__all__ = ["PdfSealer", "TypstTypesetter", "verify_document"]
