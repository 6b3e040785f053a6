"""The catalogue of audit events: code -> what happened. A code that is not here cannot be recorded."""

EVENTS: dict[str, str] = {
    "role.granted": "A role was granted",
    "role.withdrawn": "A role was withdrawn",
    "account.created": "An account was made",
    "account.password_set": "A staff account got a new password",
    "account.read": "The name and identity number of an account were read",
    "account.real_name_asked": "A real-name check was asked for",
    "account.real_name_checked": "A name and identity number were checked with the register",
    "directory.seeded": "The archives of the province were entered",
    "exchange.replayed": "A message was put back on its way",
    "job.replayed": "A dead job was put back",
}
