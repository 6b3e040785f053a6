"""`dangqiao directory`: the federation's directory, and the ceremony by which members found and change it.

    each member       dangqiao directory member MINE.json            and hands the file to one of them
    one of them       dangqiao directory propose PROPOSAL *.json     and passes the folder round
    each member       dangqiao directory review PROPOSAL
                      dangqiao directory sign PROPOSAL
    one, once signed  dangqiao directory accept PROPOSAL
    each newcomer     dangqiao directory join PROPOSAL
    each member       dangqiao directory publish                     whenever its archives or counters change

The folder travels by any means, a USB stick for example: only signatures by a quorum make it count.
"""

from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile

import click
from django.conf import settings

from dangqiao.adapters.directory import TufDirectory, client, membership
from dangqiao.adapters.directory.layout import versions
from dangqiao.adapters.keys.generations import MessageKeys, StatementKeys
from dangqiao.adapters.keys.generations import revoke as revoke_key
from dangqiao.adapters.message_wiring import message_keys
from dangqiao.adapters.status.wiring import statement_keys_of
from dangqiao.adapters.wiring import configured
from dangqiao.apps.audit import services as audit
from dangqiao.apps.directory import queries, services
from dangqiao.apps.ports import port
from dangqiao.cli.operator import local_operator
from dangqiao.cli.words import local, show_table, words_of
from dangqiao.core import categories
from dangqiao.core.errors import N_, Conflict, NotThere
from dangqiao.core.federation.directory import Directory
from dangqiao.core.federation.listing import Member, Members

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_proposal = click.argument("proposal", type=_FOLDER)


@click.group()
def directory() -> None:
    """The federation's directory: who belongs, where they are, what they keep."""


@directory.command()
def show() -> None:
    """Show the directory in force: members, versions, how long it holds, what is amiss."""
    now = datetime.now(UTC)
    if not queries.has_joined():
        raise NotThere(
            "directory.not_joined",
            N_("This node has not joined a federation."),
            N_("Join with a proposal that enough members signed: dangqiao directory join FOLDER"),
        )
    known = client.load(settings.TRUST_FOLDER, now, even_expired=True)
    _show(known)
    for notice in known.notices_at(now):
        click.echo(f"! {words_of(notice)}")
    look = queries.last_look()
    if look.error:
        click.echo(f"! {look.error}")
    known.require_current(now)


def _show(known: Directory) -> None:
    rows = []
    for member in known.members:
        listing = known.listing(member.platform)
        counts = (len(listing.archives), len(listing.acceptance_points)) if listing else ("–", "–")
        version_of = known.versions.listings.get(member.platform, "–")
        rows.append((member.platform, member.name, *counts, version_of, member.endpoint))
    show_table(("platform", "name", "archives", "points", "listing", "address"), rows)
    version = known.versions
    click.echo(
        f"root {version.root}, targets {version.targets}, snapshot {version.snapshot}, timestamp {version.timestamp}; "
        f"as of {local(known.as_of)}, expires {local(known.expires)}"
    )


@directory.command()
def update() -> None:
    """Fetch a newer directory from the members, now. A running node does so by itself every five minutes."""
    verdict = services.update(local_operator())
    for notice in verdict.notices:
        click.echo(f"! {words_of(notice)}", err=True)
    click.echo(f"{'new' if verdict.changed else 'unchanged'}, as of {local(verdict.directory.as_of)}")


@directory.command()
def publish() -> None:
    """Sign and publish this platform's listing: its archives, acceptance points, categories and seal authorities."""
    listing = services.publish(local_operator())
    click.echo(
        f"{listing.platform}: {len(listing.archives)} archives, {len(listing.acceptance_points)} acceptance points, "
        f"{len(listing.categories)} categories"
    )


@directory.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def member(file: Path) -> None:
    """Write this node's entry for the membership into FILE, to be handed to the one who proposes."""
    entry = services.own_member(datetime.now(UTC))
    file.write_bytes(entry.to_json())
    click.echo(f"{file}: {entry.platform} {entry.name}, {entry.endpoint}")


