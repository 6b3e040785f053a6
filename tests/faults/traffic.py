"""People at one node, as a process with the node's settings: `DANGQIAO_NODE=… python -m tests.faults.traffic`.

Reads JSON lines and answers each with one:
    {"submit": [archive, …], "instant": [place, …], "key": …}   the numbers of the applications
    {"withdraw": [number, …]}                                   those that are taken back now
    {"probe": [platform, …]}                                    []: sends each a message without effect
    {"directory": "update" | "renew" | "age", "seconds": …}     []: takes a newer one; renews it; renews it for seconds
    any of them                                                 {"error": …}: not now; the caller tries again
The same line again changes nothing: keys are in it. So a driver whose node was killed in between simply repeats it.
"""

import json
import sys
from datetime import timedelta
from typing import Any
from uuid import uuid4

from dangqiao.cli import django_setup

django_setup()

from django.conf import settings  # noqa: E402
from django.db import Error, close_old_connections, connection, transaction  # noqa: E402

from dangqiao.adapters.directory import repository  # noqa: E402
from dangqiao.apps.directory import services as directory  # noqa: E402
from dangqiao.apps.directory.models import AcceptancePoint  # noqa: E402
from dangqiao.apps.exchange import services as exchange  # noqa: E402
from dangqiao.apps.fields import now  # noqa: E402
from dangqiao.apps.lookups import services  # noqa: E402
from dangqiao.apps.lookups.forms import (  # noqa: E402
    Applicant,
    MaterialShown,
    PersonSought,
    Sought,
    SubmissionForm,
)
from dangqiao.apps.ports import port  # noqa: E402
from dangqiao.core.errors import Conflict, DangqiaoError  # noqa: E402
from dangqiao.core.federation.messages import Probed  # noqa: E402
from dangqiao.core.vocabulary.actor import Actor, Assurance, Grant, Role, ScopeKind, node  # noqa: E402
from dangqiao.core.vocabulary.purpose import Purpose  # noqa: E402
from tests.federation.data import CHECKED, human  # noqa: E402


def main() -> None:
    """Answers line by line until there is none."""
    clerk = Clerk()
    for line in sys.stdin:
        asked = json.loads(line)
        done: object
        try:
            close_old_connections()
            done = clerk.answer(asked)
        except (DangqiaoError, Error, OSError) as error:
            connection.close()
            done = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(done) + "\n")
        sys.stdout.flush()


class Clerk:
    """Whoever works at the node's first acceptance point."""

    def __init__(self) -> None:
        point = AcceptancePoint.objects.filter(platform_id=settings.PLATFORM_CODE).order_by("code").first()
        assert point, "no acceptance point"
        self._point: str = point.code
        self._actor = Actor(
            "user:00000000-0000-4000-8000-00000000000c",
            (Grant(Role.RECEPTIONIST, ScopeKind.ACCEPTANCE_POINT, self._point),),
            Assurance.REAL_NAME,
        )

    def answer(self, asked: dict[str, Any]) -> list[str]:
        """What becomes of one line."""
        if "submit" in asked:
            return self._submit(asked)
        if "probe" in asked:
            return _probe(asked)
        return self._withdraw(asked) if "withdraw" in asked else _directory(asked)

    def _submit(self, asked: dict[str, Any]) -> list[str]:
        found = []
        for place, archive in enumerate(asked["submit"]):
            instant = place in asked["instant"]
            who = CHECKED.wife if instant else human("邹雪峰", "1970-02-14", 500 + place % 400)
            other = CHECKED.husband.name if instant else "贺兰不在"
            form = SubmissionForm(
                category="marriage",
                channel="counter",
                acceptance_point=self._point,
                applicant_kind="party",
                applicant=Applicant(who.name, "identity_card", who.number, ""),
                query=Sought(
                    (
                        PersonSought(who.name, "party_b", birth_date=who.born, identity_number=who.number),
                        PersonSought(other, "party_a"),
                    ),
                    event_date=CHECKED.day if instant else "1993",
                ),
                purpose_of_use="housing",
                materials=(MaterialShown("identity_document"),),
                archive_code=archive,
            )
            found.append(services.submit(self._actor, Purpose.HOUSING, form, f"{asked['key']}:{place}").number)
        return found

    def _withdraw(self, asked: dict[str, Any]) -> list[str]:
        """Takes applications back; those that had been answered stay so."""
        done = []
        for number in asked["withdraw"]:
            try:
                services.request_withdrawal(self._actor, Purpose.HOUSING, number, "不需要了", f"withdraw:{number}")
            except Conflict:
                continue
            done.append(number)
        return done


def _probe(asked: dict[str, Any]) -> list[str]:
    with transaction.atomic():
        for platform in asked["probe"]:
            exchange.send(platform, Probed(probe=str(uuid4()), sent_at=now()))
    return []


def _directory(asked: dict[str, Any]) -> list[str]:
    """The directory's time stamp, which any member may renew."""
    if asked["directory"] == "update":
        directory.update(node(settings.PLATFORM_CODE))
        return []
    usual = repository.USUAL.timestamp
    lifetime = timedelta(seconds=asked["seconds"]) if asked["directory"] == "age" else usual
    key = port("key_store").private_pem("directory")
    repository.refresh_timestamp(settings.TRUST_FOLDER, key, now(), repository.Lifetimes(timestamp=lifetime))
    directory.apply(node(settings.PLATFORM_CODE))
    return []


if __name__ == "__main__":
    main()
