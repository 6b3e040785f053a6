"""`dangqiao node jobs`: background work that needs a person."""

import click

from dangqiao.apps.audit import services as audit
from dangqiao.apps.work import queries, services
from dangqiao.cli.operator import local_operator
from dangqiao.cli.words import local, say, show_table
from dangqiao.core.errors import N_


@click.command()
@click.option("--replay", "job_id", type=int, metavar="ID", help="Put this dead job back, its attempts counted anew.")
@click.option("--replay-all", is_flag=True, help="Put all dead jobs back.")
def jobs(job_id: int | None, replay_all: bool) -> None:
    """Show jobs that are dead or have been failing for a while."""
    stuck = queries.stuck(limit=1000)
    chosen = [job for job in stuck if job.dead and (replay_all or job.id == job_id)]
    for job in chosen:
        services.replay(job.id)
        audit.record("job.replayed", local_operator(), subject=f"job:{job.id}", kind=job.kind)
        say(N_("{id} {kind}: put back"), id=job.id, kind=job.kind)
    if job_id is not None or replay_all:
        click.get_current_context().exit(0 if chosen else 1)
    rows = (
        (job.id, job.kind, "dead" if job.dead else "failing", job.attempts, local(job.since), job.last_error)
        for job in stuck
    )
    show_table(("id", "kind", "state", "attempts", "since", "last error"), rows)
