"""Whether a statement is what the standard says a statement is: everything it demands, and nothing more.

Pure, and quick: tables of checks, one look at each value. Nothing descends into what is nobody's business
(extensions), so that no depth of nesting can hurt.
"""

from typing import Any

import msgspec

from liwa.statements.errors import Malformed
from liwa.statements.validation import activities, agents, formats
from liwa.statements.validation.repeats import refuse_repeats
from liwa.statements.validation.statements import RULES, VOIDED, check_together
from liwa.statements.validation.values import Check, check_properties
from liwa.statements.versions import Version

MOST_PARTS = (
    300_000  # arrays and objects of a body; of statements as tools send them it is some 8,000 in a megabyte
)

__all__ = [
    "VOIDED",
    "bounded",
    "check_activity",
    "check_activity_definition",
    "check_actor",
    "check_agent",
    "check_identified",
    "check_statement",
    "check_together",
    "check_verb",
    "decode",
    "formats",
    "property_checks",
]


def decode(body: bytes | str | msgspec.Raw) -> Any:
    """The JSON value of a request's body or parameter.

    Raises Malformed for what is not JSON, is nested too deep, or has an object with a property twice.
    """
    text = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body)
    bounded(text)
    try:
        value = msgspec.json.decode(text)
        refuse_repeats(text, value)
    except RecursionError:
        raise Malformed("the JSON is nested too deep", "$") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Malformed(f"is not JSON: {error}", "$") from None
    return value


def bounded(body: bytes) -> None:
    """Raise Malformed where a body may hold so many arrays and objects that reading it would fill the memory.

    Each takes some hundred bytes however little is written in it. Brackets within texts count too.
    """
    if body.count(b"[") + body.count(b"{") > MOST_PARTS:
        raise Malformed(f"has more than {MOST_PARTS:,} arrays and objects: send it in parts", "$")


def check_statement(value: Any, version: Version, path: str = "$") -> None:
    """A whole statement, as decoded from JSON. Raises Malformed with the path and the rule of the first mistake."""
    check_properties(value, path, RULES[version].statement)
    check_together(value, path)


def property_checks(version: Version) -> dict[str, Check]:
    """The check of each property a statement may have, for who looks at properties one at a time.

    A check takes the value and its path. All of them passed, and `check_together` passed with what it looks at
    (actor, verb.id, object.objectType, context), say the same as `check_statement`.
    """
    return dict(RULES[version].statement)


def check_actor(value: Any, version: Version, path: str = "$") -> None:
    """An Agent or a Group."""
    agents.check_actor(value, path)


def check_agent(value: Any, version: Version, path: str = "$") -> None:
    """An Agent, not a Group."""
    agents.check_agent(value, path)


def check_identified(value: Any, version: Version, path: str = "$") -> None:
    """An Agent or an identified Group: whom a request's `agent` parameter may name."""
    agents.check_identified(value, path)


def check_verb(value: Any, version: Version, path: str = "$") -> None:
    """A Verb."""
    activities.check_verb(value, path)


def check_activity(value: Any, version: Version, path: str = "$") -> None:
    """An Activity, with its definition if it has one."""
    activities.check_activity(value, path)


def check_activity_definition(value: Any, version: Version, path: str = "$") -> None:
    """The definition of an Activity."""
    activities.check_definition(value, path)
