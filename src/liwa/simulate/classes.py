"""Who takes what: choice of courses, division into classes, and who teaches them."""

from dataclasses import dataclass, field

import numpy as np

from liwa.simulate.catalogue import COURSES, SCHOOL_OF, Catalogue
from liwa.simulate.people import Students
from liwa.simulate.terms import TERMS, Bools, Floats, Ints, Term, generator

SEATS = 90  # a course with more students is divided into classes of equal size
LOADS = (4, 5, 6)
LOAD_SHARES = (0.35, 0.45, 0.2)


@dataclass
class Transcript:
    """What each student has done in each course so far (students × courses), and who has left the university."""

    passed: Bools
    attempts: Ints
    left: Bools

    @classmethod
    def blank(cls, students: int, courses: int) -> "Transcript":
        shape = (students, courses)
        return cls(np.zeros(shape, bool), np.zeros(shape, np.int64), np.zeros(students, bool))


@dataclass(frozen=True)
class Roster:
    """The student enrollments of one term, one entry of each array an enrollment, ordered by class."""

    term: Term
    student: Ints
    course: Ints
    section: Ints  # from 0 within the course
    klass: Ints  # place in `class_ids`
    interest: Floats  # what the student feels for this class beyond their general engagement
    attempts: Ints  # earlier ones at the same course
    registered: Ints  # day, from the start of the term; negative is before
    class_ids: list[str]
    class_course: Ints
    class_section: Ints
    load: Ints = field(repr=False)  # credits of each student of the campus this term

    def __len__(self) -> int:
        return len(self.student)


def enroll(seed: int, term: Term, students: Students, courses: Catalogue, transcript: Transcript) -> Roster:
    """Every student still here chooses courses; those failed before come first, those passed never again."""
    rng = generator(seed, "choice", term.number)
    year = term.year - students.cohort + 1
    here = (year >= 1) & ~transcript.left
    wish = _wishes(rng, students, courses, year)
    wish += 6.0 * (transcript.attempts > 0)
    wish[transcript.passed] = -np.inf
    wish[~here] = -np.inf
    count = rng.choice(LOADS, len(students), p=LOAD_SHARES)
    best = np.argsort(-wish, axis=1, kind="stable")[:, : max(LOADS)]
    taken = np.arange(best.shape[1])[None, :] < count[:, None]
    taken &= np.take_along_axis(wish, best, axis=1) > -np.inf
    student, place = np.nonzero(taken)
    return _divide(rng, term, students, courses, transcript, (student, best[student, place]))


def _wishes(rng: np.random.Generator, students: Students, courses: Catalogue, year: Ints) -> Floats:
    """How much each student wants each course (students × courses), with Gumbel noise: a random-utility choice."""
    own = students.department[:, None] == courses.department[None, :]
    near = students.school[:, None] == SCHOOL_OF[courses.department][None, :]
    distance = np.abs(courses.level[None, :] - np.minimum(year, 3)[:, None])
    common = np.where(np.arange(courses.size) < 5, 0.6, 0.0)
    return 1.8 * own + 0.9 * near - 0.6 * distance + common + rng.gumbel(size=own.shape)


def _divide(
    rng: np.random.Generator,
    term: Term,
    students: Students,
    courses: Catalogue,
    transcript: Transcript,
    chosen: tuple[Ints, Ints],
) -> Roster:
    student, course = chosen
    order = np.lexsort((rng.random(len(student)), course))
    student, course = student[order], course[order]
    size = np.bincount(course, minlength=courses.size)
    sections = -(-size // SEATS)
    rank = np.arange(len(course)) - np.searchsorted(course, course)
    section = rank * sections[course] // np.maximum(size[course], 1)
    first = np.concatenate([[0], np.cumsum(sections)[:-1]])
    class_course = np.repeat(np.arange(courses.size), sections)
    class_section = np.arange(len(class_course)) - first[class_course]
    late = rng.random(len(student)) < 0.05
    return Roster(
        term=term,
        student=student,
        course=course,
        section=section,
        klass=first[course] + section,
        interest=rng.normal(0.0, 0.45, len(student)),
        attempts=transcript.attempts[student, course],
        registered=np.where(late, rng.integers(1, 7, len(student)), rng.integers(-14, 0, len(student))),
        class_ids=[_class_id(term, int(c), int(s)) for c, s in zip(class_course, class_section, strict=True)],
        class_course=class_course,
        class_section=class_section,
        load=np.bincount(student, weights=courses.credits[course], minlength=len(students)).astype(np.int64),
    )


def _class_id(term: Term, course: int, section: int) -> str:
    name = f"cls-{COURSES[course][0]}-{term.code}"
    return name if section == 0 else f"{name}-{section + 1:02d}"


def teachers_of(roster: Roster, courses: Catalogue, departments: Ints) -> Ints:
    """For each class the place of its teacher in the staff list, whose departments are given.

    The same section of a course goes to the same teacher every term, as long as there are as many.
    """
    found = np.empty(len(roster.class_ids), np.int64)
    for department in np.unique(courses.department):
        pool = np.flatnonzero(departments == department)
        own = np.flatnonzero(courses.department[roster.class_course] == department)
        turn = np.searchsorted(np.flatnonzero(courses.department == department), roster.class_course[own])
        found[own] = pool[(turn * 2 + roster.class_section[own]) % len(pool)]
    return found


def busiest(rosters: list[Roster], courses: Catalogue, departments: int) -> Ints:
    """The most classes any term has in each department."""
    counts = [
        np.bincount(courses.department[roster.class_course], minlength=departments) for roster in rosters
    ]
    return np.max(counts, axis=0) if counts else np.zeros(len(TERMS), np.int64)
