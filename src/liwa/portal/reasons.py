"""Reasons in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import ngettext


def in_words(one: Mapping[str, Any]) -> str:
    """A reason of a digest row as a sentence."""
    return ngettext("%(count)d assignment missing", "%(count)d assignments missing", one.get("count", 1)) % {
        "count": one.get("count", 1)
    }
