"""`dangqiao verify FILE…`: is this document genuine? No log-in, no database, no network; Django is never loaded.

`--qr TEXT` judges what a scanner shows of the square pattern on paper; `--online` fetches the lists of revoked
documents first: the only thing that ever leaves the machine is a request for a public file.
"""

import gettext
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from dangqiao.adapters.pdf.trust import load_trust
from dangqiao.adapters.status import StatusFolder, fetch_list
from dangqiao.adapters.status.fetching import client
from dangqiao.adapters.verifying import verify_file, verify_statement
from dangqiao.core.errors import N_, DangqiaoError
from dangqiao.core.sealing.content import grouped
from dangqiao.core.sealing.ports import TrustList
from dangqiao.core.sealing.verdict import Outcome, State, Verdict
from dangqiao.core.sealing.wording import title

EXIT = {Outcome.VALID: 0, Outcome.INVALID: 1, Outcome.INDETERMINATE: 2}
USAGE = 3

_HEADLINES = {
    Outcome.VALID: (N_("VALID"), "green"),
    Outcome.INVALID: (N_("INVALID"), "red"),
    Outcome.INDETERMINATE: (N_("CANNOT BE SAID"), "yellow"),
}
_STATES = {State.PASSED: "✓", State.FAILED: "✗", State.NOT_DONE: "–"}


class _Usage(click.UsageError):
    exit_code = USAGE


class _Command(click.Command):
    """A command whose usage errors exit with 3: 1 and 2 are verdicts."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            raise _Usage(error.message, error.ctx) from error


@click.command(cls=_Command)
@click.argument("documents", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--qr", "texts", multiple=True, help="What a scanner shows of a square pattern; `-` reads it from input.")
@click.option("--name", default="", help="With --qr: the applicant's name as printed, to be compared.")
@click.option(
    "--trust",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the trust list; by default `trust` in the node's folder, then in the current one.",
)
@click.option("--online", is_flag=True, help="Fetch the newest lists of revoked documents first, and keep them.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="By default that of the environment, else Chinese.")
def verify(
    documents: tuple[Path, ...],
    texts: tuple[str, ...],
    name: str,
    folder: Path | None,
    online: bool,
    as_json: bool,
    language: str | None,
) -> None:
    """Says whether documents are genuine, and why.

    Exit code: 0 all valid, 1 one is invalid, 2 one cannot be judged, 3 wrong usage.
    """
    if not documents and not texts:
        raise _Usage("Name a file, or give --qr.")
    translate = _translator(language)
    now = datetime.now(UTC)
    place = folder or next((path for path in _usual() if path.is_dir()), None)
    trust = _trust(place, now, translate)
    if online and trust and place:
        trust = _renewed(trust, place, translate, now)
    verdicts = {str(path): verify_file(path.read_bytes(), trust, now) for path in documents}
    for text in texts:
        scanned = sys.stdin.read() if text == "-" else text
        verdicts[scanned.strip()[:60]] = verify_statement(scanned, trust, now, name)[0]
    if as_json:
        found = [_plain(what, verdict, translate) for what, verdict in verdicts.items()]
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for what, verdict in verdicts.items():
            click.echo(_told(what, verdict, translate))
    sys.exit(EXIT[min((verdict.outcome for verdict in verdicts.values()), key=list(Outcome).index)])


def _usual() -> tuple[Path, ...]:
    """Where a trust list is looked for."""
    return Path(os.environ.get("DANGQIAO_NODE", ".")) / "trust", Path("trust")


def _renewed(trust: TrustList, folder: Path, translate: Callable[[str], str], now: datetime) -> TrustList:
    """The trust list with the newest lists of revoked documents: of all platforms, those known here and the first.
    Who does not answer is named on stderr; what is here of them stays.
    """
    lists, kept = dict(trust.status_lists), StatusFolder(folder)
    with client(plain_http=False) as using:
        for platform, number in sorted({(platform, 0) for platform in trust.endpoints} | set(lists)):
            keys = trust.statement_keys.get(platform, ())
            try:
                token, found = fetch_list(using, trust.endpoints.get(platform, ""), platform, number, keys)
                lists[platform, number] = found
                kept.keep(token, found, keys, now)
            except DangqiaoError as error:
                click.echo(f"{platform}: {translate(error.sentence).format(**error.facts)} [{error.code}]", err=True)
            except OSError as error:  # the folder may be read-only: the list counts for this call
                click.echo(f"{platform}: {error}", err=True)
    return replace(trust, status_lists=lists)


def _trust(place: Path | None, now: datetime, translate: Callable[[str], str]) -> TrustList | None:
    """The trust list of a folder; None, and a line on stderr, where it is not good."""
    if place is None:
        return None
    try:
        return load_trust(place, now)
    except DangqiaoError as error:
        click.echo(f"{place}: {translate(error.sentence).format(**error.facts)} [{error.code}]", err=True)
        return None


def _translator(language: str | None) -> Callable[[str], str]:
    environment = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    if (language or environment[:2]) == "en":
        return str
    folder = str(files("dangqiao") / "locale")
    return gettext.translation("django", folder, languages=["zh_Hans"], fallback=True).gettext


def _told(name: str, verdict: Verdict, translate: Callable[[str], str]) -> str:
    headline, colour = _HEADLINES[verdict.outcome]
    lines = [f"{name}: {click.style(translate(headline), fg=colour, bold=True)}"]
    lines += [f"  {reason.text(translate)} [{reason.code}]" for reason in verdict.reasons]
    if claim := verdict.claim:
        lines.append(f"  {title(claim.kind)} {claim.serial}" + (f" · {grouped(claim.code)}" if claim.code else ""))
    lines += [f"    {_STATES[check.state]} {translate(check.subject)}" for check in verdict.checks]
    for moment, sentence in (
        (verdict.trust_as_of, N_("Trust list as of {as_of}")),
        (verdict.status_as_of, N_("List of revoked documents as of {as_of}")),
    ):
        if moment:
            as_of = moment.astimezone(ZoneInfo("Asia/Shanghai"))
            lines.append("    " + translate(sentence).format(as_of=f"{as_of:%Y-%m-%d %H:%M}"))
    return "\n".join(lines)


def _plain(name: str, verdict: Verdict, translate: Callable[[str], str]) -> dict[str, Any]:
    """The verdict for machines. Stable: keys are only added."""

    def moment(value: datetime | None) -> str | None:
        return value.isoformat() if value else None

    return {
        "file": name,
        "outcome": verdict.outcome,
        "reasons": [
            {"code": reason.code, "outcome": reason.outcome, "sentence": reason.text(translate)}
            for reason in verdict.reasons
        ],
        "checks": [{"subject": translate(check.subject), "state": check.state} for check in verdict.checks],
        "claim": asdict(verdict.claim) if verdict.claim else None,
        "sealed_by": verdict.sealed_by,
        "sealed_at": moment(verdict.sealed_at),
        "trust_as_of": moment(verdict.trust_as_of),
        "trust_expires": moment(verdict.trust_expires),
        "status_as_of": moment(verdict.status_as_of),
    }
