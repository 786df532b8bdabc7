"""What pages ask when advisers open their cases of the week, one of them, their students, narrowed, and one student.

Last, what the school's leadership asks: which cases have waited too long.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from liwa.accounts.models import Account, Duty
from liwa.accounts.scope import Scope
from liwa.bench import Bench, workload
from liwa.bench.campus import SCHOOL, TODAY
from liwa.bench.workloads.weeks_of_care import days, scope_after
from liwa.care.models import Case
from liwa.core.clock import end_of
from liwa.digest.models import Band, StudentDigest
from liwa.portal.questions import advisees, care, care_school, student
from liwa.portal.questions.advisees import Wanted

ROWS = 50  # of a page


@workload("worklist pages", after=("weeks of care",))
def run(bench: Bench) -> None:
    """Every adviser's week and cases; every way to look at one's students; students; what has waited too long."""
    advisers = list(Account.objects.filter(person__in=bench.campus.advisers()).order_by("person"))
    leader = Account.objects.create_user("leader")
    leader.grants.create(duty=Duty.LEADERSHIP, org_id=SCHOOL)
    bench.settle()
    bench.answer("pages: this week's cases", (_week(bench, one) for one in _some(bench, advisers)))
    bench.answer("pages: a case", _cases(bench, advisers))
    bench.answer("pages: overdue cases", (_overdue(bench, leader) for _ in range(bench.size.questions)))
    _students_of(bench, advisers[0])


def _some(bench: Bench, advisers: Sequence[Account]) -> list[Account]:
    return bench.campus.chance("advisers").choices(advisers, k=bench.size.questions)


def _week(bench: Bench, account: Account) -> list[Any]:
    """An adviser's cases as they are after the weeks of care."""
    with bench.timed("page: this week's cases", "pages"):
        found = care.week(scope_after(account, days()[-1]))
    parts = (found.to_do, found.in_touch, found.snoozed)
    counts = [found.closed, found.overdue, found.fresh, found.per_week]
    return [account.username, *counts, *([_case(row) for row in part] for part in parts)]


def _case(row: care.Row) -> list[Any]:
    case, digest = row.case, row.digest
    shown = [row.klass, row.step, row.is_new, row.asks, row.worries, list(row.fresh_reasons)]
    return [case.student_id, case.state, case.need, case.due_on, case.reasons, digest and digest.band, *shown]


def _cases(bench: Bench, advisers: Sequence[Account]) -> Iterable[list[Any]]:
    """Cases chosen from all, with their history, whom they could be given to and who could help."""
    accounts = {one.person_id: one for one in advisers}
    known = list(Case.objects.order_by("student", "opened_at").values_list("pk", "adviser"))
    for key, adviser in bench.campus.chance("cases").choices(known, k=bench.size.questions):
        with bench.timed("page: a case", "pages"):
            scope = scope_after(accounts[adviser], days()[-1])
            row = care.one_case(scope, key)
            done = care.history(scope, row.case)
            people = [care.others(row.case), care.advisers(scope, row.case), care.helpers(scope, row.case)]
            told = [[one.pk for one in some] for some in people]
            sees = care.sees_student(scope, row.case)
        yield [*_case(row), [[one.kind, one.person, one.details] for one in done], *map(sorted, told), sees]


def _overdue(bench: Bench, account: Account) -> list[Any]:
    with bench.timed("page: overdue cases", "pages"):
        rows = care_school.overdue(scope_after(account, days()[-1]))
        count, page = rows.count(), list(rows[:ROWS])
    return [count, [one.due_on for one in page]]


def _students_of(bench: Bench, account: Account) -> None:
    """Every way to look at the list of one's students, and students of it."""
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
