"""OAI-PMH 2.0, the harvesting side: ListRecords with resumption tokens and deleted records.

The mark is the repository's own response date of the first answer (OAI-PMH 2.0, section 2.7.1 and 3.3: never our
clock), with the token while a list is under way. A token that the repository has forgotten starts that list anew;
records that come twice change nothing.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from lxml import etree
from pydantic import Field

from dangqiao.adapters.connectors.http import Http, headers_of
from dangqiao.adapters.connectors.surroundings import MOST_PAGES, Limited, Part, Surroundings
from dangqiao.core.connectors import (
    Answer,
    Batch,
    Capability,
    ContentUnreadable,
    Mapping,
    PlatformRefused,
    Question,
    Receipt,
    Record,
    cannot,
)

OAI = "{http://www.openarchives.org/OAI/2.0/}"
_REFUSED = frozenset({"badVerb", "badArgument", "cannotDisseminateFormat", "noSetHierarchy", "noMetadataFormats"})


class OaiSection(Part):
    """`[oai]`. `format`: the metadataPrefix; `set`: a setSpec. `secret`: file with a token, where one is needed."""

    address: str
    plain_http: bool = False
    format: str = "oai_dc"
    set: str = ""
    secret: str = ""
    header: str = "Authorization"
    prefix: str = "Bearer "
    patience: float = Field(60.0, gt=0, le=600)


class OaiConnector(Limited):
    """`core.connectors.Connector` on an OAI-PMH repository."""

    Section = OaiSection

    def __init__(self, mapping: Mapping, section: OaiSection, surroundings: Surroundings) -> None:
        super().__init__(mapping)
        self._section = section
        base = surroundings.address(section.address, plain=section.plain_http)
        secret = surroundings.secret(section.secret) if section.secret else ""
        headers = headers_of(section.header, secret, section.prefix)
        self._http = Http(mapping.name, base, headers, patience=section.patience)

    def close(self) -> None:
        """Closes kept connections."""
        self._http.close()

    def check(self) -> str:
        """Identify."""
        root = self._ask({"verb": "Identify"})
        return f"OAI-PMH {root.findtext(f'.//{OAI}protocolVersion')}: {root.findtext(f'.//{OAI}repositoryName')}"

    def harvest(self, mark: str) -> Iterator[Batch]:
        """Page after page until there is no token."""
        self._need(Capability.HARVEST)
        state: dict[str, str] = json.loads(mark) if mark else {}
        since, token, begun = state.get("from", ""), state.get("token", ""), state.get("begun", "")
        granularity = len(self._ask({"verb": "Identify"}).findtext(f".//{OAI}granularity") or "YYYY-MM-DD")
        for page in range(1, MOST_PAGES):
            root = self._ask(self._question(since[:10] if granularity == 10 else since, token))
            code = self._error(root)
            if code == "badResumptionToken" and token:
                token = begun = ""
                continue
            begun = begun or (root.findtext(f"{OAI}responseDate") or "").strip()
            token = (root.findtext(f".//{OAI}resumptionToken") or "").strip()
            records = [_record(one) for one in root.iter(f"{OAI}record")]
            after = {"from": since, "token": token, "begun": begun} if token else {"from": begun}
            if records:
                yield Batch(records, json.dumps(after), f"page {page}")
            if not token:
                return

    def settled(self, batch: Batch, receipt: Receipt) -> None:
        """OAI-PMH tells nothing back."""

    def search(self, question: Question) -> tuple[Record, ...]:
        """OAI-PMH has no queries."""
        raise cannot(self.mapping.name, Capability.SEARCH)

    def hand_over(self, key: str, question: Question) -> str:
        """OAI-PMH takes nothing."""
        raise cannot(self.mapping.name, Capability.HAND_OVER)

    def poll(self, ticket: str) -> Answer:
        """OAI-PMH takes nothing."""
        raise cannot(self.mapping.name, Capability.HAND_OVER)

    def _question(self, since: str, token: str) -> dict[str, str]:
        if token:
            return {"verb": "ListRecords", "resumptionToken": token}
        said = {"verb": "ListRecords", "metadataPrefix": self._section.format}
        return said | ({"set": self._section.set} if self._section.set else {}) | ({"from": since} if since else {})

    def _error(self, root: Any) -> str:
        """The code of an error that is none of the operator's; empty without one, and for an empty list."""
        error = root.find(f"{OAI}error")
        code = str(error.get("code")) if error is not None else ""
        if code in _REFUSED:
            raise PlatformRefused(self.mapping.name, code)
        return "" if code == "noRecordsMatch" else code

    def _ask(self, parameters: dict[str, str]) -> Any:
        body = self._http.ask("GET", f"{self._http.base}?{urlencode(parameters)}")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
        try:
            root = etree.fromstring(body, parser)
        except (etree.XMLSyntaxError, ValueError):
            raise ContentUnreadable(self.mapping.name, "no XML") from None
        if root.tag != f"{OAI}OAI-PMH":
            raise ContentUnreadable(self.mapping.name, "no OAI-PMH")
        return root


def _record(element: Any) -> Record:
    """An element's text under its name, or under its attribute `name` where it has one; repeated ones joined by 、."""
    header = element.find(f"{OAI}header")
    number = (header.findtext(f"{OAI}identifier") or "").strip() if header is not None else ""
    deleted = header is not None and header.get("status") == "deleted"
    values: dict[str, str] = {}
    metadata = element.find(f"{OAI}metadata")
    for one in metadata.iter() if metadata is not None else ():
        said = (one.text or "").strip()
        if isinstance(one.tag, str) and said and not len(one):
            name = one.get("name") or etree.QName(one).localname
            values[name] = f"{values[name]}、{said}" if name in values else said
    return Record(values, number, deleted)
