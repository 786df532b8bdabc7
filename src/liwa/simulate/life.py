"""What happens in students' lives during a term: engagement week by week, jobs, and sudden events."""

from dataclasses import dataclass

import numpy as np

from liwa.simulate.people import Students
from liwa.simulate.terms import WEEKS, Floats, Ints, Term, generator

PERSISTENCE = 0.85  # of the weekly fluctuation, from one week to the next
FLUCTUATION = 0.75  # its standard deviation
INNOVATION = FLUCTUATION * float(np.sqrt(1 - PERSISTENCE**2))  # and of what is new in a week
NO_EVENT = -1


@dataclass(frozen=True)
class Event:
    """A blow to a student's engagement that wears off by the week."""

    name: str
    chance: float  # per student and term
    depth: float
    staying: float  # share left after each week


EVENTS = (
    Event("illness", 0.06, 2.4, 0.80),
    Event("money", 0.05, 1.7, 0.93),
    Event("relocation", 0.03, 2.0, 0.90),
)
ONSETS = np.arange(1, 13)  # weeks, from 0, in which an event can begin; all equally likely
EVENT_CHANCE = sum(event.chance for event in EVENTS)


@dataclass(frozen=True)
class Life:
    """A term of every student of the campus, enrolled or not.

    `steady` is engagement apart from what changes by the week; `drift` (students × weeks) fluctuates around it;
    `shock` (same shape) is taken off it by the event, if any.
    """

    steady: Floats
    drift: Floats
    shock: Floats
    event: Ints  # place in EVENTS or NO_EVENT
    onset: Ints  # week of the term, from 0; meaningless without event
    job_hours: Floats  # paid work a week

    @property
    def engagement(self) -> Floats:
        """Students × weeks; 0 is ordinary, about 1 its standard deviation."""
        return self.steady[:, None] + self.drift - self.shock


def live(seed: int, term: Term, students: Students, credits: Ints) -> Life:
    """One term of everyone's life. `credits` is the study load of each student this term."""
    rng = generator(seed, "life", term.number)
    count = len(students)
    job = generator(seed, "jobs").random(count) < 0.25  # who works at all stays the same
    hours = np.where(job, rng.uniform(6, 22, count), 0.0).round()
    steady = 0.65 * students.conscientiousness - 0.035 * (hours - 3.5) - 0.05 * (credits - 16)
    event, onset = _events(rng, count)
    return Life(
        steady=steady,
        drift=_drift(rng.normal(size=(count, WEEKS))),
        shock=shocks(event, onset),
        event=event,
        onset=onset,
        job_hours=hours,
    )


def _drift(noise: Floats) -> Floats:
    """A stationary autoregressive process from standard normal `noise` (anything × weeks)."""
    drift = np.empty_like(noise)
    drift[:, 0] = FLUCTUATION * noise[:, 0]
    for week in range(1, noise.shape[1]):
        drift[:, week] = PERSISTENCE * drift[:, week - 1] + INNOVATION * noise[:, week]
    return drift


def _events(rng: np.random.Generator, count: int) -> tuple[Ints, Ints]:
    edges = np.cumsum([event.chance for event in EVENTS])
    kind = np.searchsorted(edges, rng.random(count), side="right")
    return np.where(kind < len(EVENTS), kind, NO_EVENT), rng.choice(ONSETS, count)


def shocks(event: Ints, onset: Ints) -> Floats:
    """What events take off engagement, one row an event and one column a week."""
    depth = np.array([kind.depth for kind in EVENTS] + [0.0])[event]
    staying = np.array([kind.staying for kind in EVENTS] + [0.0])[event]
    since = np.arange(WEEKS)[None, :] - onset[:, None]
    return np.where(since >= 0, depth[:, None] * staying[:, None] ** np.maximum(since, 0), 0.0)
