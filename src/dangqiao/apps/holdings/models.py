"""The catalogue. Entries are keyed (archive_code, id) so that they can be distributed; nothing points at them by
foreign key: they are cited by identity (archive, category, reference code, item number) and revision."""

from django.db import models
from django.db.models import CharField, Func, Q, Value
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from dangqiao.apps.fields import new_id, now


class HoldingCoverage(models.Model):
    """What a custodian holds (馆藏范围): routing looks here first."""

    class State(models.TextChoices):
        """Where the records are."""

        IN_ARCHIVE = "in_archive"
        NOT_HANDED_OVER = "not_handed_over"
        DESTROYED = "destroyed"
        NOT_CATALOGUED = "not_catalogued"
        NOT_DIGITISED = "not_digitised"

    archive_code = models.CharField(max_length=6, db_index=True)
    category = models.CharField(max_length=60)
    office = models.CharField(max_length=120, default="", blank=True)
    """Registration office or forming body in words; empty: all of the division."""
    division_code = models.CharField(max_length=6, default="", blank=True)
    year_from = models.PositiveSmallIntegerField(null=True)
    year_to = models.PositiveSmallIntegerField(null=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.IN_ARCHIVE)
    custodian = models.CharField(max_length=120, default="", blank=True)
    """Who has the records if not the archive: the forming body, in words."""
    remarks = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        indexes = [models.Index(fields=["category", "division_code"], name="coverage_lookup")]


class Digitisation(models.TextChoices):
    """How far an entry's pages exist as images."""

    FULL = "full"
    PART = "part"
    NONE = "none"
    UNKNOWN = "unknown"


class OriginalState(models.TextChoices):
    """How the paper is."""

    SOUND = "sound"
    DAMAGED = "damaged"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Restriction(models.TextChoices):
    """Limits on use that stand in the catalogue."""

    NONE = "none"
    PARTY_ONLY = "party_only"
    NOT_PROVIDED = "not_provided"


class CatalogueEntry(models.Model):
    """The current revision of one catalogue entry (档案目录条目). Imports start unchecked."""

    pk = models.CompositePrimaryKey("archive_code", "id")
    archive_code = models.CharField(max_length=6)
    id = models.BigIntegerField()
    """Given by the archive's own counter; means nothing outside this database."""
    category = models.CharField(max_length=60)
    reference_code = models.CharField(max_length=120)
    item_number = models.PositiveIntegerField(default=1)
    revision = models.PositiveIntegerField(default=1)
    fonds = models.CharField(max_length=40, default="", blank=True)
    year = models.PositiveSmallIntegerField(null=True)
    event_date = models.CharField(max_length=10, default="", blank=True)
    """ISO 8601, as precise as known: 1987, 1987-03 or 1987-03-05."""
    event_number = models.CharField(max_length=120, default="", blank=True)
    place = models.CharField(max_length=120, default="", blank=True)
    pages = models.PositiveIntegerField(null=True)
    content = models.JSONField()
    """{"fields": {key: value}, "parties": [{"role": …, "name": …, "identity_number": encrypted, "identity_parts":
    [keyed hashes of area, birth, sequence], …}]}; values as typed in the source, dates with their original text."""
    content_digest = models.CharField(max_length=64)
    """Keyed SHA-256 over the source content: same content is skipped at import, other content is a conflict."""
    checked_by = models.CharField(max_length=120, default="", blank=True)
    """Who compared the entry with the original (已与原件核对); empty: nobody."""
    checked_at = models.DateTimeField(null=True)
    digitisation = models.CharField(max_length=10, choices=Digitisation.choices, default=Digitisation.UNKNOWN)
    original_state = models.CharField(max_length=10, choices=OriginalState.choices, default=OriginalState.UNKNOWN)
    restriction = models.CharField(max_length=20, choices=Restriction.choices, default=Restriction.NONE)
    deleted = models.BooleanField(default=False)
    imported_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["archive_code", "category", "reference_code", "item_number"], name="entry_identity"
            ),
            models.CheckConstraint(
                # Not by a regular expression: SQLite would call Python for each row.
                condition=Q(
                    Exact(Length("archive_code"), 6),
                    Exact(Func("archive_code", Value("0123456789"), function="LTRIM", output_field=CharField()), ""),
                ),
                name="entry_archive_code_six_digits",
            ),
        ]


class EntryRevision(models.Model):
    """An earlier state of an entry. Corrections (著录信息更正) add one; the original paper is never altered."""

    pk = models.CompositePrimaryKey("archive_code", "id", "revision")
    archive_code = models.CharField(max_length=6)
    id = models.BigIntegerField()
    revision = models.PositiveIntegerField()
    content = models.JSONField()
    content_digest = models.CharField(max_length=64)
    replaced_at = models.DateTimeField(default=now)
    replaced_by = models.CharField(max_length=120)
    reason = models.CharField(max_length=200, default="", blank=True)


