"""Log-ins that fail for a reason the database's administrator can put right."""

# What the driver's libpq says, and what to ask the administrator for.
_ADVICE = {
    "none of the server's SASL authentication mechanisms are supported": (
        "The server keeps this user's password as SHA-256 alone (its default), which psycopg cannot answer. Ask the "
        "database administrator to set password_encryption_type = 1, reload the server (gs_ctl reload), and then "
        "set the password of this user again (ALTER USER … PASSWORD …): only then is it kept in both forms."
    ),
    "authentication method 13 not supported": (
        "The server keeps this user's password as SM3, which psycopg cannot answer. Ask the database administrator "
        "to set password_encryption_type = 1, to put md5 or sha256 instead of sm3 on this user's line of "
        "pg_hba.conf, to reload the server, and then to set the password of this user again "
        "(ALTER USER … PASSWORD …)."
    ),
}


def advice(message: str) -> str | None:
    """What to do where the driver said `message`, None if that is nothing we know of."""
    return next((remedy for said, remedy in _ADVICE.items() if said in message), None)
