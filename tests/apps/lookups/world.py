"""People, forms and acts of the lookups tests."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

from django.db import transaction

from dangqiao.apps.deliverables import seals
from dangqiao.apps.deliverables import services as deliverables
from dangqiao.apps.deliverables.models import Deliverable, Format
from dangqiao.apps.exchange.models import SentMessage
from dangqiao.apps.fields import keyed_hash
from dangqiao.apps.holdings.models import CatalogueEntry, EntryPage, PageImage
from dangqiao.apps.identity.models import User
from dangqiao.apps.identity.queries import actor_of
from dangqiao.apps.lookups import records, services
from dangqiao.apps.lookups.forms import (
    Applicant,
    DecisionForm,
    EntryCited,
    MaterialShown,
    PersonSought,
    Sought,
    SubmissionForm,
)
from dangqiao.apps.lookups.models import LookupRequest, Referral
from dangqiao.apps.lookups.referrals import state_of
from dangqiao.apps.work import services as work
from dangqiao.core.federation import messages
from dangqiao.core.federation.envelope import Envelope, message_id
from dangqiao.core.federation.ports import Signed
from dangqiao.core.federation.receiving import Message
from dangqiao.core.lookup.states import Outcome
from dangqiao.core.vocabulary.actor import Actor, Assurance, Grant, Role, ScopeKind
from dangqiao.core.vocabulary.identity import upgrade
from dangqiao.core.vocabulary.purpose import Purpose

ARCHIVE, ANHUI = "310115", "340000"
HEADER = (
    "档号,全宗号,年度,业务类型,证件字号,登记日期,登记机关,男方姓名,男方出生日期,男方身份证件号,"
    "女方姓名,女方出生日期,女方身份证件号,页数,备注"
)
WIFE_NUMBER = upgrade("310115630405002")


def _couple(code: str, husband: str, wife: str, wife_born: str, day: str) -> dict[str, str]:
    return {
        "档号": code,
        "全宗号": "3001",
        "年度": day[:4],
        "业务类型": "结婚",
        "证件字号": f"沪浦结字第{code[-3:]}号",
        "登记日期": day,
        "登记机关": "上海市浦东新区民政局",
        "男方姓名": husband,
        "男方出生日期": "1962-01-02",
        "男方身份证件号": "",
        "女方姓名": wife,
        "女方出生日期": wife_born,
        "女方身份证件号": "",
        "页数": "1",
        "备注": "",
    }


COUPLES = [
    _couple("3001-1987-001", "张建国", "李秀英", "1963-04-05", "1987-03-05"),
    _couple("3001-1988-002", "赵铁柱", "钱桂芳", "1964-06-07", "1988-05-01"),
    _couple("3001-1989-003", "孙大海", "周小燕", "1965-08-09", "1989-10-01"),
]
WIFE = PersonSought("李秀英", "party_b", sex="female", birth_date="1963-04-05", identity_number=WIFE_NUMBER)
SOUGHT = Sought((WIFE, PersonSought("张建国", "party_a")), event_date="1987-03-05", place="上海市浦东新区民政局")
VAGUE = Sought((PersonSought("李秀英", "party_b"),), event_date="1987", place="上海市浦东新区民政局")
"""A weak query: a person must look."""
NOWHERE = Sought((PersonSought("欧阳不存", "party_a", birth_date="1950-01-01"),), event_date="1970", place="浦东新区")
FORM = SubmissionForm(
    category="marriage",
    applicant_kind="party",
    applicant=Applicant("李秀英", "identity_card", WIFE_NUMBER, "13900000000"),
    query=SOUGHT,
    purpose_of_use="housing",
)


def staff(name: str, *roles: Role, archive: str = ARCHIVE) -> Actor:
    return Actor(f"user:{name}", tuple(Grant(role, ScopeKind.ARCHIVE, archive) for role in roles), Assurance.REAL_NAME)


class World:
    """The node of Shanghai and everybody in the tests."""

    handler = staff("00000000-0000-4000-8000-000000000001", Role.HANDLER)
    colleague = staff("00000000-0000-4000-8000-000000000002", Role.HANDLER)
    reviewer = staff("00000000-0000-4000-8000-000000000003", Role.REVIEWER)
    signatory = staff("00000000-0000-4000-8000-000000000004", Role.SIGNATORY)
    stranger = staff("00000000-0000-4000-8000-000000000005", Role.HANDLER, archive="310101")
    clerk = Actor(
        "user:00000000-0000-4000-8000-000000000006",
        (Grant(Role.RECEPTIONIST, ScopeKind.ACCEPTANCE_POINT, "310115-01"),),
        Assurance.REAL_NAME,
    )
    keys = count()

    def __init__(self) -> None:
        self.citizen = self.account("李秀英", WIFE_NUMBER)

    def account(self, name: str, number: str, assurance: Assurance = Assurance.REAL_NAME) -> Actor:
        user = User.objects.create(
            username=str(uuid4()),
            display_name=name,
            phone="13900000000",
            identity_kind="identity_card",
            identity_number=number,
            identity_hash=keyed_hash(number, "identity"),
            assurance=assurance,
        )
        return actor_of(user)

    def key(self) -> str:
        return f"key-{next(self.keys)}"

    def ready_for_instant(self, code: str = "3001-1987-001") -> None:
        """The entry was checked against the original and its page is there."""
        CatalogueEntry.objects.filter(reference_code=code).update(checked_by="user:checker", digitisation="full")
        image = PageImage.objects.create(archive_code=ARCHIVE, sha256="ab" * 32, media_type="image/png", size=10)
        EntryPage.objects.create(
            archive_code=ARCHIVE, category="marriage", reference_code=code, item_number=1, number=1, image=image
        )

    def submit(self, actor: Actor | None = None, **changes: object) -> LookupRequest:
        form = replace(FORM, **changes)
        return services.submit(actor or self.citizen, Purpose(form.purpose_of_use), form, self.key())

    def at_counter(self, **changes: object) -> LookupRequest:
        shown = (MaterialShown("identity_document"),)
        return self.submit(
            self.clerk, **{"channel": "counter", "acceptance_point": "310115-01", "materials": shown, **changes}
        )

    def delivered(self, **changes: object) -> Referral:
        """A request of this node's own, delivered to its own archive and searched."""
        request = self.submit(**changes)
        work.drain()
        return Referral.objects.get(request=request)

    def accepted(self, **changes: object) -> Referral:
        row = self.delivered(**changes)
        return services.accept(self.handler, Purpose.HANDLING, row.id, self.key())

    def decide(self, row: Referral, outcome: str = "provided", actor: Actor | None = None, **more: object) -> Referral:
        form = DecisionForm(Outcome(outcome), **more)
        return services.decide(actor or self.handler, Purpose.HANDLING, row.id, form, self.key())

    def seal(self, row: Referral) -> Referral:
        """What the sealing job does at the end."""
        document = Deliverable.objects.filter(referral_id=row.id).latest("round")
        seal = seals.in_force(document.archive_code).fingerprint
        deliverables.register(document.id, [deliverables.Stored(Format.PDF, "cd" * 32, 100, "stored", seal)])
        return fresh(row)


