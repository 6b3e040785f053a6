"""The object store's port: scans, materials and documents, by the hash of their content."""

from collections.abc import Iterator
from typing import Protocol


class ObjectStore(Protocol):
    """Keeps bytes under their SHA-256; what is there never changes."""

    def put(self, content: bytes | Iterator[bytes]) -> str:
        """Stores the content durably; its name, the SHA-256 in hex. Storing the same again is harmless."""
        ...

    def get(self, name: str) -> bytes:
        """The whole content. Raises NotThere (`storage.missing`) or Untrusted (`storage.altered`)."""
        ...

    def chunks(self, name: str) -> Iterator[bytes]:
        """The content in pieces, for large ones. Raises NotThere (`storage.missing`) before the first piece."""
        ...

    def size(self, name: str) -> int:
        """Bytes. Raises NotThere (`storage.missing`)."""
        ...
