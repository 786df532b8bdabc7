"""The whole make-believe campus, as it is before anything is written."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from liwa.simulate.catalogue import DEPARTMENTS, Catalogue, catalogue
from liwa.simulate.classes import Roster, Transcript, busiest, enroll, teachers_of
from liwa.simulate.coursework import Items, Work, hand_in, set_items
from liwa.simulate.fate import STAYS, Fate, decide
from liwa.simulate.life import Life, live
from liwa.simulate.people import Staff, Students, staff, students
from liwa.simulate.terms import DAY, TERMS, Bools, Ints, Term, generator

NEVER_LEFT = np.iinfo(np.int64).max // 2


@dataclass(frozen=True)
class Season:
    """One term with all that happens in it."""

    term: Term
    roster: Roster
    life: Life
    fate: Fate
    items: Items
    work: Work
    teachers: Ints = field(repr=False)  # for each class its place in Staff.teachers

    @property
    def here(self) -> Bools:
        """Which students of the campus take classes this term."""
        return self.roster.load > 0

    @property
    def withdrawn_at(self) -> Ints:
        """The instant from which each enrollment is withdrawn; far in the future if it never is."""
        day = self.fate.withdrawn
        return np.where(day == STAYS, NEVER_LEFT, self.term.start + np.minimum(day, STAYS) * DAY)


@dataclass(frozen=True)
class World:
    """Everyone and everything; the files are views of it up to a day."""

    seed: int
    courses: Catalogue
    students: Students
    staff: Staff
    advisers: Ints  # for each student the place of the adviser in Staff.advisers
    seasons: list[Season]
    left_at: Ints  # the instant from which each student is no longer of the university
    cards: list[str]  # first card of each student, then the second
    readers: list[str]  # library card of each student


def create(seed: int, count: int, progress: Callable[[int], None]) -> World:
    """A campus of `count` students, the same for the same seed. Calls `progress` with the terms done so far."""
    taken: dict[str, int] = {}
    courses = catalogue(seed, count)
    people = students(seed, count, taken)
    transcript = Transcript.blank(count, courses.size)
    left_at = np.full(count, NEVER_LEFT)
    lived = []
    for term in TERMS:
        roster = enroll(seed, term, people, courses, transcript)
        life = live(seed, term, people, roster.load)
        fate = decide(seed, roster, people, courses, life)
        lived.append((roster, life, fate))
        transcript.attempts[roster.student, roster.course] += 1
        done = ~fate.incomplete
        transcript.passed[roster.student[done], roster.course[done]] = True
        gone = fate.left < STAYS
        left_at[gone] = term.start + fate.left[gone] * DAY
        transcript.left |= gone
        progress(term.number + 1)
    classes = busiest([roster for roster, _, _ in lived], courses, len(DEPARTMENTS))
    workers = staff(seed, classes, people.school[~people.honours], taken)
    departments = np.array([place for _, _, place in workers.teachers])
    seasons = [_season(seed, people, courses, departments, *parts) for parts in lived]
    return World(
        seed=seed,
        courses=courses,
        students=people,
        staff=workers,
        advisers=_advisers(people, workers),
        seasons=seasons,
        left_at=left_at,
        cards=[f"{value:08d}" for value in generator(seed, "cards").permutation(8 * count)[: 2 * count]],
        readers=[f"R{sourced_id[4:8]}{sourced_id[9:]}" for sourced_id in people.ids],
    )


def _season(
    seed: int, people: Students, courses: Catalogue, departments: Ints, roster: Roster, life: Life, fate: Fate
) -> Season:
    items = set_items(roster, courses)
    work = hand_in(seed, roster, items, people, courses, life, fate)
    return Season(roster.term, roster, life, fate, items, work, teachers_of(roster, courses, departments))


def _advisers(people: Students, workers: Staff) -> Ints:
    """Each school's students, by cohort, in equal shares to its advisers; the honours college has its own."""
    schools = np.array([school for _, _, school in workers.advisers])
    found = np.full(len(people), len(schools) - 1)
    for school in np.unique(schools[schools >= 0]):
        desks = np.flatnonzero(schools == school)
        own = np.flatnonzero((people.school == school) & ~people.honours)  # already in order of cohort
        found[own] = desks[np.arange(len(own)) * len(desks) // max(len(own), 1)]
    return found
