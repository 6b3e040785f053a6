"""Documents that applicants show: kept by their digest, named to the holder, fetched by it."""

import hashlib
from collections.abc import Iterable

from dangqiao.apps.exchange import services as exchange
from dangqiao.apps.lookups.forms import MaterialShown
from dangqiao.apps.lookups.models import LookupRequest, RequestMaterial
from dangqiao.apps.ports import port
from dangqiao.core.federation.messages import ObjectReference
from dangqiao.core.vocabulary.entitlement import Material


def kept(materials: Iterable[MaterialShown], seen_by: str) -> list[RequestMaterial]:
    """Rows for materials, not saved yet; their files are in the store. Call it outside a transaction.

    Args:
        seen_by: the clerk at whose counter the originals were shown; empty: nobody saw them.
    """
    return [_kept(material, seen_by) for material in materials]


def _kept(material: MaterialShown, seen_by: str) -> RequestMaterial:
    row = RequestMaterial(kind=material.kind, seen_by=seen_by)
    if material.content:
        row.file_name, row.media_type = material.file_name[:120], material.media_type
        row.sha256, row.size = hashlib.sha256(material.content).hexdigest(), len(material.content)
        row.storage_name = port("storage").put(material.content)
    return row


def add(request: LookupRequest, rows: list[RequestMaterial], round_number: int) -> None:
    """Saves rows with a request."""
    for row in rows:
        row.request, row.round = request, round_number
    RequestMaterial.objects.bulk_create(rows)


def shown(request: LookupRequest) -> frozenset[Material]:
    """The kinds that were shown or uploaded so far."""
    kinds = request.materials.values_list("kind", flat=True)
    return frozenset(Material(kind) for kind in kinds if kind in tuple(Material))


def offer(rows: Iterable[RequestMaterial], receiver: str) -> tuple[list[ObjectReference], list[str]]:
    """Lets `receiver` fetch the files; their references, and the kinds that a clerk saw without taking a copy."""
    references, seen = [], []
    for row in rows:
        if row.sha256:
            exchange.offer_object(row.sha256, receiver=receiver, storage_name=row.storage_name, size=row.size)
            references.append(
                ObjectReference(
                    sha256=row.sha256, size=row.size, media_type=row.media_type, name=row.file_name, kind=row.kind
                )
            )
        else:
            seen.append(row.kind)
    return references, seen


def replicas(references: Iterable[ObjectReference], seen: Iterable[str], clerk: str) -> list[RequestMaterial]:
    """Rows for what the asking node named, not saved yet; files are fetched by the job `lookups.fetch_materials`."""
    files = [
        RequestMaterial(
            kind=each.kind, file_name=each.name[:120], media_type=each.media_type, sha256=each.sha256, size=each.size
        )
        for each in references
    ]
    return files + [RequestMaterial(kind=kind, seen_by=clerk) for kind in seen]
