"""The port `connectors`: the mapping files of a node, and the connectors they describe."""

from importlib import import_module
from pathlib import Path

from pydantic import BaseModel, ValidationError

from dangqiao.adapters.connectors.peers import Peer, peer_of
from dangqiao.adapters.connectors.surroundings import Surroundings
from dangqiao.core.configuration import Configuration
from dangqiao.core.connectors import Connector, Mapping, parse
from dangqiao.core.connectors.contract import Capability
from dangqiao.core.connectors.mapping import invalid, told
from dangqiao.core.errors import N_, Misconfigured, NotThere

KINDS = {
    "sql": "dangqiao.adapters.connectors.sql:SqlConnector",
    "rest": "dangqiao.adapters.connectors.rest:RestConnector",
    "soap": "dangqiao.adapters.connectors.soap:SoapConnector",
    "files": "dangqiao.adapters.connectors.files:FilesConnector",
    "oai": "dangqiao.adapters.connectors.oai:OaiConnector",
}
"""Kind -> class, by name: a kind's packages are loaded when it is used, and may be missing until then. Each class has
`Section`, the schema of its part of the file, and is made as (mapping, section, surroundings)."""


class Connectors:
    """The mapping files `<node>/connectors/*.toml`. Read each time: an operator's change needs no restart."""

    def __init__(self, *, folder: Path, configuration: Configuration) -> None:
        self._node, self._folder = folder, folder / "connectors"
        self._surroundings = Surroundings(folder, test=configuration.node.test)

    def names(self) -> tuple[str, ...]:
        """Names of all mapping files, sorted."""
        return tuple(sorted(path.stem for path in self._folder.glob("*.toml")))

    def mapping(self, name: str) -> Mapping:
        """One mapping. Raises NotThere (`connector.unknown`), Misconfigured (`connector.file`)."""
        path = self._folder / f"{name}.toml"
        if name not in self.names():
            raise NotThere(
                "connector.unknown",
                N_("There is no connector {name}."),
                N_("Mapping files are connectors/NAME.toml in the node's folder. There are: {known}."),
                name=name,
                known=", ".join(self.names()) or "—",
            )
        return self.read(name, path.read_bytes())

    def read(self, name: str, source: bytes) -> Mapping:
        """The mapping in the bytes of a file, its kind's section checked too. Raises Misconfigured."""
        mapping = parse(name, source)
        section = self._class(mapping).Section
        try:
            section.model_validate(mapping.section)
        except ValidationError as error:
            raise invalid(name, told(error, source.decode(), (mapping.connector.kind,))) from error
        return mapping

    def able(self, capability: Capability) -> tuple[Mapping, ...]:
        """The mappings that allow a capability. Raises Misconfigured (`connector.file`)."""
        return tuple(one for one in map(self.mapping, self.names()) if one.can(capability))

    def open(self, mapping: Mapping) -> Connector:
        """The connector of a mapping. The caller closes it.

        Raises:
            Misconfigured: `connector.secret_missing`, `connector.secret_open`, `connector.address`,
                `connector.package_missing`.
        """
        kind = self._class(mapping)
        connector: Connector = kind(mapping, kind.Section.model_validate(mapping.section), self._surroundings)
        return connector

    def peer_of(self, token: str) -> Peer | None:
        """Who may harvest our entries with this token. Raises Misconfigured (`connector.file`)."""
        return peer_of(token, self._node, self._surroundings)

    @staticmethod
    def _class(mapping: Mapping) -> "type[_Kind]":
        module, _, name = KINDS[mapping.connector.kind].partition(":")
        try:
            found: type[_Kind] = getattr(import_module(module), name)
        except ModuleNotFoundError as error:
            raise Misconfigured(
                "connector.package_missing",
                N_("A connector of kind {kind} needs the Python package {package}."),
                N_("Install the program with its extra: pip install 'dangqiao[connectors]'."),
                kind=mapping.connector.kind,
                package=error.name,
            ) from error
        return found


class _Kind(Connector):
    """What KINDS points at."""

    Section: type[BaseModel]

    def __init__(self, mapping: Mapping, section: BaseModel, surroundings: Surroundings) -> None: ...
