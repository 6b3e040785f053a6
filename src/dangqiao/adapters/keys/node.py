"""The key store of a node, as its configuration names it."""

from pathlib import Path

from dangqiao.adapters.keys.files import SoftKeyStore
from dangqiao.core.configuration import Configuration
from dangqiao.core.vocabulary.divisions import find


class NodeKeyStore(SoftKeyStore):
    """Keys in the node's `secrets/` folder."""

    def __init__(self, *, folder: Path, configuration: Configuration) -> None:
        platform = configuration.node.platform
        super().__init__(folder / "secrets", platform, find(platform)[0].name)
