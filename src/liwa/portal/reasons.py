"""Reasons in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import ngettext


def in_words(one: Mapping[str, Any]) -> str:
    """A reason of a digest row as a sentence."""
    return ngettext("%(count)d assignment missing", "%(count)d assignments missing", one.get("count", 1)) % {
        "count": one.get("count", 1)
    }


def next_step(one: Mapping[str, Any]) -> str:
    """What a student can do about a reason, in kind words; empty where there is nothing to do about it."""
    return ngettext("Hand in what is missing", "Hand in what is missing", 1)
