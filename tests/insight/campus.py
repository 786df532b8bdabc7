"""Small make-believe campuses as the tables insight reads, built in memory.

`made` makes one whose students differ in diligence, on which outcomes depend, so that models have something to
find; hypothesis draws wilder ones in test_cutoff.py.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import numpy as np
import pyarrow as pa

ZONE = ZoneInfo("Asia/Shanghai")
STAMP = pa.timestamp("us", "UTC")
TEXT, REAL, WHOLE, DAY, FLAG = pa.string(), pa.float64(), pa.int64(), pa.date32(), pa.bool_()

SCHEMAS: dict[str, dict[str, pa.DataType]] = {
    "events": {
        "occurred_at": STAMP,
        "known_at": STAMP,
        "user": TEXT,
        "verb": TEXT,
        "object": TEXT,
        "object_type": TEXT,
        "klass": TEXT,
        "amount": REAL,
    },
    "klass": {
        "sourced_id": TEXT,
        "course": TEXT,
        "starts_on": DAY,
        "ends_on": DAY,
        "terms": TEXT,
        "title": TEXT,
    },
    "course": {"sourced_id": TEXT, "title": TEXT},
    "academic_session": {"sourced_id": TEXT, "title": TEXT, "type": TEXT, "parent": TEXT},
    "enrollment": {
        "sourced_id": TEXT,
        "klass": TEXT,
        "user": TEXT,
        "role": TEXT,
        "begin_date": DAY,
        "credits": REAL,
        "earlier_attempts": WHOLE,
        "prior_education": TEXT,
    },
    "line_item": {
        "sourced_id": TEXT,
        "klass": TEXT,
        "kind": TEXT,
        "weight": REAL,
        "assign_date": DAY,
        "due_date": DAY,
        "result_value_max": REAL,
    },
    "result": {
        "sourced_id": TEXT,
        "line_item": TEXT,
        "student": TEXT,
        "score_status": TEXT,
        "score_date": DAY,
    },
    "outcome": {"sourced_id": TEXT, "value": TEXT, "success": FLAG, "known_at": STAMP},
    "demographics": {
        "sourced_id": TEXT,
        "sex": TEXT,
        "age_band": TEXT,
        "disability": FLAG,
        "deprivation": TEXT,
        "region": TEXT,
    },
}
Rows = dict[str, list[dict[str, Any]]]


def at(day: date, hour: float = 0) -> datetime:
    """The instant (UTC) of an hour of a campus day."""
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC) + timedelta(hours=hour)


def tables(rows: Rows) -> SimpleNamespace:
    """Plain rows as Ibis tables; columns that a row leaves out are null."""
    made = {}
    for name, schema in SCHEMAS.items():
        columns = {
            column: pa.array([row.get(column) for row in rows.get(name, [])], kind)
            for column, kind in schema.items()
        }
        made[name] = ibis.memtable(pa.table(columns))
    return SimpleNamespace(**made)


def without(rows: Rows, gone: Callable[[str, dict[str, Any]], bool]) -> Rows:
    """The rows without those of which `gone(table, row)` says so."""
    return {name: [row for row in some if not gone(name, row)] for name, some in rows.items()}


def event(verb: str, user: str, when: datetime, known: datetime | None = None, **rest: Any) -> dict[str, Any]:
    return {"verb": verb, "user": user, "occurred_at": when, "known_at": known or when, **rest}


def made(
    *,
    terms: Sequence[date] = (date(2025, 2, 17), date(2025, 9, 1), date(2026, 2, 16)),
    courses: int = 3,
    students: int = 80,
    days: int = 112,
    silent: Sequence[str] = (),
    seed: int = 5,
) -> Rows:
    """A campus of `terms` × `courses` classes of `students` each; classes in `silent` have no activity feed."""
    rng = np.random.default_rng(seed)
    rows: Rows = {name: [] for name in SCHEMAS}
    for number, starts_on in enumerate(terms):
        term = f"T{number}"
        rows["academic_session"].append({"sourced_id": term, "title": term, "type": "term"})
        for letter in "ABCDEFGH"[:courses]:
            klass = f"{letter}-{term}"
            ends_on = starts_on + timedelta(days=days - 1)
            rows["klass"].append(
                {
                    "sourced_id": klass,
                    "course": letter,
                    "starts_on": starts_on,
                    "ends_on": ends_on,
                    "terms": json.dumps([term]),
                    "title": klass,
                }
            )
            dues = [starts_on + timedelta(days=days_in) for days_in in (13, 27, 41, 62, 83)]
            for place, due in enumerate(dues):
                rows["line_item"].append(
                    {"sourced_id": f"{klass}-{place}", "klass": klass, "weight": 20.0, "due_date": due}
                )
            for place in range(students):
                if letter == "A":
                    rows["demographics"].append(_person(f"u{number}-{place}"))
                diligence = float(rng.normal())
                _student(
                    rows, rng, klass, f"u{number}-{place}", diligence, (starts_on, ends_on), dues, silent
                )
    return rows


def _person(user: str) -> dict[str, Any]:
    return {"sourced_id": user, "sex": "female", "age_band": "18-22", "disability": False}


def _student(
    rows: Rows,
    rng: np.random.Generator,
    klass: str,
    user: str,
    diligence: float,
    span: tuple[date, date],
    dues: Sequence[date],
    silent: Sequence[str],
) -> None:
    starts_on, ends_on = span
    key = f"{klass}-{user}"
    registered = at(starts_on - timedelta(days=int(rng.integers(3, 60))), 9)
    rows["enrollment"].append(
        {
            "sourced_id": key,
            "klass": klass,
            "user": user,
            "role": "student",
            "begin_date": registered.astimezone(ZONE).date(),
            "credits": 4.0,
            "prior_education": "高中",
        }
    )
    rows["events"].append(event("registered", user, registered, object=key, klass=klass))
    for place, due in enumerate(dues):
        if rng.normal() < diligence + 1.2:
            item = {"object": f"{klass}-{place}", "klass": klass}
            when = at(due - timedelta(days=1), float(rng.normal(-diligence * 20, 12)))
            score = float(np.clip(70 + 15 * diligence + rng.normal(0, 8), 0, 100))
            rows["events"].append(event("submitted", user, when, **item))
            rows["events"].append(event("scored", user, when, when + timedelta(days=5), amount=score, **item))
    if klass not in silent:
        for day in range(0, (ends_on - starts_on).days, 2):
            if rng.normal() < diligence + 0.3:
                when = at(starts_on + timedelta(days=day), float(rng.uniform(8, 22)))
                rows["events"].append(
                    event("viewed", user, when, klass=klass, amount=float(rng.integers(1, 30)))
                )
    failed = bool(rng.normal() * 0.5 > diligence + 0.2)
    rows["outcome"].append(
        {
            "sourced_id": key,
            "value": "fail" if failed else "pass",
            "success": not failed,
            "known_at": at(ends_on + timedelta(days=7), 12),
        }
    )
