"""The files beside the roster: advising, outcomes, identities, activity, and the truth nobody is to read."""

from pathlib import Path

import numpy as np

from liwa.simulate import tables as t
from liwa.simulate.activity import BOOKS, CANTEENS, FIRST_BORROWED, GATES, LIBRARIES, card, library, study
from liwa.simulate.catalogue import HONOURS, PAGES
from liwa.simulate.dirt import Planted, bad_loans, bad_swipes, repeated
from liwa.simulate.fate import RISK_WEEKS, STAYS
from liwa.simulate.gradebook import resource_ids
from liwa.simulate.life import EVENTS, NO_EVENT
from liwa.simulate.people import POOL
from liwa.simulate.roster import enrollment_ids, registered_at
from liwa.simulate.terms import DAY, HOUR, Ints, instant
from liwa.simulate.world import Season, World

Written = tuple[int, list[Planted]]  # rows, and those wrong on purpose
PAGE_VERBS = ("view", "view", "post", "attempt")  # one for each kind of page


def write_advising(path: Path, world: World, as_of: int) -> Written:
    """Who answers for whom; the honours college's advisers share all of its students."""
    people = world.students
    named = np.flatnonzero(~people.honours)
    gone = world.left_at[named] < as_of
    last = np.where(gone, world.left_at[named], DAY) - DAY
    advisers = [sourced_id for sourced_id, _, _ in world.staff.advisers]
    ids = t.pick(people.ids, named)
    with path.open("wb") as stream:
        file = t.CsvFile(
            stream,
            ("sourcedId", "adviserSourcedId", "studentSourcedId", "orgSourcedId", "beginDate", "endDate"),
        )
        file.add(
            {
                "sourcedId": t.join("adv-", ids),
                "adviserSourcedId": t.pick(advisers, world.advisers[named]),
                "studentSourcedId": ids,
                "beginDate": t.text(f"{year}-09-01" for year in people.cohort[named]),
                "endDate": t.where(gone, t.day(last)),
            }
        )
        file.add_lines(
            [
                f"adv-{HONOURS[0]}-{number},{adviser},,{HONOURS[0]},2023-09-01,"
                for number, adviser in enumerate(advisers[-POOL:], start=1)
            ]
        )
    return file.rows, []


def write_outcomes(path: Path, world: World, as_of: int) -> Written:
    """How enrollments ended: on the day of withdrawal, or the day after the class ends."""
    with path.open("wb") as stream:
        file = t.CsvFile(stream, ("enrollmentSourcedId", "value", "success", "knownAt"))
        for season in world.seasons:
            out = season.fate.withdrawn < STAYS
            end = instant(season.term.ends_on) + DAY + 12 * HOUR
            known_at = np.where(out, season.withdrawn_at, end)
            known = np.flatnonzero(known_at < as_of)
            value = np.where(out, 2, season.fate.failed.astype(np.int64))[known]
            file.add(
                {
                    "enrollmentSourcedId": enrollment_ids(world, season).take(known),
                    "value": t.pick(["pass", "fail", "withdrawn"], value),
                    "success": t.flag(value == 0),
                    "knownAt": t.utc(known_at[known]),
                }
            )
    return file.rows, []


def write_identities(path: Path, world: World, as_of: int) -> Written:
    """Platform accounts, campus cards (some replaced) and library cards."""
    people = world.students
    ids, count = t.text(people.ids), len(people)
    second = np.flatnonzero(people.replaced * DAY < as_of)
    with path.open("wb") as stream:
        file = t.CsvFile(stream, ("userSourcedId", "kind", "value"))
        for kind, users, values in (
            ("lms", ids, t.text(name.username for name in people.names)),
            ("card", ids, t.text(world.cards[:count])),
            ("card", ids.take(second), t.pick(world.cards, count + second)),
            ("library", ids, t.text(world.readers)),
        ):
            file.add({"userSourcedId": users, "kind": t.same(kind, len(users)), "value": values})
        teachers = world.staff.teachers
        file.add_lines([f"{sourced_id},lms,{name.username}" for sourced_id, name, _ in teachers])
    return file.rows, []


def write_lms(path: Path, world: World, as_of: int) -> Written:
    """The study platform: one line a session, with the clicks in it."""
    accounts = t.text(name.username for name in world.students.names)
    twice = ""
    with path.open("wb") as stream:
        file = t.CsvFile(stream, ("time", "account", "action", "course", "page", "count"))
        for season in world.seasons:
            roster = season.roster
            rows = study(
                world.seed, roster, season.items, world.students, world.courses, season.life, season.fate
            )
            kept = np.flatnonzero((rows.time < as_of) & (rows.time >= registered_at(season)[rows.enrollment]))
            enrollment, page = rows.enrollment[kept], rows.page[kept]
            columns = {
                "time": t.moment(rows.time[kept]),
                "account": t.pick(accounts, roster.student[enrollment]),
                "action": t.pick(PAGE_VERBS, page),
                "course": t.pick(roster.class_ids, roster.klass[enrollment]),
                "page": t.pick(resource_ids(season), roster.klass[enrollment] * len(PAGES) + page),
                "count": t.number(rows.clicks[kept]),
            }
            file.add(columns)
            twice = twice or ",".join(str(column[0].as_py()) for column in columns.values())
        planted = [item.at(file.add_lines(item.text)) for item in repeated(twice)]
    return file.rows, planted


