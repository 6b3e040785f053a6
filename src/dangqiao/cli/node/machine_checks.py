"""Checks of the node's own machine: configuration, database, disk, keys, files, processes."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from dangqiao.adapters.transport.http import LOOPBACK
from dangqiao.apps.deliverables import seals
from dangqiao.apps.directory import queries as directory
from dangqiao.apps.ports import port
from dangqiao.apps.work import services as work
from dangqiao.apps.work.processes import running
from dangqiao.cli.node.asking import ask
from dangqiao.cli.node.findings import Finding, found_by, problem, warning
from dangqiao.core.errors import N_, DangqiaoError

SOON = timedelta(days=30)
LITTLE_SPACE, TOO_LITTLE_SPACE = 2 * 1024**3, 200 * 1024**2
"""Bytes free: below the first an operator should act, below the second the next backup or import fails."""


def configuration(now: datetime) -> Iterator[Finding]:
    """An address that others can use, and HTTPS, unless it is a test node."""
    address = urlsplit(settings.PUBLIC_URL)
    if settings.NODE_IS_TEST:
        return
    if address.hostname in LOOPBACK:
        yield warning(
            "configuration.address_is_local",
            N_("The address {address} reaches this node only from this machine."),
            N_("Set public_url in dangqiao.toml, section [web], before documents are issued: it is printed on them."),
            address=settings.PUBLIC_URL,
        )
    elif address.scheme != "https":
        yield problem(
            "configuration.not_encrypted",
            N_("The address {address} is not encrypted; other nodes refuse it."),
            N_("Put a TLS server in front and set public_url to its https:// address."),
            address=settings.PUBLIC_URL,
        )


def database(now: datetime) -> Iterator[Finding]:
    """Reachable, at this version's tables, and writable."""
    connection.ensure_connection()
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing or "django_cache" not in connection.introspection.table_names():
        yield problem(
            "database.not_prepared",
            N_("The database is not at this version: {count} changes are missing."),
            N_("Stop the node and run: dangqiao node prepare"),
            count=len(missing) or 1,
        )
        return
    with transaction.atomic():
        work.named_number("doctor")
        transaction.set_rollback(True)


def disk(now: datetime) -> Iterator[Finding]:
    """The node's folder takes files and has room."""
    with tempfile.TemporaryFile(dir=settings.NODE_FOLDER) as file:
        file.write(b"doctor")
    free = shutil.disk_usage(settings.NODE_FOLDER).free
    if free < LITTLE_SPACE:
        make = problem if free < TOO_LITTLE_SPACE else warning
        yield make(
            "disk.little_space",
            N_("Only {free} MB are free at {folder}."),
            N_("Free space or move the node to a larger disk."),
            free=free // 1024**2,
            folder=settings.NODE_FOLDER,
        )


def keys(now: datetime) -> Iterator[Finding]:
    """Secrets that only their owner can read, and message keys that the others know."""
    folder = Path(settings.SECRETS_FOLDER)
    for path in (folder, *sorted(folder.rglob("*"))):
        if path.stat().st_mode & 0o077 and (path.is_file() or path == folder):
            yield problem(
                "keys.readable_by_others",
                N_("The key file {name} can be read by others."),
                N_("Set its mode to 600, of the folder to 700, and, if others may have read it, replace the key."),
                name=path.relative_to(folder.parent),
            )
    known = directory.current()
    member = known.member(settings.PLATFORM_CODE) if known else None
    if member is None:
        return
    listed = {key.kid: key for key in member.message_keys}
    own = port("key_store").public(now).message_keys
    for key in own:
        if key.kid not in listed:
            other = any(one.kid in listed and one.use is key.use and not one.revoked_at for one in own)
            yield (warning if other else problem)(
                "keys.not_listed",
                N_("The directory does not list this node's key for messages ({use}): others cannot exchange with it."),
                N_("Restore secrets/ from the backup, or have the members sign the new key: dangqiao directory member"),
                use=key.use,
            )
        elif key.revoked_at and not listed[key.kid].revoked_at:
            yield problem(
                "keys.revocation_unknown",
                N_("The key {kid} is revoked here, and the other members still believe it."),
                N_("Have them sign it at once: dangqiao directory member"),
                kid=key.kid,
            )
    for use in sorted({key.use for key in own}):
        newest = max((key.not_after for key in listed.values() if key.use is use and not key.revoked_at), default=now)
        if newest - now < SOON:
            yield warning(
                "keys.ending",
                N_("This node's key for messages ({use}) ends on {day}."),
                N_("Make a new one and have the members sign it: dangqiao directory rotate, dangqiao directory member"),
                use=use,
                day=f"{newest:%Y-%m-%d}",
            )


