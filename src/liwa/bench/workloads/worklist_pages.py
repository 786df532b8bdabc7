"""What pages ask when an adviser opens her list of the week, narrows it, and opens a student."""

from collections.abc import Callable, Iterable
from typing import Any

from liwa.accounts.models import Account
from liwa.accounts.scope import Scope
from liwa.bench import Bench, workload
from liwa.bench.campus import ADVISER, TODAY
from liwa.core.clock import end_of
from liwa.digest.models import Band, StudentDigest
from liwa.portal.questions import advisees, student
from liwa.portal.questions.advisees import Wanted

ROWS = 50  # of a page


@workload("worklist pages", after=("digest write",))
def run(bench: Bench) -> None:
    """Every way to look at the list, and students of it."""
    account = Account.objects.create_user(ADVISER, person_id=ADVISER)
    chance = bench.campus.chance("pages")
    wishes: dict[str, Callable[[], Wanted]] = {
        "the list": Wanted,
        "its second page": Wanted,
        "one band": lambda: Wanted(band=chance.choice(Band.values)),
        "one course": lambda: Wanted(course=f"course-{bench.campus.some_klass(chance) // 4:06}"),
        "a name": lambda: Wanted(name=chance.choice("王李张刘陈") + chance.choice("伟芳娜敏静")),
    }
    bench.settle()
    for name, wish in wishes.items():
        wanted = [wish() for _ in range(bench.size.questions)]
        start = ROWS if name == "its second page" else 0
        bench.answer(f"pages: {name}", (_list(bench, name, account, one, start) for one in wanted))
    bench.answer("pages: a student", _students(bench, account))


def _list(bench: Bench, name: str, account: Account, wanted: Wanted, start: int) -> list[Any]:
    """One page of the list with its heading, for an account that has just signed in: nothing is known of it yet."""
    with bench.timed(f"page: {name}", "pages"):
        scope = Scope(account, TODAY)
        seen = scope.advisees()
        rows = advisees.by_need(seen, wanted)
        count, page = rows.count(), list(rows[start : start + ROWS])
        summary = advisees.summary(seen)
    return [sorted(scope.roles), count, repr(summary), *(_told(row) for row in page)]


def _told(row: StudentDigest) -> list[Any]:
    return [row.pk, row.user.name, row.need, row.band, row.reasons, row.top.digest.weeks]


def _students(bench: Bench, account: Account) -> Iterable[list[Any]]:
    chance = bench.campus.chance("students")
    keys = list(Scope(account, TODAY).advisees().order_by("pk").values_list("pk", flat=True))
    for key in chance.choices(keys, k=bench.size.questions):
        with bench.timed("page: a student", "pages"):
            scope = Scope(account, TODAY)
            one = student.one_student(scope, key)
            enrollments = student.visible_enrollments(scope, one)
            running = student.running(enrollments, one, TODAY, end_of(TODAY, scope.campus.zone))
            overall = student.overall(scope, one)
        yield [one.pk, one.name, [taken.digest.pk for taken in running], overall.need if overall else None]
