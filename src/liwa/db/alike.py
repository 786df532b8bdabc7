"""Many columns hold the same in every row that comes: then one value stands for all, and is looked at once."""

from collections.abc import Sequence
from types import NoneType
from typing import Any

_COMPARABLE = {str, bool, NoneType}  # types whose equal values are written alike; 0.0 and -0.0 are not
_CONTAINERS = {dict, list}  # which are, as far as they are empty


def are_alike(values: Sequence[Any]) -> bool:
    """Whether all of at least two values are certainly written alike: one text, truth, emptiness, or unknown."""
    if len(values) < 2:
        return False
    first = values[0]
    if type(first) not in _COMPARABLE and (first or type(first) not in _CONTAINERS):
        return False
    return values.count(first) == len(values) and len(set(map(type, values))) == 1
