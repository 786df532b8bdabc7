"""Care goes on for some weeks: cases are opened on each digest, and advisers do something about them.

Every week each adviser reaches out to some students, supports, puts off or closes others, and leaves some alone, so
that there are cases of every kind, and overdue ones, to look at.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta

from msgspec.structs import replace

from liwa.accounts.models import Account
from liwa.accounts.scope import Scope
from liwa.bench import Bench, workload
from liwa.bench.campus import TODAY
from liwa.care import actions, weekly
from liwa.care.models import Case, CaseEvent, CaseOutcome, Contact, Participant
from liwa.core.clock import start_of
from liwa.core.feeds import Campus
from liwa.records.campus import profile

WEEKS = 4
_WEEK = timedelta(weeks=1)

Act = Callable[[Scope, int], object]
# What becomes of a case that waits: how many in a hundred, and what is done. Nothing is done about the rest.
ACTS: dict[str, tuple[int, Act]] = {
    "a contact logged": (
        40,
        lambda scope, case: actions.log_contact(scope, case, Contact.Kind.MET, "聊过了"),
    ),
    "support begins": (15, actions.support),
    "a case closed": (15, lambda scope, case: actions.close(scope, case, CaseOutcome.IMPROVED, "好多了")),
    "a case put off": (10, lambda scope, case: actions.snooze(scope, case, scope.day + 2 * _WEEK, "等考试")),
}
_NOTHING = 100 - sum(often for often, _ in ACTS.values())


def days() -> list[date]:
    """The days of the digests that cases were opened on, the first first."""
    return [TODAY + number * _WEEK for number in range(WEEKS)]


def scope_after(account: Account, day: date) -> Scope:
    """What an account sees the day after the digest of `day`, when people act on it."""
    campus = _campus(day)
    return Scope(account, campus.as_of or day, campus)


def _campus(day: date) -> Campus:
    """The campus as it is the day after, so that cases are dated by their cut-off and not by this machine's clock."""
    return replace(profile(), as_of=day + timedelta(days=1))


@workload("weeks of care", after=("digest write",))
def run(bench: Bench) -> None:
    """Cases open, are worked on, come due, and wait too long."""
    accounts = [Account.objects.create_user(key, person_id=key) for key in bench.campus.advisers()]
    bench.settle()
    for number, day in enumerate(days()):
        _open(bench, day, number)
        chance = bench.campus.chance(f"care {number}")
        for account in accounts:
            scope = scope_after(account, day)
            for case in _waiting(account):
                act = chance.choices([*ACTS, ""], [*(often for often, _ in ACTS.values()), _NOTHING])[0]
                if act:
                    with bench.timed(f"care: {act}", "cases"):
                        ACTS[act][1](scope, case)
    _answer(bench)


def _open(bench: Bench, day: date, number: int) -> None:
    """What the system does with cases each week, by an assignment of students to advisers' places."""
    campus = _campus(day)
    name = "care: the first week's cases" if number == 0 else "care: a later week's cases"
    with bench.timed(name, "weeks"):
        done = weekly.open_cases(start_of(day, campus.zone), campus)
    bench.answer(f"care: done in week {number}", [asdict(done), weekly.counts()])


def _waiting(account: Account) -> list[int]:
    mine = Case.objects.filter(adviser=account.person_id, state=Case.State.OPEN, snoozed_until=None)
    return list(mine.order_by("student").values_list("pk", flat=True))


def _answer(bench: Bench) -> None:
    """Everything but numbers that sequences gave, and the time of the day."""
    cases = Case.objects.order_by("student", "opened_at")
    names = [field.attname for field in Case._meta.concrete_fields]
    told = [name for name in names if name not in {"id", "closed_at", "escalated_at", "loads"}]
    bench.answer("care: cases", cases.values_list(*told).iterator())
    of_case = ("case__student", "case__opened_at")
    events = CaseEvent.objects.order_by(*of_case, "pk").values_list(
        *of_case, "kind", "by__username", "details"
    )
    bench.answer("care: events", events.iterator())
    contacts = Contact.objects.order_by(*of_case, "pk").values_list(*of_case, "kind", "by__username", "note")
    bench.answer("care: contacts", contacts.iterator())
    people = Participant.objects.order_by(*of_case, "person").values_list(*of_case, "person", "since")
    bench.answer("care: people", people.iterator())
