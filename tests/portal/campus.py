"""A campus small enough to know by heart, made through the ORM.

Two schools, two courses, two running classes and one ended run. The adviser answers for school `s1`, the other
adviser for `s2`; the teacher teaches `k1`, the other teacher `k2`.

| student | school | classes | seen by |
|---|---|---|---|
| st1 | s1 | k1, k2 | adviser, both teachers (each in the own class), the student herself |
| st2 | s1 | k1 | adviser, teacher |
| st3 | s1 | k1 | adviser, teacher |
| st4 | s2 | k2 | other adviser, other teacher, the other student himself |
| st5 | s2 | k2 | other adviser, other teacher |
"""

from datetime import UTC, date, datetime, timedelta
from functools import cache

from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Model

from liwa.accounts.models import Account, Duty, Grant
from liwa.digest.models import (
    CampusDigest,
    Card,
    ClassDigest,
    EnrollmentDigest,
    FeedDigest,
    Refresh,
    StudentDigest,
)
from liwa.insight import card
from liwa.records.models import (
    AcademicSession,
    Advising,
    CampusProfile,
    Course,
    Enrollment,
    Klass,
    LineItem,
    Load,
    Org,
    RefusedRow,
    Result,
    Role,
    User,
)
from tests.portal import campus_cases, campus_trials

PASSWORD = "a-long-test-password"
AS_OF = date(2026, 11, 16)
CUTOFF = datetime(2026, 11, 15, 16, tzinfo=UTC)  # Monday 00:00 in Shanghai
STARTS, ENDS = date(2026, 9, 7), date(2027, 1, 15)
WEEK = 10
CARD = "risk-2026-11-16"

# Account -> the role its pages are opened for. `nobody` can sign in, and that is all.
ACCOUNTS = {
    "adviser": "adviser",
    "other-adviser": "adviser",
    "teacher": "teacher",
    "other-teacher": "teacher",
    "student": "student",
    "other-student": "student",
    "data-office": Duty.DATA_OFFICE,
    "leader": Duty.LEADERSHIP,
    "registrar": Duty.REGISTRAR,
    "researcher": Duty.RESEARCHER,
    "nobody": "",
    "head": "supervisor",
}

FAMILY = ("林", "周", "沈", "陆", "许", "顾", "Moss", "Reed")
GIVEN = ("晓雨", "一鸣", "思远", "若溪", "子墨", "安然", "Ada", "Rowan")


_made: list[list[Model]] = []  # by model, once they are made


def build() -> None:
    """Fill an empty database: the first time step by step, then with the very same rows."""
    if _made:
        _store(_made)
        return
    models = [model for model in apps.get_models() if not model._base_manager.exists()]
    _make()
    _made.extend(rows for model in models if (rows := list(model._base_manager.all())))


@transaction.atomic
def _store(some: list[list[Model]]) -> None:
    """In whatever order: rows may refer to later ones until all are there."""
    for rows in some:
        type(rows[0])._base_manager.bulk_create(rows)
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [type(rows[0]) for rows in some]):
            cursor.execute(sql)


def _make() -> None:
    _places()
    _people()
    _classes()
    _work()
    for number, (_school, classes) in enumerate(STUDENTS, start=1):
        _digest(f"st{number}", classes, number)
    _class_digests()
    _campus_digests()
    _intake()
    _accounts()
    campus_cases.build(CARD)
    campus_trials.build()


def grow(students: int) -> None:
    """More students in school `s1` and class `k1`, and cases for some, so that a query in a loop shows."""
    for number in range(100, 100 + students):
        _student(f"st{number}", number, "s1", ("k1",))
        _digest(f"st{number}", ("k1",), number)
    campus_cases.grow([f"st{number}" for number in range(100, 100 + students, 2)], CARD)


STUDENTS = (("s1", ("k1", "k2")), ("s1", ("k1",)), ("s1", ("k1",)), ("s2", ("k2",)), ("s2", ("k2",)))


def _places() -> None:
    CampusProfile.objects.create(
        name="Liwa test campus", timezone="Asia/Shanghai", simulated=True, as_of=AS_OF
    )
    root = Org.objects.create(sourced_id="u", name="Liwa University", type="district", feed="sis")
    for key, name in (("s1", "School of Rivers"), ("s2", "School of Hills")):
        Org.objects.create(sourced_id=key, name=name, type="school", parent=root, feed="sis")


