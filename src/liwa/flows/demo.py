"""The demo: a whole campus from its files to its pages, by the same steps a real school takes."""

import json
import resource
import secrets
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection

from liwa.accounts.actions import add_account, set_password
from liwa.accounts.models import Account
from liwa.care.school import add_head
from liwa.core import clock
from liwa.core.config import config
from liwa.core.errors import LiwaError
from liwa.digest.models import Band, StudentDigest
from liwa.flows import setup
from liwa.flows.feeds import load_feeds
from liwa.flows.home import Home
from liwa.flows.invented_care import People, live
from liwa.flows.invented_staff import write_staff
from liwa.flows.lakes import current_tables
from liwa.flows.load import Consent, Progress
from liwa.flows.planted import against_truth
from liwa.flows.refresh import Run, refresh
from liwa.records.models import Advising, CampusProfile, Enrollment, Klass, LineItem, Result, Role
from liwa.simulate.campus import simulate
from liwa.simulate.signins import demo_accounts

OULAD_NAME = "Open University (OULAD)"
OULAD_AS_OF = date(2014, 11, 26)  # week 8 of the presentations that began on 1 October 2014
OULAD_FEEDS = """\
# The Open University Learning Analytics Dataset, with invented names and staff.

[campus]
name = "Open University (OULAD)"
timezone = "Europe/London"
invented_names = true
as_of = {as_of}

[[feed]]
name = "oulad"
source = "oulad"
path = {archive}

[[feed]]
name = "staff"
source = "oneroster"
path = "staff"

[[feed]]
name = "advising"
source = "advising"
path = "advising.csv"
"""


