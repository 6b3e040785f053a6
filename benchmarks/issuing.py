"""CPU time and memory of making certificates: set in type once, sealed as PDF (PAdES B-T) and as OFD (SM2, time stamp).

    python benchmarks/issuing.py [--rare] [COUNT]

Made from a seed, of all categories, with a QR as long as one with a signed statement. Names are those of `dangqiao
sample`; with --rare their characters are drawn from all 20 902 first ideographs alike, so that nearly every name brings
glyphs that must be converted first. Keys and the time-stamp authority are in the process: their work is counted too.
CPU time, not wall time. Nothing is stored; the register adds a few milliseconds of database.
"""

import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

from dangqiao.adapters.gm.keys import GmKeyStore
from dangqiao.adapters.keys import SoftKeyStore
from dangqiao.adapters.ofd.sealing import OfdIssuer
from dangqiao.adapters.pdf import PdfSealer, TypstTypesetter
from dangqiao.adapters.sampling.people import Names
from dangqiao.adapters.timestamp import LocalTimeStamper
from dangqiao.core import categories
from dangqiao.core.categories import Category, FieldKind
from dangqiao.core.sealing.content import DeliverableKind, Fact, FrozenContent

ARCHIVES = {"310101": "上海市黄浦区档案馆", "310115": "上海市浦东新区档案馆", "310104": "上海市徐汇区档案馆"}
STEPS = ("set in type", "PDF sealed", "OFD written and sealed")
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
WARM_UP = 50
"""Left out of the figures: fonts are loaded, keys made, the first glyphs converted."""


Draw = Callable[[], str]


def _any_name(dice: random.Random) -> str:
    return "".join(chr(dice.randrange(0x4E00, 0x9FA6)) for _ in range(dice.choice((2, 3, 3, 3, 4))))


def _usual_names(dice: random.Random) -> Draw:
    names = Names(dice)
    given = [name for pool in names.given.values() for name in pool]
    return lambda: dice.choice(names.surnames) + dice.choice(given)


def _facts(category: Category, dice: random.Random, name: Draw) -> tuple[Fact, ...]:
    values: dict[FieldKind, Draw] = {
        FieldKind.NAME: name,
        FieldKind.DATE: lambda: f"{dice.randrange(1950, 2000)}年{dice.randrange(1, 13)}月",
        FieldKind.IDENTITY_NUMBER: lambda: f"310***********{dice.randrange(1000):04d}",
        FieldKind.PLACE: lambda: f"{name()}人民政府",
    }
    fields = [*category.fields, *(field for party in category.parties for field in party.fields)]
    shown = [field for field in fields if field.shown and not field.optional_column]
    return tuple(Fact(field.label.zh, values.get(field.kind, name)()) for field in shown)


def contents(count: int, rare: bool) -> list[FrozenContent]:
    """So many certificates of all categories, the same at every run."""
    dice = random.Random(20260305)
    draw: Draw = partial(_any_name, dice) if rare else _usual_names(dice)
    found = []
    for number in range(count):
        category = dice.choice(tuple(categories.shipped().values()))
        archive, name = dice.choice(tuple(ARCHIVES.items()))
        code = "".join(dice.choices(LETTERS, k=16))
        reference = f"{dice.randrange(9000):04d}-{dice.randrange(1950, 2000)}-{dice.randrange(9000):04d}"
        words = {"archive": name, "file_title": category.wording.file_title, "reference_code": reference}
        found.append(
            FrozenContent(
                kind=DeliverableKind.CERTIFICATE,
                category=category.id,
                category_name=category.name.zh,
                archive=archive,
                archive_name=name,
                platform="310000",
                serial=f"{archive}-2026-A{number:06d}",
                code=code,
                verification_url=f"https://archives.example.cn/verify/{code}/",
                issued_on=date(2026, 3, 5),
                applicant=draw(),
                purpose="购房、房产过户",
                reference_codes=(reference,),
                opening=(category.wording.statement.format(**words),),
                facts=_facts(category, dice, draw),
                statements=(category.wording.caution,),
                test=True,
                statement="".join(dice.choices(LETTERS, k=340)),
            )
        )
    return found


def main(count: int, rare: bool) -> None:
    """Makes them and prints what each step took, and how memory went."""
    with tempfile.TemporaryDirectory() as folder:
        typesetter, keys = TypstTypesetter(), SoftKeyStore(Path(folder), "310000", "上海市")
        stamper = LocalTimeStamper(keys.time_authority(), serial=iter(range(1, 10**9)).__next__)
        seals = GmKeyStore(Path(folder), "310000", "上海市", lambda name: typesetter.seal_picture(name, True))
        sealer, issuer = PdfSealer(keys, stamper), OfdIssuer(typesetter.paths, seals, stamper)
        pictures: dict[str, bytes] = {}
        spent, sizes, memory = dict.fromkeys(STEPS, 0.0), [0, 0], []
        every = max(count // 10, 1)
        for number, content in enumerate(contents(count + WARM_UP, rare)):
            began = time.process_time()
            page = typesetter.typeset(content, pictures.__getitem__)
            set_in_type = time.process_time()
            pdf = sealer.seal(page, content)
            sealed = time.process_time()
            ofd = issuer.issue(content, page)
            done = time.process_time()
            if number >= WARM_UP:
                for step, seconds in zip(
                    STEPS, (set_in_type - began, sealed - set_in_type, done - sealed), strict=True
                ):
                    spent[step] += seconds
                sizes = [sizes[0] + len(pdf), sizes[1] + len(ofd)]
                if (number - WARM_UP + 1) % every == 0:
                    memory.append(_resident())
    total = sum(spent.values())
    for step, seconds in spent.items():
        print(f"{step:24} {1000 * seconds / count:7.1f} ms CPU")
    print(f"{'together':24} {1000 * total / count:7.1f} ms CPU, {count / total:.1f} a second a core")
    print(f"{'size':24} {sizes[0] // count // 1000:4} kB PDF, {sizes[1] // count // 1000} kB OFD")
    print(
        f"memory after each tenth of {count}: {', '.join(f'{each:.0f}' for each in memory)} MB; peak {_peak():.0f} MB"
    )


def _resident() -> float:
    """Megabytes in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    main(numbers[0] if numbers else 500, "--rare" in sys.argv)
