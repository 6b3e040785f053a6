"""A package has one form, which every zip program reads and nothing else passes for."""

import io
import random
import zipfile

import pytest

from dangqiao.adapters.ofd.package import pack, unpack

FILES = {"OFD.xml": b"<ofd/>", "Doc_0/Document.xml": bytes(range(256)), "Doc_0/empty": b""}


def test_other_programs_read_it() -> None:
    package = zipfile.ZipFile(io.BytesIO(pack(FILES)))
    assert package.testzip() is None
    assert {name: package.read(name) for name in package.namelist()} == FILES


def test_what_was_packed_is_unpacked_in_order() -> None:
    assert list((unpack(pack(FILES)) or {}).items()) == list(FILES.items())


def zipped(**options: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **options) as package:
        for name, data in FILES.items():
            package.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    "other",
    [
        b"",
        b"PK",
        zipped(),
        zipped(compression=zipfile.ZIP_DEFLATED),
        pack(FILES) + b"\n",
        b"\n" + pack(FILES),
        pack(FILES)[:-1],
        pack({"a": b"1"})[:-22] + pack({"b": b"1"}),
    ],
)
def test_any_other_zip_is_not_ours(other: bytes) -> None:
    assert unpack(other) is None


def test_every_bit_of_the_headers_counts() -> None:
    package, dice = pack(FILES), random.Random(1)
    for place in range(len(package)):
        changed = bytearray(package)
        changed[place] ^= 1 << dice.randrange(8)
        found = unpack(bytes(changed))
        assert found is None or found != FILES
