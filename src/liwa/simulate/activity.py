"""What systems record of a term: study platform, campus card and library. Rows come in order of time."""

from dataclasses import dataclass

import numpy as np

from liwa.simulate.catalogue import Catalogue
from liwa.simulate.classes import Roster
from liwa.simulate.coursework import Items
from liwa.simulate.fate import Fate
from liwa.simulate.life import EVENTS, Life
from liwa.simulate.people import Students
from liwa.simulate.terms import DAY, DAYS, EXAM_WEEK, HOUR, WEEKS, Bools, Floats, Ints, Term, generator

HOLIDAY_SHARE = 0.2  # of ordinary activity
# Share of study sessions beginning in each hour of the day.
STUDY_HOURS = np.array([2, 1, 0, 0, 0, 0, 1, 3, 5, 8, 9, 6, 3, 5, 8, 8, 6, 4, 5, 8, 10, 9, 6, 3])
GATES = ("bld-gate-east", "bld-gate-west", "bld-gate-north")
CANTEENS = ("bld-canteen-1", "bld-canteen-2", "bld-canteen-3")
LIBRARIES = ("bld-library-main", "bld-library-branch")
BOOKS = 800
FIRST_BORROWED = len(LIBRARIES)
ILLNESS, MONEY, RELOCATION = range(len(EVENTS))


@dataclass(frozen=True)
class Sessions:
    """Study-platform sessions."""

    time: Ints
    enrollment: Ints
    page: Ints  # place in PAGES
    clicks: Ints


@dataclass(frozen=True)
class Swipes:
    """Card or library readings. `place` tells what was entered, eaten at or borrowed."""

    time: Ints
    student: Ints
    place: Ints
    amount: Floats  # yuan for meals, 1 for entries


def study(
    seed: int, roster: Roster, items: Items, students: Students, courses: Catalogue, life: Life, fate: Fate
) -> Sessions:
    """Sessions of every enrollment; their number and clicks follow engagement and the rhythm of the class."""
    rng = generator(seed, "lms", roster.term.number)
    drive = life.engagement[roster.student] + roster.interest[:, None]
    habit = students.screen_habit[roster.student][:, None]
    rate = _class_rhythm(rng, roster, items, courses)[roster.klass] * np.exp(0.55 * drive + habit - 0.25)
    enrollment, week = _repeat(rng.poisson(rate))
    count = len(enrollment)
    days = np.cumsum(courses.weekdays, axis=1)[roster.course[enrollment]]
    day = week * 7 + (rng.random(count)[:, None] > days[:, :6]).sum(axis=1)
    kept = _open(rng, roster.term, day) & (day < fate.withdrawn[enrollment])
    enrollment, week, day = enrollment[kept], week[kept], day[kept]
    page = (
        rng.random(len(day))[:, None] > np.cumsum(courses.pages, axis=1)[roster.course[enrollment], :-1]
    ).sum(axis=1)
    clicks = 1 + rng.poisson(np.exp(1.5 + 0.25 * drive[enrollment, week]))
    time = roster.term.start + day * DAY + _clock(rng, len(day), STUDY_HOURS)
    order = np.argsort(time, kind="stable")
    return Sessions(time[order], enrollment[order], page[order], clicks[order])


def _class_rhythm(rng: np.random.Generator, roster: Roster, items: Items, courses: Catalogue) -> Floats:
    """Classes × weeks: sessions of an average student; busier when something is due and before the exam."""
    rhythm = np.ones((len(roster.class_ids), WEEKS))
    due = items.day // 7
    np.add.at(rhythm, (items.klass, due), 0.45)
    np.add.at(rhythm, (items.klass, np.maximum(due - 1, 0)), 0.2)
    rhythm[:, EXAM_WEEK + 1 :] = 0.2
    rhythm *= rng.uniform(0.9, 1.1, rhythm.shape)
    return rhythm * courses.lms[roster.class_course][:, None]


