"""Who may harvest this node's catalogue entries by OAI-PMH: the node's file `oai.toml`. Without it: nobody."""

import hmac
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from dangqiao.adapters.connectors.surroundings import Part, Surroundings
from dangqiao.core.connectors.mapping import invalid, told


class Peer(Part):
    """One that may: `sets` are `entries:<archive>:<category>`; `secret` names the file with its token."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
    secret: str
    sets: Annotated[tuple[Annotated[str, Field(pattern=r"^entries:[0-9]{6}:[a-z0-9-]+$")], ...], Field(min_length=1)]


class _File(Part):
    peer: tuple[Peer, ...] = ()


def peers(folder: Path) -> tuple[Peer, ...]:
    """All of them. Raises Misconfigured (`connector.file`)."""
    path = folder / "oai.toml"
    if not path.exists():
        return ()
    try:
        text = path.read_text(encoding="utf-8")
        return _File.model_validate(tomllib.loads(text)).peer
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise invalid("oai", [str(error)]) from error
    except ValidationError as error:
        raise invalid("oai", told(error, text)) from error


def peer_of(token: str, folder: Path, surroundings: Surroundings) -> Peer | None:
    """Whose token it is. Raises Misconfigured where a secret's file is missing or open."""
    given = token.encode()
    return next(
        (one for one in peers(folder) if hmac.compare_digest(surroundings.secret(one.secret).encode(), given)), None
    )
