"""Who is served by whom: an exact solver that knows nothing of the school.

Each student may be given to any of a set of advisers, each adviser has so many places. Wanted is first the greatest
total need that the places allow, then, among the ways to serve these students, the one that balances load best. The
sets of students that can be served at once are the independent sets of a transversal matroid, so taking students in
order of need, each by the shortest augmenting path, serves the greatest total need (Edmonds and Fulkerson 1965). The
paths cost nothing within, and at their end what one student more costs that adviser, which grows with her load:
successive shortest paths keep the flow of least cost (Ahuja, Magnanti and Orlin 1993, sections 9.7 and 14.5).
`upper_bound` proves the first for any answer, by linear-programming duality, without trusting the solver.
"""

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

Eligible = Mapping[str, Collection[str]]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

NOBODY = -1


def assign(
    need: Mapping[str, float],
    capacity: Mapping[str, int],
    eligible: Eligible,
    load: Mapping[str, int] | None = None,
) -> dict[str, str]:
    """{student: adviser}; each student once, no adviser more students than `capacity` (free places; none if negative).

    need: of each student, 0 or more; of equal needs the first by id is served. load: students an adviser has already,
    which count when balancing. Balanced is what makes least the sum over advisers of students² / all places.
    """
    problem = _Problem(need, capacity, eligible, load or {})
    for student in range(len(problem.students)):
        problem.serve(student)
    return problem.answer()


def upper_bound(
    need: Mapping[str, float], capacity: Mapping[str, int], eligible: Eligible, answer: Mapping[str, str]
) -> float:
    """No assignment at all serves more total need than this: the value of a feasible solution of the dual program.

    The prices of advisers' places are read off the answer; the bound holds whatever the answer is, and an answer
    that reaches it is optimal.
    """
    problem = _Problem(need, capacity, eligible, {})
    place = {adviser: number for number, adviser in enumerate(problem.advisers)}
    for number, student in enumerate(problem.students):
        if student in answer:
            problem.put(number, place[answer[student]])
    prices = np.zeros(len(problem.advisers))
    for number, student in enumerate(problem.students):
        if student not in answer:
            seen, _ = problem.reach(problem.may[number])
            prices[seen] = np.maximum(prices[seen], need[student])
    total = float(prices @ problem.places)
    for number, student in enumerate(problem.students):
        if problem.may[number].any():
            total += max(0.0, need[student] - float(prices[problem.may[number]].min()))
    return total


class _Problem:
    """Students (rows, by need) and advisers (columns) as arrays.

    may: who may be given to whom; at: to whom a student is given; could: how many of the students of one adviser could
    be given to another.
    """

    def __init__(
        self,
        need: Mapping[str, float],
        capacity: Mapping[str, int],
        eligible: Eligible,
        load: Mapping[str, int],
    ) -> None:
        self.students = sorted(need, key=lambda student: (-need[student], student))
        self.advisers = sorted(capacity)
        self.places = np.array([max(0, capacity[one]) for one in self.advisers], dtype=np.int64)
        self.load = np.array([max(0, load.get(one, 0)) for one in self.advisers], dtype=np.int64)
        self.free = self.places.copy()
        self.size = np.maximum(self.places + self.load, 1)
        number = {adviser: place for place, adviser in enumerate(self.advisers)}
        self.may: Bools = np.zeros((len(self.students), len(self.advisers)), dtype=bool)
        for row, student in enumerate(self.students):
            self.may[row, [number[one] for one in eligible.get(student, ()) if one in number]] = True
        self.at: Ints = np.full(len(self.students), NOBODY, dtype=np.int64)
        self.could: Ints = np.zeros((len(self.advisers), len(self.advisers)), dtype=np.int64)

    def serve(self, student: int) -> None:
        """Give the student to somebody, moving others where that makes room or balances better."""
        seen, before = self.reach(self.may[student])
        ends = np.flatnonzero(seen & (self.free > 0))
        if not len(ends):
            return
        cost = (2 * self.load[ends] + 1) / self.size[ends]
        adviser = int(ends[cost.argmin()])
        while before[adviser] != NOBODY:
            other = int(before[adviser])
            moved = int(np.flatnonzero((self.at == other) & self.may[:, adviser])[0])
            self._take_back(moved)
            self.put(moved, adviser)
            adviser = other
        self.put(student, adviser)

    def reach(self, start: Bools) -> tuple[Bools, Ints]:
        """Advisers to whom a place for somebody of `start` can be passed on, and from whom each was reached first."""
        seen = start.copy()
        before: Ints = np.full(len(self.advisers), NOBODY, dtype=np.int64)
        edge = np.flatnonzero(start)
        while len(edge) and not seen.all():
            passes = self.could[edge] > 0
            found = np.flatnonzero(passes.any(axis=0) & ~seen)
            before[found] = edge[passes[:, found].argmax(axis=0)] if len(found) else NOBODY
            seen[found] = True
            edge = found
        return seen, before

    def put(self, student: int, adviser: int) -> None:
        """Give the student to the adviser."""
        self.at[student] = adviser
        self.could[adviser] += self.may[student]
        self.free[adviser] -= 1
        self.load[adviser] += 1

    def _take_back(self, student: int) -> None:
        adviser = self.at[student]
        self.at[student] = NOBODY
        self.could[adviser] -= self.may[student]
        self.free[adviser] += 1
        self.load[adviser] -= 1

    def answer(self) -> dict[str, str]:
        """As `assign` gives it."""
        served = np.flatnonzero(self.at != NOBODY)
        return {self.students[row]: self.advisers[self.at[row]] for row in served}
