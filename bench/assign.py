"""How long the assignment of a pool takes and how near it is to the optimum: python bench/assign.py

Limits: 10,000 students x 200 advisers in 10 s, at most 1 % below the optimum. The optimum is bounded by duality,
which trusts nothing of the solver; with --lp a linear program is solved as well (HiGHS, in SciPy).
"""

import sys
import time

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from liwa.care.assign import assign, upper_bound

STUDENTS, ADVISERS = 10_000, 200
SECONDS, GAP = 10.0, 0.01


def main() -> int:
    fine = True
    print(f"{'pool':<22}{'places':>8}{'served':>8}{'seconds':>9}{'gap %':>10}{'LP gap %':>10}")
    for name, share in (
        ("everyone to everyone", 1.0),
        ("half of the advisers", 0.5),
        ("ten advisers", 0.05),
        ("skewed schools", 0.0),
    ):
        need, capacity, eligible = problem(share)
        started = time.perf_counter()
        answer = assign(need, capacity, eligible)
        seconds = time.perf_counter() - started
        total = sum(need[one] for one in answer)
        gap = 1 - total / upper_bound(need, capacity, eligible, answer)
        sound = all(answer[one] in eligible[one] for one in answer) and within(answer, capacity)
        fine &= sound and seconds <= SECONDS and gap <= GAP
        lp = f"{100 * (1 - total / optimum(need, capacity, eligible)):.6f}" if wanted(share) else "-"
        places = sum(capacity.values())
        print(f"{name:<22}{places:>8}{len(answer):>8}{seconds:>9.2f}{abs(100 * gap):>10.6f}{lp:>10}")
    print(f"limits: {SECONDS:.0f} s, {100 * GAP:.0f} %: {'kept' if fine else 'BROKEN'}")
    return 0 if fine else 1


def wanted(share: float) -> bool:
    return "--lp" in sys.argv and share < 0.1  # the others have a million variables and more


def problem(share: float) -> tuple[dict[str, float], dict[str, int], dict[str, list[str]]]:
    random = np.random.default_rng(1)
    advisers = [f"a{number:03}" for number in range(ADVISERS)]
    need = {f"s{number:05}": float(risk) for number, risk in enumerate(random.random(STUDENTS))}
    capacity = {
        one: int(places) for one, places in zip(advisers, random.integers(0, 60, ADVISERS), strict=True)
    }
    chosen = random.random((STUDENTS, ADVISERS)) < share if share else schools(random)
    eligible = {
        one: [advisers[at] for at in np.flatnonzero(row)] for one, row in zip(need, chosen, strict=True)
    }
    return need, capacity, eligible


def schools(random: np.random.Generator) -> np.ndarray:
    """Forty schools of five advisers, some crowded and some nearly empty; a third of the students belong to two."""
    popular = random.dirichlet(np.full(40, 0.5))
    of = random.choice(40, STUDENTS, p=popular)
    other = np.where(random.random(STUDENTS) < 1 / 3, random.integers(0, 40, STUDENTS), of)
    school = np.arange(ADVISERS) // 5
    return (school == of[:, None]) | (school == other[:, None])


def within(answer: dict[str, str], capacity: dict[str, int]) -> bool:
    given = list(answer.values())
    return all(given.count(one) <= places for one, places in capacity.items())


def optimum(need: dict[str, float], capacity: dict[str, int], eligible: dict[str, list[str]]) -> float:
    row = {one: number for number, one in enumerate(need)}
    column = {one: len(row) + number for number, one in enumerate(capacity)}
    edges = [(one, adviser) for one in need for adviser in eligible[one]]
    ends = np.array([(row[one], column[adviser]) for one, adviser in edges]).T
    at = np.tile(np.arange(len(edges)), 2)
    limits = coo_array(
        (np.ones(2 * len(edges)), (ends.ravel(), at)), shape=(len(row) + len(column), len(edges))
    )
    most = np.array([1.0] * len(row) + [float(places) for places in capacity.values()])
    found = linprog(
        [-need[one] for one, _ in edges], A_ub=limits.tocsr(), b_ub=most, bounds=(0, 1), method="highs"
    )
    return float(-found.fun)


if __name__ == "__main__":
    sys.exit(main())
