"""Acts on the catalogue: taking in files, attaching pages, checking against the original, correcting."""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from dangqiao.apps.directory.models import Archive
from dangqiao.apps.holdings.importing import run
from dangqiao.apps.holdings.importing.run import ImportResult, Progress
from dangqiao.apps.identity.permissions import require
from dangqiao.core import categories
from dangqiao.core.errors import N_, NotThere
from dangqiao.core.vocabulary.actor import Actor, Role
from dangqiao.core.vocabulary.purpose import Purpose


def import_file(
    actor: Actor,
    purpose: Purpose,
    path: Path,
    *,
    category: str,
    archive_code: str,
    update: bool = False,
    progress: Callable[[Progress], None] = lambda _progress: None,
) -> ImportResult:
    """Takes in a file of catalogue entries; goes on where an earlier start of the same file was stopped.

    Args:
        update: other content under a known identity becomes a new revision instead of a `conflict`.

    Raises:
        Refused: `permission.missing`.
        NotThere: `category.unknown`, `holdings.archive_unknown`.
        ImportRefused: the file as a whole cannot be taken in.
    """
    require(actor, Role.OPERATOR, archive=archive_code)
    definition = categories.get(category)
    require_archive(archive_code)
    return run.import_file(
        path, definition, archive_code, update=update, actor=actor, purpose=purpose, progress=progress
    )


def require_archive(code: str) -> None:
    """Raises NotThere (`holdings.archive_unknown`) unless this node keeps the catalogue of that archive."""
    if not Archive.objects.filter(code=code, platform_id=settings.PLATFORM_CODE).exists():
        raise NotThere(
            "holdings.archive_unknown",
            N_("The archive {archive} does not belong to this node ({platform})."),
            N_("An archive's code is its division's six digits, such as 310115."),
            archive=code,
            platform=settings.PLATFORM_CODE,
        )
