"""The students and staff of the make-believe campus."""

from dataclasses import dataclass

import numpy as np

from liwa.simulate.catalogue import DEPARTMENTS, SCHOOL_OF, SCHOOLS
from liwa.simulate.names import Name, names
from liwa.simulate.terms import Bools, Floats, Ints, generator

COHORTS = (2023, 2024, 2025, 2026)  # the last is new in the third term
COHORT_SHARES = (0.27, 0.28, 0.28, 0.17)
PRIOR = ("高考 Gaokao", "自主招生 Admission test", "专升本 Transfer", "国际学生 International")
ADVISEES = 170  # students for whom one adviser answers
CLASSES_A_TEACHER = 3
POOL = 2  # advisers who share the honours college's students


@dataclass(frozen=True)
class Students:
    """One entry of each array a student. Traits are standard normal across the campus."""

    ids: list[str]
    names: list[Name]
    cohort: Ints
    department: Ints
    honours: Bools  # belongs to the honours college besides the department
    ability: Floats
    conscientiousness: Floats
    screen_habit: Floats  # how much of one's study happens on the platform
    campus_habit: Floats  # how much of one's day happens on campus
    prior: Ints
    age: Ints  # in days at the cohort's September
    female: Bools
    replaced: (
        Ints  # day of the calendar (since 1970) on which the first card was replaced; far future if never
    )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def school(self) -> Ints:
        return SCHOOL_OF[self.department]


@dataclass(frozen=True)
class Staff:
    """Everyone who works at the campus, by what they do. `department` and `school` are places in the catalogue."""

    teachers: list[tuple[str, Name, int]]  # id, name, department
    advisers: list[
        tuple[str, Name, int]
    ]  # id, name, school; the last POOL answer for the honours college (-1)
    heads: list[tuple[str, Name, int]]  # id, name, school
    officers: list[tuple[str, Name, str, str]]  # id, name, OneRoster role, duty


def students(seed: int, count: int, taken: dict[str, int]) -> Students:
    """`count` students; the traits are the root causes of all that follows."""
    rng = generator(seed, "students")
    cohort = np.sort(rng.choice(COHORTS, count, p=COHORT_SHARES))
    number = np.arange(count) - np.searchsorted(cohort, cohort) + 1
    ability = rng.normal(size=count)
    never = np.iinfo(np.int64).max // 2
    first_day = 20_350  # autumn 2025
    return Students(
        ids=[f"stu-{year}-{place:04d}" for year, place in zip(cohort, number, strict=True)],
        names=names(rng, count, taken),
        cohort=cohort,
        department=rng.integers(0, len(DEPARTMENTS), count),
        honours=rng.permutation(count) < min(150, max(6, count // 25)),
        ability=ability,
        conscientiousness=0.2 * ability + np.sqrt(1 - 0.2**2) * rng.normal(size=count),
        screen_habit=rng.normal(0.0, 0.35, count),
        campus_habit=rng.normal(0.0, 0.35, count),
        prior=_prior(rng, ability),
        age=rng.normal(18.6 * 365.25, 250, count).astype(np.int64),
        female=rng.random(count) < 0.54,
        replaced=np.where(rng.random(count) < 0.03, first_day + rng.integers(0, 400, count), never),
    )


def _prior(rng: np.random.Generator, ability: Floats) -> Ints:
    """How one came in leans a little on ability, as it does anywhere."""
    draw = rng.random(len(ability)) - 0.02 * ability
    return np.searchsorted([0.74, 0.86, 0.95], draw)


def staff(seed: int, classes_a_department: Ints, advised: Ints, taken: dict[str, int]) -> Staff:
    """Teachers enough for the busiest term of each department, advisers enough for each school's students, its head.

    `advised` is the school of every student who is not in the honours college.
    """
    rng = generator(seed, "staff")
    posts = [
        (place, number)
        for place, classes in enumerate(classes_a_department)
        for number in range(1, max(2, -(-int(classes) // CLASSES_A_TEACHER)) + 1)
    ]
    teacher_names = names(rng, len(posts), taken)
    teachers = [
        (f"tea-{DEPARTMENTS[place].code}-{number:02d}", name, place)
        for (place, number), name in zip(posts, teacher_names, strict=True)
    ]
    desks = [
        (place, number)
        for place in range(len(SCHOOLS))
        for number in range(1, max(1, round((advised == place).sum() / ADVISEES)) + 1)
    ] + [(-1, number) for number in range(1, POOL + 1)]
    advisers = [
        (f"adv-{SCHOOLS[place][0] if place >= 0 else 'HON'}-{number:02d}", name, place)
        for (place, number), name in zip(desks, names(rng, len(desks), taken), strict=True)
    ]
    posts_ = (
        ("off-data", "systemAdministrator", "data_office"),
        ("off-registrar", "siteAdministrator", "registrar"),
        ("off-leader", "principal", "leadership"),
    )
    officers = [
        (sourced_id, name, role, duty)
        for (sourced_id, role, duty), name in zip(posts_, names(rng, len(posts_), taken), strict=True)
    ]
    heads = [
        (f"hea-{school[0]}", name, place)
        for place, (school, name) in enumerate(zip(SCHOOLS, names(rng, len(SCHOOLS), taken), strict=True))
    ]
    return Staff(teachers, advisers, heads, officers)
