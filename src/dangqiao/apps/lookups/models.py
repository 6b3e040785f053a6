"""Requests and referrals. The state machine is core.lookup's; rows here are its memory, on both sides of the exchange.

Only the holder's node writes a referral; only the asking node writes submission and supplement. Each side keeps the
other's part as a replica made from messages.
"""

from django.db import models

from dangqiao.apps.deliverables.models import Kind, Mode
from dangqiao.apps.fields import EncryptedTextField, new_id, now
from dangqiao.core.lookup.progress import Routing
from dangqiao.core.vocabulary.purpose import Purpose


class LookupRequest(models.Model):
    """One application (查档申请). Its state is derived from its referrals by core.lookup."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    """What the applicant follows it by: platform-date-number."""
    asking_platform = models.CharField(max_length=6)
    idempotency_key = models.CharField(max_length=120, unique=True)
    """From the form: a double click is one request."""
    channel = models.CharField(max_length=20)
    """portal or counter."""
    acceptance_point = models.CharField(max_length=30, default="", blank=True)
    applicant_user = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, blank=True, related_name="lookup_requests"
    )
    applicant = EncryptedTextField()
    """JSON: name, identity kind and number, phone, as proved when applying."""
    applicant_hash = models.CharField(max_length=64, db_index=True)
    """Keyed hash of the identity number."""
    applicant_kind = models.CharField(max_length=30)
    """Party, sent by the party, … : core.vocabulary.entitlement."""
    assurance = models.PositiveSmallIntegerField(default=0)
    category = models.CharField(max_length=60)
    query = EncryptedTextField()
    """JSON: what is looked for: persons, event year, place."""
    purpose_of_use = models.CharField(max_length=20, choices=[(p.value, p.value) for p in Purpose])
    purpose_note = EncryptedTextField(default="", blank=True)
    persons_served = models.PositiveIntegerField(default=1)
    """人次, for the yearbook."""
    kind_wanted = models.CharField(max_length=20, choices=Kind.choices, default=Kind.COPY)
    mode_wanted = models.CharField(max_length=20, choices=Mode.choices, default=Mode.DOWNLOAD)
    left_out = models.JSONField(default=list, blank=True)
    """Paths of the fields that the document is not to show (`Category.may_be_left_out`)."""
    postal_address = EncryptedTextField(default="", blank=True)
    inquiry_consent = models.BooleanField(default=False)
    """Whether other platforms may be asked blindly if the custodian is not known."""
    related_to = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="related")
    """Another request for the same thing: linked, not refused."""
    received_at = models.DateTimeField(default=now)
    """收件: the first of the two acts; 受理 is the referral's accepted_at."""
    received_by = models.CharField(max_length=120)
    routing_state = models.CharField(max_length=12, default=Routing.NOT_BEGUN.value)
    """How far the search for a custodian has come; on a holder's replica it is always done."""
    routing = models.JSONField(default=dict)
    """Why: reasons, where else to ask, archives found by inquiry; never shown before entitlement is established."""

    class Meta:
        indexes = [
            models.Index(fields=["acceptance_point", "-received_at"], name="request_by_point"),
            models.Index(fields=["applicant_user", "-received_at"], name="request_by_applicant"),
        ]


class RequestMaterial(models.Model):
    """A document that the applicant showed or uploaded."""

    request = models.ForeignKey(LookupRequest, on_delete=models.CASCADE, related_name="materials")
    kind = models.CharField(max_length=40)
    round = models.PositiveIntegerField(default=0)
    """0 with the application; 1, 2, … with supplements."""
    file_name = models.CharField(max_length=120, default="", blank=True)
    media_type = models.CharField(max_length=80, default="", blank=True)
    sha256 = models.CharField(max_length=64, default="", blank=True)
    """Empty where the clerk saw the original and took no copy."""
    storage_name = models.CharField(max_length=200, default="", blank=True)
    size = models.PositiveBigIntegerField(default=0)
    seen_by = models.CharField(max_length=120, default="", blank=True)
    at = models.DateTimeField(default=now)


class Inquiry(models.Model):
    """A blind inquiry to one platform: answered `possible` or `none` by machine. Not shown to any person asking."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey(LookupRequest, on_delete=models.CASCADE, related_name="inquiries")
    platform = models.CharField(max_length=6)
    asked_at = models.DateTimeField(default=now)
    answered_at = models.DateTimeField(null=True)
    archives = models.JSONField(default=list)
    """Codes of the archives that answered `possible`."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "platform"], name="inquiry_once")]


