"""JSON over HTTP, as platforms of the last fifteen years speak it: pages, a token in a header, a code in the body that
says how it went, texts in GB18030. What the platform calls things stands in the mapping file, not here.
"""

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import quote, urlencode

from pydantic import Field, model_validator

from dangqiao.adapters.connectors.http import Http, headers_of
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
from dangqiao.core.connectors.mapping import places

Method = Literal["GET", "POST"]
FILLED = ("since", "page", "size", "key", "ticket")
"""Places in braces that a call may have."""


class Call(Part):
    """One thing that the platform can be asked. `params`: sent as they are; places in braces are filled in."""

    path: str
    method: Method = "GET"
    body: Literal["json", "form"] = "json"
    """How parameters travel in a POST."""
    params: dict[str, str] = {}
    records: str = ""
    """Where the list of records is in the answer: `data.rows`."""

    @model_validator(mode="after")
    def _places_known(self) -> Self:
        for place in (one for said in (self.path, *self.params.values()) for one in places(said)):
            if place not in FILLED:
                raise ValueError(f"there is no place {{{place}}}; there are {', '.join(FILLED)}")
        return self


C = TypeVar("C", bound=Call)


class Paged(Call):
    """The call that lists entries. `{since}` in `params` is the mark; `{page}` and `{size}` the page.

    Where the platform gives what changed since a moment in that order, leave `{page}` out: the next page is asked for
    from the last record's moment on, so that nothing is missed when records move meanwhile.
    """

    size: int = Field(200, ge=1, le=10_000)
    first_page: int = 1
    begin: str = "1900-01-01"
    """What `{since}` says the first time."""


class HandOver(Call):
    """`{key}` is our number of the question; the places of `[[search]]` are known too. `ticket`: where theirs is."""

    ticket: str


class Poll(Call):
    """`{ticket}` in path or params. `state`: where the state stands; `states`: their word -> ours."""

    state: str
    states: dict[str, AnswerState]


class Good(Part):
    """Where the body says how it went, and which words mean well. `refused`: words that mean an account's fault."""

    field: str
    values: Annotated[tuple[str, ...], Field(min_length=1)]
    refused: tuple[str, ...] = ()


class RestSection(Part):
    """`[rest]`."""

    address: str
    plain_http: bool = False
    encoding: Literal["utf-8", "gb18030", "gbk"] = "utf-8"
    secret: str = ""
    header: str = "Authorization"
    prefix: str = "Bearer "
    patience: float = Field(20.0, gt=0, le=300)
    attempts: int = Field(3, ge=1, le=10)
    good: Good | None = None
    check: Call | None = None
    harvest: Paged | None = None
    search: Call | None = None
    hand_over: HandOver | None = None
    poll: Poll | None = None