def field_keys(now: datetime) -> Iterator[Finding]:
    """The keys of encrypted columns are there and work. Raises Misconfigured."""
    cipher = port("field_cipher")
    cipher.decrypt(cipher.encrypt("doctor"))
    yield from ()


def certificates(now: datetime) -> Iterator[Finding]:
    """Seals and authorities that end soon; not those that are not used any more."""
    retired = seals.retired()
    for name, ends in port("key_store").endings().items():
        if name.rpartition("/")[2] in retired:
            continue
        if ends <= now:
            yield problem(
                "certificates.ended",
                N_("The certificate {name} ended on {day}."),
                N_("A test seal is renewed when it is next used; ask the maker of any other for a new one."),
                name=name,
                day=f"{ends:%Y-%m-%d}",
            )
        elif ends - now < SOON:
            yield warning(
                "certificates.ending",
                N_("The certificate {name} ends on {day}."),
                N_("A test seal is renewed when it is next used; ask the maker of any other for a new one."),
                name=name,
                day=f"{ends:%Y-%m-%d}",
            )


def static_files(now: datetime) -> Iterator[Finding]:
    """The pages' style and pictures are where the web server looks."""
    if not any(Path(settings.STATIC_ROOT or "").rglob("*.css")):
        yield problem(
            "static.missing",
            N_("The pages have no style: there is nothing in {folder}."),
            N_("Run: dangqiao node prepare"),
            folder=settings.STATIC_ROOT,
        )


def objects(now: datetime) -> Iterator[Finding]:
    """The store of documents and page images takes and gives back. It keeps one small object of the doctor's."""
    store, sample = port("storage"), b"dangqiao node doctor\n"
    if store.get(store.put(sample)) != sample:
        yield problem("storage.does_not_keep", N_("The store of documents does not give back what it was given."))


def documents(now: datetime) -> Iterator[Finding]:
    """The fonts that are configured can be used, and the archives' own words keep to the rules."""
    try:
        port("typesetter")
        port("wording")()
    except DangqiaoError as error:
        yield found_by(error)


def processes(now: datetime) -> Iterator[Finding]:
    """Web server and worker run, and the address leads to this node."""
    silent = [name for name in ("web", "worker") if running(settings.NODE_FOLDER, name) is None]
    if silent:
        yield warning(
            "node.not_running",
            N_("Not running on this machine: {names}."),
            N_("Start the node: dangqiao node run"),
            names=", ".join(silent),
        )
    if "web" in silent:
        return
    answer = ask(settings.PUBLIC_URL)
    if answer.platform != settings.PLATFORM_CODE:
        yield problem(
            "node.web_silent",
            N_("The address {address} does not lead to this node: {what}."),
            N_("See {log}; check the TLS server in front and the name service."),
            address=settings.PUBLIC_URL,
            what=answer.problem or answer.platform,
            log=Path(settings.NODE_FOLDER) / "log" / "web.log",
        )


def owner(now: datetime) -> Iterator[Finding]:
    """Commands run as the node's own user: files made by another could not be read later."""
    about = Path(settings.NODE_FOLDER).stat()
    if about.st_uid != os.geteuid():
        yield warning(
            "node.other_user",
            N_("The node's folder belongs to another user than the one who runs this command."),
            N_("Run commands as that user."),
        )