def _people() -> None:
    for key, family, given in (
        ("ad1", "何", "静"),
        ("ad2", "Brook", "Ellis"),
        ("te1", "高", "远"),
        ("te2", "Field", "Marlow"),
    ):
        User.objects.create(sourced_id=key, family_name=family, given_name=given, feed="sis")
    Advising.objects.create(sourced_id="a1", adviser_id="ad1", org_id="s1", feed="advising")
    Advising.objects.create(sourced_id="a2", adviser_id="ad2", org_id="s2", feed="advising")


def _classes() -> None:
    session = {"type": "semester", "feed": "sis"}
    AcademicSession.objects.create(
        sourced_id="2026A", title="Autumn 2026", starts_on=STARTS, ends_on=ENDS, **session
    )
    AcademicSession.objects.create(
        sourced_id="2025A",
        title="Autumn 2025",
        starts_on=date(2025, 9, 8),
        ends_on=date(2026, 1, 16),
        **session,
    )
    for key, title in (("c1", "Hydrology"), ("c2", "Cartography")):
        Course.objects.create(sourced_id=key, title=title, course_code=key.upper(), org_id="u", feed="sis")
    for key, course, term, begin, end in (
        ("k0", "c1", "2025A", date(2025, 9, 8), date(2026, 1, 16)),
        ("k1", "c1", "2026A", STARTS, ENDS),
        ("k2", "c2", "2026A", STARTS, ENDS),
    ):
        Klass.objects.create(
            sourced_id=key,
            title=f"{'Hydrology' if course == 'c1' else 'Cartography'} {term}",
            class_code=f"{course.upper()}-{term}",
            course_id=course,
            school_id="u",
            terms=[term],
            starts_on=begin,
            ends_on=end,
            feed="sis",
        )
    for teacher, classes in (("te1", ("k0", "k1")), ("te2", ("k2",))):
        for klass in classes:
            _enroll(teacher, klass, "teacher")
    for number, (school, klasses) in enumerate(STUDENTS, start=1):
        _student(f"st{number}", number, school, klasses)


def _student(key: str, number: int, school: str, classes: tuple[str, ...]) -> None:
    User.objects.create(
        sourced_id=key,
        family_name=FAMILY[number % len(FAMILY)],
        given_name=GIVEN[(number * 3) % len(GIVEN)],
        identifier=f"1026{number:04}",
        feed="sis",
    )
    Role.objects.create(
        sourced_id=f"r-{key}", user_id=key, org_id=school, role="student", role_type="primary", feed="sis"
    )
    for klass in classes:
        _enroll(key, klass, "student")


def _enroll(user: str, klass: str, role: str) -> None:
    Enrollment.objects.create(
        sourced_id=f"e-{user}-{klass}",
        user_id=user,
        klass_id=klass,
        role=role,
        begin_date=STARTS,
        feed="sis",
    )


def _work() -> None:
    for klass in ("k1", "k2"):
        for number, weeks in enumerate((3, 6, 9, 12, 15), start=1):
            due = STARTS + timedelta(weeks=weeks)
            item = LineItem.objects.create(
                sourced_id=f"l{number}-{klass}",
                title=f"Report {number}" if number < 5 else "Final examination",
                kind="assignment" if number < 5 else "exam",
                klass_id=klass,
                due_date=due,
                weight=15.0 if number < 5 else 40.0,
                result_value_max=100.0,
                feed="sis",
            )
            if due < AS_OF:
                _results(item, due)


def _results(item: LineItem, due: date) -> None:
    enrolled = Enrollment.objects.filter(klass=item.klass, role="student").order_by("pk")
    for place, enrollment in enumerate(enrolled):
        if place == 0 and item.pk != f"l1-{item.klass_id}":
            continue  # the first student stops handing in after the first report
        handed_in = datetime(due.year, due.month, due.day, 9, tzinfo=UTC) + timedelta(days=place - 1)
        Result.objects.create(
            sourced_id=f"{item.pk}-{enrollment.user_id}",
            line_item=item,
            student_id=enrollment.user_id,
            score_status="fully graded",
            score=48.0 + 12 * place,
            submitted_at=handed_in,
            score_date=due + timedelta(days=7),
            feed="sis",
        )


