"""Who acts. Every service takes an `Actor`; there is no default and no missing actor."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Assurance(IntEnum):
    """How surely the person is known. Ordered: a policy asks for "at least"."""

    NONE = 0
    """Nothing is known but what was typed."""
    PHONE = 1
    """A code sent to the phone was entered."""
    REAL_NAME = 2
    """Name and identity number were checked against an authority's register (实名核验)."""
    IN_PERSON = 3
    """A clerk saw the person and the original document (窗口核验)."""


class Role(StrEnum):
    """What somebody may be in a scope. The three administrators are three people (三员分立, GB/T 22239, GB/T 39784)."""

    APPLICANT = "applicant"
    RECEPTIONIST = "receptionist"
    """Receives applications at an acceptance point."""
    HANDLER = "handler"
    REVIEWER = "reviewer"
    SIGNATORY = "signatory"
    SUPERVISOR = "supervisor"
    """Watches figures, never files."""
    SYSTEM_ADMINISTRATOR = "system_administrator"
    SECURITY_ADMINISTRATOR = "security_administrator"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    """Runs commands on the node's own machine."""
    NODE = "node"
    """The program itself, or another node that signed a message."""


class ScopeKind(StrEnum):
    """What a role is valid for."""

    SELF = "self"
    ARCHIVE = "archive"
    ACCEPTANCE_POINT = "acceptance_point"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in a scope. `code` is the archive's, acceptance point's or platform's code; empty for `SELF`."""

    role: Role
    scope: ScopeKind
    code: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts, as they were when they acted.

    Attributes:
        id: stable name for evidence: `user:<uuid>`, `node:<platform>`, `operator:<login name>`.
        grants: the roles they hold.
        assurance: how surely they are known.
        session: the log-in session or message id, so that evidence of one sitting can be joined; may be empty.
    """

    id: str
    grants: tuple[Grant, ...]
    assurance: Assurance = Assurance.NONE
    session: str = ""

    def may(self, role: Role, *, archive: str = "", platform: str = "", acceptance_point: str = "") -> bool:
        """Whether the actor holds `role` in one of the scopes given."""
        wanted = {
            (ScopeKind.ARCHIVE, archive),
            (ScopeKind.PLATFORM, platform),
            (ScopeKind.ACCEPTANCE_POINT, acceptance_point),
        }
        return any(grant.role is role and (grant.scope, grant.code) in wanted and grant.code for grant in self.grants)

    def scopes(self, *roles: Role) -> frozenset[tuple[ScopeKind, str]]:
        """Where the actor holds any of `roles`: the input of the permission predicates of the apps."""
        return frozenset((grant.scope, grant.code) for grant in self.grants if grant.role in roles)


def operator(name: str, platform: str) -> Actor:
    """Somebody with a shell on the node's machine: acts on the whole platform."""
    return Actor(f"operator:{name}", (Grant(Role.OPERATOR, ScopeKind.PLATFORM, platform),), Assurance.IN_PERSON)


def node(platform: str, session: str = "") -> Actor:
    """A node: this one acting by itself, or another one by a message it signed."""
    return Actor(f"node:{platform}", (Grant(Role.NODE, ScopeKind.PLATFORM, platform),), Assurance.REAL_NAME, session)
