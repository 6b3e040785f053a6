"""One example of every message type: what docs/protocol shows and what the tests change in one place at a time.

All persons and numbers are invented; the identity number fails its check digit on purpose.
"""

from datetime import UTC, datetime, timedelta

from dangqiao.core.federation import messages
from dangqiao.core.federation.envelope import Envelope, message_id

SENT_AT = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)
ANHUI, SHANGHAI = "340000", "310000"
REFERRAL = "5b1f0c52-3f0e-4f43-9a06-0c6f3f3c2b11"
INQUIRY = "9d2c7f60-8b1a-4c0e-8d57-6a3f0f4f8e22"
REQUEST = "AH-2026-000123"

PAGE = messages.ObjectReference(
    sha256="1f" * 32, size=48213, media_type="image/jpeg", name="身份证.jpg", kind="identity_document"
)
DOCUMENT = messages.ObjectReference(
    sha256="2e" * 32, size=143_200, media_type="application/pdf", name="SH-2026-0000042.pdf", kind="copy"
)
OFD = DOCUMENT.model_copy(
    update={"sha256": "3f" * 32, "media_type": "application/ofd", "name": "SH-2026-0000042.ofd", "size": 98_100}
)
QUERY = {
    "person_1_name": "王小明",
    "person_1_role": "party_a",
    "person_1_former_names": ["王晓明"],
    "person_1_birth_date": "1962-03",
    "person_2_name": "李四妹",
    "person_2_role": "party_b",
    "event_date": "1987",
    "place": "310115",
    "act": "结婚",
}

PAYLOADS = (
    messages.InquiryAsked(
        inquiry=INQUIRY,
        category="marriage",
        purpose="housing",
        consented_at=SENT_AT - timedelta(minutes=3),
        query=QUERY,
    ),
    messages.InquiryAnswered(inquiry=INQUIRY, answer="possible", answered_at=SENT_AT, archives=["310115", "310000"]),
    messages.ReferralSubmitted(
        referral=REFERRAL,
        request=REQUEST,
        archive="310115",
        category="marriage",
        purpose="housing",
        received_at=SENT_AT - timedelta(minutes=1),
        applicant=messages.Applicant(
            name="王小明",
            capacity="party",
            document_kind="resident_identity_card",
            document_number="310115196203150011",
            phone="13900000000",
            assurance=3,
        ),
        query=QUERY,
        acceptance_point="340802-01",
        category_digest="3d" * 32,
        wanted=["certificate"],
        left_out=["party_b.identity_number"],
        delivery=messages.Delivery(mode="counter", archive="340802"),
        relying_party="安庆市不动产登记中心",
        materials=[PAGE],
        inquiry=INQUIRY,
    ),
    messages.ReferralSupplemented(
        referral=REFERRAL,
        supplemented_at=SENT_AT,
        materials=[PAGE],
        query={"person_1_name": "王小明", "event_date": "1986", "act": "结婚"},
        note="见附件",
    ),
    messages.WithdrawalRequested(referral=REFERRAL, requested_at=SENT_AT, reason="已在家中找到原件"),
    messages.WithdrawalAnswered(referral=REFERRAL, answer="too_late", answered_at=SENT_AT),
    messages.ReferralEvent(
        referral=REFERRAL,
        sequence=2,
        act="accept",
        actor="user:0f0d8f0e-1c0b-4d3e-9a52-3c2c9b1a7d33",
        side="holder",
        role="handler",
        at=SENT_AT,
        digest="4c" * 32,
        facts={"policy_digest": "5b" * 32, "category_digest": "3d" * 32, "deadline": "2026-12-04T16:00:00.000000Z"},
    ),
    messages.DeliverableIssued(
        referral=REFERRAL,
        serial="310115-2026-0000042",
        kind="copy",
        archive="310115",
        issued_at=SENT_AT,
        files=[DOCUMENT, OFD],
        verification_code="K7QM-2XWD-93HT",
        pages=3,
    ),
    messages.DeliverableReceived(
        referral=REFERRAL,
        serial="310115-2026-0000042",
        sha256=DOCUMENT.sha256,
        received_at=SENT_AT,
        verdict="valid",
        files=[messages.FileReceived(sha256=file.sha256, verdict="valid") for file in (DOCUMENT, OFD)],
    ),
    messages.DeliverableRevoked(
        referral=REFERRAL,
        serial="310115-2026-0000042",
        archive="310115",
        revoked_at=SENT_AT,
        reason="record_corrected",
    ),
    messages.MessageRefused(
        subject=REFERRAL,
        message="019abcde-0000-7000-8000-0000000000c8",
        type="referral.submitted.v1",
        code="lookups.archive_not_ours",
        refused_at=SENT_AT,
    ),
    messages.Probed(probe="8c1d6e0a-5a43-4f6c-9b0e-2f7a1d3c4b55", sent_at=SENT_AT),
    messages.CheckpointCosigned(
        cosignature="2b7f0a9c-6d1e-4a37-8f52-1c9e0d4b3a66",
        size=7,
        root="6a" * 32,
        line="— dangqiao.org/ledger/340000 dGVzdHRlc3R0ZXN0dGVzdA==\n",
    ),
    messages.StatisticsReported(
        report="340000/2026-11-21/0", day="2026-11-21", figures={"requests": 128, "persons": 131, "answered": 120}
    ),
)


def example_id(number):
    return message_id(1_795_334_400_000 + number, bytes([number]) * 10)


def envelope_of(payload, number=1, **changes):
    """The payload in an envelope from its side to the other."""
    row = messages.type_of(payload)
    asking = row.by is messages.Side.ASKING
    values = {
        "id": example_id(number),
        "type": row.name,
        "sender": ANHUI if asking else SHANGHAI,
        "receiver": SHANGHAI if asking else ANHUI,
        "subject": messages.subject_of(payload),
        "issued_at": SENT_AT,
        "expires_at": SENT_AT + timedelta(days=30),
        "data": payload.to_data(),
        "reply_to": example_id(200) if row.answers else "",
        "correlation": REQUEST if row.about == "referral" else "",
    }
    return Envelope(**(values | changes))


ENVELOPES = tuple(envelope_of(payload, number) for number, payload in enumerate(PAYLOADS, 1))
SUBMITTED = ENVELOPES[2]