def _digest(student: str, classes: tuple[str, ...], number: int) -> None:
    band = ("high", "medium", "low", "unknown")[(number - 1) % 4]
    risk = {"high": 0.78, "medium": 0.46, "low": 0.12, "unknown": None}[band]
    reasons = _reasons(band)
    last = AS_OF - timedelta(days=16 if band == "high" else 2)
    for klass in classes:
        EnrollmentDigest.objects.create(
            enrollment_id=f"e-{student}-{klass}",
            klass_id=klass,
            user_id=student,
            week=WEEK,
            risk=risk,
            band=band,
            basis="model",
            need=risk or 0.3,
            reasons=reasons,
            changed=[reasons[0]["key"]] if reasons else [],
            weeks=_class_weeks(band),
            due=3,
            handed_in=1 if band == "high" else 3,
            late=1 if band == "medium" else 0,
            missing=2 if band == "high" else 0,
            mean_score=48.0 if band == "high" else 74.5,
            last_active_on=last,
        )
    StudentDigest.objects.create(
        user_id=student,
        top_id=f"e-{student}-{classes[0]}",
        need=(risk or 0.3) + number / 10_000,
        band=band,
        basis="model",
        risk=risk,
        reasons=[{**one, "klass": "Hydrology 2026A"} for one in reasons],
        classes=len(classes),
        classes_at_risk=len(classes) if band in ("high", "medium") else 0,
        missing=2 * len(classes) if band == "high" else 0,
        weeks=_campus_weeks(band),
        timeline=_timeline(classes[0]),
        last_active_on=last,
    )


def _reasons(band: str) -> list[dict[str, object]]:
    if band == "high":
        return [{"key": "missing_assignments", "count": 2, "days": 16}]
    if band == "medium":
        return [{"key": "missing_assignments", "count": 1, "days": 5}]
    return []


def _amount(band: str, week: int) -> float | None:
    if band == "unknown":
        return None
    if band == "high":
        return float(max(0, 60 - 9 * week))
    return 35.0 + 8.0 * (week % 3)


