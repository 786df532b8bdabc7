"""Sending statements on to another learning record store.

The queue is the store itself: how far it was sent is saved after each batch that the other store has taken, so
whoever is killed sends at most that batch again, which changes nothing there. What the other store refuses for good
is kept as a dead letter and does not hold up the rest.
"""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import F

from liwa.core import clock
from liwa.core.config import config
from liwa.core.errors import ConfigError, LiwaError, Unavailable
from liwa.db.retrying import retrying
from liwa.flows.home import Home
from liwa.flows.outbox import Answer, Letter, Target, letter_of
from liwa.statements.equality import same_statement
from liwa.statements.models import DeadLetter, Forwarding, Statement
from liwa.statements.pseudonyms import FORGOTTEN, is_tombstone
from liwa.statements.shelf import completed, whole

BATCH = 100
BATCH_BYTES = 1 << 20
ATTEMPTS, AGAIN = 8, 3  # tries of a request, and of the parts of one that was refused
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0  # seconds
ASKED_WAIT = 300.0  # seconds; the other store may ask for no more
POLL = 2.0  # seconds between looks for new statements, with `follow`
BROKEN = 5  # statements in a row on which the other store itself fails, before it is taken for broken
REASON = 500  # characters kept of what the other store says

TAKEN = range(200, 300)
OWN_FAULT = 500
PASSES = {408, 425, 429, 500, 502, 503, 504}
KEY_REFUSED = {401, 403}
NOT_A_STORE = {301, 302, 303, 307, 308, 404, 405}

Sleep = Callable[[float], None]
Sent = Callable[[int], None]


@dataclass
class Forwarded:
    """What one run did."""

    sent: int = 0
    dead: int = 0


def target() -> Target:
    """The other store, as the settings name it. Raises ConfigError where they name none."""
    values = config()
    if not values["LIWA_FORWARD_URL"]:
        raise ConfigError(
            "No learning record store is named to send statements on to.",
            remedy="Set LIWA_FORWARD_URL, LIWA_FORWARD_KEY and LIWA_FORWARD_SECRET.",
        )
    return Target(values["LIWA_FORWARD_URL"], values["LIWA_FORWARD_KEY"], values["LIWA_FORWARD_SECRET"])


class Sender:
    """One run of sending on."""

    def __init__(self, to: Target, *, patient: bool, sleep: Sleep = time.sleep) -> None:
        self.to = to
        self.patient = patient  # never gives up on what may pass
        self.sleep = sleep
        self.done = Forwarded()
        self._failed_in_a_row = 0

    @property
    def place(self) -> Forwarding:
        """How far it was sent."""
        return Forwarding.objects.get_or_create(pk=self.to.url)[0]

    def run(self, sent: Sent) -> None:
        """Send all there is. Raises LiwaError where the other store is no store or refuses the key, Unavailable."""
        while letters := _next(self.place.position):
            self.deliver(letters)
            sent(self.done.sent)

    def deliver(self, letters: Sequence[Letter], tries: int = ATTEMPTS) -> None:
        """Send these, and go on after them whatever becomes of each."""
        answer = self.attempt(letters, tries)
        if answer.status in TAKEN:
            self._failed_in_a_row = 0
            retrying(_note_sent, self.to.url, letters)
            self.done.sent += len(letters)
        elif len(letters) > 1:
            half = len(letters) // 2
            self.deliver(letters[:half], AGAIN)
            self.deliver(letters[half:], AGAIN)
        elif self.is_there(letters[0], answer):
            retrying(_note_sent, self.to.url, letters)
            self.done.sent += 1
        else:
            self._check_broken(answer)
            retrying(_note_dead, self.to.url, letters[0], answer)
            self.done.dead += 1

    def attempt(self, letters: Sequence[Letter], tries: int = ATTEMPTS) -> Answer:
        """The other store's answer, asked again while what is wrong may pass.

        A status of 500 is given after so many tries: it may be the fault of a statement. Raises LiwaError,
        Unavailable.
        """
        attempt = 0
        while True:
            attempt += 1
            answer = self.to.send(letters)
            self._check(answer)
            if answer.status and answer.status not in PASSES:
                return answer
            if attempt >= tries and answer.status == OWN_FAULT:
                return answer
            if attempt >= tries and not self.patient:
                raise Unavailable(
                    f"{self.to.url} cannot be reached: {answer.said or answer.status}.",
                    remedy="Run it again later: what was sent is not sent again.",
                )
            self.sleep(wait_after(attempt, answer))

    def _check(self, answer: Answer) -> None:
        """Raise LiwaError where no statement can be sent at all."""
        if answer.status in KEY_REFUSED:
            raise LiwaError(
                f"{self.to.url} refuses the key (HTTP {answer.status}).",
                remedy="Check LIWA_FORWARD_KEY and LIWA_FORWARD_SECRET, and what they allow there.",
            )
        if answer.status in NOT_A_STORE:
            raise LiwaError(
                f"{self.to.url} does not answer as a learning record store (HTTP {answer.status}).",
                remedy="LIWA_FORWARD_URL is the address before `/statements`.",
            )

    def is_there(self, letter: Letter, answer: Answer) -> bool:
        """Whether the other store has this very statement, although it would not take it again."""
        if answer.status != 409:
            return False
        found = self.to.fetch(letter)
        return found is not None and same_statement(found, letter.statement)

    def _check_broken(self, answer: Answer) -> None:
        self._failed_in_a_row = self._failed_in_a_row + 1 if answer.status == OWN_FAULT else 0
        if self._failed_in_a_row > BROKEN:
            raise Unavailable(
                f"{self.to.url} fails on every statement (HTTP 500).",
                remedy="Run it again when it is mended.",
            )


