"""The directory of a node, as its configuration names it."""

from importlib import import_module
from pathlib import Path

from dangqiao.adapters.directory import TufDirectory
from dangqiao.core.configuration import Configuration


class NodeDirectory(TufDirectory):
    """The trusted folder `trust/` of the node, signed with the key store's directory key."""

    def __init__(self, *, folder: Path, configuration: Configuration) -> None:
        module, _, name = configuration.adapters.key_store.rpartition(".")
        store = getattr(import_module(module), name)(folder=folder, configuration=configuration)
        super().__init__(
            folder / "trust",
            configuration.federation.mirrors,
            configuration.node.platform,
            store.private_pem("directory"),
        )