@dataclass
class Report:
    """What a demo did; `seconds` by step, `evaluation` as `liwa evaluate` gives it and, simulated, against the truth."""

    counts: dict[str, int] = field(default_factory=dict)
    loads: list[dict[str, Any]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    peak_memory_mb: float = 0.0
    evaluation: list[dict[str, Any]] = field(default_factory=list)
    signins: list[dict[str, str]] = field(default_factory=list)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Note how long the block took."""
        started = clock.monotonic()
        yield
        self.seconds[step] = round(self.seconds.get(step, 0.0) + clock.monotonic() - started, 3)


def simulated(home: Home, students: int, seed: int, progress: Progress) -> Report:
    """A make-believe campus of `students` students in `home`, ready to be served."""
    report = Report()
    with report.timed("set up"):
        _prepare()
    with report.timed("simulate"):
        _write_campus(home, students, seed, progress)
    _load(home, [], report, progress)
    with report.timed("sign-ins"):
        report.signins = [_sign_in(one["role"], one["userSourcedId"]) for one in demo_accounts(home.root)]
    with report.timed("care before"):
        live(_people(report.signins))
    run = _show(home, report, progress)
    with report.timed("compare with the truth"):
        report.evaluation = against_truth(home, run)
    return _finished(report)


def oulad(home: Home, archive: Path, progress: Progress) -> Report:
    """The Open University's data set in `home`, as of week 8 of its last presentations, ready to be served."""
    report = Report()
    with report.timed("set up"):
        _prepare()
        home.feeds_file.write_text(
            OULAD_FEEDS.format(archive=json.dumps(str(archive)), as_of=OULAD_AS_OF), encoding="utf-8"
        )
    _load(home, ["oulad"], report, progress)
    with report.timed("invented staff"):
        write_staff(home.root, OULAD_AS_OF)
    _load(home, ["staff", "advising"], report, progress)
    _show(home, report, progress)
    with report.timed("sign-ins"):
        report.signins = [_sign_in(role, person) for role, person in _oulad_people()]
    return _finished(report)


def _prepare() -> None:
    if config()["LIWA_DATABASE_URL"] and _holds_other_data():
        raise LiwaError(
            "LIWA_DATABASE_URL names a database that holds a school's data.",
            remedy="Unset it for the demo, or name an empty database.",
        )
    setup.migrate()


def _holds_other_data() -> bool:
    """Whether the database has a school's campus or accounts; asked before anything in it is touched."""
    tables = set(connection.introspection.table_names())
    if not {CampusProfile._meta.db_table, Account._meta.db_table} <= tables:
        return False
    others = CampusProfile.objects.filter(simulated=False).exclude(name=OULAD_NAME).values("pk")
    return others.exists() or Account.objects.exclude(username__startswith="demo-").exists()


def _write_campus(home: Home, students: int, seed: int, progress: Progress) -> None:
    """Write the files unless this very campus is there already."""
    wanted = {"students": students, "seed": seed}
    note = home.root / "campus.json"
    if note.exists() and json.loads(note.read_text(encoding="utf-8")) == wanted:
        return
    beside = home.root / "campus.new"
    shutil.rmtree(beside, ignore_errors=True)
    simulate(beside, students=students, seed=seed, progress=progress)
    for file in beside.iterdir():
        file.replace(home.root / file.name)
    beside.rmdir()
    note.write_text(json.dumps(wanted), encoding="utf-8")


def _load(home: Home, feeds: Sequence[str], report: Report, progress: Progress) -> None:
    with report.timed("load"):
        consent = Consent(removals=True)  # another seed is another campus
        loads = load_feeds(home, feeds, consent=consent, requested_by="demo", progress=progress)
    report.loads += [
        {name: file[name] for name in ("file", "in", "stored", "unchanged", "refused")}
        for load in loads
        for file in load.files
    ]


def _show(home: Home, report: Report, progress: Progress) -> Run:
    with report.timed("refresh"):
        run = refresh(home, progress=progress)
    report.seconds |= {f"refresh: {name}": round(seconds, 3) for name, seconds in run.seconds.items()}
    report.evaluation = run.evaluation
    report.counts = _counts(home)
    return run


def _counts(home: Home) -> dict[str, int]:
    studying = Enrollment.objects.filter(role="student", status="active")
    return {
        "classes": Klass.objects.filter(status="active").count(),
        "students": studying.values("user").distinct().count(),
        "enrollments": studying.count(),
        "line_items": LineItem.objects.filter(status="active").count(),
        "results": Result.objects.filter(status="active").count(),
        "click_events": _clicks(home),
    }


def _clicks(home: Home) -> int:
    with current_tables(home) as tables:
        events = tables.raw_events
        return int(events.filter(events.unit == "click").count().to_pyarrow().as_py())


def _oulad_people() -> Iterator[tuple[str, str]]:
    """An adviser with much to do, one of the students on that list, and a teacher of that student's."""
    need = StudentDigest.objects.filter(band=Band.HIGH)
    adviser = (
        Advising.objects.filter(student__in=need.values("user"))
        .order_by("pk")
        .values_list("adviser", flat=True)
    )
    yield "adviser", adviser[0]
    own = Advising.objects.filter(adviser=adviser[0]).values("student")
    student = StudentDigest.objects.filter(user__in=own).order_by("-need").select_related("top")[0]
    teacher = Enrollment.objects.filter(klass=student.top.klass_id, role="teacher").values_list(
        "user", flat=True
    )[0]
    yield "teacher", teacher
    yield "student", student.user_id
    yield "data_office", ""
    yield "leadership", ""


def _sign_in(role: str, person: str) -> dict[str, str]:
    """An account for the demo with a fresh password."""
    name = f"demo-{role.replace('_', '-')}"
    password = secrets.token_urlsafe(9)
    if Account.objects.filter(username=name).exists():
        Account.objects.filter(username=name).update(person=person or None)
        set_password(name, password)
    else:
        duties = [role] if role in {"data_office", "leadership", "registrar"} else []
        add_account(name, password, person=person or None, duties=duties)
    if role == "head":
        for org in Role.objects.filter(user=person, status="active").values_list("org", flat=True):
            add_head(name, str(org))
    return {"role": role, "user": name, "password": password}


def _people(signins: list[dict[str, str]]) -> People:
    accounts = Account.objects.in_bulk([one["user"] for one in signins], field_name="username")
    by_role = {one["role"]: accounts[one["user"]] for one in signins}
    return People(by_role["adviser"], by_role["teacher"], by_role["student"])


def _finished(report: Report) -> Report:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report.peak_memory_mb = round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)
    return report
