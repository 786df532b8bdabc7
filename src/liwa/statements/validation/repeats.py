"""Objects of JSON in which a property comes twice: decoders take the last one and say nothing.

Few bodies have any, so first it is counted whether there can be one: what was decoded, written down again, has as many
colons behind a quotation mark as the body, within texts as well, unless a property went missing. Only a text with
an escaped colon or quotation mark could tip that balance; then, as where the numbers differ, properties are compared one by one.
"""

import json
import re
from collections import Counter
from typing import Any

import msgspec

from liwa.statements.errors import Malformed

_KEY = re.compile(rb'"[ \t\r\n]*:')
_encode = msgspec.json.Encoder().encode


def refuse_repeats(body: bytes, value: Any) -> None:
    """Raise Malformed where an object in `body` has a property twice; `value` is what `body` was decoded to."""
    if not _is_whole(body, value):
        json.loads(body, object_pairs_hook=_unique, parse_int=str, parse_float=str)


def _is_whole(body: bytes, value: Any) -> bool:
    """Whether all that `body` has is in `value` for sure."""
    if b"\\u00" in body:
        return False
    try:
        again = _encode(value)
    except (msgspec.EncodeError, OverflowError, RecursionError, ValueError):
        return False
    if b'" ' in body or b'"\n' in body or b'"\r' in body or b'"\t' in body:
        return len(_KEY.findall(body)) == len(_KEY.findall(again))
    return body.count(b'":') == again.count(b'":')


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise Malformed(f"an object has the property {json.dumps(twice[:100])} twice", "$")
    return found
