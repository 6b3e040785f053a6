"""The node as an OAI-PMH 2.0 repository: what archives hold, for anybody; entries, for peers with a token."""

from xml.etree import ElementTree as ET

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from dangqiao.apps.connectors import publishing
from dangqiao.apps.connectors.publishing import Item, Peer
from dangqiao.apps.fields import now
from dangqiao.core.connectors.oai import COVERAGE, ENTRIES, Asked, OaiError, read, stamp
from dangqiao.web.guards import public
from dangqiao.web.limits import limit

OAI, DC, OAI_DC = (
    "http://www.openarchives.org/OAI/2.0/",
    "http://purl.org/dc/elements/1.1/",
    "http://www.openarchives.org/OAI/2.0/oai_dc/",
)
ENTRY = "https://dangqiao.org/ns/entry/1"
SCHEMAS = {COVERAGE: f"{OAI}oai_dc.xsd", ENTRIES: f"{ENTRY}.xsd"}
NAMESPACES = {COVERAGE: OAI_DC, ENTRIES: ENTRY}
for _prefix, _name in (("", OAI), ("dc", DC), ("oai_dc", OAI_DC), ("entry", ENTRY)):
    ET.register_namespace(_prefix, _name)


@public
@csrf_exempt
@require_http_methods(["GET", "POST"])
def oai(request: HttpRequest) -> HttpResponse:
    """Answers one request of the protocol; its own errors have status 200 (3.6)."""
    limit(request, "oai", 600, 60)
    arguments = dict((request.POST or request.GET).lists())
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    peer = publishing.peer_of(token.strip()) if scheme == "Bearer" else None
    if token and peer is None:
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    root = ET.Element(f"{{{OAI}}}OAI-PMH")
    _add(root, "responseDate", stamp(now()))
    about = _add(root, "request", settings.PUBLIC_URL + reverse("oai"))
    try:
        asked = read(arguments)
        about.attrib.update({name: values[0] for name, values in arguments.items()})
        VERBS[asked.verb](_add(root, asked.verb), asked, peer)
    except OaiError as error:
        for child in root[2:]:
            root.remove(child)
        _add(root, "error", error.sentence).set("code", error.code)
    response = HttpResponse(ET.tostring(root, "utf-8", xml_declaration=True), content_type="text/xml; charset=utf-8")
    response.headers["Cache-Control"] = "no-store, private" if peer else "no-cache"
    return response


def _identify(at: ET.Element, asked: Asked, peer: Peer | None) -> None:
    publishing.refresh()
    _add(at, "repositoryName", f"档桥 {settings.PLATFORM_CODE}")
    _add(at, "baseURL", settings.PUBLIC_URL + reverse("oai"))
    _add(at, "protocolVersion", "2.0")
    _add(at, "adminEmail", f"postmaster@{settings.PUBLIC_URL.split('//')[1].split(':')[0]}")
    _add(at, "earliestDatestamp", stamp(publishing.earliest()))
    _add(at, "deletedRecord", "persistent")
    _add(at, "granularity", "YYYY-MM-DDThh:mm:ssZ")


def _formats(at: ET.Element, asked: Asked, peer: Peer | None) -> None:
    for prefix in (COVERAGE, ENTRIES) if peer else (COVERAGE,):
        one = _add(at, "metadataFormat")
        _add(one, "metadataPrefix", prefix)
        _add(one, "schema", SCHEMAS[prefix])
        _add(one, "metadataNamespace", NAMESPACES[prefix])


def _sets(at: ET.Element, asked: Asked, peer: Peer | None) -> None:
    publishing.refresh()
    for spec, name in publishing.sets(peer):
        one = _add(at, "set")
        _add(one, "setSpec", spec)
        _add(one, "setName", name)


def _list(at: ET.Element, asked: Asked, peer: Peer | None) -> None:
    page = publishing.page(asked, peer)
    for item in page.items:
        if asked.verb == "ListIdentifiers":
            _header(at, item)
        else:
            _record(at, asked, item)
    if page.token or asked.after:
        _add(at, "resumptionToken", page.token)


def _get(at: ET.Element, asked: Asked, peer: Peer | None) -> None:
    _record(at, asked, publishing.page(asked, peer).items[0])


VERBS = {
    "Identify": _identify,
    "ListMetadataFormats": _formats,
    "ListSets": _sets,
    "ListIdentifiers": _list,
    "ListRecords": _list,
    "GetRecord": _get,
}


def _record(at: ET.Element, asked: Asked, item: Item) -> None:
    one = _add(at, "record")
    _header(one, item)
    if item.deleted:
        return
    metadata = _add(one, "metadata")
    if asked.format == COVERAGE:
        inner = ET.SubElement(metadata, f"{{{OAI_DC}}}dc")
        for name, value in item.values:
            ET.SubElement(inner, f"{{{DC}}}{name}").text = value
        return
    inner = ET.SubElement(metadata, f"{{{ENTRY}}}entry")
    for name, value in item.values:
        field = ET.SubElement(inner, f"{{{ENTRY}}}field", {"name": name})
        field.text = value


def _header(at: ET.Element, item: Item) -> None:
    header = _add(at, "header")
    if item.deleted:
        header.set("status", "deleted")
    _add(header, "identifier", item.identifier)
    _add(header, "datestamp", stamp(item.changed_at))
    _add(header, "setSpec", item.set)


def _add(at: ET.Element, name: str, text: str = "") -> ET.Element:
    one = ET.SubElement(at, f"{{{OAI}}}{name}")
    one.text = text or None
    return one
