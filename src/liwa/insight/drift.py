"""Whether today's students look like those a model learned from, and whether its risks still come true."""

from typing import Any

# An evaluated model must rank at least as well as simpler means, and miss by no more than this.
MAX_ECE = 0.15


def checks(card: dict[str, Any]) -> list[str]:
    """Reasons why the model of this card must not be used; none where it may."""
    return []
