"""The tree of RFC 9162: known vectors, and properties against the RFC's own recursive definition."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangqiao.core.ledger.tree import (
    INTL,
    Frontier,
    append,
    consistency_proof,
    frontier_of,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)

# The test data of Certificate Transparency (RFC 6962; google/certificate-transparency merkle_tree_test.cc).
ENTRIES = [bytes.fromhex(entry) for entry in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
# (leaf counted from 1, size) -> path
INCLUSION = {
    (1, 1): (),
    (1, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (6, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (3, 3): ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",),
    (2, 5): (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}
CONSISTENCY = {
    (1, 1): (),
    (1, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 5): (
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}


class Log:
    """A stored tree: what an app's table of nodes would hold."""

    def __init__(self, entries):
        self.frontier, nodes = append(Frontier(), [INTL.leaf(entry) for entry in entries])
        self.nodes = {(node.level, node.index): node.hash for node in nodes}

    def read(self, level, index):
        return self.nodes[level, index]


def rfc_root(entries):
    """MTH of RFC 9162 §2.1.1, word by word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return hashlib.sha256(b"\x01" + rfc_root(entries[:k]) + rfc_root(entries[k:])).digest()


def hexed(path):
    return tuple(node.hex() for node in path)


def test_the_empty_tree_has_the_hash_of_nothing():
    assert Frontier().root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(1, 9))
def test_known_roots(size):
    assert Log(ENTRIES[:size]).frontier.root().hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("leaf", "size"), INCLUSION)
def test_known_inclusion_proofs(leaf, size):
    log = Log(ENTRIES)
    assert hexed(inclusion_proof(leaf - 1, size, log.read)) == INCLUSION[leaf, size]


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_known_consistency_proofs(old, new):
    assert hexed(consistency_proof(old, new, Log(ENTRIES).read)) == CONSISTENCY[old, new]


entries = st.lists(st.binary(max_size=4), min_size=1, max_size=70)


@given(entries, st.data())
def test_growth_in_any_steps_gives_the_root_of_the_rfc(entries, data):
    cut = data.draw(st.integers(0, len(entries)))
    frontier, _ = append(Frontier(), map(INTL.leaf, entries[:cut]))
    frontier, _ = append(frontier, map(INTL.leaf, entries[cut:]))
    assert frontier.root() == rfc_root(entries)
    log = Log(entries)
    assert frontier_of(cut, log.read).root() == rfc_root(entries[:cut])


@given(entries, st.data())
def test_every_leaf_can_be_proved_and_no_other_entry_in_its_place(entries, data):
    size = data.draw(st.integers(1, len(entries)))
    index = data.draw(st.integers(0, size - 1))
    log = Log(entries)
    root, proof = rfc_root(entries[:size]), inclusion_proof(index, size, log.read)
    leaf = INTL.leaf(entries[index])
    assert verify_inclusion(leaf, index, size, proof, root).holds
    assert verify_inclusion(INTL.leaf(b"other entry"), index, size, proof, root).reason == "ledger.wrong_root"
    assert verify_inclusion(leaf, index, size, [*proof, leaf], root).reason == "ledger.wrong_length"
    assert verify_inclusion(leaf, size, size, proof, root).reason == "ledger.no_such_leaf"
    if proof:
        assert not verify_inclusion(leaf, index, size, proof[:-1], root).holds


@given(entries, st.data())
def test_a_log_that_only_grew_is_consistent_and_a_changed_one_is_not(entries, data):
    new = data.draw(st.integers(1, len(entries)))
    old = data.draw(st.integers(1, new))
    proof = consistency_proof(old, new, Log(entries).read)
    old_root, new_root = rfc_root(entries[:old]), rfc_root(entries[:new])
    assert verify_consistency(old, old_root, new, new_root, proof).holds
    changed = rfc_root([*entries[: old - 1], b"rewritten"])
    assert not verify_consistency(old, changed, new, new_root, proof).holds
    assert not verify_consistency(old, old_root, new, new_root, [*proof, old_root]).holds


def test_there_is_no_proof_of_what_is_not_there():
    log = Log(ENTRIES)
    with pytest.raises(ValueError):
        inclusion_proof(8, 8, log.read)
    with pytest.raises(ValueError):
        consistency_proof(0, 8, log.read)
    with pytest.raises(ValueError):
        Frontier(3, (b"one root only",))