def _class_weeks(band: str) -> list[dict[str, object]]:
    return [
        {
            "week": week,
            "amount": _amount(band, week),
            "days": None if band == "unknown" else min(5, int((_amount(band, week) or 0) // 12)),
            "class_median": 41.0 + week % 4,
        }
        for week in range(1, WEEK + 1)
    ]


def _campus_weeks(band: str) -> list[dict[str, object]]:
    first = AS_OF - timedelta(weeks=12)
    return [
        {"week_of": (first + timedelta(weeks=week)).isoformat(), "amount": _amount(band, week)}
        for week in range(12)
    ]


def _timeline(klass: str) -> list[dict[str, object]]:
    return [
        {"on": "2026-11-09", "kind": "missed", "klass": klass, "title": "Report 3"},
        {"on": "2026-10-31", "kind": "quiet", "klass": klass, "title": "", "days": 16},
        {"on": "2026-10-19", "kind": "missed", "klass": klass, "title": "Report 2"},
        {
            "on": "2026-10-05",
            "kind": "scored",
            "klass": klass,
            "title": "Report 1",
            "score": 48.0,
            "max": 100.0,
        },
        {"on": "2026-09-28", "kind": "submitted", "klass": klass, "title": "Report 1"},
        {"on": "2026-09-07", "kind": "registered", "klass": klass, "title": ""},
    ]


def _class_digests() -> None:
    weeks = [
        {"week": week, "active_share": 0.9 - week / 40, "median": 41.0 + week % 4, "q1": 22.0, "q3": 63.0}
        for week in range(1, WEEK + 1)
    ]
    earlier = [
        {
            "klass": "k0",
            "title": "Hydrology 2025A",
            "session": "Autumn 2025",
            "weeks": weeks,
            "completed": 0.81,
        }
    ]
    for klass, students in (("k1", 3), ("k2", 3)):
        ClassDigest.objects.create(
            klass_id=klass,
            week=WEEK,
            running=True,
            students=students,
            withdrawn=1,
            high=1,
            medium=1,
            covered=True,
            weeks=weeks,
            earlier=earlier if klass == "k1" else [],
            items=_items(klass, students),
        )
    ClassDigest.objects.create(
        klass_id="k0", running=False, students=40, withdrawn=3, covered=True, weeks=weeks
    )


def _items(klass: str, students: int) -> list[dict[str, object]]:
    items = []
    for item in LineItem.objects.filter(klass=klass).order_by("due_date"):
        is_due = item.due_date is not None and item.due_date < AS_OF
        items.append(
            {
                "line_item": item.pk,
                "title": item.title,
                "kind": item.kind,
                "due": item.due_date.isoformat() if item.due_date else None,
                "weight": item.weight,
                "expected": students,
                "handed_in": students - 1 if is_due else 0,
                "late": 1 if is_due else 0,
                "missing": 1 if is_due else 0,
                "mean": 66.0 if is_due else None,
                "is_due": is_due,
            }
        )
    return items


def _card() -> dict[str, object]:
    """A card as `insight.card` writes it, with made-up figures."""
    weeks = ((2, 0.66), (4, 0.74), (6, 0.77), (8, 0.8))
    return {
        "name": CARD,
        "basis": "model",
        "target": card.TARGET,
        "population": card.POPULATION,
        "cutoff_rule": card.CUTOFF,
        "assumptions": list(card.ASSUMPTIONS),
        "limits": list(card.LIMITS),
        "bands": {"of": "probability", "high": 0.6, "medium": 0.35},
        "features": [
            {"name": "missing_count", "group": "missing", "meaning": "due line items not handed in"},
            {"name": "score_mean", "group": "marks", "meaning": "mean mark weighted by line item, 0 to 1"},
            {"name": "of_tomorrow", "group": "tomorrow", "meaning": "what a later version looks at"},
        ],
        "training": {
            "classes": ["k0"],
            "first_start": "2025-09-08",
            "last_end": "2026-01-16",
            "weeks": [2, 4, 6, 8],
            "students": 40,
            "enrollments": 40,
            "failed_share": 0.19,
            "data_hash": "d4t4",
            "code_hash": "c0d3",
        },
        "evaluation": [
            {"term": "2025A", "week": week, "n": 4700, "failed": 0.19, "auc": auc, "auc_low": auc - 0.02}
            | {"auc_high": auc + 0.02, "brier": 0.13, "ece": 0.018, "pr_auc": 0.5, "slope": 0.97}
            | _tops()
            for week, auc in weeks
        ],
        "baselines": [
            {"term": "2025A", "week": week, "name": name, "n": 4600, "auc": None if week == 2 else auc - 0.1}
            for name in ("no visit for 7 days", "a means of tomorrow")
            for week, auc in weeks
        ],
        **_more_of_the_card(),
    }


def _more_of_the_card() -> dict[str, object]:
    """What lists find, calibration, courses, gaps, drift and checks of the made-up card."""
    gap = {"term": "2025A", "attribute": "sex", "week": 4, "group": "female", "n": 2100, "failed": 0.17}
    gap |= {"abroca": 0.03, "abroca_low": 0.02, "abroca_high": 0.06, "left_out": False}
    gap |= {"recall_gap": -0.08, "recall_gap_low": -0.12, "recall_gap_high": -0.04}
    gap |= {"calibration_gap": 0.01, "calibration_gap_low": -0.02, "calibration_gap_high": 0.04}
    small = {
        "term": "2025A",
        "attribute": "age_band",
        "week": 4,
        "group": "55<=",
        "n": None,
        "left_out": True,
    }
    course = {
        "term": "2025A",
        "course": "c1",
        "week": 4,
        "n": 300,
        "auc": 0.7,
        "auc_low": 0.66,
        "auc_high": 0.74,
    }
    moved = {"name": "late_count", "group": "late", "meaning": "line items handed in late", "psi": 0.31}
    still = {"name": "credits", "group": "load", "meaning": "study load of the enrollment", "psi": 0.01}
    known = {"unknown_then": 0.0, "unknown_now": 0.1}
    return {
        "reliability": [
            {
                "term": "2025A",
                "week": 4,
                "bins": [{"risk": place / 12, "failed": place / 11, "share": 0.1} for place in range(1, 11)],
            }
        ],
        "courses": [course],
        "withdrawals": [
            {"term": "2025A", "week": 4, "n": 4600, "left": 0.043, "stated": 0.041, "auc": 0.69, "ece": 0.008}
            | {"auc_low": 0.66, "auc_high": 0.72, "ece_low": 0.006, "ece_high": 0.014}
        ],
        "gaps": [gap, small],
        "gap_rules": {"students": 50, "of_each_outcome": 15, "listed": 0.2},
        "checks": {"failed": [], "limits": {"ece": 0.1}},
        "frozen": {"rule": card.FROZEN, "tested": ["2025A"]},
        "drift": {
            "rows": 4000,
            "left_out": 12,
            "moved": 1,
            "columns": [moved | known, still | known, *([still | known] * 38)],
            "came_true": {"rows": 3900, "stated": 0.041, "happened": 0.057, "apart": True},
        },
    }


def _tops() -> dict[str, object]:
    found = {"precision": 0.5, "precision_low": 0.46, "precision_high": 0.54}
    found |= {"recall": 0.3, "recall_low": 0.27, "recall_high": 0.33}
    return {
        "tops": [{"share": share, "listed": round(4700 * share), **found} for share in (0.05, 0.1, 0.2)],
        "advisers": {"advisers": 9, "students": 4000, "listed": 180, **found},
    }


def _campus_digests() -> None:
    Refresh.objects.create(as_of=CUTOFF, finished_at=CUTOFF + timedelta(hours=3), basis="model", card=CARD)
    Card.objects.create(name=CARD, made_at=CUTOFF, content=_card())
    figures: dict[str, object] = {
        "counts": {
            "students": 4981,
            "staff": 212,
            "orgs": 9,
            "courses": 88,
            "classes_running": 164,
            "classes_ended": 301,
            "enrollments": 25110,
            "events": 1840221,
        },
        "bands": {"high": 214, "medium": 611, "low": 3905, "unknown": 251},
        "weekly": [
            {
                "week_of": (STARTS + timedelta(weeks=week)).isoformat(),
                "active": 4700 - 31 * week,
                "events": 91000,
            }
            for week in range(WEEK)
        ],
        "by_org": [
            {
                "id": "s1",
                "name": "School of Rivers",
                "students": 620,
                "high": 41,
                "medium": 80,
                "completed": 0.86,
            },
            {
                "id": "s2",
                "name": "School of Hills",
                "students": 511,
                "high": 12,
                "medium": 44,
                "completed": None,
            },
        ],
        "by_course": [
            {"id": "c1", "name": "Hydrology", "students": 210, "high": 20, "medium": 31, "completed": 0.79},
            {"id": "c2", "name": "Cartography", "students": 180, "high": 4, "medium": 19, "completed": 0.91},
        ],
        "outcomes": [
            {"session": "Autumn 2025", "completed": 0.84, "n": 8120},
            {"session": "Spring 2026", "completed": 0.87, "n": 8291},
        ],
    }
    for name, value in figures.items():
        CampusDigest.objects.create(
            name=name, value=value, source="Counted in the records as of the last load."
        )


def _intake() -> None:
    for number, (feed, source) in enumerate((("sis", "oneroster"), ("lms", "activity")), start=1):
        load = Load.objects.create(
            pk=number,
            feed=feed,
            source=source,
            file=f"{feed}.zip",
            sha256="0" * 64,
            state="done",
            requested_by="data-office",
            started_at=CUTOFF,
            finished_at=CUTOFF + timedelta(seconds=41),
            lines_in=1000,
            stored=960,
            unchanged=38,
            refused=2,
            files=[
                {"file": "users.csv", "in": 1000, "stored": 960, "unchanged": 38, "refused": 2, "removed": 0}
            ],
        )
        for line in (17, 321):
            RefusedRow.objects.create(
                load=load,
                feed=feed,
                file="users.csv",
                line=line,
                field="role",
                value="studnet",
                reason="is none of student, teacher, aide",
                refused_at=CUTOFF,
            )
        FeedDigest.objects.create(
            feed=feed,
            events=912_000,
            unmatched=113,
            first_at=datetime(2026, 9, 1, tzinfo=UTC),
            last_at=CUTOFF,
            months=[{"month": f"2026-{month:02}", "events": 300_000 + month} for month in (9, 10, 11)],
        )


@cache
def _hashed() -> str:
    """The password's hash, worked out once: it is slow on purpose."""
    return make_password(PASSWORD)


def _accounts() -> None:
    persons = {
        "adviser": "ad1",
        "other-adviser": "ad2",
        "teacher": "te1",
        "other-teacher": "te2",
        "student": "st1",
        "other-student": "st4",
    }
    for name, role in ACCOUNTS.items():
        account = Account.objects.create(username=name, password=_hashed(), person_id=persons.get(name))
        if role in Duty.values:
            Grant.objects.create(account=account, duty=role)
        elif role == "supervisor":
            Grant.objects.create(account=account, duty=Duty.LEADERSHIP, org_id="s2")