class RestConnector(Limited):
    """`core.connectors.Connector` on a JSON interface."""

    Section = RestSection

    def __init__(self, mapping: Mapping, section: RestSection, surroundings: Surroundings) -> None:
        super().__init__(mapping)
        self._section = section
        base = surroundings.address(section.address, plain=section.plain_http)
        secret = surroundings.secret(section.secret) if section.secret else ""
        headers = headers_of(section.header, secret, section.prefix)
        self._http = Http(mapping.name, base, headers, patience=section.patience, attempts=section.attempts)

    def close(self) -> None:
        """Closes kept connections."""
        self._http.close()

    def check(self) -> str:
        """Asks what `[rest.check]` says; without it, for one page."""
        call = self._section.check
        if call:
            self._ask(call, {})
        elif self._section.harvest:
            self._page(self._section.harvest, self._section.harvest.begin, self._section.harvest.first_page)
        return f"REST: {self._section.address}"

    def harvest(self, mark: str) -> Iterator[Batch]:
        """By pages within one moment, or by moments where the call has no `{page}`."""
        call = self._called(self._section.harvest, Capability.HARVEST)
        numbered = any("{page}" in value for value in (call.path, *call.params.values()))
        since, newest, before = mark or call.begin, mark, set[str]()
        for number in range(MOST_PAGES):
            records = self._page(call, since, call.first_page + (number if numbered else 0))
            moments = [record.values.get(self.mapping.record.changed, "") for record in records]
            ids = {record.values.get(self.mapping.record.id, "") for record in records}
            fresh = [one for one in records if one.values.get(self.mapping.record.id, "") not in before]
            newest = max([newest, *moments])
            if fresh:
                # Numbered pages are in no order that one could rely on: the mark moves when the last has been read.
                last = len(records) < call.size
                yield Batch(fresh, newest if last or not numbered else mark, f"page {number + 1}")
            if len(records) < call.size or (numbered and not records):
                return
            if not numbered and newest == since:
                raise ContentUnreadable(self.mapping.name, f"{call.size} records of one moment: size is too small")
            since, before = (since, ids) if numbered else (newest, ids)

    def settled(self, batch: Batch, receipt: Receipt) -> None:
        """Nothing is told."""

    def search(self, question: Question) -> tuple[Record, ...]:
        """Each set of parameters that can be filled in, in turn."""
        call = self._called(self._section.search, Capability.SEARCH)
        found: dict[str, Record] = {}
        for parameters in asked(self.mapping, question):
            for record in self._records(call, self._ask(call, parameters)):
                found[record.values.get(self.mapping.record.id, "")] = record
        return tuple(found.values())[:MOST_FOUND]

    def hand_over(self, key: str, question: Question) -> str:
        """Sends the first set of parameters that can be filled in, with our key; asked once, never again by itself
        unless the call's params hold `{key}`."""
        call = self._called(self._section.hand_over, Capability.HAND_OVER)
        parameters = next(asked(self.mapping, question), {})
        again = any("{key}" in value for value in call.params.values())
        ticket = text(at(self._ask(call, parameters, patient=again, key=key), call.ticket))
        if not ticket:
            raise ContentUnreadable(self.mapping.name, f"no {call.ticket}")
        return ticket

    def poll(self, ticket: str) -> Answer:
        """Asks for the state and, once found, the records."""
        call = self._called(self._section.poll, Capability.HAND_OVER)
        answer = self._ask(call, {}, ticket=ticket)
        said = text(at(answer, call.state))
        if said not in call.states:
            raise ContentUnreadable(self.mapping.name, f"{call.state} says a state that has no word in [rest.poll]")
        state = call.states[said]
        return Answer(state, tuple(self._records(call, answer)) if state is AnswerState.FOUND else ())

    def _called(self, call: C | None, capability: Capability) -> C:
        self._need(capability)
        if call is None:
            raise ContentUnreadable(self.mapping.name, f"[rest.{capability.value}] is missing")
        return call

    def _page(self, call: Paged, since: str, page: int) -> list[Record]:
        return self._records(call, self._ask(call, {}, since=since, page=str(page), size=str(call.size)))

    def _records(self, call: Call, answer: Any) -> list[Record]:
        rows = at(answer, call.records)
        if rows is None:
            return []
        if not isinstance(rows, list):
            raise ContentUnreadable(self.mapping.name, f"{call.records or 'the answer'} is no list")
        return [Record(flat(row)) for row in rows]

    def _ask(self, call: Call, parameters: dict[str, str], *, patient: bool = True, **filled: str) -> Any:
        encoding = self._section.encoding
        known = dict.fromkeys(FILLED, "") | filled
        params = {name: value.format(**known) for name, value in call.params.items()} | parameters
        path = call.path.format(**{name: quote(value, safe="") for name, value in known.items()})
        content, headers = None, {}
        if call.method == "GET":
            path += ("&" if "?" in path else "?") + urlencode(params, encoding=encoding) if params else ""
        elif call.body == "form":
            content = urlencode(params, encoding=encoding).encode("ascii")
            headers = {"Content-Type": f"application/x-www-form-urlencoded; charset={encoding}"}
        else:
            content = json.dumps(params, ensure_ascii=False).encode(encoding)
            headers = {"Content-Type": f"application/json; charset={encoding}"}
        body = self._http.ask(call.method, path, content=content, headers=headers, patient=patient)
        try:
            answer = json.loads(body.decode(encoding))
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
            raise ContentUnreadable(self.mapping.name, f"no JSON in {encoding}") from None
        self._judge(answer)
        return answer

    def _judge(self, answer: Any) -> None:
        good = self._section.good
        if good and (said := text(at(answer, good.field))) not in good.values:
            if said in good.refused:
                raise PlatformRefused(self.mapping.name, f"{good.field} {said}"[:60])
            raise ContentUnreadable(self.mapping.name, f"{good.field} {said}"[:60])
