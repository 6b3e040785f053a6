"""A web service with a WSDL (SOAP 1.1 or 1.2), called by zeep: how platforms of the years around 2010 speak.

zeep reads the WSDL; our own carrier does all the asking, so that neither a WSDL nor a redirection leads anywhere but to
the host that the operator named. Services of that time like to answer with a text that holds XML of its own: `inner`.
"""

from collections.abc import Iterator
from typing import Any, Literal

from lxml import etree
from pydantic import Field
from requests import Response
from zeep import Client, Settings
from zeep.exceptions import Error as ZeepError
from zeep.exceptions import Fault
from zeep.helpers import serialize_object
from zeep.transports import Transport
from zeep.wsse.username import UsernameToken

from dangqiao.adapters.connectors.http import Http
from dangqiao.adapters.connectors.surroundings import (
    MOST_FOUND,
    MOST_PAGES,
    Limited,
    Part,
    Surroundings,
    at,
    flat,
    text,
)
from dangqiao.core.connectors import (
    Answer,
    AnswerState,
    Batch,
    Capability,
    ContentUnreadable,
    Mapping,
    PlatformRefused,
    Question,
    Receipt,
    Record,
    asked,
)


class Operation(Part):
    """One operation of the service. `params`: fixed ones; those of harvest, hand_over and poll may hold {since},
    {page}, {size}, {key}, {ticket}. `records`: where the list is in the answer."""

    name: str
    params: dict[str, str] = {}
    records: str = ""
    inner: str = ""
    """The answer is a text with XML in it, and this is the name of the element that stands for one record."""
    size: int = Field(200, ge=1, le=10_000)
    ticket: str = ""
    state: str = ""
    states: dict[str, AnswerState] = {}


class SoapSection(Part):
    """`[soap]`. `address`: where the service is; goes before what the WSDL says, which is often an inner name."""

    wsdl: str
    address: str
    plain_http: bool = False
    service: str = ""
    port: str = ""
    user: str = ""
    secret: str = ""
    log_in: Literal["token", "params"] = "token"
    """`token`: WS-Security UsernameToken; `params`: `user` and the secret as the parameters named below."""
    user_param: str = "user"
    secret_param: str = "password"  # noqa: S105  (a parameter's name)
    patience: float = Field(30.0, gt=0, le=300)
    begin: str = "1900-01-01"
    harvest: Operation | None = None
    search: Operation | None = None
    hand_over: Operation | None = None
    poll: Operation | None = None


class Carrier(Transport):
    """zeep's way out: the one host of the operator's file, bounded, never redirected."""

    def __init__(self, http: Http) -> None:
        super().__init__()
        self._http = http

    def load(self, url: str) -> bytes:
        """A WSDL or a schema that it includes."""
        return self._http.ask("GET", url)

    def post(self, address: str, message: Any, headers: dict[str, str]) -> Response:
        """One call. A fault comes with status 500 and is zeep's to read."""
        found = Response()
        found._content = self._http.ask("POST", address, content=message, headers=headers, faults=frozenset({500}))
        found.status_code, found.encoding = 200, "utf-8"
        found.headers["Content-Type"] = "text/xml; charset=utf-8"
        return found


