"""The catalogue of audit events: code -> what happened. A code that is not here cannot be recorded."""

EVENTS: dict[str, str] = {
    "role.granted": "A role was granted",
    "role.withdrawn": "A role was withdrawn",
    "account.created": "An account was made",
    "account.real_name_checked": "A name and identity number were checked with the register",
    "job.replayed": "A dead job was put back",
}