def card(seed: int, term: Term, students: Students, here: Bools, life: Life, fate: Fate) -> Swipes:
    """Gates (the first entry of a day) and canteens. `here` tells who is enrolled this term."""
    rng = generator(seed, "card", term.number)
    drive = life.engagement
    gone = _since(life, RELOCATION, 99)
    entries = 2.0 * np.exp(0.35 * drive + students.campus_habit[:, None] - 0.1) * np.where(gone, 0.35, 1.0)
    ill = _since(life, ILLNESS, 3)
    meals = (
        1.5 * np.exp(0.15 * drive + students.campus_habit[:, None] - 0.1) * np.where(gone | ill, 0.35, 1.0)
    )
    in_gate = _visits(rng, term, here, entries, fate, np.bincount([7, 8, 9, 13, 18], [4, 5, 2, 3, 1], 24))
    at_table = _visits(rng, term, here, meals, fate, np.bincount([7, 11, 12, 17, 18], [2, 5, 4, 4, 3], 24))
    short = _since(life, MONEY, 99)[at_table[1], (at_table[0] - term.start) // (7 * DAY)]
    price = np.round(rng.lognormal(2.5, 0.35, len(short)) * np.where(short, 0.6, 1.0), 1)
    return _merged(
        (*in_gate, rng.integers(0, len(GATES), len(in_gate[0])), np.ones(len(in_gate[0]))),
        (*at_table, len(GATES) + rng.integers(0, len(CANTEENS), len(short)), price),
    )


def library(seed: int, term: Term, students: Students, here: Bools, life: Life, fate: Fate) -> Swipes:
    """Entries to the libraries and loans."""
    rng = generator(seed, "library", term.number)
    drive = life.engagement + students.campus_habit[:, None]
    hours = np.bincount([9, 10, 14, 15, 19, 20], [3, 3, 3, 3, 4, 2], 24)
    entered = _visits(rng, term, here, 0.45 * np.exp(0.5 * drive - 0.2), fate, hours)
    borrowed = _visits(rng, term, here, 0.13 * np.exp(0.4 * drive - 0.1), fate, hours)
    return _merged(
        (*entered, rng.integers(0, len(LIBRARIES), len(entered[0])), np.ones(len(entered[0]))),
        (*borrowed, FIRST_BORROWED + rng.integers(0, BOOKS, len(borrowed[0])), np.ones(len(borrowed[0]))),
    )


def _visits(
    rng: np.random.Generator, term: Term, here: Bools, rate: Floats, fate: Fate, hours: Ints
) -> tuple[Ints, Ints]:
    """(time, student) of visits: `rate` (students × weeks) of them, mostly on working days."""
    student, week = _repeat(rng.poisson(np.where(here[:, None], rate, 0.0)))
    day = week * 7 + rng.choice(7, len(week), p=[0.18, 0.18, 0.18, 0.17, 0.15, 0.07, 0.07])
    kept = _open(rng, term, day) & (day < fate.left[student])
    return term.start + day[kept] * DAY + _clock(rng, int(kept.sum()), hours), student[kept]


def _since(life: Life, kind: int, weeks: int) -> Bools:
    """Students × weeks: whether an event of this kind began less than `weeks` weeks ago."""
    ago = np.arange(WEEKS)[None, :] - life.onset[:, None]
    return (life.event == kind)[:, None] & (ago >= 0) & (ago < weeks)


def _repeat(counts: Ints) -> tuple[Ints, Ints]:
    """(row, week) once for each of the counted things in rows × weeks."""
    row, week = np.divmod(np.repeat(np.arange(counts.size), counts.ravel()), counts.shape[1])
    return row, week


def _open(rng: np.random.Generator, term: Term, day: Ints) -> Bools:
    """Which happen at all: few do on the days of the holiday."""
    free = np.zeros(DAYS, bool)
    free[list(term.free_days)] = True
    return ~free[day] | (rng.random(len(day)) < HOLIDAY_SHARE)


def _clock(rng: np.random.Generator, count: int, hours: Ints) -> Ints:
    """Seconds of the day, by the share of each hour."""
    hour = np.searchsorted(np.cumsum(hours) / np.sum(hours), rng.random(count), side="right")
    return np.minimum(hour, 23) * HOUR + rng.integers(0, HOUR, count)


def _merged(*parts: tuple[Ints, Ints, Ints, Floats]) -> Swipes:
    time, student, place, amount = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.argsort(time, kind="stable")
    return Swipes(time[order], student[order], place[order], amount[order])
