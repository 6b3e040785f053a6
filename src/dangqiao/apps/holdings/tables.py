"""Small tables that operators hand over: pages, checked entries, coverage. Read like catalogues, in any encoding of
theirs; the first mistake stops them, with its row."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from dangqiao.apps.holdings.importing import source
from dangqiao.apps.holdings.importing.pieces import opened
from dangqiao.apps.holdings.models import EntryPage, HoldingCoverage
from dangqiao.apps.holdings.pages import NewPage, masks_from
from dangqiao.apps.holdings.records import Citation
from dangqiao.core.errors import N_, BadInput, ImportRefused

RELEASES = {
    "": EntryPage.Release.WHOLE,
    "全部公开": EntryPage.Release.WHOLE,
    "遮盖后公开": EntryPage.Release.MASKED,
    "仅供摘录": EntryPage.Release.EXTRACT_ONLY,
}
STATES = {
    "": HoldingCoverage.State.IN_ARCHIVE,
    "在馆": HoldingCoverage.State.IN_ARCHIVE,
    "未进馆": HoldingCoverage.State.NOT_HANDED_OVER,
    "已销毁": HoldingCoverage.State.DESTROYED,
    "未著录": HoldingCoverage.State.NOT_CATALOGUED,
    "未数字化": HoldingCoverage.State.NOT_DIGITISED,
}
PAGE_COLUMNS = ("档号", "件内序号", "页码", "文件", "公开规则", "遮盖")
ENTRY_COLUMNS = ("档号", "件内序号")
COVERAGE_COLUMNS = ("档案馆", "种类", "行政区划", "登记机关", "起始年", "终止年", "状态", "保管单位", "备注")


def _rows(path: Path, columns: tuple[str, ...], needed: tuple[str, ...]) -> Iterator[tuple[int, Mapping[str, str]]]:
    file = source.inspect(path, columns)
    with opened(file) as rows:
        header = [name.strip() for name in rows.header]
        if missing := [name for name in needed if name not in header]:
            raise ImportRefused(
                "table.column_missing",
                N_("The column {column} is missing. The columns are: {columns}."),
                column="、".join(missing),
                columns=",".join(columns),
            )
        for row in rows:
            if row.problem:
                sentence = N_("Row {row} cannot be used: {problem}")
                raise BadInput("table.row_unfit", sentence, row=row.number, problem=str(row.problem))
            cells = dict(zip(header, (cell.strip() for cell in row.cells), strict=False))
            yield row.number, {name: cells.get(name, "") for name in columns}


def _unknown_word(row: int, given: str, words: Iterable[str]) -> BadInput:
    sentence = N_("Row {row}: “{given}” is none of {words}.")
    return BadInput("table.word_unknown", sentence, row=row, given=given, words="、".join(filter(None, words)))


def _number(text: str, row: int, default: int | None = None) -> int:
    if not text and default is not None:
        return default
    try:
        return int(text)
    except ValueError:
        raise BadInput("table.number_unfit", N_("Row {row}: “{given}” is no number."), row=row, given=text) from None


def pages(path: Path, archive_code: str, category: str) -> Iterator[NewPage]:
    """The pages of a table with PAGE_COLUMNS; files are named relative to the table's folder and lie in it.

    Raises:
        ImportRefused: as for a catalogue, and `table.column_missing`.
        BadInput: `table.row_unfit`, `table.file_missing`, `table.number_unfit`, `table.word_unknown`,
            `table.mask_unfit`.
    """
    folder = path.resolve().parent
    for number, row in _rows(path, PAGE_COLUMNS, ("档号", "页码", "文件")):
        file = (folder / row["文件"]).resolve()
        if not file.is_relative_to(folder) or not file.is_file():
            sentence = N_("Row {row}: there is no file “{given}” beside the table.")
            raise BadInput("table.file_missing", sentence, row=number, given=row["文件"])
        if row["公开规则"] not in RELEASES:
            raise _unknown_word(number, row["公开规则"], RELEASES)
        try:
            masks = masks_from(row["遮盖"])
        except ValueError:
            sentence = N_("Row {row}: “{given}” is no list of masks: left,top,width,height;…")
            raise BadInput("table.mask_unfit", sentence, row=number, given=row["遮盖"]) from None
        citation = Citation(archive_code, category, row["档号"], _number(row["件内序号"], number, 1))
        release = RELEASES[row["公开规则"]]
        yield NewPage(citation, _number(row["页码"], number), file.read_bytes(), release, masks, file.name)


def entries(path: Path) -> list[tuple[str, int]]:
    """Reference code and item number of each row. Raises as `pages`."""
    return [(row["档号"], _number(row["件内序号"], number, 1)) for number, row in _rows(path, ENTRY_COLUMNS, ("档号",))]


def coverage(path: Path) -> dict[str, list[HoldingCoverage]]:
    """What archives hold: archive code -> rows, not saved yet. Raises as `pages`."""
    found: dict[str, list[HoldingCoverage]] = {}
    for number, row in _rows(path, COVERAGE_COLUMNS, ("档案馆", "种类")):
        if row["状态"] not in STATES:
            raise _unknown_word(number, row["状态"], STATES)
        found.setdefault(row["档案馆"], []).append(
            HoldingCoverage(
                category=row["种类"],
                division_code=row["行政区划"],
                office=row["登记机关"],
                year_from=_number(row["起始年"], number) if row["起始年"] else None,
                year_to=_number(row["终止年"], number) if row["终止年"] else None,
                state=STATES[row["状态"]],
                custodian=row["保管单位"],
                remarks=row["备注"],
            )
        )
    return found
