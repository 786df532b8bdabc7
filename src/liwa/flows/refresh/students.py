"""One row for each student over all running classes: what an adviser's list shows."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import ibis

from liwa.core import clock
from liwa.digest.models import Band, EnrollmentDigest, StudentDigest
from liwa.flows.refresh import Phase, Run, step
from liwa.flows.refresh import progress as done
from liwa.flows.refresh.moment import RECORD_VERBS, Moment, rows

WEEKS_SHOWN = 12
ENTRIES_SHOWN = 60
AT_RISK = (Band.HIGH, Band.MEDIUM)


@step("students", Phase.DIGEST, after=("enrollments",))
def students(run: Run) -> None:
    """Fill StudentDigest from the enrollments' rows."""
    moment = Moment.of(run)
    own: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in run.digest[EnrollmentDigest]:
        own[row["user"]].append(row)
    weeks = _weeks(moment)
    timeline = _timelines(moment)
    titles = {key: found["title"] for key, found in moment.classes.items()}
    run.digest[StudentDigest] = [
        _student(user, enrollments, titles, weeks.get(user, []), timeline.get(user, []))
        for user, enrollments in own.items()
    ]


def _student(
    user: str,
    enrollments: list[dict[str, Any]],
    titles: dict[str, str],
    weeks: list[dict[str, Any]],
    timeline: list[dict[str, Any]],
) -> dict[str, Any]:
    top = max(enrollments, key=lambda row: row["need"])
    active = [row["last_active_on"] for row in enrollments if row["last_active_on"]]
    return {
        "user": user,
        "top": top["enrollment"],
        "need": top["need"],
        "band": top["band"],
        "basis": top["basis"],
        "risk": top["risk"],
        "reasons": [{**reason, "klass": titles[top["klass"]]} for reason in top["reasons"]],
        "classes": len(enrollments),
        "classes_at_risk": sum(row["band"] in AT_RISK for row in enrollments),
        "missing": sum(row["missing"] for row in enrollments),
        "weeks": weeks,
        "timeline": timeline,
        "last_active_on": max(active, default=None),
    }


def _weeks(moment: Moment) -> dict[str, list[dict[str, Any]]]:
    """{user: [{week_of, amount}]}: all activity in the last campus weeks; 0 only where some feed has events."""
    first = moment.run.as_of - WEEKS_SHOWN * clock.WEEK
    events = moment.activity().filter(lambda event: event.occurred_at >= first)
    passed = (events.occurred_at.epoch_seconds() - int(first.timestamp())) // (7 * 24 * 3600)
    dated = events.mutate(place=passed.cast("int64"))
    summed = dated.group_by("user", "place").agg(amount=dated.amount.fill_null(1.0).sum())
    amounts: dict[str, dict[int, float]] = defaultdict(dict)
    for row in rows(summed):
        amounts[row["user"]][row["place"]] = row["amount"]
    covered = {place for own in amounts.values() for place in own}
    days = [moment.today - timedelta(weeks=WEEKS_SHOWN - place) for place in range(WEEKS_SHOWN)]
    return {
        user: [
            {"week_of": day.isoformat(), "amount": own.get(place, 0.0) if place in covered else None}
            for place, day in enumerate(days)
        ]
        for user, own in amounts.items()
    }


def _timelines(moment: Moment) -> dict[str, list[dict[str, Any]]]:
    """{user: entries}, newest first, of the running classes."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for user, entry in _entries(moment):
        found[user].append(entry)
    for entries in found.values():
        entries.sort(key=lambda entry: entry["on"], reverse=True)
        del entries[ENTRIES_SHOWN:]
    return found


def _entries(moment: Moment) -> Iterable[tuple[str, dict[str, Any]]]:
    yield from _hand_in_entries(moment)
    yield from _missed_entries(moment)
    yield from _enrollment_entries(moment)
    yield from _quiet_entries(moment)


def _hand_in_entries(moment: Moment) -> Iterable[tuple[str, dict[str, Any]]]:
    results = done.results(moment)
    for row in rows(results.filter(results.klass.isin(sorted(moment.running)))):
        if row["handed_on"] is None:
            continue
        entry = {
            "on": row["handed_on"].isoformat(),
            "kind": "late" if row["late"] else "submitted",
            "klass": row["klass"],
            "title": row["title"],
        }
        if row["score"] is not None:
            entry |= {"score": row["score"], "max": row["full"]}
        yield row["user"], entry


def _missed_entries(moment: Moment) -> Iterable[tuple[str, dict[str, Any]]]:
    """Due items of current students without a hand-in."""
    items = done.items(moment)
    due = items.filter(items.is_due, items.klass.isin(sorted(moment.running)))
    enrolled = moment.enrolled()
    current = enrolled.filter(
        ibis.coalesce(enrolled.begin_date <= moment.today, True),
        enrolled.end_date.isnull() | (enrolled.end_date >= moment.today),
    ).select("klass", "user")
    expected = current.join(due, "klass")
    missed = expected.anti_join(done.hand_ins(moment), ["line_item", "user"])
    for row in rows(missed):
        entry = {
            "on": row["due_date"].isoformat(),
            "kind": "missed",
            "klass": row["klass"],
            "title": row["title"],
        }
        yield row["user"], entry


def _enrollment_entries(moment: Moment) -> Iterable[tuple[str, dict[str, Any]]]:
    events = moment.known_events()
    chosen = events.filter(
        events.verb.isin(("registered", "withdrew")), events.klass.isin(sorted(moment.running))
    ).select("user", "klass", "verb", "occurred_at")
    for row in rows(chosen):
        on = clock.day_of(row["occurred_at"], moment.run.campus.zone)
        yield row["user"], {"on": on.isoformat(), "kind": row["verb"], "klass": row["klass"], "title": ""}


def _quiet_entries(moment: Moment) -> Iterable[tuple[str, dict[str, Any]]]:
    """Fourteen days or more without any activity, where there was activity before."""
    events = moment.activity()
    latest = events.filter(events.verb.notin(RECORD_VERBS)).group_by("user").agg(at=events.occurred_at.max())
    for row in rows(latest):
        last: date = clock.day_of(row["at"], moment.run.campus.zone)
        days = (moment.today - last).days
        if days >= 14:
            yield (
                row["user"],
                {"on": last.isoformat(), "kind": "quiet", "klass": "", "title": "", "days": days},
            )
