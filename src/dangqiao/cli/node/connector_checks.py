"""Checks of the platforms behind this node's connectors. None of them is reached for it."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

from dangqiao.apps.connectors import queries
from dangqiao.apps.ports import port
from dangqiao.cli.node.findings import Finding, found_by, warning
from dangqiao.cli.words import local
from dangqiao.core.errors import N_, DangqiaoError

LONGEST_ANSWER = timedelta(days=2)
"""An archive has some working days; its platform's people should not need them all."""


def connectors(now: datetime) -> Iterator[Finding]:
    """Mapping files and secrets, harvests that failed, questions that nobody answers."""
    for line in queries.overview():
        try:
            with closing(port("connectors").open(port("connectors").mapping(line.name))):
                pass
        except DangqiaoError as error:
            yield found_by(error)
            continue
        if line.problem:
            yield warning(
                "connector.harvest_failed",
                N_("The last harvest of {connector} failed: {what}"),
                N_("It is tried again by itself. Try now: dangqiao connector harvest NAME"),
                connector=line.name,
                what=line.problem,
            )
        if line.waiting_since and line.waiting_since < now - LONGEST_ANSWER:
            yield warning(
                "connector.unanswered",
                N_("The people of {connector} have not answered a question since {when}."),
                N_("Ask them; the referral waits for it."),
                connector=line.name,
                when=local(line.waiting_since),
            )
