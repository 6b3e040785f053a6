"""Checks of what the node does with others: directory, peers, clocks, messages, jobs, evidence."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from dangqiao.apps.directory import queries as directory
from dangqiao.apps.directory import services
from dangqiao.apps.exchange import pausing
from dangqiao.apps.exchange import queries as exchange
from dangqiao.apps.ledger import queries as ledger
from dangqiao.apps.work import queries as work
from dangqiao.cli.node.asking import ask_all
from dangqiao.cli.node.findings import Finding, Level, found_by, problem, warning
from dangqiao.cli.words import local
from dangqiao.core.errors import N_, DangqiaoError
from dangqiao.core.federation.envelope import CLOCK_SKEW

SLIGHT_SKEW = timedelta(seconds=30)
UNWITNESSED = timedelta(days=3)
"""The others look every day."""
LONGEST_WAIT = timedelta(minutes=5)
"""Evidence enters the log within seconds; longer means that no worker runs."""


def directory_holds(now: datetime) -> Iterator[Finding]:
    """In force, not near its end, renewed, and it says of this node what is true."""
    if not directory.has_joined():
        return
    known = directory.current()
    if known is None:
        try:
            directory.required()
        except DangqiaoError as error:
            yield found_by(error)
        return
    for notice in known.notices_at(now):
        near = notice.code == "directory.ends_soon" and int(notice.facts["within"]) <= 7
        yield Finding(Level.PROBLEM if near else Level.WARNING, notice.code, notice.sentence, facts=notice.facts)
    look = directory.last_look()
    if look.error_code:
        make = warning if look.error_code.startswith("directory.unreachable") else problem
        yield make(
            "directory.last_look_failed",
            N_("The last look for a newer directory at {when} failed: {what}"),
            N_("The last good one stays in use. Try: dangqiao directory update"),
            when=local(look.checked_at or now),
            what=look.error,
        )
    yield from _about_us(now)


def _about_us(now: datetime) -> Iterator[Finding]:
    known, platform = directory.required(), settings.PLATFORM_CODE
    member = known.member(platform)
    if member is None:
        yield problem("directory.not_a_member", N_("{platform} is not a member."), platform=platform)
        return
    if member.endpoint != settings.PUBLIC_URL:
        yield problem(
            "directory.address_differs",
            N_("The directory sends others to {listed}; this node's address is {own}."),
            N_("Correct public_url, or have the members sign the new address: dangqiao directory member"),
            listed=member.endpoint,
            own=settings.PUBLIC_URL,
        )
    if member.suites[0] != settings.SUITE:
        yield problem(
            "directory.suite_differs",
            N_("The federation uses the algorithm suite {listed}; this node's configuration says {own}."),
            N_("Set `suite` in dangqiao.toml to the federation's, and make keys of that suite."),
            listed=member.suites[0],
            own=settings.SUITE,
        )
    if known.listing(platform) != services.own_listing(now):
        yield warning(
            "directory.listing_differs",
            N_("What this platform has published about its archives is not what its database says."),
            N_("Publish it: dangqiao directory publish"),
        )


def peers(now: datetime) -> Iterator[Finding]:
    """The other members answer, and all clocks agree."""
    known = directory.current()
    others = [one for one in (known.members if known else ()) if one.platform != settings.PLATFORM_CODE]
    answers = ask_all({one.platform: one.endpoint for one in others})
    for member in others:
        answer = answers[member.platform]
        if answer.problem or answer.platform != member.platform:
            yield warning(
                "peers.unreachable",
                N_("{name} does not answer at {address}: {what}."),
                N_("Messages wait and are delivered when it is back. Ask its operator, and check your own network."),
                name=member.name,
                address=member.endpoint,
                what=answer.problem or answer.platform,
            )
    ahead = {code: one.clock_ahead for code, one in answers.items() if one.clock_ahead is not None}
    differing = {code: seconds for code, seconds in ahead.items() if abs(seconds) > SLIGHT_SKEW.total_seconds()}
    if not differing:
        return
    ours = len(differing) * 2 > len(ahead)
    farthest = max(differing.values(), key=abs)
    far = abs(farthest) > CLOCK_SKEW.total_seconds()
    yield (problem if ours and far else warning)(
        "clock.differs",
        N_("The clock of this machine is wrong by about {seconds} seconds.")
        if ours
        else N_("The clock of {names} differs from ours by {seconds} seconds."),
        N_("Set the clock by NTP: messages from more than five minutes ahead are refused."),
        names=", ".join(differing),
        seconds=round(farthest),
    )


def jobs(now: datetime) -> Iterator[Finding]:
    """No job is dead or has been failing for a while."""
    for job in work.stuck(limit=20):
        if job.kind == "exchange.deliver" and not job.dead:
            continue  # `messages` names what is late, by peer
        make = problem if job.dead else warning
        yield make(
            "jobs.dead" if job.dead else "jobs.failing",
            N_("The job {id} ({kind}) has failed {attempts} times since {since}: {error}"),
            N_("Remove the cause, then: dangqiao node jobs --replay {id}"),
            id=job.id,
            kind=job.kind,
            attempts=job.attempts,
            since=local(job.since),
            error=job.last_error,
        )


def messages(now: datetime) -> Iterator[Finding]:
    """Nothing lies among the dead letters, nothing is late."""
    for letter in exchange.dead_letters(limit=10):
        replay = N_("Remove the cause, then: dangqiao exchange replay {id}")
        again = N_("Remove the cause, then: dangqiao exchange reprocess {id}")
        yield problem(
            "exchange.dead_letter",
            N_("The message {id} ({type}, {peer}) was refused or given up: {error}"),
            replay if letter.direction == "out" else again,
            id=letter.id,
            type=letter.type,
            peer=letter.peer,
            error=letter.error,
        )
    late = exchange.late()
    for peer in sorted({letter.peer for letter in late}):
        waiting = [letter for letter in late if letter.peer == peer]
        yield warning(
            "exchange.late",
            N_("{count} messages to {peer} wait for a receipt, the oldest since {since}: {error}"),
            N_("They are delivered when it answers again. See them: dangqiao exchange list"),
            count=len(waiting),
            peer=peer,
            since=local(waiting[0].since),
            error=waiting[0].error,
        )


def standstill(now: datetime) -> Iterator[Finding]:
    """Nothing was paused and forgotten, and nobody waits in vain for an earlier message."""
    for one in pausing.pauses():
        yield warning(
            "exchange.paused",
            N_("The exchange with {peer} has stood still since {since} ({by}): {reason}"),
            N_("Go on: dangqiao exchange resume"),
            peer=one.peer or "*",
            since=local(one.since),
            by=one.by,
            reason=one.reason or one.kind,
        )
    for letter in exchange.out_of_turn(limit=10):
        yield warning(
            "exchange.out_of_turn",
            N_("The message {id} ({type}) of {peer} has waited since {since} for an earlier one about its subject."),
            N_("Ask the operator of {peer} for dead letters: dangqiao exchange list; then reconcile."),
            id=letter.id,
            type=letter.type,
            peer=letter.peer,
            since=local(letter.since),
        )


def reconciled(now: datetime) -> Iterator[Finding]:
    """What was sent and received is the same on both sides, for each of the last days."""
    for one in exchange.reconciliations():
        if one.state == "differs":
            yield problem(
                "exchange.differs",
                N_("What {peer} and this node have of each other's messages of {day} differs: {codes}."),
                N_("See it: dangqiao exchange reconcile --report; talk to the operator of {peer}."),
                peer=one.peer,
                day=str(one.day),
                codes=", ".join(finding["code"] for finding in one.findings),
            )
        elif one.state == "unanswered" and (now.date() - one.day).days > 2:
            yield warning(
                "exchange.not_reconciled",
                N_("{peer} has not yet said what it has of our messages of {day}."),
                N_("It is asked every hour. See: dangqiao exchange peers"),
                peer=one.peer,
                day=str(one.day),
            )


def evidence(now: datetime) -> Iterator[Finding]:
    """Evidence is appended soon, and the log is what was signed."""
    since = ledger.waiting_since()
    if since and now - since > LONGEST_WAIT:
        yield problem(
            "ledger.waits",
            N_("Evidence has waited since {since} to be appended to the log."),
            N_("Start the worker: dangqiao node run"),
            since=local(since),
        )
    ledger.audit()
    for one in ledger.contradictions():
        yield problem(
            "ledger.contradicted",
            N_("The log of {platform} was rewritten: at {size} entries it does not go on from what it had signed."),
            N_("Keep both checkpoints (dangqiao ledger seen --notes DIR) and tell the other members."),
            platform=one.platform,
            size=one.size,
        )
    known, begun = directory.current(), ledger.first_at()
    alone = known is None or len(known.members) < 2
    if not alone and begun and now - (ledger.last_cosigned() or begun) > UNWITNESSED:
        yield warning(
            "ledger.not_witnessed",
            N_("For {days} days no other member has signed under this node's log."),
            N_("See whether the others reach this node: dangqiao exchange peers, on their side."),
            days=(now - (ledger.last_cosigned() or begun)).days,
        )
