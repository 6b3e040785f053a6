"""What can be drawn as a round seal."""

from dangqiao.core.errors import N_, BadInput

SHORTEST, LONGEST = 4, 24
"""Letters on the arc: fewer look lost, more cannot be read at 42 mm."""


def check_name(name: str) -> None:
    """Refuses a name that does not go on the arc of a seal. Raises BadInput (`seal.name_length`)."""
    if not SHORTEST <= len(name) <= LONGEST:
        raise BadInput(
            "seal.name_length",
            N_("“{name}” has {length} letters; on a seal there is room for {shortest} to {longest}."),
            name=name,
            length=len(name),
            shortest=SHORTEST,
            longest=LONGEST,
        )