ENTRY = (EntryCited("marriage", "3001-1987-001"),)


def fresh(row: Referral) -> Referral:
    return Referral.objects.select_related("request").get(id=row.id)


def stage(row: Referral) -> str:
    return state_of(fresh(row)).stage.value


class Anhui:
    """The node of Anhui, as far as messages show it."""

    numbers = count(1)

    def __init__(self) -> None:
        self.referral, self.request = str(uuid4()), str(uuid4())

    def submitted(self, sought: Sought = SOUGHT, **changes: object) -> messages.ReferralSubmitted:
        values = {
            "referral": self.referral,
            "request": self.request,
            "archive": ARCHIVE,
            "category": "marriage",
            "purpose": "housing",
            "received_at": datetime.now(UTC),
            "applicant": messages.Applicant(
                name="李秀英",
                capacity="party",
                document_kind="identity_card",
                document_number=WIFE_NUMBER,
                assurance=3,
            ),
            "query": records.to_wire(sought),
            "wanted": ["copy"],
            "delivery": messages.Delivery(mode="download"),
            "seen": ["identity_document"],
        }
        return messages.ReferralSubmitted(**{**values, **changes})

    def envelope(self, payload: messages.Payload, sender: str = ANHUI, reply_to: str = "") -> Envelope:
        number = next(self.numbers)
        moment = datetime.now(UTC)
        return Envelope(
            id=message_id(1_795_334_400_000 + number, number.to_bytes(10, "big")),
            type=messages.type_of(payload).name,
            sender=sender,
            receiver="310000",
            subject=messages.subject_of(payload),
            issued_at=moment,
            expires_at=moment + timedelta(days=1),
            data=payload.to_data(),
            reply_to=reply_to or (message_id(1, bytes(10)) if messages.type_of(payload).answers else ""),
            correlation="340000-20260302-000001",
        )

    def says(self, handler: object, payload: messages.Payload, sender: str = ANHUI) -> None:
        """Lets a message of Anhui take effect, as the exchange does."""
        envelope = self.envelope(payload, sender)
        with transaction.atomic():
            handler(Message(envelope, payload, Signed(envelope.to_bytes(), "", sender, "")))  # type: ignore[operator]

    def heard(self) -> list[tuple[str, dict[str, object]]]:
        """What was sent to Anhui: (type, data)."""
        rows = SentMessage.objects.filter(receiver=ANHUI).order_by("created_at", "sequence")
        return [(row.type, _data(row.content)) for row in rows]


def _data(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    event = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return dict(event["data"])
