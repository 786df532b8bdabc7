"""Whose statements they are: actors told apart by their key, and matched to users through Identity rows.

Events in the lake name an actor by key, and reading the lake resolves the key; so whoever is matched today is
matched in everything said before. Three ways lead to an Identity row: a feed gives it, an e-mail address of the
records is the actor's, or the data office ties the two.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from liwa.core import clock
from liwa.core.errors import LiwaError
from liwa.core.feeds import DERIVED, DESK
from liwa.db.retrying import retryable
from liwa.db.write import columns_of, write_rows
from liwa.records.intake import chunks
from liwa.records.lake import note_changes
from liwa.records.models import Identity, User
from liwa.records.models.base import ID_LENGTH
from liwa.statements.models import Actor

MBOX, SHA1 = "mbox:mailto:", "mbox_sha1sum:"
EMAIL_KINDS = ("mbox", "mbox_sha1sum")
ACTIVE = "active"
FIELDS = ("digest", "key", "statements", "last_seen")


@dataclass(frozen=True)
class Seen:
    """How many statements an actor made, and when the last of them happened."""

    statements: int
    last: datetime


@dataclass(frozen=True)
class Unmatched:
    """An actor nobody answers to. `digest` names it without telling who it is."""

    digest: str
    key: str
    statements: int
    last_seen: datetime


def digest_of(key: str) -> str:
    """The SHA-256 of an actor's key, hex."""
    return hashlib.sha256(key.encode()).hexdigest()


def note_actors(seen: Mapping[str, Seen]) -> None:
    """Add what was seen of each actor, by key; call it in the transaction in which the statements flow on."""
    digests = {digest_of(key): key for key in seen}
    known = {one.digest: one for some in chunks(digests) for one in Actor.objects.filter(pk__in=some)}
    rows = []
    for digest, key in digests.items():
        one, new = known.get(digest), seen[key]
        before, last = (one.statements, max(one.last_seen, new.last)) if one else (0, new.last)
        rows.append((digest, key, before + new.statements, last))
    write_rows(Actor._meta.db_table, columns_of(Actor, list(FIELDS)), ["digest"], rows)


# Who is matched


def _is_known() -> Q:
    """Whether a user of the records answers to an actor's key."""
    named = Identity.objects.filter(pk=OuterRef("key"), status=ACTIVE, user__status=ACTIVE)
    return Q(Exists(named)) | Q(Exists(User.objects.filter(pk=OuterRef("key"), status=ACTIVE)))


def unmatched_actors() -> QuerySet[Actor]:
    """Actors nobody answers to, those with most statements first."""
    return Actor.objects.filter(~_is_known()).order_by("-statements", "digest")


def unmatched(limit: int = 100) -> list[Unmatched]:
    """The actors nobody answers to with most statements."""
    found = unmatched_actors().values_list("digest", "key", "statements", "last_seen")[:limit]
    return [Unmatched(*row) for row in found]


def unmatched_total() -> tuple[int, int]:
    """(actors nobody answers to, their statements)."""
    found = Actor.objects.filter(~_is_known()).aggregate(actors=Count("pk"), statements=Sum("statements"))
    return found["actors"], found["statements"] or 0


# By e-mail address


def match_emails() -> bool:
    """Make the Identity rows that follow from e-mail addresses what they should be; whether any changed.

    An actor named by mailbox, or by its hash, is the one active user who has that address, whatever its case; a
    row that a feed or the data office gives goes before. Call it in a transaction.
    """
    wanted = _wanted()
    had = Identity.objects.filter(feed=DERIVED, kind__in=EMAIL_KINDS).values_list("pk", "user_id")
    known = dict(had)
    stale = [key for key, user in known.items() if wanted.get(key) != user]
    for some in chunks(stale):
        Identity.objects.filter(pk__in=some).delete()
    new = {key: user for key, user in wanted.items() if known.get(key) != user}
    for some in chunks(new):
        Identity.objects.bulk_create([_derived(key, new[key]) for key in some])
    if stale or new:
        note_changes(["identity"])
    return bool(stale or new)


