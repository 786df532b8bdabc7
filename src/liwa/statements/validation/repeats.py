"""Objects of JSON in which a property comes twice: decoders take the last one and say nothing.

Few bodies have any, so first it is counted whether there can be one: as many colons behind a quotation mark as there
are properties leave none over. A text that begins with a colon makes the count too high, never too low.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from liwa.statements.errors import Malformed

_KEY = re.compile(rb'"[ \t\r\n]*:')
_SPACES = (b" ", b"\n", b"\r", b"\t")


def refuse_repeats(body: bytes, value: Any) -> None:
    """Raise Malformed where an object in `body` has a property twice; `value` is what `body` was decoded to."""
    spaced = any(space in body and b'"' + space in body for space in _SPACES)  # one byte is found much faster
    written = len(_KEY.findall(body)) if spaced else body.count(b'":')
    if written != _properties(value):
        json.loads(body, object_pairs_hook=_unique, parse_int=str, parse_float=str)


def _properties(value: Any) -> int:
    """How many properties the objects in a decoded value have together."""
    found = 0
    waiting: list[Any] = [value] if type(value) is dict or type(value) is list else []
    for one in waiting:  # which grows on the way
        items: Iterable[Any] = one
        if type(one) is dict:
            found += len(one)
            items = one.values()
        for item in items:
            if type(item) is dict or type(item) is list:
                waiting.append(item)
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Malformed(f"an object has the property {json.dumps(twice[:100])} twice", "$")
    return found
