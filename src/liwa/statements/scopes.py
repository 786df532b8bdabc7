"""What credentials may be allowed, in the words of the standard."""

from collections.abc import Iterable, Mapping

from liwa.core.config import words

SCOPES = (
    "statements/write",
    "statements/read/mine",
    "statements/read",
    "state",
    "define",
    "profile",
    "all/read",
    "all",
)
# What the standard has a client assume that asks for nothing in particular.
DEFAULT_SCOPES = ("statements/write", "statements/read/mine")


def granted(said: object, mapping: Mapping[str, str]) -> list[str]:
    """The standard's scopes in a token's scope claim, a text of words or a list of them.

    `mapping` gives the standard's word for the issuer's; where it is empty the words are the standard's. OpenID's
    own `profile`, which is about the person's name, gives nothing here.
    """
    claimed = said.split() if isinstance(said, str) else said
    if not isinstance(claimed, list) or not all(isinstance(word, str) for word in claimed):
        return []
    if mapping:
        meant = {mapping[word] for word in claimed if word in mapping}
    else:
        meant = set(claimed) - ({"profile"} if "openid" in claimed else set())
    return [scope for scope in SCOPES if scope in meant]


def pairs(text: str) -> tuple[str, ...]:
    """`theirs=ours,…` in parts. Raises ValueError where one of ours is not a scope of the standard."""
    found = words(text)
    for pair in found:
        theirs, equals, ours = pair.rpartition("=")
        if not (equals and theirs) or ours not in SCOPES:
            raise ValueError(f"{pair!r} is not theirs=ours, where ours is one of {', '.join(SCOPES)}")
    return found


def mapped(found: Iterable[str]) -> dict[str, str]:
    """The standard's scope by the issuer's word, from `pairs`."""
    split = (pair.rpartition("=") for pair in found)
    return {theirs: ours for theirs, _, ours in split}
