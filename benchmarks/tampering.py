"""Single bytes changed at random in sealed documents: none may be judged valid with altered content.

    python -m benchmarks.tampering [--changes 10000] [--seed 20261122]

For each format a document of a test office is sealed; each change puts another value into one byte of it; for "OFD,
packed anew" into one byte of a file within, with check sums that fit again. What counts as altered: every byte of the
file. Only in a PDF at level B-LT, which no time stamp covers yet, the certificates and revocation lists may differ: no
reader shows them, and our verifier does not use them. Exit code 1: one was missed.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import process_time

from dangqiao.adapters.ofd.package import pack, unpack
from dangqiao.adapters.pdf.lengthening import Lengthener
from dangqiao.adapters.pdf.sealing import OWN_STAMP
from dangqiao.adapters.verifying import verify_file
from dangqiao.core.sealing.ports import TrustList
from dangqiao.core.sealing.verdict import Outcome
from tests.adapters.ofd.bureau import Bureau
from tests.adapters.pdf.office import NOW
from tests.adapters.pdf.test_lengthen import LongOffice
from tests.core.sealing.samples import CERTIFICATE


@dataclass(frozen=True, slots=True)
class Sealed:
    """A document of a test office.

    Attributes:
        content: how many of its first bytes may not change unseen.
        trust: whose seals are believed.
        change: changes one byte.
    """

    name: str
    document: bytes
    content: int
    trust: TrustList
    change: Callable[[bytes, random.Random], bytes]


def one_byte(document: bytes, dice: random.Random) -> bytes:
    """The document with another value in one byte."""
    place = dice.randrange(len(document))
    return document[:place] + bytes([(document[place] + dice.randrange(1, 256)) % 256]) + document[place + 1 :]


def one_byte_within(package: bytes, dice: random.Random) -> bytes:
    """The OFD with another value in one byte of a file; a file is taken as often as it is long."""
    files = unpack(package)
    assert files
    (name,) = dice.choices(list(files), [len(content) for content in files.values()])
    return pack(files | {name: one_byte(files[name], dice)})


def documents(folder: Path) -> Iterator[Sealed]:
    """One document of each format."""
    long = LongOffice.of_kind(folder / "pdf")
    stamped = long.sealer.seal(long.plain, CERTIFICATE)
    proven = Lengthener(long.office.stamper, long.known, OWN_STAMP).with_proof(stamped)
    lengthened = long.sealer.lengthen(stamped).document
    yield Sealed("PDF B-T", stamped, len(stamped), long.office.trust, one_byte)
    yield Sealed("PDF B-LT", proven, len(stamped), long.office.trust, one_byte)
    yield Sealed("PDF B-LTA", lengthened, len(lengthened), long.office.trust, one_byte)
    bureau = Bureau(folder / "ofd")
    ofd = bureau.issue_ofd(CERTIFICATE)
    yield Sealed("OFD", ofd, len(ofd), bureau.both, one_byte)
    yield Sealed("OFD, packed anew", ofd, len(ofd), bureau.both, one_byte_within)


def measure(sealed: Sealed, changes: int, seed: int) -> int:
    """Prints one line; how many altered documents were judged valid."""
    assert verify_file(sealed.document, sealed.trust, NOW).outcome is Outcome.VALID
    dice = random.Random(f"{seed} {sealed.name}")
    found, missed, begun = Counter[str](), 0, process_time()
    for _ in range(changes):
        one = sealed.change(sealed.document, dice)
        verdict = verify_file(one, sealed.trust, NOW)
        found[verdict.outcome] += 1
        altered = one[: sealed.content] != sealed.document[: sealed.content]
        missed += verdict.outcome is Outcome.VALID and altered
    each = (process_time() - begun) / changes * 1000
    told = ", ".join(f"{outcome} {count:,}" for outcome, count in found.most_common())
    print(
        f"{sealed.name:17} {len(sealed.document):7,} bytes, {changes:,} changes: {told}; missed {missed}; {each:.1f} ms"
    )
    return missed


def main() -> int:
    """The command."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--changes", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=20261122)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        return int(sum(measure(one, given.changes, given.seed) for one in documents(Path(name))) > 0)


if __name__ == "__main__":
    sys.exit(main())
