"""Documents that leave the archive: reserved with frozen content, sealed by a job, registered; then handed over."""

from django.db import models
from django.db.models import Q

from dangqiao.apps.fields import EncryptedTextField, new_id, now


class Kind(models.TextChoices):
    """What an applicant gets (`deliverable`)."""

    COPY = "copy"
    EXTRACT = "extract"
    CERTIFICATE = "certificate"
    NOT_FOUND_NOTICE = "not_found_notice"


class Mode(models.TextChoices):
    """How it is handed over. Paper with the physical seal is always possible; there is no fee."""

    DOWNLOAD = "download"
    COUNTER = "counter"
    POST = "post"
    NEAREST_ARCHIVE = "nearest_archive"


class Seal(models.Model):
    """An archive's electronic seal (电子印章)."""

    class State(models.TextChoices):
        """Its life: made → active ⇄ suspended → replaced or expired."""

        MADE = "made"
        ACTIVE = "active"
        SUSPENDED = "suspended"
        EXPIRED = "expired"
        REPLACED = "replaced"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    archive_code = models.CharField(max_length=6, db_index=True)
    name = models.CharField(max_length=80)
    certificate = models.TextField()
    """The signing certificate, PEM."""
    fingerprint = models.CharField(max_length=64)
    """SHA-256 (hex) of the certificate's DER."""
    gm_certificate = models.TextField(default="", blank=True)
    """The SM2 certificate of the same seal, under OFD, PEM; empty where the node makes no OFD."""
    gm_fingerprint = models.CharField(max_length=64, default="", blank=True)
    key_reference = models.CharField(max_length=100, unique=True)
    """How the key stores find the private keys; the keys themselves are never in the database."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.MADE)
    listed = models.BooleanField(default=False)
    """Whether the platform's listing names it. What a test node does by itself is not worth a new listing."""
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField()
    test = models.BooleanField(default=True)
    """Whether the seal is a test seal: then the picture says 测试."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["archive_code"], condition=Q(state="active"), name="one_active_seal"),
            models.UniqueConstraint(fields=["fingerprint", "gm_fingerprint"], name="seal_once"),
        ]


class SealPeriod(models.Model):
    """A time in which a seal was in use; `until` is null while it goes on."""

    seal = models.ForeignKey(Seal, on_delete=models.PROTECT, related_name="periods")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["since", "id"]
        constraints = [
            models.UniqueConstraint(fields=["seal"], condition=Q(until=None), name="one_open_period"),
        ]


class Deliverable(models.Model):
    """One issued document: ours (issuer) or, on the asking side, the replica of another node's."""

    class State(models.TextChoices):
        """reserved → sealed → registered at the issuer; announced → registered at the asker."""

        RESERVED = "reserved"
        ANNOUNCED = "announced"
        REGISTERED = "registered"
        REVOKED = "revoked"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    referral_id = models.UUIDField(db_index=True)
    round = models.PositiveIntegerField(default=1)
    """Which decision of the referral it carries out; a correction is a new round."""
    archive_code = models.CharField(max_length=6)
    issuer_platform = models.CharField(max_length=6)
    category = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    serial = models.CharField(max_length=60)
    """Human number: 〔year〕archive-kind-number; unique per archive."""
    verification_code_hash = models.CharField(max_length=64, unique=True)
    """Keyed hash of the code that is printed on it."""
    verification_code = EncryptedTextField()
    frozen_content = EncryptedTextField(default="", blank=True)
    """Canonical JSON of core.sealing.FrozenContent: what is typeset, again and again the same."""
    content_digest = models.CharField(max_length=64)
    copy_number = models.PositiveIntegerField(default=1)
    """第N份: a further copy is a further row with the same serial and a code of its own."""
    paper = models.BooleanField(default=False)
    """Printed for the archive's physical seal; the electronic ones have the electronic seal."""
    status_index = models.BigIntegerField(null=True)
    """Its place in the issuer's list of revoked documents, at random; null for another node's document."""
    state = models.CharField(max_length=12, choices=State.choices, default=State.RESERVED)
    reserved_at = models.DateTimeField(default=now)
    registered_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revocation_reason = models.CharField(max_length=30, default="", blank=True)
    """A code of core.sealing.revocation."""
    revocation_note = EncryptedTextField(default="", blank=True)
    """In words, for the applicant."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["archive_code", "serial", "copy_number"], name="serial_once"),
            models.UniqueConstraint(
                fields=["referral_id", "round", "kind", "copy_number"], name="one_deliverable_per_decision"
            ),
            models.UniqueConstraint(fields=["issuer_platform", "status_index"], name="one_place_in_the_list"),
        ]
        indexes = [
            models.Index(fields=["issuer_platform", "status_index"], condition=Q(state="revoked"), name="revoked_here")
        ]


class Format(models.TextChoices):
    """The file formats, the first one first in lists."""

    PDF = "pdf"
    OFD = "ofd"


class DeliverableFile(models.Model):
    """One file of a deliverable: the same page in one format, sealed. On the asking side it has no `storage_name`
    until it was fetched.
    """

    deliverable = models.ForeignKey(Deliverable, on_delete=models.PROTECT, related_name="files")
    format = models.CharField(max_length=8, choices=Format.choices)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveBigIntegerField()
    storage_name = models.CharField(max_length=200, default="", blank=True)
    seal_fingerprint = models.CharField(max_length=64, default="", blank=True)
    """SHA-256 (hex) of the certificate that sealed it; empty on the asking side."""
    stamp_until = models.DateTimeField(null=True)
    """Of a PDF that was lengthened: until when its newest time stamp's certificate holds; null as it was issued."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deliverable", "format"], name="one_file_per_format")]


class EarlierForm(models.Model):
    """A file as it was before it was lengthened. Others hold it, and it stays as good as it was."""

    file = models.ForeignKey(DeliverableFile, on_delete=models.PROTECT, related_name="earlier_forms")
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveBigIntegerField()
    storage_name = models.CharField(max_length=200)
    replaced_at = models.DateTimeField(default=now)


class Delivery(models.Model):
    """How and when a deliverable was handed over."""

    deliverable = models.ForeignKey(Deliverable, on_delete=models.PROTECT, related_name="deliveries")
    mode = models.CharField(max_length=20, choices=Mode.choices)
    at = models.DateTimeField(default=now)
    by = models.CharField(max_length=120)
    recipient = EncryptedTextField(default="", blank=True)
    address = EncryptedTextField(default="", blank=True)
    tracking_number = models.CharField(max_length=60, default="", blank=True)
    place = models.CharField(max_length=30, default="", blank=True)
    """Acceptance point or archive where it was collected."""
    signed_for = models.BooleanField(default=False)


class VerificationRecord(models.Model):
    """That somebody verified something; without personal data."""

    at = models.DateTimeField(default=now)
    way = models.CharField(max_length=20)
    """upload, code, scan (of the square pattern), api, member (another node asked)."""
    verdict = models.CharField(max_length=15)
    reasons = models.JSONField(default=list)
    issuer_archive = models.CharField(max_length=6, default="", blank=True)