@directory.command()
def keys() -> None:
    """Show this node's keys, all generations, and which the directory lists."""
    known = queries.current()
    member = known.member(settings.PLATFORM_CODE) if known else None
    listing = known.listing(settings.PLATFORM_CODE) if known else None
    now = datetime.now(UTC)
    published = {
        key.kid for key in (*(member.message_keys if member else ()), *(listing.statement_keys if listing else ()))
    }
    signs = {port("envelope_cipher").signing_kid, port("statement_signer").signing_kid}
    own = [(str(key.use), key) for key in _message_keys().listed(now)]
    own += [("statement", key) for key in _statement_keys().listed(now)]
    rows = [
        (
            key.kid,
            use,
            f"{key.not_before:%Y-%m-%d}",
            f"{key.not_after:%Y-%m-%d}",
            f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "signs now" if key.kid in signs else "",
            "listed" if key.kid in published else "not yet",
        )
        for use, key in own
    ]
    show_table(("key", "use", "from", "until", "state", "directory"), rows)


@directory.command()
@click.option("--statement", is_flag=True, help="The key that signs statements on paper, instead of the message keys.")
def rotate(statement: bool) -> None:
    """Make new message keys beside the present ones. They are used as soon as the members have signed them.

    A new statement key is listed by this node alone; it signs a day later, when everybody's directory knows it.
    """
    now = datetime.now(UTC)
    made = (_statement_keys().rotate(now),) if statement else _message_keys().rotate(now)
    audit.record("directory.keys_rotated", local_operator(), subject=f"platform:{settings.PLATFORM_CODE}")
    for key in made:
        click.echo(f"{'statement' if statement else key.use} {key.kid}")
    click.echo(
        "List it: dangqiao directory publish"
        if statement
        else "Have the members sign them: dangqiao directory member MINE.json, then propose"
    )


@directory.command(context_settings={"ignore_unknown_options": True})  # one key in 64 has a name that begins with "-"
@click.argument("kid")
@click.option("--yes", is_flag=True, help="Do not ask.")
def revoke(kid: str, yes: bool) -> None:
    """Declare this node's key KID lost or stolen: it signs no more, and the others must be told."""
    if not yes:
        click.confirm("Revoke it for ever?", abort=True)
    statement = any(key.listed.kid == kid for key in _statement_keys().own())
    series = (_statement_keys(),) if statement else _message_keys().series
    key = revoke_key(series, kid, datetime.now(UTC))
    audit.record("directory.key_revoked", local_operator(), subject=f"key:{kid}")
    click.echo(
        f"{kid}: revoked. Make a new one: dangqiao directory rotate --statement; then publish at once"
        if statement
        else f"{key.use} {kid}: revoked. Make new ones: dangqiao directory rotate; then propose at once"
    )


def _message_keys() -> MessageKeys:
    return message_keys(settings.NODE_FOLDER, settings.CONFIGURATION)


def _statement_keys() -> StatementKeys:
    return statement_keys_of(settings.NODE_FOLDER, settings.CONFIGURATION)


@directory.command()
@click.argument("proposal", type=click.Path(file_okay=False, path_type=Path))
@click.argument("members", type=_FILE, nargs=-1)
@click.option("--without", "leaving", multiple=True, metavar="CODE", help="A platform that is to leave.")
def propose(proposal: Path, members: tuple[Path, ...], leaving: tuple[str, ...]) -> None:
    """Lay a new membership into the folder PROPOSAL: the one of today with the entries in MEMBERS new or changed.

    The category files that come with this program become the common ones.
    """
    if proposal.exists() and any(proposal.iterdir()):
        raise Conflict("directory.proposal_exists", N_("The folder {folder} is not empty."), folder=proposal)
    now = datetime.now(UTC)
    known = client.load(settings.TRUST_FOLDER, now, even_expired=True) if queries.has_joined() else None
    entries = {one.platform: one for one in (known.members if known else ())}
    entries |= {one.platform: one for one in (Member.from_json(path.read_bytes()) for path in members)}
    kept = Members(tuple(one for code, one in sorted(entries.items()) if code not in leaving))
    repository = settings.TRUST_FOLDER if known else None
    membership.propose(proposal, kept, categories.shipped_files(), now, repository=repository)
    _review(proposal)


