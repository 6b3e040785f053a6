"""asn1crypto takes lengths that end in 80 for indefinite ones; with the repair it does not."""

import pytest
from asn1crypto import core

from dangqiao.adapters.asn1 import MAX_DEPTH, der_end


class Nested(core.Sequence):
    _fields = [("filler", core.OctetString), ("inner", core.Any, {"optional": True})]


def nested(depth: int) -> bytes:
    """Sequences in one another, each with a length that ends in 80."""
    inner = b""
    for level in range(1, depth + 1):
        size = level * 0x200 + 0x80
        filler = size - len(inner) - 4
        inner = b"\x30\x82" + size.to_bytes(2, "big") + b"\x04\x82" + filler.to_bytes(2, "big") + bytes(filler) + inner
    return inner


def test_a_definite_length_is_returned_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    source = nested(12)
    monkeypatch.setattr(core.Sequence, "_set_contents", None)  # encoding anew would be the bug
    assert Nested.load(source).dump() == source


def test_a_changed_value_is_still_encoded_anew() -> None:
    value = Nested.load(nested(1))
    value["filler"] = b"other"
    assert value.dump() == b"\x30\x07\x04\x05other"


def test_an_indefinite_length_is_still_made_definite() -> None:
    assert Nested.load(b"\x30\x80\x04\x01a\x00\x00").dump() == b"\x30\x03\x04\x01a"


@pytest.mark.parametrize(
    "source",
    [
        b"\x05\x00",
        b"\x30\x00",
        b"\x30\x03\x02\x01\x01",
        b"\x30\x81\x80" + b"\x04\x7e" + bytes(126),
        nested(5),
        b"\x30\x04\x30\x00\x05\x00",
    ],
)
def test_der_is_der(source: bytes) -> None:
    assert der_end(source) == len(source)
    assert der_end(source + b"\x00\x00") == len(source)


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\x30",
        b"\x30\x80\x00\x00",
        b"\x04\x81\x05hello",
        b"\x04\x82\x00\x80" + bytes(128),
        b"\x30\x03\x04\x02a",
        b"\x30\x03\x04\x02ab",
        b"\x1f\x81\x01\x00",
        b"\x04\x85\x01\x00\x00\x00\x00",
    ],
)
def test_what_is_not_der_is_none(source: bytes) -> None:
    assert der_end(source) is None


def test_nesting_has_an_end() -> None:
    def deep(levels: int) -> bytes:
        value = b"\x05\x00"
        for _ in range(levels):
            value = b"\x30" + bytes([len(value)]) + value
        return value

    assert der_end(deep(MAX_DEPTH)) is not None
    assert der_end(deep(MAX_DEPTH + 1)) is None
