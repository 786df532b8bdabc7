"""Does it help? Trials of offering help, and the arithmetic that says what they found.

`design`, `estimate`, `sequential` and `observational` are plain statistics and know nothing of Liwa; `models`,
`enrol`, `outcomes` and `actions` keep trials, put students into them, and look at what came of it.
"""

from collections.abc import Iterable
from datetime import datetime


def allowed(student: str, cutoff: datetime) -> bool:
    """Whether a case may be opened for the student (a sourcedId) because of the risk at this cut-off.

    True, but for students whom a running trial has drawn to be offered nothing yet. Cases that a teacher raises, an
    adviser takes or a student asks for are never held back. Asking puts an eligible student into the trial.
    """
    return student not in withheld([student], cutoff)


def withheld(students: Iterable[str], cutoff: datetime, places: int | None = None) -> frozenset[str]:
    """Those of the students for whom `allowed` says no, in a number of queries that does not grow with them.

    Given in order of need, they are drawn for until as many as there are `places` are offered one: so the trial is about
    those whom capacity cannot all serve, capacity is used to the full, and who is further down is not drawn for yet.
    Without `places` all are.
    """
    from liwa.care.trials.enrol import enrol

    return enrol(students, cutoff, places)