class Referral(models.Model):
    """One archive's part of a request (承办件): its own clock and outcome.

    `state_data` is core.lookup's ReferralState as JSON, whole; the columns beside it are copies for lists and
    constraints, written in the same statement.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey(LookupRequest, on_delete=models.PROTECT, related_name="referrals")
    archive_code = models.CharField(max_length=6)
    holder_platform = models.CharField(max_length=6)
    state_data = models.JSONField()
    state = models.CharField(max_length=20)
    outcome = models.CharField(max_length=30, default="", blank=True)
    policy_level = models.CharField(max_length=12, default="", blank=True)
    sequence = models.PositiveIntegerField(default=0)
    """Of the last event; the next event must carry one more."""
    chain = models.CharField(max_length=64, default="", blank=True)
    """Digest over all events so far: equal on both sides."""
    sent_at = models.DateTimeField(default=now)
    accepted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    overdue = models.BooleanField(default=False)
    """The present deadline has passed and that was recorded."""
    since = models.DateTimeField(default=now)
    """Since when it is with whom it is now with."""
    category_digest = models.CharField(max_length=64, default="", blank=True)
    policy_digest = models.CharField(max_length=64, default="", blank=True)
    transferred_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True)
    files_used = models.PositiveIntegerField(default=0)
    """卷次/件次, for the yearbook."""
    pages_copied = models.PositiveIntegerField(default=0)
    certificates_issued = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "archive_code"], name="one_referral_per_archive")]
        indexes = [
            models.Index(fields=["archive_code", "state", "due_at"], name="referral_worklist"),
            models.Index(fields=["holder_platform", "state"], name="referral_by_platform"),
        ]


class ReferralEvent(models.Model):
    """An event of the state machine, in order. The holder writes it; the asking node has the same row by message."""

    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="events")
    sequence = models.PositiveIntegerField()
    act = models.CharField(max_length=30)
    actor = models.CharField(max_length=120)
    side = models.CharField(max_length=10)
    role = models.CharField(max_length=30)
    at = models.DateTimeField()
    facts = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    """Chain digest after this event."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["referral", "sequence"], name="event_sequence_once")]
        ordering = ["sequence"]


class Search(models.Model):
    """One search of the catalogue for a referral, with its verdict: who searched, how, and what was found."""

    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="searches")
    by = models.CharField(max_length=120)
    at = models.DateTimeField(default=now)
    query = EncryptedTextField()
    outcome = models.CharField(max_length=10)
    """match, review or none."""
    candidates = models.JSONField(default=list)
    """[{citation, revision, probability, event}, …], best first; `citation` as holdings writes it."""
    ground = models.CharField(max_length=40, default="", blank=True)
    """Why the outcome is what it is, a code of core.matching."""
    fact = models.CharField(max_length=20, default="", blank=True)
    """The fact that would tell most which candidate is meant, a code of core.matching; empty: none would."""
    reasons = EncryptedTextField(default="", blank=True)
    """JSON: for each candidate [[field, level, bits, {fact: value}], …]; the values are personal."""
    complete = models.BooleanField(default=False)
    """Whether everything that might fit was compared: only then may "not found" be decided."""
    must_look = models.JSONField(default=list)
    """Codes of core.lookup.policy.MustLook: why the answer may not go out without a person; empty: it may."""
    range_searched = models.CharField(max_length=300, default="", blank=True)


class DoneCall(models.Model):
    """A mutating call that was carried out: the same call with the same key again changes nothing."""

    key = models.CharField(max_length=64, primary_key=True)
    """SHA-256 (hex) over the actor, the act, its subject and the caller's key."""
    at = models.DateTimeField(default=now)


class Decision(models.Model):
    """What the handler decided. One per round of a referral, whoever clicks first."""

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="decisions")
    round = models.PositiveIntegerField(default=1)
    outcome = models.CharField(max_length=30)
    entries = models.JSONField(default=list)
    """Identities and revisions of the entries: [[category, reference code, item number, revision], …]."""
    kind = models.CharField(max_length=20, choices=Kind.choices, default="", blank=True)
    reason_code = models.CharField(max_length=60, default="", blank=True)
    """Legal basis or reason, from core.lookup's coded list."""
    note = EncryptedTextField(default="", blank=True)
    decided_by = models.CharField(max_length=120)
    decided_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["referral", "round"], name="one_decision_per_round")]


class PolicyVersion(models.Model):
    """The policy of an archive for a category, with history. None: the category's default holds."""

    archive_code = models.CharField(max_length=6)
    category = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    body = models.JSONField()
    digest = models.CharField(max_length=64)
    valid_from = models.DateTimeField(default=now)
    set_by = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["archive_code", "category", "version"], name="policy_version_once")
        ]
