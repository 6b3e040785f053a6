"""A small web service with a WSDL, as a process: `python soap_service.py RECORDS USER PASSWORD`; prints its port."""

import sys
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from lxml import etree

from dangqiao.apps.work.processes import die_with_parent
from dangqiao.cli.demo.legacy import Platform

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
OURS = "urn:legacy:marriages"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
FIELDS = (
    "jlbh",
    "gxsj",
    "zt",
    "dh",
    "ywlx",
    "djrq",
    "djjg",
    "nan_xm",
    "nv_xm",
    "nan_csrq",
    "nv_csrq",
    "nan_sfzh",
    "nv_sfzh",
)
CALLS = {
    "listChanged": (("gxsj", "page", "rows"), '<xs:element ref="t:record" minOccurs="0" maxOccurs="unbounded"/>'),
    "query": (("xm", "sfzh"), '<xs:element ref="t:record" minOccurs="0" maxOccurs="unbounded"/>'),
    "queryText": (("xm", "sfzh"), '<xs:element name="return" type="xs:string"/>'),
    "submit": (("wbh", "xm", "sfzh"), '<xs:element name="slbh" type="xs:string"/>'),
    "state": (
        ("slbh",),
        '<xs:element name="clzt" type="xs:string"/><xs:element ref="t:record" minOccurs="0" maxOccurs="unbounded"/>',
    ),
}


def wsdl(address: str) -> bytes:
    """The service's description. Its address is an inner name, as such descriptions often say."""

    def element(name: str) -> str:
        return f'<xs:element name="{name}" type="xs:string" minOccurs="0"/>'

    types = "".join(
        f'<xs:element name="{name}"><xs:complexType><xs:sequence>{"".join(map(element, said))}</xs:sequence>'
        f'</xs:complexType></xs:element><xs:element name="{name}Response"><xs:complexType><xs:sequence>{answer}'
        f"</xs:sequence></xs:complexType></xs:element>"
        for name, (said, answer) in CALLS.items()
    )
    messages = "".join(
        f'<message name="{name}{kind}"><part name="parameters" element="t:{name}{kind}"/></message>'
        for name in CALLS
        for kind in ("", "Response")
    )
    port = "".join(
        f'<operation name="{name}"><input message="t:{name}"/><output message="t:{name}Response"/></operation>'
        for name in CALLS
    )
    body = '<s:body use="literal"/>'
    binding = "".join(
        f'<operation name="{name}"><s:operation soapAction=""/><input>{body}</input><output>{body}</output></operation>'
        for name in CALLS
    )
    return f"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="{OURS}" targetNamespace="{OURS}" name="Marriages">
<types><xs:schema targetNamespace="{OURS}" elementFormDefault="qualified">
<xs:element name="record"><xs:complexType><xs:sequence>{"".join(map(element, FIELDS))}</xs:sequence></xs:complexType>
</xs:element>{types}</xs:schema></types>{messages}<portType name="Port">{port}</portType>
<binding name="Binding" type="t:Port"><s:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
{binding}</binding>
<service name="Marriages"><port name="Port" binding="t:Binding"><s:address location="{address}"/></port></service>
</definitions>""".encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, platform: Platform, user: str, password: str, *args: Any) -> None:
        self._platform, self._user, self._password = platform, user, password
        super().__init__(*args)

    def do_GET(self) -> None:
        self._say(200, wsdl("http://inner-name.example/marriages"))

    def do_POST(self) -> None:
        root = etree.fromstring(self.rfile.read(int(self.headers["Content-Length"])))
        said = [root.findtext(f".//{{{WSSE}}}{name}") for name in ("Username", "Password")]
        if said != [self._user, self._password]:
            self._fault("wsse:FailedAuthentication")
            return
        call = root.find(f"{{{SOAP}}}Body")[0]
        name = etree.QName(call).localname
        asked = {etree.QName(one).localname: one.text for one in call if one.text}
        answer = etree.Element(f"{{{OURS}}}{name}Response", nsmap={None: OURS})
        getattr(self, f"_{name}")(answer, asked)
        envelope = etree.Element(f"{{{SOAP}}}Envelope")
        etree.SubElement(envelope, f"{{{SOAP}}}Body").append(answer)
        self._say(200, etree.tostring(envelope, xml_declaration=True, encoding="UTF-8"))

    def _listChanged(self, answer: Any, asked: dict[str, str]) -> None:
        size, page = int(asked["rows"]), int(asked["page"])
        rows = [row for row in self._platform.rows() if row["gxsj"] > asked["gxsj"]]
        self._records(answer, rows[(page - 1) * size : page * size])

    def _query(self, answer: Any, asked: dict[str, str]) -> None:
        self._records(answer, self._platform.found(asked))

    def _queryText(self, answer: Any, asked: dict[str, str]) -> None:
        inner = etree.Element("result")
        etree.SubElement(inner, "code").text = "0"
        for row in self._platform.found(asked):
            one = etree.SubElement(inner, "row")
            for name, text in _flat(row).items():
                etree.SubElement(one, name).text = text
        etree.SubElement(answer, f"{{{OURS}}}return").text = etree.tostring(inner, encoding="unicode")

    def _submit(self, answer: Any, asked: dict[str, str]) -> None:
        etree.SubElement(answer, f"{{{OURS}}}slbh").text = self._platform.take_question(asked)

    def _state(self, answer: Any, asked: dict[str, str]) -> None:
        state, rows = self._platform.answer(asked["slbh"]) or ("90", [])
        etree.SubElement(answer, f"{{{OURS}}}clzt").text = state
        self._records(answer, rows)

    def _records(self, answer: Any, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            record = etree.SubElement(answer, f"{{{OURS}}}record")
            flat = _flat(row)
            for name in FIELDS:
                etree.SubElement(record, f"{{{OURS}}}{name}").text = flat.get(name, "")

    def _fault(self, code: str) -> None:
        self._say(
            500,
            f'<e:Envelope xmlns:e="{SOAP}" xmlns:wsse="{WSSE}"><e:Body><e:Fault><faultcode>{code}</faultcode>'
            f"<faultstring>no</faultstring></e:Fault></e:Body></e:Envelope>".encode(),
        )

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        pass


def _flat(row: dict[str, Any]) -> dict[str, str]:
    flat = {name: text for name, text in row.items() if isinstance(text, str)}
    return flat | {f"{who}_{key}": text for who in ("nan", "nv") for key, text in row[who].items()}


if __name__ == "__main__":
    die_with_parent()
    records, user, password = sys.argv[1:]
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, Platform(Path(records)), user, password))
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()
