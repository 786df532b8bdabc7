"""What a statement can be found by: each condition a reader may set, as a 63-bit number.

A term is the hash of a facet (what is asked) and a value. A reader's broad question about agents or activities
(related_agents, related_activities) is met by the narrow term too, so that nothing is written twice.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b
from itertools import product
from typing import Any, NamedTuple
from uuid import UUID

from liwa.statements.equality import agents_key
from liwa.statements.validation import VOIDED

REMEMBERED = 16_384  # terms; most statements are about what was heard of before

Json = Mapping[str, Any]


class Facet:
    """What a term says of the statement, as one letter. (An Enum's members take longer to look up than a term to find.)"""

    AGENT = "a"  # actor or object, or a member of it
    AGENT_AND_VERB = "b"  # the same, doing this: the most frequent question in one range of the index
    RELATED_AGENT = "c"  # anywhere else
    VERB = "v"
    ACTIVITY = "o"  # the object
    RELATED_ACTIVITY = "p"  # anywhere else
    REGISTRATION = "r"
    TARGET = "t"  # the id in the StatementRef that is the object
    ATTACHMENT = "h"  # the hash of one
    CONTENT = "k"  # the hash of one whose content came along, and with whose statement


class Facets(NamedTuple):
    """What a statement, or one with those it refers to, can be found by."""

    agents: frozenset[str]
    related_agents: frozenset[str]
    verbs: frozenset[str]
    activities: frozenset[str]
    related_activities: frozenset[str]
    registrations: frozenset[str]

    def __or__(self, other: "Facets") -> "Facets":
        return Facets(*(mine | others for mine, others in zip(self, other, strict=True)))

    @property
    def size(self) -> int:
        """About how many terms it makes."""
        return sum(map(len, self)) + len(self.agents) * len(self.verbs)


def term(facet: str, value: str) -> int:
    """The number that stands for this condition."""
    return _number(facet + value)


@lru_cache(REMEMBERED)
def _number(condition: str) -> int:
    digest = blake2b(condition.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


def agent_and_verb(agent: str, verb: str) -> int:
    """The term of statements in which the agent (a key) acts, or is acted upon, by this verb."""
    return _number(f"{Facet.AGENT_AND_VERB}{verb} {agent}")


def target_term(statement: UUID) -> int:
    """The term of statements whose object is a StatementRef to this one."""
    return _number.__wrapped__(Facet.TARGET + statement.hex)


def attachment_term(sha2: str) -> int:
    """The term of statements with an attachment of this hash."""
    return _number.__wrapped__(Facet.ATTACHMENT + sha2.lower())


def content_term(authority: int, sha2: str) -> int:
    """The term of statements of an authority (its term) with which the content of this hash came."""
    return _number.__wrapped__(f"{Facet.CONTENT}{authority} {sha2.lower()}")


@lru_cache(1024)
def authority_term(authority: str) -> int:
    """What stands for an authority (its key as an agent) in Statement.authority."""
    return _number.__wrapped__(Facet.RELATED_AGENT + authority)


def terms_of(facets: Facets) -> Iterator[int]:
    """The terms of the conditions that are met, each once."""
    agents, related, verbs, activities, related_activities, registrations = facets
    yield from [_number(Facet.AGENT + agent) for agent in agents]
    yield from [agent_and_verb(agent, verb) for verb, agent in product(verbs, agents)]
    yield from [_number(Facet.RELATED_AGENT + agent) for agent in related - agents]
    yield from [_number(Facet.VERB + verb) for verb in verbs]
    yield from [_number(Facet.ACTIVITY + activity) for activity in activities]
    yield from [_number(Facet.RELATED_ACTIVITY + activity) for activity in related_activities - activities]
    yield from [_number(Facet.REGISTRATION + registration) for registration in registrations]


def own_terms(statement: Json) -> Iterator[int]:
    """Terms that say something of this statement alone, never of one that refers to it."""
    target = target_of(statement)
    if target:
        yield target_term(target)
    yield from {attachment_term(sha2) for sha2 in attachments_of(statement)}


def facets_of(statement: Json) -> Facets:
    """What a valid statement, with its authority, can be found by."""
    agents: set[str] = set()
    related: set[str] = set()
    activities: set[str] = set()
    related_activities: set[str] = set()
    _add_actor(statement["actor"], agents)
    _add_object(statement["object"], agents, activities, related, related_activities)
    context = statement.get("context")
    if context:
        _add_context(context, related, related_activities)
    authority = statement.get("authority")
    if authority:
        _add_actor(authority, related)
    registration = context.get("registration") if context else None
    return Facets(
        frozenset(agents),
        frozenset(related),
        frozenset((statement["verb"]["id"],)),
        frozenset(activities),
        frozenset(related_activities),
        frozenset((registration.lower(),) if registration else ()),
    )


def _add_actor(actor: Json, found: set[str]) -> None:
    key = agents_key(actor)
    if key:
        found.add(key)
    if "member" in actor:
        found.update(agents_key(member) for member in actor["member"])


def _add_object(
    value: Json, agents: set[str], activities: set[str], related: set[str], related_activities: set[str]
) -> None:
    match value.get("objectType", "Activity"):
        case "Activity":
            activities.add(value["id"])
        case "Agent" | "Group":
            _add_actor(value, agents)
        case "SubStatement":
            _add_actor(value["actor"], related)
            _add_object(value["object"], related, related_activities, related, related_activities)
            _add_context(value.get("context") or {}, related, related_activities)


def _add_context(context: Json, agents: set[str], activities: set[str]) -> None:
    for name in ("instructor", "team"):
        if name in context:
            _add_actor(context[name], agents)
    for one in context.get("contextAgents", ()):
        _add_actor(one["agent"], agents)
    for one in context.get("contextGroups", ()):
        _add_actor(one["group"], agents)
    activities.update(one["id"] for one in _context_activities(context))


def _context_activities(context: Json) -> Iterator[Json]:
    for some in context.get("contextActivities", {}).values():
        yield from [some] if isinstance(some, dict) else some


# What else a statement names


def target_of(statement: Json) -> UUID | None:
    """The statement that is this one's object."""
    target = statement["object"]
    return UUID(target["id"]) if target.get("objectType") == "StatementRef" else None


def is_voiding(statement: Json) -> bool:
    """Whether it voids its target."""
    return bool(statement["verb"]["id"] == VOIDED)


def attachments_of(statement: Json) -> Iterator[str]:
    """The hashes of its attachments and of its SubStatement's."""
    for part in (statement, statement["object"]):
        for one in part.get("attachments", ()):
            yield one["sha2"]


def activities_of(statement: Json) -> Iterator[Json]:
    """Every activity it mentions, as it is written there."""
    for part in (statement, statement["object"]):
        target = part.get("object")
        if target and target.get("objectType", "Activity") == "Activity":
            yield target
        yield from _context_activities(part.get("context") or {})


def broad_terms(narrow: str, broad: str, values: Iterable[str]) -> list[int]:
    """Both terms of each value."""
    return [term(facet, value) for value in values for facet in (narrow, broad)]
