"""`dangqiao seal`: the electronic seals of this platform's archives, from making to replacing.

    dangqiao seal make 310101              a new one; of a module's key: --reference LABEL
    dangqiao seal activate 310101          from now on documents are sealed with it
    dangqiao seal suspend 310101           until it is activated again
    dangqiao seal replace 310101 310101-2  the second takes the place of the first, for good

Each change is published in the platform's listing at once, where this node is in a federation.
"""

from pathlib import Path

import click
from django.conf import settings

from dangqiao.apps.deliverables import seals
from dangqiao.apps.deliverables.models import Seal
from dangqiao.apps.directory import queries as directory
from dangqiao.apps.ports import port
from dangqiao.cli.operator import local_operator
from dangqiao.cli.words import local, say, show_table, translate
from dangqiao.core.errors import N_
from dangqiao.core.vocabulary.actor import Actor
from dangqiao.core.vocabulary.purpose import Purpose

_seal = click.argument("seal", metavar="SEAL")
_actor = click.option("--actor", default="", help="Who does it; by default the local user. Goes into the audit trail.")
STATES = {
    Seal.State.MADE: N_("made"),
    Seal.State.ACTIVE: N_("in use"),
    Seal.State.SUSPENDED: N_("suspended"),
    Seal.State.EXPIRED: N_("expired"),
    Seal.State.REPLACED: N_("replaced"),
}


@click.group()
def seal() -> None:
    """The electronic seals of this platform's archives."""


@seal.command("list")
@click.option("--archive", metavar="CODE", default="", help="Of this archive only.")
def list_(archive: str) -> None:
    """Show the seals: their state, when they were in use, when their certificates end."""
    rows = Seal.objects.order_by("archive_code", "key_reference").prefetch_related("periods")
    rows = rows.filter(archive_code=archive) if archive else rows
    columns = (N_("seal"), N_("archive"), N_("state"), N_("in use"), N_("certificate ends"))
    show_table(map(translate, columns), (_row(row) for row in rows))


def _row(row: Seal) -> tuple[str, ...]:
    use = "\n".join(f"{local(one.since)} – {local(one.until) if one.until else ''}" for one in row.periods.all())
    state = translate(STATES[Seal.State(row.state)])
    return (row.key_reference, f"{row.archive_code} {row.name}", state, use, f"{row.valid_to:%Y-%m-%d}")


@seal.command()
@click.argument("archive", metavar="ARCHIVE")
@click.option("--reference", default="", help="Of keys that are in the store already: a file's name, a token's label.")
@_actor
def make(archive: str, reference: str, actor: str) -> None:
    """Make a seal of the archive with the code ARCHIVE. It is not used before it is activated.

    With a reference to a key and certificate that the store holds, the seal is made of these; else it is a test seal.
    """
    made = seals.make(local_operator(actor), Purpose.OPERATION, archive, reference)
    say(N_("Made: {seal}, {name}, {test}."), seal=made.key_reference, name=made.name, test=_kind(made))


def _kind(made: Seal) -> str:
    return translate(N_("a test seal without legal force") if made.test else N_("with a certificate of its authority"))


@seal.command()
@click.argument("archive", metavar="ARCHIVE")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--test/--real", default=True, help="With 测试 in the middle, as test seals have it, or without.")
def picture(archive: str, file: Path, test: bool) -> None:
    """Draw the seal of the archive with the code ARCHIVE into FILE: PNG, transparent."""
    file.write_bytes(port("typesetter").seal_picture(directory.archive(archive).name, test))


@seal.command()
@_seal
@_actor
def activate(seal: str, actor: str) -> None:
    """Take SEAL into use: from now on its archive seals with it."""
    who = local_operator(actor)
    _told(who, seals.activate(who, Purpose.OPERATION, seal))


@seal.command()
@_seal
@_actor
def suspend(seal: str, actor: str) -> None:
    """Stop using SEAL. What was sealed before stays good; what waits to be sealed waits."""
    who = local_operator(actor)
    _told(who, seals.suspend(who, Purpose.OPERATION, seal))


@seal.command()
@_seal
@click.argument("by", metavar="[NEW]", default="")
@click.option("--lost", is_flag=True, help="Others may have the key: its authority takes the certificate back.")
@_actor
def replace(seal: str, by: str, lost: bool, actor: str) -> None:
    """Never use SEAL again; NEW, made before, takes its place at once. What was sealed before stays good."""
    who = local_operator(actor)
    _told(who, seals.replace(who, Purpose.OPERATION, seal, by, lost=lost))


def _told(actor: Actor, changed: Seal) -> None:
    say(N_("{seal}: {state}."), seal=changed.key_reference, state=translate(STATES[Seal.State(changed.state)]))
    if seals.publish(actor):
        say(N_("Published in the listing of platform {platform}."), platform=settings.PLATFORM_CODE)
