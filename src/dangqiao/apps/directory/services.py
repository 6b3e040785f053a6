"""Filling the node's picture of the federation."""

from django.conf import settings
from django.db import transaction

from dangqiao.apps.audit import services as audit
from dangqiao.apps.directory.models import AcceptancePoint, Archive, ArchiveDivision, Platform
from dangqiao.core import categories
from dangqiao.core.vocabulary.actor import Actor
from dangqiao.core.vocabulary.archives import seed_acceptance_points, seed_archives
from dangqiao.core.vocabulary.divisions import find


def platform_names(code: str) -> tuple[str, str]:
    """Chinese and English name of a platform: its province's."""
    division = find(code)[0]
    return division.name, division.english


def seed_province(actor: Actor) -> None:
    """Writes this node's platform, the archives of its province and its acceptance points, where they are missing."""
    code = settings.PLATFORM_CODE
    name, name_en = platform_names(code)
    served = list(categories.shipped())
    archives = seed_archives(code)
    with transaction.atomic():
        Platform.objects.update_or_create(
            code=code, defaults={"name": name, "name_en": name_en, "endpoint": settings.PUBLIC_URL}
        )
        Archive.objects.bulk_create(
            [
                Archive(
                    code=one.code,
                    platform_id=code,
                    name=one.name,
                    name_en=one.english,
                    complaint_body=one.name.removesuffix("馆") + "局",
                    categories=served,
                )
                for one in archives
            ],
            ignore_conflicts=True,
        )
        known = set(ArchiveDivision.objects.values_list("archive_id", flat=True))
        ArchiveDivision.objects.bulk_create(
            ArchiveDivision(archive_id=one.code, division_code=one.division)
            for one in archives
            if one.code not in known
        )
        AcceptancePoint.objects.bulk_create(
            [
                AcceptancePoint(
                    code=one.code, platform_id=code, archive_id=one.archive, division_code=one.division, name=one.name
                )
                for one in seed_acceptance_points(code)
            ],
            ignore_conflicts=True,
        )
        audit.record("directory.seeded", actor, subject=f"platform:{code}", count=len(archives))
