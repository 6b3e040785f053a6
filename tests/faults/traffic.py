"""People at one node, as a process with the node's settings: `DANGQIAO_NODE=… python -m tests.faults.traffic`.

Reads one JSON line, {"submit": [archive, …], "key": …} or {"withdraw": [number, …]}, and prints one with what became of
it. The same line again changes nothing: keys are in it. So a driver whose node was killed in between simply repeats it.
"""

import json
import sys
from typing import Any

from dangqiao.cli import django_setup

django_setup()

from dangqiao.apps.directory.models import AcceptancePoint  # noqa: E402
from dangqiao.apps.lookups import services  # noqa: E402
from dangqiao.apps.lookups.forms import (  # noqa: E402
    Applicant,
    MaterialShown,
    PersonSought,
    Sought,
    SubmissionForm,
)
from dangqiao.core.errors import Conflict  # noqa: E402
from dangqiao.core.vocabulary.actor import Actor, Assurance, Grant, Role, ScopeKind  # noqa: E402
from dangqiao.core.vocabulary.purpose import Purpose  # noqa: E402
from tests.federation.data import CHECKED, human  # noqa: E402


def main() -> None:
    """Answers line by line until there is none."""
    point = AcceptancePoint.objects.filter(platform_id=_platform()).order_by("code").first()
    assert point, "no acceptance point"
    clerk = Actor(
        "user:00000000-0000-4000-8000-00000000000c",
        (Grant(Role.RECEPTIONIST, ScopeKind.ACCEPTANCE_POINT, point.code),),
        Assurance.REAL_NAME,
    )
    for line in sys.stdin:
        asked = json.loads(line)
        done = submit(clerk, point.code, asked) if "submit" in asked else withdraw(clerk, asked)
        sys.stdout.write(json.dumps(done) + "\n")
        sys.stdout.flush()


def submit(clerk: Actor, point: str, asked: dict[str, Any]) -> list[str]:
    """One application for each archive named; their numbers."""
    found = []
    for place, archive in enumerate(asked["submit"]):
        who = CHECKED.wife if asked.get("instant") else human("邹雪峰", "1970-02-14", 500 + place % 400)
        other = CHECKED.husband.name if asked.get("instant") else "贺兰不在"
        form = SubmissionForm(
            category="marriage",
            channel="counter",
            acceptance_point=point,
            applicant_kind="party",
            applicant=Applicant(who.name, "identity_card", who.number, ""),
            query=Sought(
                (
                    PersonSought(who.name, "party_b", birth_date=who.born, identity_number=who.number),
                    PersonSought(other, "party_a"),
                ),
                event_date=CHECKED.day if asked.get("instant") else "1993",
            ),
            purpose_of_use="housing",
            materials=(MaterialShown("identity_document"),),
            archive_code=archive,
        )
        request = services.submit(clerk, Purpose.HOUSING, form, f"{asked['key']}:{place}")
        found.append(request.number)
    return found


def withdraw(clerk: Actor, asked: dict[str, Any]) -> list[str]:
    """Takes applications back; those that had been answered stay so."""
    done = []
    for number in asked["withdraw"]:
        try:
            services.request_withdrawal(clerk, Purpose.HOUSING, number, "不需要了", f"withdraw:{number}")
        except Conflict:
            continue
        done.append(number)
    return done


def _platform() -> str:
    from django.conf import settings

    platform: str = settings.PLATFORM_CODE
    return platform


if __name__ == "__main__":
    main()
