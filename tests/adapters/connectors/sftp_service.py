"""An SSH server that speaks SFTP in one folder, as a process: `python sftp_service.py FOLDER USER PASSWORD`.

Prints its port and its host key. Renames as OpenSSH does (posix-rename), and knows no shell.
"""

import os
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import paramiko
from paramiko.sftp import SFTP_FAILURE, SFTP_NO_SUCH_FILE, SFTP_OK

from dangqiao.apps.work.processes import die_with_parent


class Server(paramiko.ServerInterface):
    def __init__(self, user: str, password: str) -> None:
        self._account = (user, password)

    def check_auth_password(self, username: str, password: str) -> int:
        good = (username, password) == self._account
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    def get_allowed_auths(self, username: str) -> str:
        return "password"


class Handle(paramiko.SFTPHandle):
    def stat(self) -> Any:
        return paramiko.SFTPAttributes.from_stat(os.fstat((self.readfile or self.writefile).fileno()))


class Folder(paramiko.SFTPServerInterface):
    root = Path()

    def _path(self, name: str) -> Path:
        return self.root / self.canonicalize(name).lstrip("/")

    def list_folder(self, path: str) -> Any:
        try:
            return [_attributes(one) for one in self._path(path).iterdir()]
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    def stat(self, path: str) -> Any:
        try:
            return _attributes(self._path(path))
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    lstat = stat

    def open(self, path: str, flags: int, attr: Any) -> Any:
        try:
            stream = os.fdopen(os.open(self._path(path), flags, 0o600), "wb" if flags & os.O_WRONLY else "rb")
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        handle = Handle(flags)
        handle.filename = path
        handle.readfile = handle.writefile = stream
        return handle

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        try:
            self._path(oldpath).rename(self._path(newpath))
        except FileNotFoundError:
            return int(SFTP_NO_SUCH_FILE)
        except OSError:
            return int(SFTP_FAILURE)
        return int(SFTP_OK)

    def mkdir(self, path: str, attr: Any) -> int:
        try:
            self._path(path).mkdir()
        except OSError as error:
            return int(paramiko.SFTPServer.convert_errno(error.errno))
        return int(SFTP_OK)


def _attributes(path: Path) -> Any:
    attributes = paramiko.SFTPAttributes.from_stat(path.stat())
    attributes.filename = path.name
    return attributes


def _serve(connection: socket.socket, key: paramiko.PKey, server: Server) -> None:
    transport = paramiko.Transport(connection)
    transport.add_server_key(key)
    transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Folder)
    try:
        transport.start_server(server=server)
    except (paramiko.SSHException, EOFError):
        transport.close()


if __name__ == "__main__":
    die_with_parent()
    folder, user, password = sys.argv[1:]
    Folder.root = Path(folder)
    host_key = paramiko.ECDSAKey.generate()
    listening = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"{listening.getsockname()[1]} {host_key.get_name()} {host_key.get_base64()}\n")
    sys.stdout.flush()
    while True:
        accepted, _address = listening.accept()
        threading.Thread(target=_serve, args=(accepted, host_key, Server(user, password)), daemon=True).start()
