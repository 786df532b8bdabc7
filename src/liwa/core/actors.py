"""How an xAPI agent is called everywhere in Liwa: its inverse functional identifier as one text, `kind:value`."""

from collections.abc import Mapping
from typing import Any

KINDS = ("mbox", "mbox_sha1sum", "openid", "account")


def actor_key(agent: Mapping[str, Any]) -> str:
    """`mbox:mailto:a@b`, `mbox_sha1sum:…`, `openid:…` or `account:homePage|name`; "" for who has no identifier.

    The first `|` of an account's key ends the home page, which is escaped for that (`%7C`).
    """
    account = agent.get("account")
    if account is not None:
        home: str = account["homePage"]
        return f"account:{home.replace('|', '%7C')}|{account['name']}"
    for kind in KINDS[:-1]:
        value = agent.get(kind)
        if value is not None:
            return f"{kind}:{value}"
    return ""
