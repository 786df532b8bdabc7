"""Statements in which somebody goes by another name, or that say no more than that there was one. Pure."""

import hashlib
from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

import msgspec

from liwa.core.actors import actor_key

NOWHERE = "https://liwa.invalid/forgotten"
FORGOTTEN = f"{NOWHERE}/verb"  # the verb of what is left of a forgotten statement
Json = dict[str, Any]
Names = Callable[[str], Json | None]  # who goes by this key from now on; None: as before

_split = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode
_CONTEXT = ("instructor", "team")
_LISTS = {"contextAgents": "agent", "contextGroups": "group"}


def pseudonym(key: str, salt: str) -> Json:
    """An agent by which nobody can be told, the same for the same key and salt."""
    name = hashlib.blake2b(key.encode(), key=bytes.fromhex(salt), digest_size=16).hexdigest()
    return {"account": {"homePage": NOWHERE, "name": name}}


def is_pseudonym(key: str) -> bool:
    """Whether the key is that of somebody who was forgotten."""
    return key.startswith(f"account:{NOWHERE}|")


def tombstone(id: UUID) -> bytes:
    """What is kept of a forgotten statement: that there was one of this id, so that none can be stored again."""
    return _encode(
        {
            "id": str(id),
            "actor": {"objectType": "Agent", "account": {"homePage": NOWHERE, "name": "nobody"}},
            "verb": {"id": FORGOTTEN},
            "object": {"id": f"{NOWHERE}/object"},
            "version": "1.0.0",
        }
    )


def is_tombstone(statement: Json) -> bool:
    """Whether that is what a stored statement is: no tool can write one without an authority."""
    return bool(statement["verb"]["id"] == FORGOTTEN and "authority" not in statement)


def is_theirs(statement: Json, keys: Collection[str]) -> bool:
    """Whether one of these acts in the statement, or is what it is about, and not merely one of several named."""
    target = statement["object"]
    if actor_key(statement["actor"]) in keys:
        return True
    kind = target.get("objectType", "Activity")
    if kind == "SubStatement":
        return is_theirs(target, keys)
    return kind in ("Agent", "Group") and actor_key(target) in keys


def renamed(payload: bytes | str, names: Names, *, bare: bool) -> bytes:
    """The statement with other names, all else as it was, number for number; `bare`, without its attachments."""
    fields = _split(payload)
    _rename(fields, names)
    if bare:
        fields.pop("attachments", None)
    return _encode(fields)


def _rename(fields: dict[str, msgspec.Raw], names: Names) -> None:
    fields["actor"] = _actor(fields["actor"], names)
    target = _split(fields["object"])
    kind = msgspec.json.decode(target["objectType"]) if "objectType" in target else "Activity"
    if kind in ("Agent", "Group"):
        fields["object"] = _actor(fields["object"], names)
    elif kind == "SubStatement":
        _rename(target, names)
        fields["object"] = msgspec.Raw(_encode(target))
    if "context" in fields:
        context = _split(fields["context"])
        _rename_around(context, names)
        fields["context"] = msgspec.Raw(_encode(context))


def _rename_around(context: dict[str, msgspec.Raw], names: Names) -> None:
    for name in _CONTEXT:
        if name in context:
            context[name] = _actor(context[name], names)
    for name, who in _LISTS.items():
        if name in context:
            found = msgspec.json.decode(context[name], type=list[dict[str, msgspec.Raw]])
            for one in found:
                one[who] = _actor(one[who], names)
            context[name] = msgspec.Raw(_encode(found))


def _actor(raw: msgspec.Raw, names: Names) -> msgspec.Raw:
    """An agent or a group, and the group's members."""
    actor = _decode(raw)
    actor = _one(actor, names)
    if "member" in actor:
        actor["member"] = [_one(member, names) for member in actor["member"]]
    return msgspec.Raw(_encode(actor))


def _one(actor: Json, names: Names) -> Json:
    key = actor_key(actor)
    other = names(key) if key else None
    if other is None:
        return actor
    kept: Json = {name: actor[name] for name in ("objectType", "member") if name in actor}
    return kept | other
