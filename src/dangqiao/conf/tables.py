"""Which code does what in the background: how a lower app reaches up without importing. Names only, no code."""

JOB_HANDLERS: dict[str, str] = {
    "exchange.deliver": "dangqiao.apps.exchange.jobs.deliver",
    "exchange.process": "dangqiao.apps.exchange.jobs.process",
    "ledger.sequence": "dangqiao.apps.ledger.jobs.sequence",
    "deliverables.seal": "dangqiao.apps.deliverables.jobs.seal",
    "deliverables.fetch": "dangqiao.apps.deliverables.jobs.fetch",
    "lookups.route": "dangqiao.apps.lookups.jobs.route",
    "lookups.search": "dangqiao.apps.lookups.jobs.search",
    "lookups.clocks": "dangqiao.apps.lookups.jobs.clocks",
    "directory.update": "dangqiao.apps.directory.jobs.update",
}
"""Job kind -> handler(payload: dict) -> None."""

PERIODIC_JOBS: dict[str, int] = {
    "ledger.sequence": 5,
    "lookups.clocks": 60,
    "directory.update": 300,
}
"""Job kind -> seconds between runs."""

DELIVERABLE_REGISTERED = "dangqiao.apps.lookups.hooks.deliverable_registered"
"""Called with the Deliverable in the transaction that registers it."""

DELIVERABLE_IMPOSSIBLE = "dangqiao.apps.lookups.hooks.deliverable_impossible"
"""Called with the Deliverable and the reason in words, where a document cannot be made as it was decided."""

MESSAGE_HANDLERS: dict[str, str] = {
    "org.dangqiao.inquiry.asked.v1": "dangqiao.apps.lookups.inbox.inquiry_asked",
    "org.dangqiao.inquiry.answered.v1": "dangqiao.apps.lookups.inbox.inquiry_answered",
    "org.dangqiao.referral.submitted.v1": "dangqiao.apps.lookups.inbox.referral_submitted",
    "org.dangqiao.referral.supplemented.v1": "dangqiao.apps.lookups.inbox.referral_supplemented",
    "org.dangqiao.referral.withdrawal_requested.v1": "dangqiao.apps.lookups.inbox.withdrawal_requested",
    "org.dangqiao.referral.withdrawal_answered.v1": "dangqiao.apps.lookups.inbox.withdrawal_answered",
    "org.dangqiao.referral.event.v1": "dangqiao.apps.lookups.inbox.referral_event",
    "org.dangqiao.deliverable.issued.v1": "dangqiao.apps.deliverables.inbox.issued",
    "org.dangqiao.deliverable.received.v1": "dangqiao.apps.deliverables.inbox.received",
}
"""Message type -> handler(message: core.federation.Message) -> None, called inside the transaction that marks it
processed."""
