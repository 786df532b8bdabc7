"""What is set, handed in and marked: line items and results of one term."""

from dataclasses import dataclass

import numpy as np

from liwa.simulate.catalogue import FINAL, KIND_MAXIMA, Catalogue
from liwa.simulate.classes import Roster
from liwa.simulate.fate import Fate
from liwa.simulate.life import Life
from liwa.simulate.people import Students
from liwa.simulate.terms import DAY, DAYS, HOUR, Bools, Floats, Ints, generator, sigmoid

NEVER = np.iinfo(np.int64).max // 2
MARKING_DAYS = (3, 10)  # from hand-in to mark


@dataclass(frozen=True)
class Items:
    """The line items of a term's classes, ordered by class; one entry of each array a line item."""

    klass: Ints
    place: Ints  # within the course's items
    kind: Ints
    day: Ints  # due, from the start of the term
    weight: Ints
    maximum: Ints
    first: Ints  # for each class, where its items begin
    count: Ints  # for each class, how many it has


@dataclass(frozen=True)
class Work:
    """A result for each enrollment and line item the student was still there for; ordered by enrollment.

    Instants are campus seconds; NEVER where it did not happen. `score` is in the line item's points.
    """

    enrollment: Ints
    item: Ints
    submitted: Ints
    marked: Ints  # when the mark, or the note that nothing came, was entered
    late: Bools
    score: Floats  # not a number where nothing was handed in


def set_items(roster: Roster, courses: Catalogue) -> Items:
    """The line items of every class of the term, as its course prescribes."""
    count = courses.item_count[roster.class_course]
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    klass = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(klass)) - first[klass]
    flat = [item for items in courses.items for item in items]
    own = courses.item_start[roster.class_course[klass]] + place
    kind = np.array([item.kind for item in flat])[own]
    return Items(
        klass=klass,
        place=place,
        kind=kind,
        day=np.array([item.day for item in flat])[own],
        weight=np.array([item.weight for item in flat])[own],
        maximum=np.array(KIND_MAXIMA)[kind],
        first=first,
        count=count,
    )


def hand_in(
    seed: int, roster: Roster, items: Items, students: Students, courses: Catalogue, life: Life, fate: Fate
) -> Work:
    """What every student handed in, when, and the marks; coursework first, then the exam that settles the mark."""
    rng = generator(seed, "coursework", roster.term.number)
    count = items.count[roster.klass]
    enrollment = np.repeat(np.arange(len(roster)), count)
    item = items.first[roster.klass][enrollment] + np.arange(len(enrollment))
    item -= (np.cumsum(count) - count)[enrollment]
    student, day = roster.student[enrollment], items.day[item]
    drive = life.engagement[student, day // 7] + roster.interest[enrollment]
    exam = items.kind[item] == FINAL
    start = roster.term.start
    submitted, late = _submissions(rng, start + (day + 1) * DAY - 60, drive)
    submitted = np.where(exam, start + day * DAY + 11 * HOUR, submitted)
    late &= ~exam
    percent = _percent(
        rng, students.ability[student] - courses.difficulty[roster.course[enrollment]], drive, late
    )
    percent += rng.normal(0.0, 4.0, len(items.klass))[item]  # some line items are easier than others
    percent = np.where(submitted == NEVER, 0.0, np.clip(percent, 3.0, 100.0))
    percent = np.where(exam, _exam(enrollment, items.weight[item], percent, exam, fate), percent)
    submitted = np.where(exam & (percent < 5.0), NEVER, submitted)  # stayed away from the exam
    score = np.round(percent * items.maximum[item] / 100.0 * 2) / 2
    marked = _marking(rng, items, item, submitted, start)
    there = start + np.minimum(fate.withdrawn, DAYS)[enrollment] * DAY
    submitted = np.where(submitted < there, submitted, NEVER)
    kept = (submitted < NEVER) | ((start + (day + 1) * DAY <= there) & (marked < there))
    score[submitted == NEVER] = np.nan
    return Work(*(column[kept] for column in (enrollment, item, submitted, marked, late, score)))


def _submissions(rng: np.random.Generator, due: Ints, drive: Floats) -> tuple[Ints, Bools]:
    """When each is handed in (NEVER if not), and whether that was late."""
    count = len(due)
    handed = rng.random(count) < sigmoid(2.4 + 1.4 * drive)
    late = handed & (rng.random(count) < sigmoid(-2.1 - 0.9 * drive))
    early = np.minimum(rng.exponential(20.0 * np.exp(0.35 * drive)), 150.0) * HOUR
    after = rng.uniform(0.05, 6.0, count) * DAY
    return np.where(handed, due + np.where(late, after, -early).astype(np.int64), NEVER), late


def _percent(rng: np.random.Generator, fit: Floats, drive: Floats, late: Bools) -> Floats:
    return 75.0 + 7.5 * fit + 5.0 * drive - 6.0 * late + rng.normal(0.0, 6.5, len(fit))


def _exam(enrollment: Ints, weight: Ints, percent: Floats, exam: Bools, fate: Fate) -> Floats:
    """The exam's percentage that makes the weighted sum the final mark, as far as 0 to 100 allows."""
    earned = np.bincount(enrollment, np.where(exam, 0.0, percent * weight), minlength=len(fate.mark))
    return np.clip((fate.mark[enrollment] * 100.0 - earned[enrollment]) / weight, 0.0, 100.0)


def _marking(rng: np.random.Generator, items: Items, item: Ints, submitted: Ints, start: int) -> Ints:
    """When each mark is entered: 3 to 10 days after hand-in; what never came is noted 7 to 9 days after it was due."""
    least, most = MARKING_DAYS
    pace = rng.uniform(least, most - 1.5, len(items.klass))  # of the teacher, for this line item
    delay = pace[item] + rng.uniform(0.0, 1.5, len(item))
    noted = start + (items.day[item] + 7 + rng.uniform(0.4, 1.6, len(item))) * DAY
    marked = np.where(submitted < NEVER, np.minimum(submitted, NEVER // 2) + delay * DAY, noted)
    return np.minimum(marked.astype(np.int64), start + DAYS * DAY - HOUR)
