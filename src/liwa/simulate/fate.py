"""How enrollments end, and the true probability that they end badly.

For enrollment k of student i in week v of the term (from 0), with engagement E[k, v] = steady[i] + drift[i, v] -
shock[i, v] + interest[k]:

* leaving in week v has the cumulative hazard exp(LEAVE - STEEP e[i, v]) for the university (e without interest)
  and exp(WITHDRAW - STEEP E[k, v]) for the class, in weeks 1 to 13;
* who stays fails with probability sigmoid(f), f = FAIL + 0.8 difficulty - ABILITY ability - ENGAGED mean(E), the
  mean weighted towards the end of the term.

The true risk is the probability of leaving or failing given these latent causes. Given the causes up to a week
only, it is the mean over what may still come: fluctuations and events yet to begin, drawn from their law.
"""

from dataclasses import dataclass

import numpy as np

from liwa.simulate.catalogue import Catalogue
from liwa.simulate.classes import Roster
from liwa.simulate.life import (
    EVENT_CHANCE,
    EVENTS,
    FLUCTUATION,
    INNOVATION,
    NO_EVENT,
    ONSETS,
    PERSISTENCE,
    Life,
    shocks,
)
from liwa.simulate.people import Students
from liwa.simulate.terms import EXAM_WEEK, WEEKS, Bools, Floats, Ints, generator, sigmoid

STEEP = 1.3
WITHDRAW = -6.5
LEAVE = -8.4
FAIL = -3.1
ABILITY = 1.3
ENGAGED = 1.7
LEAVING_WEEKS = np.arange(1, 14)
STUDY_WEEKS = np.arange(EXAM_WEEK + 1)
WEIGHTS = (1 + STUDY_WEEKS / len(STUDY_WEEKS)) / (1 + STUDY_WEEKS / len(STUDY_WEEKS)).sum()
RISK_WEEKS = (0, 2, 4, 6, 8, 10, 12)  # whole weeks known
PATHS = 64  # ways the rest of a term may go that the mean is taken over, half of them mirror images
STAYS = 10_000  # a day no term has
CHUNK = 16_384


@dataclass(frozen=True)
class Fate:
    """How each enrollment of a roster ends; one entry of each array an enrollment."""

    withdrawn: Ints  # day of the term, from 0; STAYS if never
    left: Ints  # day on which each *student of the campus* left the university; STAYS if never
    failed: Bools  # at the end, having stayed
    mark: Floats  # the final mark, 0 to 100, of who stays
    risk: Floats  # given all causes of the term
    risk_by: dict[int, Floats]  # given the causes of the first so many weeks

    @property
    def incomplete(self) -> Bools:
        return self.failed | (self.withdrawn < STAYS)


def decide(seed: int, roster: Roster, students: Students, courses: Catalogue, life: Life) -> Fate:
    """Draw how every enrollment of the term ends."""
    rng = generator(seed, "fate", roster.term.number)
    engagement = life.engagement
    left = _day_of_leaving(rng, np.exp(LEAVE - STEEP * engagement[:, LEAVING_WEEKS]))
    left[roster.load == 0] = STAYS  # who takes no class has nothing to leave
    own = np.exp(WITHDRAW - STEEP * (engagement[roster.student][:, LEAVING_WEEKS] + roster.interest[:, None]))
    withdrawn = np.minimum(_day_of_leaving(rng, own), left[roster.student])
    fixed = _fixed_index(roster, students, courses)
    index = fixed - ENGAGED * (engagement[:, STUDY_WEEKS] @ WEIGHTS)[roster.student]
    margin = rng.logistic(size=len(roster)) - index  # above 0 with probability sigmoid(-index)
    hazard = own.sum(axis=1) + np.exp(LEAVE - STEEP * engagement[roster.student][:, LEAVING_WEEKS]).sum(
        axis=1
    )
    return Fate(
        withdrawn=withdrawn,
        left=left,
        failed=(margin <= 0) & (withdrawn == STAYS),
        mark=np.where(margin > 0, 60 + 40 * -np.expm1(-margin / 8), np.maximum(59 + 8 * margin, 5)),
        risk=1 - np.exp(-hazard) * sigmoid(-index),
        risk_by={week: _risk(seed, week, roster, life, fixed) for week in RISK_WEEKS},
    )