class SoapConnector(Limited):
    """`core.connectors.Connector` on a web service."""

    Section = SoapSection

    def __init__(self, mapping: Mapping, section: SoapSection, surroundings: Surroundings) -> None:
        super().__init__(mapping)
        self._section = section
        address = surroundings.address(section.address, plain=section.plain_http)
        self._secret = surroundings.secret(section.secret) if section.secret else ""
        self._http = Http(mapping.name, address, {}, patience=section.patience, attempts=2)
        self._service: Any = None

    def close(self) -> None:
        """Closes kept connections."""
        self._http.close()

    def check(self) -> str:
        """Reads the WSDL and finds the operations."""
        self._connect()
        return f"SOAP: {self._section.address}"

    def harvest(self, mark: str) -> Iterator[Batch]:
        """Page by page since the mark."""
        call = self._called(self._section.harvest, Capability.HARVEST)
        since, newest = mark or self._section.begin, mark
        for page in range(1, MOST_PAGES):
            places = {"since": since, "page": str(page), "size": str(call.size)}
            records = self._records(call, self._ask(call, {}, places))
            newest = max([newest, *(record.values.get(self.mapping.record.changed, "") for record in records)])
            last = len(records) < call.size or not any("{page}" in said for said in call.params.values())
            if records:
                yield Batch(records, newest if last else mark, f"page {page}")
            if last:
                return

    def settled(self, batch: Batch, receipt: Receipt) -> None:
        """Nothing is told."""

    def search(self, question: Question) -> tuple[Record, ...]:
        """Each set of parameters that can be filled in, in turn."""
        call = self._called(self._section.search, Capability.SEARCH)
        found: dict[str, Record] = {}
        for parameters in asked(self.mapping, question):
            for record in self._records(call, self._ask(call, parameters, {})):
                found[record.values.get(self.mapping.record.id, "")] = record
        return tuple(found.values())[:MOST_FOUND]

    def hand_over(self, key: str, question: Question) -> str:
        """Sends the first set of parameters that can be filled in, with our key."""
        call = self._called(self._section.hand_over, Capability.HAND_OVER)
        answer = self._ask(call, next(asked(self.mapping, question), {}), {"key": key})
        ticket = text(at(answer, call.ticket))
        if not ticket:
            raise ContentUnreadable(self.mapping.name, "no ticket")
        return ticket

    def poll(self, ticket: str) -> Answer:
        """Asks for the state and, once found, the records."""
        call = self._called(self._section.poll, Capability.HAND_OVER)
        answer = self._ask(call, {}, {"ticket": ticket})
        said = text(at(answer, call.state))
        if said not in call.states:
            raise ContentUnreadable(self.mapping.name, f"{call.state} says a state that has no word in [soap.poll]")
        state = call.states[said]
        return Answer(state, tuple(self._records(call, answer)) if state is AnswerState.FOUND else ())

    def _called(self, call: Operation | None, capability: Capability) -> Operation:
        self._need(capability)
        if call is None:
            raise ContentUnreadable(self.mapping.name, f"[soap.{capability.value}] is missing")
        return call

    def _connect(self) -> Any:
        if self._service is None:
            section = self._section
            token = UsernameToken(section.user, self._secret) if self._secret and section.log_in == "token" else None
            settings = Settings(forbid_dtd=True, forbid_entities=True, forbid_external=False, strict=False)
            try:
                client = Client(section.wsdl, wsse=token, transport=Carrier(self._http), settings=settings)
                service = client.bind(section.service or None, section.port or None)
                self._service = client.create_service(str(service._binding.name), section.address)
                for call in (section.harvest, section.search, section.hand_over, section.poll):
                    if call:
                        service[call.name]
            except (ZeepError, etree.LxmlError, AttributeError, ValueError, KeyError) as error:
                raise ContentUnreadable(self.mapping.name, f"WSDL: {type(error).__name__}") from error
        return self._service

    def _ask(self, call: Operation, parameters: dict[str, str], places: dict[str, str]) -> Any:
        service = self._connect()
        known = dict.fromkeys(("since", "page", "size", "key", "ticket"), "") | places
        params = {name: said.format(**known) for name, said in call.params.items()} | parameters
        if self._secret and self._section.log_in == "params":
            params |= {self._section.user_param: self._section.user, self._section.secret_param: self._secret}
        try:
            answer = serialize_object(service[call.name](**params), dict)
        except Fault as error:
            # The fault's words may quote what was asked.
            code = str(error.code or "").rpartition(":")[2]
            if code in ("FailedAuthentication", "InvalidSecurity", "Client", "Sender"):
                raise PlatformRefused(self.mapping.name, f"fault {code}"[:60]) from None
            raise ContentUnreadable(self.mapping.name, f"fault {code}"[:60]) from None
        except (ZeepError, etree.LxmlError, TypeError, ValueError) as error:
            raise ContentUnreadable(self.mapping.name, type(error).__name__) from None
        return self._unpacked(call, answer)

    def _unpacked(self, call: Operation, answer: Any) -> Any:
        """The XML inside the answer's text, as lists and dicts."""
        if not call.inner:
            return answer
        said = answer if isinstance(answer, str) else text(at(answer, call.records))
        try:
            parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
            root = etree.fromstring(said.strip().encode(), parser)
        except (etree.XMLSyntaxError, ValueError):
            raise ContentUnreadable(self.mapping.name, "no XML in the answer") from None
        found: dict[str, Any] = {str(one.tag): one.text for one in root if isinstance(one.tag, str) and not len(one)}
        return found | {call.inner: [_row(one) for one in root.iter(call.inner)]}

    def _records(self, call: Operation, answer: Any) -> list[Record]:
        rows = at(answer, call.inner or call.records)
        if isinstance(rows, dict):  # a list of one, or a wrapper around the list
            rows = next((one for one in rows.values() if isinstance(one, list)), [rows])
        return [Record(flat(row)) for row in rows or []]


def _row(element: Any) -> dict[str, str]:
    return {str(one.tag): one.text or "" for one in element if isinstance(one.tag, str)} | dict(element.attrib)