@directory.command()
@_proposal
def review(proposal: Path) -> None:
    """Show what PROPOSAL would change, and who has signed."""
    _review(proposal)


def _review(proposal: Path) -> membership.Review:
    seen = membership.review(proposal, settings.TRUST_FOLDER if queries.has_joined() else None)
    for title, names in (
        ("joining", seen.joining),
        ("leaving", seen.leaving),
        ("changed", seen.changed),
        ("category files", seen.categories),
    ):
        if names:
            click.echo(f"{title}: {', '.join(names)}")
    for one in membership.proposed(proposal).members:
        click.echo(f"  {one.platform} {one.name} {one.endpoint}")
    click.echo(f"signed by {', '.join(seen.signed) or 'nobody'}; {seen.needed} are needed")
    return seen


@directory.command()
@_proposal
@click.option("--key", type=_FILE, help="Root key (PEM) kept off this machine; by default the key store's.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def sign(proposal: Path, key: Path | None, yes: bool) -> None:
    """Sign PROPOSAL with this platform's root key, after showing what it changes."""
    _review(proposal)
    if not yes:
        click.confirm("Sign?", abort=True)
    membership.sign(proposal, key.read_bytes() if key else _private_pem("directory-root"))
    actor = local_operator()
    audit.record("directory.proposal_signed", actor, subject=f"platform:{settings.PLATFORM_CODE}")
    click.echo(f"signed by {', '.join(membership.review(proposal).signed)}")


@directory.command()
@_proposal
@click.argument("copy", type=_FOLDER)
def gather(proposal: Path, copy: Path) -> None:
    """Add to PROPOSAL the signatures in COPY, a copy of it that others signed meanwhile."""
    membership.gather(proposal, copy)
    _review(proposal)


@directory.command()
@_proposal
def accept(proposal: Path) -> None:
    """Bring PROPOSAL into force, once enough have signed. One member does it; the others fetch it or `join`."""
    now = datetime.now(UTC)
    membership.publish(proposal, settings.TRUST_FOLDER, _private_pem("directory"), now)
    _begin("directory.proposal_accepted")


@directory.command()
@_proposal
def join(proposal: Path) -> None:
    """Begin with the federation of PROPOSAL: take its root as the anchor, fetch the directory, publish our listing."""
    if queries.has_joined():
        raise Conflict(
            "directory.joined_already",
            N_("This node has a directory already."),
            N_("Fetch what is new: `dangqiao directory update`."),
        )
    root = f"metadata/{max(versions(proposal, 'root'), default=0)}.root.json"
    anchor = settings.TRUST_FOLDER / root
    anchor.parent.mkdir(parents=True, exist_ok=True)
    mirrors = [
        mirror
        for one in membership.proposed(proposal).members
        for mirror in one.mirrors
        if one.platform != settings.PLATFORM_CODE
    ]
    copyfile(proposal / root, anchor)
    try:
        TufDirectory(settings.TRUST_FOLDER, mirrors).update(datetime.now(UTC))
    except Exception:
        anchor.unlink()  # a root that led nowhere is not to be trusted later
        raise
    _begin("directory.joined")


def _begin(event: str) -> None:
    """This node's first or next listing in a membership that is new to it."""
    actor = local_operator()
    audit.record(event, actor, subject=f"platform:{settings.PLATFORM_CODE}")
    services.publish(actor)
    _show(client.load(settings.TRUST_FOLDER, datetime.now(UTC)))


def _private_pem(purpose: str) -> bytes:
    store = configured("key_store", settings.NODE_FOLDER, settings.CONFIGURATION)
    found: bytes = store.private_pem(purpose)
    return found
