"""The right to be forgotten: through the store, its documents and files, the lake, and what says who is who.

Statements and the lake change together, some at a time, each time in one database transaction; then all the rest in
one; files go last. Killed in between, it is begun again with the same words and goes on: what is forgotten is no
longer found, and pseudonyms are those of the work that is unfinished.
"""

import hmac
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from liwa.core import clock
from liwa.core.actors import KINDS, actor_key
from liwa.core.errors import LiwaError
from liwa.core.rows import Identity
from liwa.db.retrying import retrying
from liwa.flows import retention
from liwa.flows.home import Home
from liwa.flows.lakes import current_lake, record_load, record_mirror, state
from liwa.flows.loading import Progress
from liwa.flows.refresh.mirror import write_table
from liwa.flows.river import River, current, event_ids
from liwa.lake.changes import find_events, rename
from liwa.lake.quality import clean
from liwa.statements import forget as store
from liwa.statements.forget import Change, Wanted
from liwa.statements.models import Forgetting
from liwa.statements.validation import check_agent, decode
from liwa.statements.versions import Version

NAME = "Forgetting"
MAIL = "mailto:"


@dataclass
class Forgotten:
    """What was removed, or given another name, or would be: see docs/lrs.md."""

    counts: Counter[str] = field(default_factory=Counter)
    files: set[str] = field(default_factory=set)


def key_of(text: str) -> str:
    """The key that a person means: `account:home|name`, `mbox:mailto:…`, an e-mail address, or an agent as JSON.

    Raises LiwaError for anything else.
    """
    text = text.strip()
    if text.startswith("{"):
        try:
            agent = decode(text)
            check_agent(agent, Version.V1)
            return actor_key(agent)
        except Exception as error:
            raise LiwaError(f"That is no agent: {error}.") from None
    if text.partition(":")[0] in KINDS:
        return text
    if text.startswith(MAIL):
        return f"mbox:{text}"
    if "@" in text and "://" not in text:
        return f"mbox:{MAIL}{text}"
    raise LiwaError(
        "An actor is named by account:HOMEPAGE|NAME, mbox:mailto:ADDRESS, mbox_sha1sum:HASH or openid:URI.",
        remedy="`liwa lrs forget --user` takes a user's sourcedId instead.",
    )


def forget(
    home: Home,
    *,
    actors: Sequence[str] = (),
    user: str = "",
    before: datetime | None = None,
    pseudonymise: bool = False,
    dry_run: bool = False,
    requested_by: str = "",
    progress: Progress = lambda name, done, total: None,
) -> dict[str, int]:
    """Forget actors (see `key_of`), a user of the records, or all that happened before an instant; gives counts.

    With `pseudonymise`, statements stay, of people who cannot be told any more. Raises LiwaError where nobody is
    named, Busy.
    """
    if bool(actors or user) == bool(before):
        raise LiwaError(
            "Say who or when, not both." if before else "Say who is to be forgotten, or before which day."
        )
    known = store.keys_of_user(user) if user else set()
    if user and not known:
        raise LiwaError(
            f"No account, mailbox or openid of a user {user} is known.",
            remedy="Name the actor as statements do: an address, an account or an openid.",
        )
    keys = store.all_keys(store.all_keys(map(key_of, actors)) | known)
    if dry_run:
        return dict(_counted(Wanted(frozenset(keys), before, pseudonymise, secrets.token_hex(32))))
    with home.writing():
        retention.settle()
        record = _record(keys, before, pseudonymise, requested_by)
        wanted = Wanted(frozenset(keys), before, pseudonymise, record.salt)
        waiting = record.done.pop("waiting", [])
        done = Forgotten(Counter(record.done), set(waiting))
        for number, changes in enumerate(wanted.changes(), start=1):
            _change(home, record, changes, done)
            progress(NAME, number, None)
        retrying(_rest, wanted, done)
        done.counts["files"] += store.shred_attachments(done.files)
        _shred(home)
        retention.shred()
        retrying(_finish, record, done)
    return dict(done.counts)


def _counted(wanted: Wanted) -> Counter[str]:
    """What would be done to statements."""
    counts: Counter[str] = Counter()
    for changes in wanted.changes():
        _count(counts, changes)
    return counts


