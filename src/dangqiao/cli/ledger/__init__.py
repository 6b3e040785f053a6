"""`dangqiao ledger`: the log of evidence, and proofs from it that anybody can check."""

import click

from dangqiao.cli import Entry, LazyGroup

ENTRIES = {
    "prove": Entry("dangqiao.cli.ledger.proving:prove", "Write the proofs about one thing into a file."),
    "audit": Entry("dangqiao.cli.ledger.proving:audit", "Recompute the whole log and compare it with what was signed."),
    "seen": Entry("dangqiao.cli.ledger.proving:seen", "Show what this node has seen of the other members' logs."),
    "witness": Entry("dangqiao.cli.ledger.proving:witness", "Look at the other members' logs now, and sign."),
    "settle": Entry("dangqiao.cli.ledger.proving:settle", "End the alarm about another member's log."),
    "verify": Entry("dangqiao.cli.ledger.verifying:verify", "Check a file of proofs, offline.", needs_node=False),
}


@click.group(cls=LazyGroup, entries=ENTRIES)
def ledger() -> None:
    """The log of evidence: prove, verify, audit."""