def _derived(key: str, user: str) -> Identity:
    kind, _, value = key.partition(":")
    return Identity(pk=key, kind=kind, value=value, user_id=user, feed=DERIVED, metadata={"from": "email"})


def _wanted() -> dict[str, str]:
    """The user by each actor's key that is the address of one active user and that nobody else has tied."""
    keys = Actor.objects.filter(Q(key__startswith=MBOX) | Q(key__startswith=SHA1))
    given = Identity.objects.filter(pk=OuterRef("key")).exclude(feed=DERIVED)
    candidates = keys.filter(~Exists(given)).values_list("key", flat=True)
    by_name = _users_by_name()
    found = {key: by_name.get(key.lower()) for key in candidates.iterator() if len(key) <= ID_LENGTH}
    return {key: user for key, user in found.items() if user}


def _users_by_name() -> dict[str, str]:
    """The user by mailbox and by hash of it, in lower case, but for addresses that several users have."""
    found: dict[str, set[str]] = {}
    users = User.objects.filter(status=ACTIVE).exclude(email="").values_list("pk", "email")
    for user, email in users.iterator():
        for name in names_of(email):
            found.setdefault(name, set()).add(user)
    return {name: owners.pop() for name, owners in found.items() if len(owners) == 1}


def names_of(email: str) -> Iterator[str]:
    """The keys, in lower case, by which the owner of an e-mail address goes: the mailbox, and hashes of it."""
    email = email.strip()
    yield f"{MBOX}{email.lower()}"
    for written in {email, email.lower()}:
        yield f"{SHA1}{hashlib.sha1(f'mailto:{written}'.encode(), usedforsecurity=False).hexdigest()}"


# By hand


@retryable
def tie(digest: str, user: str, by: str) -> None:
    """Say that an actor is this user; `by` names the account that says so.

    The row is of the feed `desk`, which no load removes. Raises LiwaError where a feed already says whose the
    actor's name is, or where it is too long to be one; Actor.DoesNotExist, User.DoesNotExist.
    """
    key = Actor.objects.get(pk=digest).key
    person = User.objects.get(pk=user, status=ACTIVE)
    if len(key) > ID_LENGTH:
        raise LiwaError("This actor's name is too long to be somebody's.")
    said = Identity.objects.filter(pk=key, status=ACTIVE).exclude(feed__in=(DERIVED, DESK)).first()
    if said is not None:
        raise LiwaError(f"The feed {said.feed} says whose name this is.", remedy="Mend it there.")
    kind, _, value = key.partition(":")
    note = {"by": by, "at": clock.now().isoformat(timespec="seconds")}
    Identity.objects.update_or_create(
        pk=key,
        defaults={
            "kind": kind,
            "value": value,
            "user": person,
            "feed": DESK,
            "status": ACTIVE,
            "metadata": note,
        },
    )
    note_changes(["identity"])


@retryable
def untie(digest: str) -> None:
    """Take back what the data office said of an actor. Raises Actor.DoesNotExist."""
    key = Actor.objects.get(pk=digest).key
    if Identity.objects.filter(pk=key, feed=DESK).delete()[0]:
        note_changes(["identity"])


def unseen_since(before: datetime) -> list[str]:
    """The keys of actors who have done nothing since."""
    return list(Actor.objects.filter(last_seen__lt=before).values_list("key", flat=True))


def forget_actors(keys: Iterable[str], *, own: bool = False) -> int:
    """Forget these actors, and the Identity rows of their names; how many rows went.

    `own`: only rows that no feed gives. Call it in a transaction.
    """
    gone = 0
    for some in chunks(keys):
        rows = Identity.objects.filter(pk__in=some)
        if own:
            rows = rows.filter(feed__in=(DERIVED, DESK))
        gone += rows.delete()[0]
        Actor.objects.filter(pk__in=[digest_of(key) for key in some]).delete()
    if gone:
        note_changes(["identity"])
    return gone
