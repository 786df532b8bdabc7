"""What a trial lays down before it begins; nothing of it can be changed afterwards."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from liwa.care.trials.design import EXPLAINED, ICC, POWER, Plan, plan_classes, plan_steps, plan_students
from liwa.care.trials.sequential import ALPHA
from liwa.core.errors import LiwaError

ENCOURAGEMENT, WEEKS, CLASSES = "encouragement", "weeks", "classes"
DESIGNS = (ENCOURAGEMENT, WEEKS, CLASSES)
SUCCESS, STAYED, CONTACTED = "success", "stayed", "contacted"
OUTCOMES = (SUCCESS, STAYED, CONTACTED)
SMALLEST_SHARE, LARGEST_SHARE = 0.1, 0.9


@dataclass(frozen=True)
class Terms:
    """The design and what decides about it.

    design: `encouragement` (each eligible student is drawn to be offered a case or not), `weeks` (each has a drawn
    week from which), `classes` (whole classes have). outcome: `success` (the class completed), `stayed` (still
    registered `horizon` days later), `contacted` (met, called or written to within `horizon` days).
    share: of students offered (encouragement). steps, step_weeks: of the stepped designs. threshold, ceiling: who
    is eligible, by risk; from the ceiling on nobody is held back. hold_days: held back no longer than that; 0: to
    the end. students, base, explained, icc, power, alpha: of the plan (see `design`).
    """

    design: str
    outcome: str
    students: int
    horizon: int = 0
    share: float = 0.5
    steps: int = 4
    step_weeks: int = 1
    threshold: float = 0.0
    ceiling: float = 1.01
    hold_days: int = 0
    base: float = 0.5
    explained: float = EXPLAINED
    icc: float = ICC
    power: float = POWER
    alpha: float = ALPHA

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Terms":
        """The terms as a database gives them back: JSON may have turned 1.0 into 1."""
        return cls(**{one.name: _KINDS[one.name](kept[one.name]) for one in fields(cls)})

    def as_dict(self) -> dict[str, Any]:
        """For JSON and for the commitment."""
        return {name: _KINDS[name](value) for name, value in asdict(self).items()}

    def plan(self, classes: int = 0) -> Plan:
        """What the trial can show; `classes` is how many take part where they are what is drawn."""
        more = {"explained": self.explained, "power": self.power, "alpha": self.alpha}
        if self.design == ENCOURAGEMENT:
            return plan_students(self.students, self.share, self.base, **more)
        if self.design == WEEKS:
            return plan_steps(self.students, self.steps, self.base, **more)
        each = self.students / (classes * (self.steps + 1))
        return plan_classes(classes, each, self.steps, self.base, self.icc, **more)

    def check(self) -> "Terms":
        """These terms, if they make sense. Raises LiwaError naming what does not."""
        _known("design", self.design, DESIGNS)
        _known("outcome", self.outcome, OUTCOMES)
        _within("the number of students", self.students, 1, 10_000_000)
        _within("the share offered help", self.share, SMALLEST_SHARE, LARGEST_SHARE)
        _within("the share with the outcome without help", self.base, 0.01, 0.99)
        _within("the number of steps", self.steps, 2, 52)
        _within("the weeks of a step", self.step_weeks, 1, 26)
        _within("the days for which students are held back", self.hold_days, 0, 400)
        _within("the variance that the risk explains", self.explained, 0, 0.95)
        _within("the intraclass correlation", self.icc, 0, 0.5)
        _within("the power", self.power, 0.5, 0.99)
        _within("alpha", self.alpha, 0.001, 0.2)
        _within("the lowest risk that takes part", self.threshold, 0, 1)
        _within("the risk from which nobody is held back", self.ceiling, 0, 2)
        if self.ceiling <= self.threshold:
            raise LiwaError(
                "The risk from which nobody is held back must lie above the lowest that takes part."
            )
        if self.outcome == SUCCESS and self.horizon:
            raise LiwaError("Whether a class is completed is known at its end: leave out the days.")
        if self.outcome != SUCCESS:
            _within("the days after which the outcome is looked at", self.horizon, 1, 400)
        return self


_KINDS: dict[str, type] = {
    one.name: {"int": int, "float": float}.get(str(getattr(one.type, "__name__", one.type)), str)
    for one in fields(Terms)
}


def _known(what: str, given: str, names: tuple[str, ...]) -> None:
    if given not in names:
        raise LiwaError(f"There is no {what} {given!r}.", remedy=f"Known: {', '.join(names)}.")


def _within(what: str, given: float, low: float, high: float) -> None:
    if not low <= given <= high:
        raise LiwaError(f"For {what}, {given} will not do.", remedy=f"Give a number from {low} to {high}.")
