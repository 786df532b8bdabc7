"""What was planted is there: true risks are true, causes have their effects, and early signs tell something."""

import numpy as np
import pytest

from liwa.simulate.activity import card, study
from liwa.simulate.catalogue import FINAL
from liwa.simulate.fate import (
    ABILITY,
    ENGAGED,
    FAIL,
    LEAVE,
    LEAVING_WEEKS,
    RISK_WEEKS,
    STAYS,
    STEEP,
    STUDY_WEEKS,
    WEIGHTS,
    WITHDRAW,
)
from liwa.simulate.life import EVENTS, FLUCTUATION, NO_EVENT, ONSETS, PERSISTENCE, shocks
from liwa.simulate.terms import DAY, WEEKS, Floats, Ints, sigmoid
from liwa.simulate.world import Season, World


def auc(truth: np.ndarray, score: np.ndarray) -> float:
    """The chance that a true case scores higher than a false one."""
    rank = np.empty(len(score))
    rank[np.argsort(score)] = np.arange(1, len(score) + 1)
    yes = truth.sum()
    return float((rank[truth].sum() - yes * (yes + 1) / 2) / (yes * (len(truth) - yes)))


@pytest.mark.parametrize("term", [0, 1, 2])
def test_a_fifth_or_so_do_not_complete(world: World, term: int) -> None:
    fate = world.seasons[term].fate
    assert 0.15 < fate.incomplete.mean() < 0.25
    assert 0.03 < (fate.withdrawn < STAYS).mean() < 0.12


@pytest.mark.parametrize("week", [*RISK_WEEKS, None])
def test_the_true_risk_is_the_share_that_does_not_complete(world: World, week: int | None) -> None:
    """In each fifth of the risk, over all terms; the higher the risk, the more."""
    risk, incomplete = [], []
    for season in world.seasons:
        still = season.fate.withdrawn >= (week or 0) * 7
        risk.append((season.fate.risk if week is None else season.fate.risk_by[week])[still])
        incomplete.append(season.fate.incomplete[still])
    p, y = np.concatenate(risk), np.concatenate(incomplete)
    fifths = np.array_split(np.argsort(p), 5)
    seen = np.array([y[part].mean() for part in fifths])
    told = np.array([p[part].mean() for part in fifths])
    assert (np.diff(seen) > 0).all()
    # Enrollments of one student share a life, so the spread is some 2.5 times that of independent draws.
    spread = 2.5 * np.sqrt(told * (1 - told) / len(fifths[0]))
    assert (np.abs(seen - told) < 3 * spread + 0.003).all()


def test_the_more_is_known_the_better_the_risk_tells(world: World) -> None:
    """Among those still enrolled after 12 weeks."""
    season = world.seasons[0]
    still = season.fate.withdrawn >= 12 * 7
    told = [auc(season.fate.failed[still], season.fate.risk_by[week][still]) for week in (0, 4, 8, 12)]
    assert told == sorted(told)
    assert told[0] > 0.75
    assert told[-1] - told[0] > 0.01


def futures(season: Season, who: Ints, week: int, rng: np.random.Generator, ways: int) -> Floats:
    """Ways × these students × weeks: engagement as it may go on after `week` weeks, drawn step by step."""
    life, count = season.life, len(who)
    drift = np.repeat(life.drift[None, who], ways, axis=0)
    for now in range(week, WEEKS):
        noise = rng.normal(size=(ways, count))
        if now == 0:
            drift[:, :, 0] = FLUCTUATION * noise
        else:
            scale = FLUCTUATION * np.sqrt(1 - PERSISTENCE**2)
            drift[:, :, now] = PERSISTENCE * drift[:, :, now - 1] + scale * noise
    begun = (life.event[who] != NO_EVENT) & (life.onset[who] < week)
    old = np.where(begun[:, None], life.shock[who], 0.0)
    new = np.stack([np.where(begun[:, None], 0.0, _new_event(week, rng, count)) for _ in range(ways)])
    return life.steady[None, who, None] + drift - old[None] - new


def _new_event(week: int, rng: np.random.Generator, count: int) -> Floats:
    """An event for each of so many students, drawn afresh where it would have been seen by now."""
    chances = np.array([event.chance for event in EVENTS])
    kind, onset = np.full(count, len(EVENTS)), np.zeros(count, np.int64)
    again = np.ones(count, bool)
    while again.any():
        kind[again] = rng.choice(len(EVENTS) + 1, again.sum(), p=[*chances, 1 - chances.sum()])
        onset[again] = rng.choice(ONSETS, again.sum())
        again = (kind < len(EVENTS)) & (onset < week)
    return shocks(np.where(kind < len(EVENTS), kind, NO_EVENT), onset)