def write_card(path: Path, world: World, as_of: int) -> Written:
    """The campus card: first entry of a day, and meals with their price."""
    people, count = world.students, len(world.students)
    with path.open("wb") as stream:
        file = t.CsvFile(stream, ("time", "card", "action", "place", "amount", "unit"))
        for season in world.seasons:
            rows = card(world.seed, season.term, people, season.here, season.life, season.fate)
            kept = np.flatnonzero(rows.time < as_of)
            time, student, place = rows.time[kept], rows.student[kept], rows.place[kept]
            second = time >= people.replaced[student] * DAY
            paid = (place >= len(GATES)).astype(np.int64)
            file.add(
                {
                    "time": t.moment(time),
                    "card": t.pick(world.cards, student + count * second),
                    "action": t.pick(["entry", "meal"], paid),
                    "place": t.pick(GATES + CANTEENS, place),
                    "amount": t.number(rows.amount[kept]),
                    "unit": t.pick(["swipe", "yuan"], paid),
                }
            )
        planted = [item.at(file.add_lines(item.text)) for item in bad_swipes()]
    return file.rows, planted


def write_library(path: Path, world: World, as_of: int) -> Written:
    """The library: entries and loans, with times to the minute as its system prints them."""
    objects = [*LIBRARIES, *(f"bk-{number:04d}" for number in range(1, BOOKS + 1))]
    with path.open("wb") as stream:
        file = t.CsvFile(stream, ("time", "reader", "action", "kind", "item"))
        for season in world.seasons:
            rows = library(world.seed, season.term, world.students, season.here, season.life, season.fate)
            kept = np.flatnonzero(rows.time < as_of)
            place = rows.place[kept]
            borrowed = (place >= FIRST_BORROWED).astype(np.int64)
            minute = t.cut(t.moment(rows.time[kept]), 0, 16)
            file.add(
                {
                    "time": t.swap(minute, "-", "/"),
                    "reader": t.pick(world.readers, rows.student[kept]),
                    "action": t.pick(["enter", "borrow"], borrowed),
                    "kind": t.pick(["building", "book"], borrowed),
                    "item": t.pick(objects, place),
                }
            )
        planted = [item.at(file.add_lines(item.text)) for item in bad_loans()]
    return file.rows, planted


TRUTH_HEADER = (
    "enrollment",
    "student",
    "class",
    "term",
    "true_risk",
    *(f"true_risk_w{week}" for week in RISK_WEEKS),
    "outcome",
    "withdrawn_on",
    "left_university",
    "final_mark",
    "event",
    "event_week",
    "job_hours",
    "ability",
    "conscientiousness",
    "interest",
    "difficulty",
)


def write_truth(path: Path, world: World, as_of: int) -> Written:
    """What really happens to every enrollment, whenever; see docs/simulate.md. No feed names this file."""
    with path.open("wb") as stream:
        file = t.CsvFile(stream, TRUTH_HEADER)
        for season in world.seasons:
            file.add(_truth(world, season))
    return file.rows, []


def _truth(world: World, season: Season) -> dict[str, t.Column]:
    roster, fate, life, people = season.roster, season.fate, season.life, world.students
    who, out = roster.student, fate.withdrawn < STAYS
    event = life.event[who]
    risks = {
        f"true_risk_w{week}": _rounded(np.where(fate.withdrawn >= week * 7, risk, np.nan))
        for week, risk in fate.risk_by.items()
    }
    return risks | {
        "enrollment": enrollment_ids(world, season),
        "student": t.pick(people.ids, who),
        "class": t.pick(roster.class_ids, roster.klass),
        "term": t.same(season.term.code, len(roster)),
        "true_risk": _rounded(fate.risk),
        "outcome": t.pick(["pass", "fail", "withdrawn"], np.where(out, 2, fate.failed.astype(np.int64))),
        "withdrawn_on": t.where(out, t.day(np.where(out, season.withdrawn_at, 0))),
        "left_university": t.flag(out & (fate.left[who] <= fate.withdrawn)),
        "final_mark": _rounded(np.where(out, np.nan, fate.mark), 1),
        "event": t.where(event != NO_EVENT, t.pick([kind.name for kind in EVENTS], np.maximum(event, 0))),
        "event_week": t.where(event != NO_EVENT, t.number(life.onset[who] + 1)),
        "job_hours": t.number(life.job_hours[who]),
        "ability": _rounded(people.ability[who], 3),
        "conscientiousness": _rounded(people.conscientiousness[who], 3),
        "interest": _rounded(roster.interest, 3),
        "difficulty": _rounded(world.courses.difficulty[roster.course], 3),
    }


def _rounded(values: np.ndarray, digits: int = 5) -> t.Column:
    return t.number(np.round(values, digits))


def missing_by(season: Season, as_of: int) -> Ints:
    """For each enrollment how much had been noted as missing."""
    work = season.work
    noted = np.isnan(work.score) & (work.marked < as_of)
    return np.bincount(work.enrollment[noted], minlength=len(season.roster))
