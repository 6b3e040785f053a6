"""A folder behind SFTP, as a `drop.Drop`: only the server whose key the operator's file gives is believed."""

import base64
import binascii
import io
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

import paramiko

from dangqiao.adapters.connectors.drop import Entry
from dangqiao.core.connectors.contract import PlatformRefused, PlatformUnreachable
from dangqiao.core.errors import N_, Misconfigured


@dataclass(frozen=True, slots=True)
class Account:
    """How an SFTP server is reached. `host_key`: `ssh-ed25519 AAAA…`, as its operator gave it: no other is believed.
    `secret`: a password, or a private key in OpenSSH's format."""

    host: str
    port: int
    user: str
    host_key: str
    secret: str
    folder: str


class SftpDrop:
    """A folder behind SFTP."""

    def __init__(self, name: str, account: Account) -> None:
        self._name, self._account = name, account
        self._client: paramiko.SSHClient | None = None
        self._open: paramiko.SFTPClient | None = None

    def listed(self, folder: str = "") -> list[Entry]:
        """See `Drop`."""
        with self._told() as sftp:
            try:
                rows = sftp.listdir_attr(self._path(folder))
            except FileNotFoundError:
                if folder:
                    return []
                raise
            return sorted(
                (
                    Entry(row.filename, row.st_size or 0, row.st_mtime or 0)
                    for row in rows
                    if stat.S_ISREG(row.st_mode or 0) and not row.filename.startswith(".") and "/" not in row.filename
                ),
                key=lambda one: one.name,
            )

    def move(self, name: str, to: str) -> bool:
        """See `Drop`."""
        with self._told() as sftp:
            with suppress(OSError):
                sftp.mkdir(str(PurePosixPath(self._path(to)).parent))
            try:
                sftp.posix_rename(self._path(name), self._path(to))
            except FileNotFoundError:
                return False
        return True

    def fetch(self, name: str, into: IO[bytes]) -> None:
        """See `Drop`."""
        with self._told() as sftp:
            sftp.getfo(self._path(name), into)

    def put(self, name: str, content: bytes) -> None:
        """See `Drop`."""
        with self._told() as sftp:
            path = PurePosixPath(self._path(name))
            with suppress(OSError):
                sftp.mkdir(str(path.parent))
            draft = str(path.with_name(f".{path.name}.part"))
            with sftp.open(draft, "wb") as stream:
                stream.write(content)
            sftp.posix_rename(draft, str(path))

    def close(self) -> None:
        """See `Drop`."""
        if self._client:
            self._client.close()
        self._client = self._open = None

    def _path(self, name: str) -> str:
        return str(PurePosixPath(self._account.folder) / name)

    @contextmanager
    def _told(self) -> Iterator[paramiko.SFTPClient]:
        try:
            yield self._connected()
        except (paramiko.AuthenticationException, paramiko.BadHostKeyException, PermissionError) as error:
            self.close()
            raise PlatformRefused(self._name, type(error).__name__) from error
        except (paramiko.SSHException, OSError, EOFError) as error:
            self.close()
            raise PlatformUnreachable(self._name, type(error).__name__) from error

    def _connected(self) -> paramiko.SFTPClient:
        if self._open is None:
            account = self._account
            kind, _, blob = account.host_key.partition(" ")
            client = paramiko.SSHClient()
            name = account.host if account.port == 22 else f"[{account.host}]:{account.port}"
            client.get_host_keys().add(name, kind, _public_key(self._name, kind, blob))
            client.set_missing_host_key_policy(paramiko.RejectPolicy())
            private = account.secret.startswith("-----BEGIN")
            client.connect(
                account.host,
                account.port,
                account.user,
                password=None if private else account.secret,
                pkey=_private_key(self._name, account.secret) if private else None,
                timeout=10,
                banner_timeout=10,
                auth_timeout=10,
                allow_agent=False,
                look_for_keys=False,
            )
            self._client, self._open = client, client.open_sftp()
        return self._open


def _public_key(connector: str, kind: str, blob: str) -> paramiko.PKey:
    try:
        return paramiko.PKey.from_type_string(kind, base64.b64decode(blob.split(maxsplit=1)[0], validate=True))
    except (paramiko.SSHException, binascii.Error, IndexError, ValueError) as error:
        raise Misconfigured(
            "connector.host_key",
            N_("The host key in the mapping file of {connector} is none."),
            N_("It reads as ssh-keyscan prints it behind the name: ssh-ed25519 AAAA…"),
            connector=connector,
        ) from error


def _private_key(connector: str, text: str) -> paramiko.PKey:
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        with suppress(paramiko.SSHException, ValueError):
            return kind.from_private_key(io.StringIO(text))
    raise Misconfigured(
        "connector.private_key", N_("The private key of the connector {connector} cannot be read."), connector=connector
    )
