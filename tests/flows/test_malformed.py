"""Whatever a bundle holds, a load of it adds up and leaves records that hang together."""

import csv
import io
import os
from itertools import count
from pathlib import Path

from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liwa.core.errors import SourceError
from liwa.core.rows import RECORDS
from liwa.flows.feeds import load_feeds
from liwa.flows.load import Consent
from liwa.records.intake import fields_of, model_of
from liwa.records.models import Load, RefusedRow
from tests.flows.school import School, figures
from tests.sources.bundles import HEADINGS, written, zipped

IDS = st.sampled_from(["o1", "t1", "c1", "k1", "u1", "u2", "l1", "x1", "", "nobody", "x" * 300])
FIELDS = st.one_of(
    IDS,
    st.sampled_from(
        ["active", "tobedeleted", "student", "teacher", "wizard", "2026-09-01", "2026-02-30", "17.5", "true"]
    ),
    st.sampled_from(
        ["t1,t9", "k1,k1", "=1+1", "A\0B", "\ud7ff\ue000", "n" * 300, "2026-09-01T08:00:00Z", "1e308"]
    ),
    st.text(max_size=5),
)
NAMES = [name for name in HEADINGS if name not in ("resources.csv", "classResources.csv")]


# A sound row or two of each, so that the others find something to name.
SOUND = {
    "orgs.csv": ["o1,active,,Rivers,school,,"],
    "academicSessions.csv": ["t1,active,,Autumn,term,2026-09-07,2027-01-15,,2026"],
    "courses.csv": ["c1,active,,,Rivers,R1,o1"],
    "classes.csv": ["k1,active,,Rivers A,c1,RA,o1,t1"],
    "users.csv": ["u1,active,,true,u1,Ada,Moss,student,o1,", "u2,active,,true,u2,Bea,Moss,student,o1,"],
    "enrollments.csv": ["e1,active,,k1,u1,student,,2026-09-01,"],
    "lineItems.csv": ["l1,active,,Essay,,2026-09-27,k1,40"],
    "results.csv": ["x1,active,,l1,u1,fully graded,80,2026-09-30,2026-09-25T02:00:00Z"],
}


@st.composite
def bundles(draw: st.DrawFn) -> dict[str, str]:
    """The files of a bundle: their sound rows, mostly, among rows of anything at all."""
    found = {}
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True)):
        width = HEADINGS[name].count(",") + 1
        odd = draw(st.lists(st.lists(FIELDS, min_size=width, max_size=width), max_size=5))
        sound = [row.split(",") for row in SOUND.get(name, []) if draw(st.integers(0, 4))]
        found[name] = written(HEADINGS[name], draw(st.permutations([*sound, *odd])))
    return found


def records_in(text: str) -> int:
    """How many records csv finds below the heading; one of nothing but blanks is none."""
    return sum(any(row) for row in csv.reader(io.StringIO(text, newline=""))) - 1


def dangling() -> list[str]:
    """References of records that lead nowhere."""
    found = []
    for record in RECORDS:
        for name, target in record.refers.items():
            field = dict(zip(record.__struct_fields__, fields_of(record), strict=True))[name]
            known = model_of(target)._default_manager.values("pk")
            rows = model_of(record.table)._default_manager.exclude(**{f"{field}__in": known})
            found += [f"{record.table}.{name}" for _ in rows.exclude(**{f"{field}__isnull": True})]
    return found


NUMBERS = count()


@given(st.lists(bundles(), min_size=1, max_size=2))
@settings(
    max_examples=int(os.environ.get("LIWA_TEST_MALFORMED", "40")),
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,
        HealthCheck.data_too_large,
    ],
)
def test_any_bundle(db: None, tmp_path: Path, made: list[dict[str, str]]) -> None:
    school = School(tmp_path / str(next(NUMBERS)))
    school.write()
    # A savepoint of the test's own: a transaction within another one is refused.
    point = transaction.savepoint()
    for files in made:
        check(school, files)
    connection.check_constraints()
    transaction.savepoint_rollback(point)


def check(school: School, files: dict[str, str]) -> None:
    zipped(
        school.home.root / "sis.zip", {name: text.encode("utf-8", "replace") for name, text in files.items()}
    )
    before = RefusedRow.objects.count()
    try:
        (load,) = load_feeds(school.home, [], consent=Consent(removals=True))
    except SourceError:
        assert Load.objects.latest("pk").state == Load.State.FAILED
        return
    found = figures([load])
    if load.message != "the same file as the load before":
        assert RefusedRow.objects.count() - before == load.refused
    for name, counts in found.items():
        assert counts[0] == records_in(files[name].encode("utf-8", "replace").decode()), name
    assert dangling() == []


def test_the_sound_rows_alone_are_all_taken(db: None, tmp_path: Path) -> None:
    school = School(tmp_path)
    school.write()
    check(school, {name: "\n".join([HEADINGS[name], *rows, ""]) for name, rows in SOUND.items()})
    load = Load.objects.get()
    assert load.stored == load.lines_in == 9


def test_a_key_no_database_can_hold(db: None, tmp_path: Path) -> None:
    school = School(tmp_path)
    school.write()
    odd = "A\0B,active,,true,u3,Cya,Moss,student,o1,"
    for users in (SOUND["users.csv"], [*SOUND["users.csv"], odd]):
        rows = {"orgs.csv": SOUND["orgs.csv"], "users.csv": users}
        check(school, {name: "\n".join([HEADINGS[name], *rows[name], ""]) for name in rows})
    assert Load.objects.latest("pk").refused == 1