def _fixed_index(roster: Roster, students: Students, courses: Catalogue) -> Floats:
    """The part of the index of failing that is settled when the term begins."""
    return (
        FAIL
        + 0.8 * courses.difficulty[roster.course]
        - ABILITY * students.ability[roster.student]
        - ENGAGED * roster.interest
    )


def _day_of_leaving(rng: np.random.Generator, hazards: Floats) -> Ints:
    """The day on which the cumulative hazard (anything × LEAVING_WEEKS) first passes an exponential draw."""
    passed = np.cumsum(hazards, axis=1) > rng.exponential(size=len(hazards))[:, None]
    day = LEAVING_WEEKS[np.argmax(passed, axis=1)] * 7 + rng.integers(0, 5, len(hazards))
    return np.where(passed.any(axis=1), day, STAYS)


def _risk(seed: int, week: int, roster: Roster, life: Life, fixed: Floats) -> Floats:
    """The true risk at the cut-off after `week` weeks, for who is still enrolled then.

    Both the hazard and the index are, for each way s the rest may go, a product or sum of a part known of the
    student and a part of s alone; so the mean over all ways is one matrix product and two exponentials.
    """
    happened = (life.event != NO_EVENT) & (life.onset < week)
    likely = EVENT_CHANCE * (week <= ONSETS).mean() / (1 - EVENT_CHANCE * (week > ONSETS).mean())
    calm = _after(week, roster, life, fixed, _paths(seed, week))
    if likely == 0.0:
        return calm
    upset = _after(week, roster, life, fixed, _paths(seed, week) - _event_paths(week))
    return np.where(happened[roster.student], calm, (1 - likely) * calm + likely * upset)


def _paths(seed: int, week: int) -> Floats:
    """PATHS × weeks: fluctuation that may be added from `week` on, in mirrored pairs."""
    half = generator(seed, "paths", week).normal(size=(PATHS // 2, WEEKS))
    noise = np.concatenate([half, -half])
    path = np.zeros((PATHS, WEEKS))
    for now in range(week, WEEKS):
        before = PERSISTENCE * path[:, now - 1] if now else 0.0
        path[:, now] = before + (INNOVATION if now else FLUCTUATION) * noise[:, now]
    return path


def _event_paths(week: int) -> Floats:
    """PATHS × weeks: what an event yet to begin takes off, each kind and onset in proportion to its chance."""
    onsets = ONSETS[week <= ONSETS]
    spread = (np.arange(PATHS // 2) + 0.5) / (PATHS // 2)
    kind = np.searchsorted(np.cumsum([event.chance for event in EVENTS]) / EVENT_CHANCE, spread)
    onset = onsets[np.arange(PATHS // 2) * 7 % len(onsets)]
    return np.tile(shocks(kind, onset), (2, 1))


def _after(week: int, roster: Roster, life: Life, fixed: Floats, path: Floats) -> Floats:
    """The mean probability of leaving from `week` on or failing, over the ways `path` the rest may go."""
    known = _expected(week, life)
    weeks = LEAVING_WEEKS[week <= LEAVING_WEEKS]
    hazard = np.exp(-STEEP * known[:, weeks]) @ np.exp(-STEEP * path[:, weeks]).T
    base = ENGAGED * (known[:, STUDY_WEEKS] @ WEIGHTS)
    turn = ENGAGED * (path[:, STUDY_WEEKS] @ WEIGHTS)
    scale = np.exp(WITHDRAW - STEEP * roster.interest) + np.exp(LEAVE)
    stays = np.empty(len(roster))
    for first in range(0, len(roster), CHUNK):
        part = slice(first, first + CHUNK)
        who = roster.student[part]
        survive = np.exp(-hazard[who] * scale[part, None])
        succeed = sigmoid(base[who][:, None] - fixed[part, None] + turn[None, :])
        stays[part] = (survive * succeed).mean(axis=1)
    return 1 - stays


def _expected(week: int, life: Life) -> Floats:
    """Students × weeks: engagement as it was before `week`, and as it would go on without anything new."""
    begun = (life.onset < week)[:, None]
    ahead = np.maximum(np.arange(WEEKS) - week + 1, 0)
    last = life.drift[:, max(week - 1, 0)] * (week > 0)
    drift = np.where(np.arange(WEEKS) < week, life.drift, last[:, None] * PERSISTENCE**ahead)
    return life.steady[:, None] + drift - np.where(begun, life.shock, 0.0)
