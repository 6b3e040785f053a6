"""Which code does what in the background: how a lower app reaches up without importing. Names only, no code."""

JOB_HANDLERS: dict[str, str] = {
    "exchange.deliver": "dangqiao.apps.exchange.delivering.deliver",
    "exchange.process": "dangqiao.apps.exchange.jobs.process",
    "exchange.reconcile": "dangqiao.apps.exchange.jobs.reconcile",
    "exchange.witness": "dangqiao.apps.exchange.jobs.witness",
    "exchange.report": "dangqiao.apps.exchange.jobs.report",
    "ledger.sequence": "dangqiao.apps.ledger.jobs.sequence",
    "deliverables.seal": "dangqiao.apps.deliverables.jobs.seal",
    "deliverables.fetch": "dangqiao.apps.deliverables.jobs.fetch",
    "deliverables.lengthen": "dangqiao.apps.deliverables.renewal.lengthen_job",
    "deliverables.renew": "dangqiao.apps.deliverables.renewal.renew_job",
    "deliverables.status": "dangqiao.apps.deliverables.status.refresh",
    "lookups.route": "dangqiao.apps.lookups.jobs.route",
    "lookups.transfer": "dangqiao.apps.lookups.jobs.transfer",
    "lookups.fetch_materials": "dangqiao.apps.lookups.jobs.fetch_materials",
    "lookups.tell": "dangqiao.apps.lookups.jobs.tell",
    "lookups.search": "dangqiao.apps.lookups.jobs.search",
    "lookups.clocks": "dangqiao.apps.lookups.jobs.clocks",
    "lookups.tidy": "dangqiao.apps.lookups.jobs.tidy",
    "directory.update": "dangqiao.apps.directory.jobs.update",
    "connectors.harvest": "dangqiao.apps.connectors.jobs.harvest",
    "connectors.hear": "dangqiao.apps.connectors.jobs.hear",
    "identity.forget": "dangqiao.apps.identity.jobs.forget",
    "work.tidy": "dangqiao.apps.work.jobs.tidy",
}
"""Job kind -> handler(payload: dict) -> None."""

SEVERAL_AT_ONCE = frozenset({"exchange.deliver", "exchange.process"})
"""Job kinds whose handler takes several of a lane: handler(payloads: list[dict]) -> for each, in order, None where it
is done or the exception that `apps.work.services.run` is to treat it by. Those after the last were not begun."""

PERIODIC_JOBS: dict[str, int] = {
    "ledger.sequence": 5,
    "lookups.clocks": 60,
    "directory.update": 300,
    "deliverables.status": 600,
    "deliverables.renew": 3600,
    "connectors.harvest": 60,
    "connectors.hear": 60,
    "exchange.reconcile": 3600,
    "exchange.witness": 21600,
    "exchange.report": 3600,
    "identity.forget": 3600,
    "lookups.tidy": 3600,
    "work.tidy": 3600,
}
"""Job kind -> seconds between runs."""

LISTED_SEALS = "dangqiao.apps.deliverables.seals.listed"
"""Gives the seals that the platform's listing names, by archive."""

DELIVERABLE_REGISTERED = "dangqiao.apps.lookups.hooks.deliverable_registered"
"""Called with the Deliverable in the transaction that registers it."""

CONNECTOR_ANSWERED = "dangqiao.apps.lookups.hooks.connector_answered"
"""Called with the subject and an id of the answer, in the transaction that notes that an existing platform's people
have answered a question that was handed over."""

DELIVERABLE_REVOKED = "dangqiao.apps.lookups.hooks.deliverable_revoked"
"""Called with the Deliverable in the transaction that revokes it, at the issuer and where its message comes in."""

DELIVERABLE_IMPOSSIBLE = "dangqiao.apps.lookups.hooks.deliverable_impossible"
"""Called with the Deliverable and the reason in words, where a document cannot be made as it was decided."""

MESSAGE_HANDLERS: dict[str, str] = {
    "inquiry.asked.v1": "dangqiao.apps.lookups.inbox.inquiry_asked",
    "inquiry.answered.v1": "dangqiao.apps.lookups.inbox.inquiry_answered",
    "referral.submitted.v1": "dangqiao.apps.lookups.inbox.referral_submitted",
    "referral.supplemented.v1": "dangqiao.apps.lookups.inbox.referral_supplemented",
    "referral.withdrawal_requested.v1": "dangqiao.apps.lookups.inbox.withdrawal_requested",
    "referral.withdrawal_answered.v1": "dangqiao.apps.lookups.inbox.withdrawal_answered",
    "referral.event.v1": "dangqiao.apps.lookups.inbox.referral_event",
    "deliverable.issued.v1": "dangqiao.apps.lookups.inbox.deliverable_issued",
    "deliverable.received.v1": "dangqiao.apps.deliverables.inbox.received",
    "deliverable.revoked.v1": "dangqiao.apps.lookups.inbox.deliverable_revoked",
    "message.refused.v1": "dangqiao.apps.exchange.inbox.refused",
    "exchange.probed.v1": "dangqiao.apps.exchange.inbox.probed",
    "ledger.cosigned.v1": "dangqiao.apps.exchange.witnessing.cosigned",
    "statistics.reported.v1": "dangqiao.apps.exchange.figures.reported",
}
"""Message type -> handler(message: core.federation.Message) -> None, called inside the transaction that marks it
processed."""

DAILY_FIGURES = "dangqiao.apps.lookups.figures.of_day"
"""(begin, end) -> figure -> count: what a platform reports of a day."""

REFUSAL_HANDLERS: dict[str, str] = {
    "referral.submitted.v1": "dangqiao.apps.lookups.refusals.submission_refused",
    "inquiry.asked.v1": "dangqiao.apps.lookups.refusals.inquiry_refused",
}
"""Message type -> handler(subject: str, receiver: str, code: str) -> None, called in the transaction that notes that a
message of ours will have no effect."""
