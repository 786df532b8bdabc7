"""Agents and Groups."""

from typing import Any

from liwa.statements.validation import formats
from liwa.statements.validation.paths import Path, mistyped, refuse, unformed
from liwa.statements.validation.values import (
    check_array,
    check_iri,
    check_properties,
    check_string,
    require,
    word,
)

IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")
_IDENTIFIERS = frozenset(IDENTIFIERS)


def _check_mbox(value: Any, path: Path) -> None:
    if type(value) is not str:
        mistyped(value, "a string", path)
    if not formats.is_mailto(value):
        unformed("mailto: and one e-mail address", path)


def _check_sha1(value: Any, path: Path) -> None:
    if type(value) is not str:
        mistyped(value, "a string", path)
    if not formats.is_sha1(value):
        unformed("a SHA-1 hash of 40 hexadecimal digits", path)


def _check_account_name(value: Any, path: Path) -> None:
    check_string(value, path)
    if "\0" in value:
        refuse("must have no NUL character, which no database keeps in a name", path)


_ACCOUNT = {"homePage": check_iri, "name": _check_account_name}


def _check_account(value: Any, path: Path) -> None:
    check_properties(value, path, _ACCOUNT)
    if len(value) != len(_ACCOUNT):
        require(value, path, *_ACCOUNT)


def _check_members(value: Any, path: Path) -> None:
    if type(value) is not list:
        mistyped(value, "an array", path)
    for at, member in enumerate(value):
        check_agent(member, (path, at))


_AGENT = {
    "objectType": word("Agent"),
    "name": check_string,
    "mbox": _check_mbox,
    "mbox_sha1sum": _check_sha1,
    "openid": check_iri,
    "account": _check_account,
}
_GROUP = {**_AGENT, "objectType": word("Group"), "member": _check_members}


def check_agent(value: Any, path: Path) -> None:
    """An Agent, with exactly one identifier."""
    check_properties(value, path, _AGENT)
    if _identifiers(value, path) == 0:
        refuse(f"an Agent needs one identifier: {', '.join(IDENTIFIERS)}", path)


def check_group(value: Any, path: Path) -> None:
    """A Group: identified by exactly one identifier, or anonymous with its members."""
    check_properties(value, path, _GROUP)
    require(value, path, "objectType")
    if _identifiers(value, path) == 0 and "member" not in value:
        refuse(f"a Group needs members or one identifier: {', '.join(IDENTIFIERS)}", path)


def _identifiers(value: dict[str, Any], path: Path) -> int:
    found = len(_IDENTIFIERS.intersection(value))
    if found > 1:
        names = ", ".join(name for name in IDENTIFIERS if name in value)
        refuse(f"must have one identifier only, and has {names}", path)
    return found


def check_actor(value: Any, path: Path) -> None:
    """An Agent or a Group."""
    if type(value) is not dict:
        mistyped(value, "an object", path)
    kind = value.get("objectType", "Agent")
    if kind == "Agent":
        check_agent(value, path)
    elif kind == "Group":
        check_group(value, path)
    else:
        refuse('must be "Agent" or "Group"', (path, "objectType"))


def check_identified(value: Any, path: Path) -> None:
    """An Agent or an identified Group: whom requests can ask for."""
    check_actor(value, path)
    if _IDENTIFIERS.isdisjoint(value):
        refuse(f"needs one identifier: {', '.join(IDENTIFIERS)}", path)


def check_authority(value: Any, path: Path) -> None:
    """An Agent, or an anonymous Group of two: an application and its user."""
    check_actor(value, path)
    if value.get("objectType") != "Group":
        return
    if not _IDENTIFIERS.isdisjoint(value):
        refuse("a Group as authority must not have an identifier", path)
    check_array(value["member"], (path, "member"))
    if len(value["member"]) != 2:
        refuse("a Group as authority must have exactly two members", (path, "member"))
