"""The Merkle tree of RFC 9162 §2.1 (the same as RFC 6962): hashes, growth, proofs, and their verification.

A tree of n leaves is never held in memory. It grows by its *frontier* (the roots of its perfect subtrees, at most
log2 n of them); proofs read perfect subtrees by coordinates: `(level, index)` is the root over the leaves
`index·2^level … (index+1)·2^level - 1`. Whoever stores what `append` returns can answer every `ReadNode`.

The tempting misreading: RFC 9162 does not pad to a power of two and does not repeat the last leaf.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from dangqiao.core.vocabulary import suites

ReadNode = Callable[[int, int], bytes]
"""(level, index) -> hash of a perfect subtree that is complete."""


@dataclass(frozen=True, slots=True)
class TreeHash:
    """How a suite hashes. Prefixes keep leaves and nodes apart (second preimages)."""

    suite: suites.Suite
    size: int = 32
    """Bytes of a hash."""

    def _hash(self, data: bytes) -> bytes:
        return self.suite.digest(data)

    @property
    def empty(self) -> bytes:
        """The root of the tree without leaves."""
        return self._hash(b"")

    def leaf(self, entry: bytes) -> bytes:
        """The hash of an entry's bytes."""
        return self._hash(b"\x00" + entry)

    def node(self, left: bytes, right: bytes) -> bytes:
        """The hash of two subtrees."""
        return self._hash(b"\x01" + left + right)


TREES = {name: TreeHash(suite) for name, suite in suites.SUITES.items()}
"""By the name of the suite."""
INTL = TREES["intl"]


@dataclass(frozen=True, slots=True)
class Node:
    """A perfect subtree that became complete: store it, then proofs can be read later."""

    level: int
    index: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree of `size` leaves, as the roots of its perfect subtrees from the largest (leftmost) to the smallest."""

    size: int = 0
    roots: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if len(self.roots) != self.size.bit_count():
            raise ValueError("a frontier has one root for each one-bit of its size")

    def root(self, tree: TreeHash = INTL) -> bytes:
        """The root of the whole tree (RFC 9162 §2.1.1)."""
        if not self.roots:
            return tree.empty
        whole = self.roots[-1]
        for root in reversed(self.roots[:-1]):
            whole = tree.node(root, whole)
        return whole


def append(frontier: Frontier, leaves: Iterable[bytes], tree: TreeHash = INTL) -> tuple[Frontier, list[Node]]:
    """The frontier after these leaf hashes, and each perfect subtree that became complete, leaves included."""
    size, roots, complete = frontier.size, list(frontier.roots), []
    for leaf in leaves:
        level, index, root = 0, size, leaf
        complete.append(Node(level, index, root))
        while index & 1:
            level, index, root = level + 1, index >> 1, tree.node(roots.pop(), root)
            complete.append(Node(level, index, root))
        roots.append(root)
        size += 1
    return Frontier(size, tuple(roots)), complete


def _largest_power_below(n: int) -> int:
    """The largest power of two smaller than n, for n > 1: the `k` of RFC 9162 §2.1.1."""
    return 1 << (n - 1).bit_length() - 1


def _range_root(start: int, end: int, read: ReadNode, tree: TreeHash) -> bytes:
    """MTH(D[start:end]) for a range that the RFC's recursion can reach, so `start` is aligned."""
    width = end - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return read(level, start >> level)
    k = _largest_power_below(width)
    return tree.node(_range_root(start, start + k, read, tree), _range_root(start + k, end, read, tree))


def frontier_of(size: int, read: ReadNode) -> Frontier:
    """The frontier of the first `size` leaves of a stored tree."""
    roots, start = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            roots.append(read(level, start >> level))
            start += 1 << level
    return Frontier(size, tuple(roots))


def inclusion_proof(index: int, size: int, read: ReadNode, tree: TreeHash = INTL) -> list[bytes]:
    """PATH(index, D[size]) of RFC 9162 §2.1.3.1: the siblings from the leaf to the root.

    Raises ValueError: no leaf `index` in a tree of `size`.
    """
    if not 0 <= index < size:
        raise ValueError("no such leaf in a tree of this size")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _largest_power_below(end - start)
        if index < middle:
            path.append(_range_root(middle, end, read, tree))
            end = middle
        else:
            path.append(_range_root(start, middle, read, tree))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, read: ReadNode, tree: TreeHash = INTL) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 9162 §2.1.4.1: that the tree of `old` leaves is the beginning of that of `new`.

    Raises ValueError: unless 0 < old <= new.
    """
    if not 0 < old <= new:
        raise ValueError("the older tree has at least one leaf and at most as many as the newer")
    path: list[bytes] = []
    start, end = 0, new
    while end != old:
        middle = start + _largest_power_below(end - start)
        if old <= middle:
            path.append(_range_root(middle, end, read, tree))
            end = middle
        else:
            path.append(_range_root(start, middle, read, tree))
            start = middle
    if start > 0:  # otherwise the remaining subtree is the old tree itself, whose root the verifier has
        path.append(_range_root(start, end, read, tree))
    return path[::-1]


@dataclass(frozen=True, slots=True)
class ProofVerdict:
    """Whether a proof holds, and if not, why: `ledger.wrong_root`, `ledger.wrong_length`, `ledger.no_such_leaf`."""

    holds: bool
    reason: str = ""


HOLDS = ProofVerdict(True)


def _verdict(root_fits: bool) -> ProofVerdict:
    return HOLDS if root_fits else ProofVerdict(False, "ledger.wrong_root")


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes, *, tree: TreeHash = INTL
) -> ProofVerdict:
    """RFC 9162 §2.1.3.2: that the leaf hash `leaf` is at `index` in the tree of `size` with `root`."""
    if not 0 <= index < size:
        return ProofVerdict(False, "ledger.no_such_leaf")
    fn, sn, hashed = index, size - 1, leaf
    for sibling in proof:
        if sn == 0:
            return ProofVerdict(False, "ledger.wrong_length")
        if fn & 1 or fn == sn:
            hashed = tree.node(sibling, hashed)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            hashed = tree.node(hashed, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0:
        return ProofVerdict(False, "ledger.wrong_length")
    return _verdict(hashed == root)


def verify_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes], *, tree: TreeHash = INTL
) -> ProofVerdict:
    """RFC 9162 §2.1.4.2: that the tree with `new_root` only adds leaves to that with `old_root`."""
    if not 0 < old <= new:
        return ProofVerdict(False, "ledger.no_such_leaf")
    if old == new:
        return ProofVerdict(False, "ledger.wrong_length") if proof else _verdict(old_root == new_root)
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return ProofVerdict(False, "ledger.wrong_length")
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    from_old = from_new = path[0]
    for sibling in path[1:]:
        if sn == 0:
            return ProofVerdict(False, "ledger.wrong_length")
        if fn & 1 or fn == sn:
            from_old, from_new = tree.node(sibling, from_old), tree.node(sibling, from_new)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            from_new = tree.node(from_new, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0:
        return ProofVerdict(False, "ledger.wrong_length")
    return _verdict(from_old == old_root and from_new == new_root)