def _count(counts: Counter[str], changes: Iterable[Change]) -> None:
    for change in changes:
        counts["deleted" if change.is_gone else "pseudonymised"] += 1


def _record(keys: Iterable[str], before: datetime | None, pseudonymise: bool, by: str) -> Forgetting:
    """The record of this work: a new one, or that of the same work which was broken off."""
    said = {"subject": subject(keys) if not before else "", "before": before, "pseudonymised": pseudonymise}
    known = Forgetting.objects.filter(**said, finished_at=None).first()
    if known:
        return known
    made = Forgetting(**said, requested_by=by, began_at=clock.now(), salt=secrets.token_hex(32))
    retrying(made.save)
    return made


def subject(keys: Iterable[str]) -> str:
    """What a record keeps of those who were forgotten: a hash that only this installation can make."""
    return hmac.new(settings.SECRET_KEY.encode(), "\n".join(sorted(keys)).encode(), sha256).hexdigest()


def _change(home: Home, record: Forgetting, changes: Sequence[Change], done: Forgotten) -> None:
    """Change statements and their events."""
    if not changes:
        return
    lake, version = current_lake(home)
    river = River(home, lake, version, current())
    gone = [
        one for change in changes if change.is_gone for one in event_ids(river.row(change.seq, change.before))
    ]
    renamed = {one[0]: one for change in changes if not change.is_gone for one in _renamed(river, change)}
    had = {one.id for one in find_events(lake.root, version, renamed)}
    river.remove(gone)
    river.version = rename(lake.root, river.version, [renamed[one] for one in sorted(had)])
    done.files |= store.attachments_of(changes)
    _count(done.counts, changes)
    done.counts["events"] += river.done.removed + len(had)
    record.done = {**done.counts, "waiting": sorted(done.files)}
    retrying(_save, river, changes, record)


def _renamed(river: River, change: Change) -> Iterator[tuple[str, str, str | None]]:
    """(event id, user, object) of the events of a statement that name somebody else now."""
    was, now = (river.row(change.seq, text) for text in (change.before, change.after))
    events = zip(event_ids(was), river.events_of(was), river.events_of(now), strict=False)
    for one, old, new in events:
        if (old.user, old.object) != (new.user, new.object):
            yield one, new.user, new.object


def _save(river: River, changes: Sequence[Change], record: Forgetting) -> None:
    store.apply(changes)
    record_load(river.version, ())
    river.pump.save()
    record.save()


def _rest(wanted: Wanted, done: Forgotten) -> None:
    counts = {
        "documents": store.forget_documents(wanted),
        "refused": store.forget_refused(wanted),
        "identities": store.forget_people(wanted),
    }
    done.counts.update(counts)


def _shred(home: Home) -> None:
    """Rewrite the mirror of identities, and leave no file of the lake that is not of what is recorded now."""
    known = state()
    root = home.lake(known.root)
    if "identity" in known.mirror_versions:
        version = write_table(home.root, root, Identity)
        retrying(record_mirror, {"identity": version}, known.changes)
    known = state()
    mirrors = {name: version for name, version in known.mirror_versions.items() if name == Identity.table}
    events, mirrored = clean(root, known.events_version, mirrors, days=0)
    retrying(_record_clean, events, mirrored)


def _record_clean(events: int | None, mirrored: dict[str, int]) -> None:
    record_load(events, ())
    if mirrored:
        record_mirror(mirrored, state().mirrored)


def _finish(record: Forgetting, done: Forgotten) -> None:
    record.done, record.salt, record.finished_at = dict(done.counts), "", clock.now()
    record.save()


def records() -> QuerySet[Forgetting]:
    """What was forgotten when, the last first."""
    return Forgetting.objects.order_by("-pk")


def told(record: Forgetting) -> dict[str, Any]:
    """A record for a person to read."""
    return {
        "began_at": record.began_at,
        "finished_at": record.finished_at,
        "subject": record.subject[:16],
        "before": record.before,
        "pseudonymised": record.pseudonymised,
        "requested_by": record.requested_by,
        **{name: number for name, number in record.done.items() if name != "waiting"},
    }
