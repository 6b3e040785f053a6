"""What this node knows of the others: rows made from the signed directory, and by `node init` for its own province.

An archive's code never changes; the division it serves may, and has its own history.
"""

from django.db import models

from dangqiao.apps.fields import now

TEXT = 200
"""As long as the directory allows (`core.federation.listing.Text`)."""


class Platform(models.Model):
    """A member of the federation and its node (省级平台)."""

    code = models.CharField(max_length=6, primary_key=True)
    name = models.CharField(max_length=TEXT)
    name_en = models.CharField(max_length=TEXT, default="", blank=True)
    endpoint = models.URLField(max_length=300, default="", blank=True)
    listing_version = models.PositiveIntegerField(default=0)
    listed_at = models.DateTimeField(null=True)


class Archive(models.Model):
    """A national comprehensive archive (国家综合档案馆). Its code, a division's six digits, is permanent."""

    code = models.CharField(max_length=6, primary_key=True)
    platform = models.ForeignKey(Platform, on_delete=models.PROTECT, related_name="archives")
    name = models.CharField(max_length=TEXT)
    name_en = models.CharField(max_length=TEXT, default="", blank=True)
    address = models.CharField(max_length=TEXT, default="", blank=True)
    telephone = models.CharField(max_length=TEXT, default="", blank=True)
    complaint_body = models.CharField(max_length=TEXT, default="", blank=True)
    """The archives administration (档案主管部门) that hears complaints."""
    categories = models.JSONField(default=list)
    """Ids of the categories it serves."""
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]


class ArchiveDivision(models.Model):
    """Which division an archive served when (GB/T 2260 codes change; archive codes do not)."""

    archive = models.ForeignKey(Archive, on_delete=models.CASCADE, related_name="divisions")
    division_code = models.CharField(max_length=6, db_index=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)


class AcceptancePoint(models.Model):
    """A counter that receives applications (受理点): in an archive or a community service centre."""

    code = models.CharField(max_length=30, primary_key=True)
    platform = models.ForeignKey(Platform, on_delete=models.PROTECT, related_name="acceptance_points")
    archive = models.ForeignKey(Archive, on_delete=models.SET_NULL, null=True, blank=True)
    division_code = models.CharField(max_length=6)
    name = models.CharField(max_length=TEXT)
    name_en = models.CharField(max_length=TEXT, default="", blank=True)
    address = models.CharField(max_length=TEXT, default="", blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]


class ArchiveGroup(models.Model):
    """Archives that work together across platforms (示范区, county partnerships)."""

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=TEXT)
    name_en = models.CharField(max_length=TEXT, default="", blank=True)


class ArchiveGroupMember(models.Model):
    """An archive in a group. By code: the archive may be another platform's and not yet listed here."""

    group = models.ForeignKey(ArchiveGroup, on_delete=models.CASCADE, related_name="members")
    archive_code = models.CharField(max_length=6)
    joined_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "archive_code"], name="group_member_once")]


class DirectoryState(models.Model):
    """How the last look for a newer directory ended, and which one the rows were made from. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    applied = models.CharField(max_length=64, default="", blank=True)
    """`Directory.digest` of the one that the rows were made from."""
    checked_at = models.DateTimeField(null=True)
    good_at = models.DateTimeField(null=True)
    """When a look last ended well."""
    error_code = models.CharField(max_length=60, default="", blank=True)
    error = models.CharField(max_length=500, default="", blank=True)


class KnownKey(models.Model):
    """A member's message key that this node has ever seen listed: old messages stay attributable when it is not any
    more. What is accepted today is the directory's word alone."""

    kid = models.CharField(max_length=100, primary_key=True)
    member = models.CharField(max_length=6)
    suite = models.CharField(max_length=10)
    jwk = models.JSONField()
    seen_at = models.DateTimeField(default=now)
