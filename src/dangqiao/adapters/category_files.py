"""A deployment's own category files, read from the folders that its dangqiao.toml names."""

from pathlib import Path

from dangqiao.core import categories
from dangqiao.core.configuration import Configuration
from dangqiao.core.errors import N_, DangqiaoError, Misconfigured
from dangqiao.core.sealing.wording import check_category


def load(folder: Path, configuration: Configuration) -> None:
    """Makes the categories of `[categories] folders` known to this process; again is harmless.

    Args:
        folder: the node's.

    Raises:
        Misconfigured: `category.no_folder`; `category.file_unfit`, which says which file and why;
            `category.served_unknown` where `served` names a category that no file defines.
    """
    for name in configuration.categories.folders:
        place = folder / name
        if not place.is_dir():
            raise Misconfigured(
                "category.no_folder", N_("The folder of category files {folder} is missing."), folder=name
            )
        for path in sorted(place.glob("*.toml")):
            _load(path)
    if unknown := [one for one in configuration.categories.served if one not in categories.known()]:
        raise Misconfigured(
            "category.served_unknown",
            N_("dangqiao.toml says that {category} is served, but no category file defines it."),
            category=", ".join(unknown),
        )


def _load(path: Path) -> None:
    try:
        found = categories.parse(path.read_bytes())
        check_category(found)
        categories.add(found)
    except DangqiaoError as error:
        raise Misconfigured(
            "category.file_unfit",
            N_("The category file {file} cannot be used: {problem}"),
            N_("See what is wrong with: dangqiao category check FILE"),
            file=path.name,
            problem=str(error),
        ) from error