def wait_after(attempt: int, answer: Answer) -> float:
    """Seconds until the next attempt: what the other store asks for, else at random up to a doubling limit."""
    if answer.retry_after is not None:
        return min(answer.retry_after, ASKED_WAIT)
    return random.uniform(0, min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempt, 20)))


def _next(position: int) -> list[Letter]:
    """The statements after a position that can go together: of one version, not too large, files by themselves."""
    letters: list[Letter] = []
    size = 0
    for seq, payload in _after(position):
        letter = letter_of(seq, payload)
        size += len(letter.body)
        together = letters and letter.version == letters[0].version and size <= BATCH_BYTES
        if letters and (not together or letter.files or letters[0].files):
            break
        letters.append(letter)
    return letters


def _after(position: int) -> list[tuple[int, str]]:
    """The next statements, but for what is left of forgotten ones."""
    while True:
        after = Statement.objects.filter(seq__gt=position).order_by("seq")
        rows = completed(list(after.values_list("seq", "payload")[:BATCH]))
        found = [
            row for row in rows if FORGOTTEN not in row[1] or not is_tombstone(msgspec.json.decode(row[1]))
        ]
        if found or not rows:
            return found
        position = rows[len(rows) - 1][0]


def _note_sent(url: str, letters: Sequence[Letter]) -> None:
    place = Forwarding.objects.filter(pk=url)
    place.update(position=letters[-1].seq, sent=F("sent") + len(letters), sent_at=clock.now())


def _note_dead(url: str, letter: Letter, answer: Answer) -> None:
    Forwarding.objects.filter(pk=url).update(position=letter.seq)
    DeadLetter.objects.update_or_create(
        forwarding_id=url,
        seq=letter.seq,
        defaults={"statement": letter.id, **_told(answer)},
    )


def _told(answer: Answer) -> dict[str, Any]:
    return {"status": answer.status, "reason": answer.said[:REASON], "tried_at": clock.now()}


# What the command does


def forward(
    home: Home,
    *,
    follow: bool = False,
    from_now: bool = False,
    sent: Sent = lambda number: None,
    sleep: Sleep = time.sleep,
) -> Forwarded:
    """Send on all that has come since the last time; with `follow`, go on as statements come.

    `from_now` leaves out what is there when nothing was sent yet. Raises ConfigError, LiwaError, Unavailable, Busy.
    """
    sender = Sender(target(), patient=follow, sleep=sleep)
    with _alone(home), closing(sender.to):
        place = sender.place
        if from_now and not place.position:
            newest = Statement.objects.order_by("-seq").values_list("seq", flat=True).first()
            Forwarding.objects.filter(pk=place.pk).update(position=newest or 0)
        sender.run(sent)
        while follow:
            sleep(POLL)
            sender.run(sent)
    return sender.done


def resend(home: Home, statements: Sequence[str] = (), *, sleep: Sleep = time.sleep) -> Forwarded:
    """Send dead letters again, all or those of these statements; those that are taken leave the list."""
    sender = Sender(target(), patient=False, sleep=sleep)
    with _alone(home), closing(sender.to):
        chosen = dead(statements)
        for one in chosen:
            row = Statement.objects.filter(pk=one.seq).values_list("seq", "payload").first()
            row = (row[0], whole(*row)) if row else None
            answer = sender.attempt([letter_of(*row)]) if row else Answer(200, "", None)
            if answer.status in TAKEN or (row and sender.is_there(letter_of(*row), answer)):
                one.delete()
                sender.done.sent += row is not None
            else:
                DeadLetter.objects.filter(pk=one.pk).update(**_told(answer))
                sender.done.dead += 1
    return sender.done


def dead(statements: Sequence[str] = ()) -> list[DeadLetter]:
    """The dead letters of the store that the settings name, oldest first; those of these statements if any."""
    found = DeadLetter.objects.filter(forwarding=target().url).order_by("seq")
    try:
        return list(found.filter(statement__in=[UUID(one) for one in statements]) if statements else found)
    except ValueError:
        raise LiwaError(
            "A statement's id is a UUID.", remedy="`liwa lrs forward dead` shows the ids."
        ) from None


def status() -> dict[str, Any]:
    """{url, position (when it was stored), sent, sent_at, waiting, dead}."""
    to = target()
    place = Forwarding.objects.filter(pk=to.url).first() or Forwarding(url=to.url)
    return {
        "url": to.url,
        "sent": place.sent,
        "sent_at": place.sent_at,
        "waiting": Statement.objects.filter(seq__gt=place.position).count(),
        "dead": DeadLetter.objects.filter(forwarding=to.url).count(),
    }


def _alone(home: Home) -> AbstractContextManager[None]:
    """One process sends at a time; loads and refreshes go on meanwhile."""
    return home.alone("forward.lock", "Another process is sending statements on.")
