"""A directory folder: one layout for the repository, each mirror, a proposal, and the trust list of a verifier.

    metadata/1.root.json               the oldest root is the anchor: whoever trusts the folder trusts it
    metadata/<n>.targets.json          members.json and the common category files, and who signs which listing
    metadata/<n>.<platform>.json       signed by that platform alone
    metadata/<n>.snapshot.json
    metadata/timestamp.json            written last: until then, everything else is not yet in force
    targets/<sha256>.members.json
    targets/categories/<sha256>.<name>
    targets/platforms/<code>/<sha256>.listing.json
    targets/platforms/<code>/<sha256>.listing.jws   its signature in the federation's suite, where that needs one

It is the layout of a TUF repository with consistent snapshots (TUF specification §6.2), so any file server can be a
mirror. Old files may stay; they harm nobody.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

import httpx
from tuf.api.metadata import TargetFile

from dangqiao.core.errors import N_, NotThere, Unavailable

Read = Callable[[str], bytes]
"""Gives the file at a relative path. Raises FileNotFoundError where there is none, Unavailable where nobody answers."""

TIMESTAMP = "metadata/timestamp.json"
LARGEST_FILE = 20_000_000
"""Bytes. A listing of a whole province with its seals has about half a million."""
TIMEOUT = 10.0
"""Seconds for a connection or between two pieces of an answer."""


def metadata_path(role: str, version: int) -> str:
    """Where the metadata of a role lies."""
    return f"metadata/{version}.{role}.json"


def listing_path(platform: str) -> str:
    """The name of a platform's listing among the targets."""
    return f"platforms/{platform}/listing.json"


def signature_path(platform: str) -> str:
    """The name of the listing's signature in the federation's suite."""
    return f"platforms/{platform}/listing.jws"


def target_path(name: str, target: TargetFile) -> str:
    """Where a target lies: its digest is in the file name, so that old and new can stand side by side.

    Raises FileNotFoundError if it was signed with other digests, by which nothing is filed here.
    """
    if "sha256" not in target.hashes:
        raise FileNotFoundError(name)
    folder, slash, file = name.rpartition("/")
    return f"targets/{folder}{slash}{target.hashes['sha256']}.{file}"


def versions(folder: Path, role: str) -> list[int]:
    """The versions of a role's metadata that the folder has, in order."""
    return sorted(int(path.name.split(".")[0]) for path in (folder / "metadata").glob(f"*.{role}.json"))


def anchor(folder: Path) -> bytes:
    """The oldest root in the folder.

    Raises:
        NotThere: `directory.none`.
    """
    roots = versions(folder, "root")
    if not roots:
        raise NotThere(
            "directory.none",
            N_("There is no directory in {folder}."),
            N_("Put the root that the members gave you into its folder metadata/."),
            folder=folder,
        )
    return (folder / metadata_path("root", roots[0])).read_bytes()


def reader(source: str | Path, client: httpx.Client | None = None) -> Read:
    """Reads from a folder, or through `client` from a mirror if `source` is an http address."""
    if client is not None and is_address(source):
        return _http_reader(str(source), client)
    folder = Path(source)

    def read(path: str) -> bytes:
        return (folder / path).read_bytes()

    return read


def is_address(source: str | Path) -> bool:
    """Whether a mirror is reached by HTTP."""
    return str(source).startswith(("http://", "https://"))


@contextmanager
def connected(sources: Iterable[str | Path], client: httpx.Client | None) -> Iterator[httpx.Client | None]:
    """The client to read `sources` with: the one given, else one of its own where any source needs it."""
    if client is not None or not any(map(is_address, sources)):
        yield client
        return
    with httpx.Client(timeout=TIMEOUT, follow_redirects=False) as own:
        yield own


def _http_reader(base: str, client: httpx.Client) -> Read:
    def read(path: str) -> bytes:
        content = bytearray()
        try:
            with client.stream("GET", f"{base.rstrip('/')}/{path}") as answer:
                if answer.status_code in {httpx.codes.NOT_FOUND, httpx.codes.FORBIDDEN}:
                    raise FileNotFoundError(path)
                answer.raise_for_status()
                for piece in answer.iter_bytes():
                    content += piece
                    if len(content) > LARGEST_FILE:
                        raise httpx.DecodingError("the file is too large")
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise Unavailable(
                "directory.unreachable",
                N_("The directory mirror {mirror} does not answer: {problem}."),
                mirror=base,
                problem=type(error).__name__,
            ) from error
        return bytes(content)

    return read


def write(folder: Path, path: str, content: bytes) -> None:
    """Writes a file whole or not at all, unless it is there already with this content."""
    target = folder / path
    if target.exists() and target.read_bytes() == content:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=target.parent, delete=False) as draft:
        draft.write(content)
    Path(draft.name).chmod(0o644)
    Path(draft.name).replace(target)