class EntryKey(models.Model):
    """A blocking key of an entry (core.matching.keys), on SQLite and where tables are spread over servers: distributed
    by key; read by `key = const`, no join."""

    pk = models.CompositePrimaryKey("key", "archive_code", "entry")
    key = models.BigIntegerField()
    archive_code = models.CharField(max_length=6)
    entry = models.BigIntegerField()
    """`CatalogueEntry.id` in that archive."""


class PackedEntry(models.Model):
    """An entry in a few bytes (core.matching.packed), for comparing many candidates fast. Distributed like entries. On
    PostgreSQL it has a column more, `keys bigint[]`, where one server finds entries by their blocking keys."""

    pk = models.CompositePrimaryKey("archive_code", "entry")
    archive_code = models.CharField(max_length=6)
    entry = models.BigIntegerField()
    """`CatalogueEntry.id` in that archive."""
    record = models.BinaryField()


class IndexChange(models.Model):
    """What the index *segment* has not taken into its files yet (adapters.index): written in the transaction that
    changes entries, read by every search, emptied when the files have it."""

    sequence = models.BigIntegerField(primary_key=True)
    """1, 2, 3, … in the order in which transactions end."""
    token = models.CharField(max_length=32)
    """Random: who remembers a sequence number sees whether it is still the same change (a database put back from a
    copy, a transaction rolled back)."""
    entries = models.PositiveIntegerField()
    payload = models.BinaryField()


class RowMeanwhile(models.Model):
    """A row of `PackedEntry` that was written while the index *sql* was made anew beside the rows that serve. See
    `index_anew`."""

    archive_code = models.CharField(max_length=6)
    entry = models.BigIntegerField()


class NameCount(models.Model):
    """Term frequencies for matching, counted from this node's own catalogue."""

    pk = models.CompositePrimaryKey("kind", "value")
    kind = models.CharField(max_length=10)
    """name (folded), pinyin, surname, char (of given names), place (division code), entries (category/archive) or stamp
    (see `bulk.count_up`)."""
    value = models.CharField(max_length=120)
    count = models.BigIntegerField(default=0)


class NamesMet(models.Model):
    """What entries that came in together add to `NameCount`, until it is added. See `counting`."""

    counts = models.TextField()
    """JSON: {kind: {value: how often}}."""


class PageImage(models.Model):
    """One scanned page, in the object store by its hash. One page may belong to several entries."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    archive_code = models.CharField(max_length=6)
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=40)
    size = models.PositiveBigIntegerField()
    label = models.CharField(max_length=60, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["archive_code", "sha256"], name="page_image_once")]


class EntryPage(models.Model):
    """A page of an entry, and what may leave the house of it. The entry is cited by identity."""

    class Release(models.TextChoices):
        """The page's release rule."""

        WHOLE = "whole"
        MASKED = "masked"
        EXTRACT_ONLY = "extract_only"

    archive_code = models.CharField(max_length=6)
    category = models.CharField(max_length=60)
    reference_code = models.CharField(max_length=120)
    item_number = models.PositiveIntegerField(default=1)
    number = models.PositiveIntegerField()
    image = models.ForeignKey(PageImage, on_delete=models.PROTECT, related_name="entries")
    release = models.CharField(max_length=15, choices=Release.choices, default=Release.WHOLE)
    masks = models.JSONField(default=list)
    """Rectangles to remove: [[left, top, width, height], …] in pixels of the picture."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["archive_code", "category", "reference_code", "item_number", "number"], name="entry_page_once"
            )
        ]


class ImportRun(models.Model):
    """One import of one file: resumable, with its report."""

    class State(models.TextChoices):
        """Where it stands."""

        RUNNING = "running"
        FINISHED = "finished"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    archive_code = models.CharField(max_length=6)
    category = models.CharField(max_length=60)
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    update = models.BooleanField(default=False)
    rows_done = models.BigIntegerField(default=0)
    """Rows of the file that are settled: the next start goes on after them."""
    position = models.BigIntegerField(default=0)
    """The byte after these rows, in a file of CSV."""
    added = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    skipped = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=120)
    report = models.CharField(max_length=300, default="", blank=True)
    """Where the CSV of rejected rows is, relative to the node's folder."""

    class Meta:
        indexes = [models.Index(fields=["file_sha256", "archive_code", "category"], name="import_run_resume")]
