"""What lies behind an error of the machine or the database, in words, with what to do. Loads nothing but the errors."""

from dangqiao.core.errors import N_, DangqiaoError, Misconfigured, Unavailable

_CAUSES: tuple[tuple[tuple[str, ...], type[DangqiaoError], str, str, str], ...] = (
    (
        ("permission denied", "readonly", "read-only", "unable to open"),
        Misconfigured,
        "machine.may_not",
        N_("It cannot be read or written: {what}"),
        N_("Give the node's folder and all in it to the user who runs the node."),
    ),
    (
        ("disk is full", "no space", "file too large"),
        Unavailable,
        "disk.full",
        N_("The disk is full: {what}"),
        N_("Nothing that was finished is lost. Free space or move the node to a larger disk, then repeat the command."),
    ),
    (
        ("not a database", "malformed"),
        Unavailable,
        "database.damaged",
        N_("The database file is damaged: {what}"),
        N_("Stop the node and restore the database from the backup."),
    ),
    (
        (
            *("locked", "could not connect", "connection failed", "connection refused", "connection is closed"),
            *("server closed the connection", "terminating connection", "consuming input failed", "shutting down"),
        ),
        Unavailable,
        "database.away",
        N_("The database does not answer: {what}"),
        N_("It goes on by itself when the database is back. Is the server running?"),
    ),
)
"""Words in the foreign error, and ours; the first that fits."""


def cause_of(error: BaseException) -> DangqiaoError | None:
    """Our error for one of the operating system or the database, if its cause is known."""
    if not isinstance(error, OSError) and not type(error).__module__.startswith("django.db"):
        return None
    what = f"{type(error).__name__}: {error}"
    for words, kind, code, sentence, remedy in _CAUSES:
        if any(word in what.lower() for word in words):
            return kind(code, sentence, remedy, what=what)
    return None
