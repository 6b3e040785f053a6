"""OAI-PMH 2.0, the providing side: what a request may say and what is wrong with it. Pure; the answer is the web's.

http://www.openarchives.org/OAI/openarchivesprotocol.html: 3.2 arguments, 3.3 dates, 3.5 flow control, 3.6 errors.
A token holds all that it continues, so the node keeps nothing for it and it never ends; whether its bearer may still
see that set is asked anew.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

COVERAGE, ENTRIES = "oai_dc", "dangqiao_entry"
"""Formats: what an archive holds, in Dublin Core, for anybody; catalogue entries, for peers that were given a token."""
ARGUMENTS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "Identify": (frozenset(), frozenset()),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"})),
    "ListSets": (frozenset(), frozenset({"resumptionToken"})),
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}), frozenset()),
    "ListIdentifiers": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"})),
    "ListRecords": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"})),
}
"""Verb -> arguments that are needed, and those that may be given."""
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?")


class OaiError(Exception):
    """One of the protocol's own errors (3.6)."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code)
        self.code, self.sentence = code, sentence


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is well formed.

    Attributes:
        since, until: both included, in UTC; None: no limit.
        after: the identifier behind which a list goes on; empty: from its beginning.
    """

    verb: str
    format: str = ""
    set: str = ""
    identifier: str = ""
    since: datetime | None = None
    until: datetime | None = None
    after: str = ""

    def token(self, after: str) -> str:
        """The resumption token with which the list goes on behind `after`."""
        said = asdict(replace(self, after=after))
        said |= {name: moment.isoformat() for name in ("since", "until") if (moment := said[name])}
        return base64.urlsafe_b64encode(json.dumps(said, ensure_ascii=False).encode()).decode().rstrip("=")


def read(arguments: Mapping[str, Sequence[str]]) -> Asked:
    """A request from its arguments. Raises OaiError."""
    if any(len(values) != 1 for values in arguments.values()):
        raise OaiError("badArgument", "an argument is repeated")
    said = {name: values[0] for name, values in arguments.items()}
    verb = said.pop("verb", "")
    if verb not in ARGUMENTS:
        raise OaiError("badVerb", "there is no such verb")
    if "resumptionToken" in said:
        if set(said) != {"resumptionToken"}:
            raise OaiError("badArgument", "a resumption token goes alone")
        return _resumed(verb, said["resumptionToken"])
    needed, more = ARGUMENTS[verb]
    if not needed <= set(said) or not set(said) <= needed | more:
        raise OaiError("badArgument", f"needs {sorted(needed)}, takes {sorted(more)}")
    since, until = said.get("from", ""), said.get("until", "")
    if since and until and (len(since) != len(until) or since > until):
        raise OaiError("badArgument", "from and until differ in granularity, or from is later")
    return Asked(
        verb,
        said.get("metadataPrefix", ""),
        said.get("set", ""),
        said.get("identifier", ""),
        _moment(since, end=False),
        _moment(until, end=True),
    )


def stamp(moment: datetime) -> str:
    """A moment as the protocol writes it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _moment(text: str, *, end: bool) -> datetime | None:
    """A day or a second; as an end, its last microsecond."""
    if not text:
        return None
    try:
        if not _STAMP.fullmatch(text):
            raise ValueError
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise OaiError("badArgument", "a date reads YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ") from None
    span = timedelta(days=1) if len(text) == 10 else timedelta(seconds=1)
    return moment + span - timedelta(microseconds=1) if end else moment


def _resumed(verb: str, token: str) -> Asked:
    try:
        said = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        said |= {name: datetime.fromisoformat(said[name]) for name in ("since", "until") if said[name]}
        asked = Asked(**said)
    except (binascii.Error, ValueError, TypeError, KeyError, RecursionError):
        raise OaiError("badResumptionToken", "this is no token of ours") from None
    texts = (asked.verb, asked.format, asked.set, asked.identifier, asked.after)
    moments = (asked.since, asked.until)
    fit = all(isinstance(text, str) for text in texts) and all(
        moment is None or (isinstance(moment, datetime) and moment.tzinfo) for moment in moments
    )
    if not fit or asked.verb != verb or not asked.after:
        raise OaiError("badResumptionToken", "the token belongs to another list")
    return asked
