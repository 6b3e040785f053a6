"""Who did and read what, with which purpose. Written by services and by queries that return personal data."""

from django.db import models

from dangqiao.apps.fields import now


class AuditRecord(models.Model):
    """One act or one read. Only appended."""

    at = models.DateTimeField(default=now, db_index=True)
    event = models.CharField(max_length=60)
    """A code of the catalogue in `apps.audit.events`."""
    actor = models.CharField(max_length=120, db_index=True)
    grants = models.JSONField(default=list)
    """The actor's roles and scopes as they were."""
    assurance = models.PositiveSmallIntegerField(default=0)
    purpose = models.CharField(max_length=40, default="", blank=True)
    subject = models.CharField(max_length=200, default="", blank=True, db_index=True)
    """`referral:<id>`, `entry:<archive>/<category>/<code>/<item>`, …"""
    archive_code = models.CharField(max_length=6, default="", blank=True)
    count = models.PositiveIntegerField(default=1)
    """How many of the subject's kind, for batches."""
    facts = models.JSONField(default=dict)
    """Codes and figures; never personal data."""
    session = models.CharField(max_length=80, default="", blank=True)