@pytest.mark.parametrize("week", [0, 4, 8])
def test_the_true_risk_is_the_mean_over_what_may_come(world: World, week: int) -> None:
    """Against a plain simulation of what may come, which shares nothing with the quick way but the law."""
    season = world.seasons[0]
    roster, fate = season.roster, season.fate
    rows = np.flatnonzero(fate.withdrawn >= week * 7)[::97]
    who = roster.student[rows]
    engagement = futures(season, who, week, np.random.default_rng(3), 1500)
    fixed = (
        FAIL
        + 0.8 * world.courses.difficulty[roster.course[rows]]
        - ABILITY * world.students.ability[who]
        - ENGAGED * roster.interest[rows]
    )
    ahead = engagement[:, :, LEAVING_WEEKS[week <= LEAVING_WEEKS]]
    hazard = np.exp(WITHDRAW - STEEP * (ahead + roster.interest[rows][None, :, None])) + np.exp(
        LEAVE - STEEP * ahead
    )
    fail = sigmoid(fixed - ENGAGED * (engagement[:, :, STUDY_WEEKS] @ WEIGHTS))
    drawn = 1 - (np.exp(-hazard.sum(axis=2)) * (1 - fail)).mean(axis=0)
    error = fate.risk_by[week][rows] - drawn
    assert len(rows) > 50
    assert np.abs(error).max() < 0.04
    assert abs(error.mean()) < 0.006


def test_events_are_followed_by_less_of_everything(world: World) -> None:
    season = world.seasons[0]
    life, term = season.life, season.term
    struck = season.here & (life.event != NO_EVENT) & (life.onset >= 4) & (life.onset <= 10)
    sessions = study(
        world.seed, season.roster, season.items, world.students, world.courses, life, season.fate
    )
    swipes = card(world.seed, term, world.students, season.here, life, season.fate)
    for student, time in (
        (season.roster.student[sessions.enrollment], sessions.time),
        (swipes.student, swipes.time),
    ):
        week = (time - term.start) // (7 * DAY)
        counts = np.zeros((len(world.students), WEEKS))
        np.add.at(counts, (student, week), 1)
        usual = counts[season.here & ~struck].mean(axis=0)
        before = np.mean(
            [counts[i, o - 3 : o].sum() / usual[o - 3 : o].sum() for i, o in _onsets(struck, life.onset)]
        )
        after = np.mean(
            [counts[i, o : o + 3].sum() / usual[o : o + 3].sum() for i, o in _onsets(struck, life.onset)]
        )
        assert after < 0.8 * before


def _onsets(struck: np.ndarray, onset: np.ndarray) -> list[tuple[int, int]]:
    return [(int(student), int(onset[student])) for student in np.flatnonzero(struck)]


def test_what_can_be_seen_by_week_eight_tells_something_but_not_all(world: World) -> None:
    """Marks known and sessions had by then, each in the crudest form."""
    season = world.seasons[0]
    roster, fate, work = season.roster, season.fate, season.work
    cutoff = season.term.start + 56 * DAY
    known = (work.marked < cutoff) & ~np.isnan(work.score)
    percent = work.score / season.items.maximum[work.item]
    marks = np.bincount(work.enrollment[known], percent[known], minlength=len(roster))
    count = np.maximum(np.bincount(work.enrollment[known], minlength=len(roster)), 1)
    sessions = study(world.seed, roster, season.items, world.students, world.courses, season.life, fate)
    active = np.bincount(sessions.enrollment[sessions.time < cutoff], minlength=len(roster))
    covered = world.courses.lms[roster.course] > 0
    still = (fate.withdrawn >= 56) & covered
    for sign in (marks / count, active.astype(float)):
        assert 0.58 < auc(fate.incomplete[still], -sign[still]) < 0.85
    assert auc(fate.incomplete[still], fate.risk_by[8][still]) < 0.92


def test_the_marks_agree_with_the_outcome(world: World) -> None:
    """The weighted sum of all results is the final mark, save where no exam mark could make it so."""
    season = world.seasons[0]
    work, items, fate = season.work, season.items, season.fate
    share = np.nan_to_num(work.score) / items.maximum[work.item] * items.weight[work.item]
    total = np.bincount(work.enrollment, share, minlength=len(season.roster))
    stayed = fate.withdrawn == STAYS
    assert ((total[stayed] < 59) == fate.failed[stayed]).mean() > 0.95
    assert (items.kind == FINAL).sum() == len(season.roster.class_ids)


def test_nobody_does_anything_after_leaving(world: World) -> None:
    for season in world.seasons:
        work = season.work
        assert (
            work.submitted[~np.isnan(work.score)]
            < season.withdrawn_at[work.enrollment[~np.isnan(work.score)]]
        ).all()
        sessions = study(
            world.seed, season.roster, season.items, world.students, world.courses, season.life, season.fate
        )
        assert (sessions.time < season.withdrawn_at[sessions.enrollment]).all()
        returned = world.left_at[season.roster.student] < season.term.start
        assert not returned.any()


def test_some_courses_do_not_use_the_platform(world: World) -> None:
    season = world.seasons[0]
    sessions = study(
        world.seed, season.roster, season.items, world.students, world.courses, season.life, season.fate
    )
    unused = world.courses.lms == 0
    assert 0 < unused.sum() < 0.2 * world.courses.size
    assert not unused[season.roster.course[sessions.enrollment]].any()
