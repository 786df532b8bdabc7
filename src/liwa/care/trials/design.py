"""Who is offered help, drawn by a seed that was committed to beforehand; and how many students a trial needs.

A draw is HMAC-SHA256 of the student's (or class's) id under a secret seed. The SHA-256 of seed and terms is published
when the trial is made, so nobody can draw again later; the seed is published at the end, so everybody can check
that each arm is the one it gives. Until then, who holds no seed can tell no arm.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from math import ceil, sqrt
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from liwa.care.trials.sequential import ALPHA, multiplier

POWER = 0.8
EXPLAINED = 0.1  # share of the outcome's variance that the risk at assignment explains
ICC = 0.03  # share of it that lies between classes
_NORMAL = NormalDist()


def new_seed() -> str:
    """256 random bits, in hexadecimal."""
    return secrets.token_hex(32)


def commitment(seed: str, terms: Mapping[str, Any]) -> str:
    """SHA-256 of the seed and of the trial's terms (JSON, keys sorted), in hexadecimal."""
    written = json.dumps(terms, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{seed}\n{written}".encode()).hexdigest()


def code(seed: str, unit: str) -> str:
    """What the seed makes of a student or class, in hexadecimal; its first 64 bits are the draw."""
    return hmac.new(bytes.fromhex(seed), unit.encode(), hashlib.sha256).hexdigest()


def draw(seed: str, unit: str) -> float:
    """The unit's number, uniform from 0 to below 1, to 53 bits."""
    return (int(code(seed, unit)[:16], 16) >> 11) / 2**53


def is_offered(seed: str, student: str, share: float) -> bool:
    """Randomised encouragement: whether the student is among the `share` that is offered help."""
    return draw(seed, student) < share


def step_of_student(seed: str, student: str, steps: int) -> int:
    """Stepped roll-out by week: the period, 1 to `steps`, from which the student is offered help."""
    return 1 + int(draw(seed, student) * steps)


def steps_of_classes(seed: str, classes: Iterable[str], steps: int) -> dict[str, int]:
    """Stepped roll-out by class: the period, 1 to `steps`, from which each class is; as even as can be."""
    ordered = sorted(classes, key=lambda klass: code(seed, klass))
    return {klass: 1 + place % steps for place, klass in enumerate(ordered)}


class Plan(NamedTuple):
    """What a trial can show. `se`: expected standard error of the effect at its planned end.

    `effect` is the smallest true difference (of shares) that one look at the end finds with the stated power, and
    `always` the one that the always-valid interval finds by then.
    """

    students: int
    se: float
    effect: float
    always: float

    @property
    def information(self) -> float:
        """1 / se²: what the planned end brings."""
        return self.se**-2


def plan_students(
    students: int,
    share: float,
    base: float,
    explained: float = EXPLAINED,
    power: float = POWER,
    alpha: float = ALPHA,
) -> Plan:
    """What randomising so many students one by one can show; `base` is the share with the outcome without help.

    se² = base (1 - base) (1 - explained) / (n share (1 - share)).
    """
    se = sqrt(base * (1 - base) * (1 - explained) / (students * share * (1 - share)))
    return _plan(students, se, power, alpha)


def students_needed(
    effect: float,
    share: float,
    base: float,
    explained: float = EXPLAINED,
    power: float = POWER,
    alpha: float = ALPHA,
    always: bool = True,
) -> int:
    """The least number of students with which `plan_students` finds the effect (with `always`: whenever looked at)."""
    one = plan_students(1, share, base, explained, power, alpha)
    return ceil(((one.always if always else one.effect) / effect) ** 2 - 1e-9)


def shares_by_period(steps: int) -> list[float]:
    """Stepped roll-out by week: the share offered help in the periods in which chance decides, from the first on."""
    return [period / steps for period in range(1, steps)]


def plan_steps(
    students: int,
    steps: int,
    base: float,
    explained: float = EXPLAINED,
    power: float = POWER,
    alpha: float = ALPHA,
) -> Plan:
    """What a stepped roll-out by week can show: so many students in all, evenly over its periods, each with its share."""
    shares = shares_by_period(steps)
    weight = sum(share * (1 - share) for share in shares) / len(shares)
    return _plan(students, sqrt(base * (1 - base) * (1 - explained) / (students * weight)), power, alpha)


def plan_classes(
    classes: int,
    per_period: float,
    steps: int,
    base: float,
    icc: float = ICC,
    explained: float = EXPLAINED,
    power: float = POWER,
    alpha: float = ALPHA,
) -> Plan:
    """What a stepped roll-out by class can show, with `per_period` new students in each class and period.

    Periods 0 to `steps`; in the first no class is offered help, in the last every one. The variance is that of
    Hussey & Hughes, "Design and analysis of stepped wedge cluster randomized trials", Contemporary Clinical Trials
    28, 2007, eq. 8, with `icc` the share of the variance between classes.
    """
    start = 1 + np.arange(classes) % steps
    offered = (np.arange(steps + 1) >= start[:, None]).astype(float)
    total = base * (1 - base)
    cell = total * (1 - icc) * (1 - explained) / per_period
    between = total * icc
    n, periods = offered.shape
    u = offered.sum()
    w = (offered.sum(axis=0) ** 2).sum()
    v = (offered.sum(axis=1) ** 2).sum()
    below = (n * u - w) * cell + (u**2 + n * periods * u - periods * w - n * v) * between
    se = sqrt(n * cell * (cell + periods * between) / below)
    return _plan(round(classes * per_period * periods), se, power, alpha)


def design_effect(size: float, icc: float = ICC) -> float:
    """How many times as many students are needed where classes of `size` are offered help as a whole (Kish 1965)."""
    return 1 + (size - 1) * icc


def _plan(students: int, se: float, power: float, alpha: float) -> Plan:
    found = _NORMAL.inv_cdf(power)
    return Plan(
        students,
        se,
        (_NORMAL.inv_cdf(1 - alpha / 2) + found) * se,
        (float(multiplier(1.0, alpha)) + found) * se,
    )
