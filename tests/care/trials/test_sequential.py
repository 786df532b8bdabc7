"""Intervals that hold at every look, by formula and by simulation; and the whole design simulated.

At full size: bench/trials.py.
"""

import numpy as np
import pytest
from scipy import special, stats

from liwa.care.trials import sequential
from tests.care.trials.simulated import Setting, by_class, by_week, encouragement


def test_the_interval_is_the_published_one() -> None:
    """Waudby-Smith et al. (2024) give the half-width as sigma sqrt(2 (n rho² + 1) / (n² rho²) log(sqrt(n rho² + 1) / alpha))."""
    n, planned, alpha, sigma = 250, 400, 0.05, 0.7
    rho2 = sequential.tuning(alpha) / planned
    published = sigma * np.sqrt(2 * (n * rho2 + 1) / (n**2 * rho2) * np.log(np.sqrt(n * rho2 + 1) / alpha))
    assert sequential.multiplier(n / planned, alpha) * sigma / np.sqrt(n) == pytest.approx(published)


def test_it_is_narrowest_about_where_the_trial_is_planned_to_end() -> None:
    """The tuning approximates the exact one, by the branch -1 of Lambert's W, closely."""
    alpha = 0.05
    exact = -special.lambertw(-(alpha**2) * np.exp(-1), -1).real - 1
    at_end = [np.sqrt((1 + 1 / r) * np.log((1 + r) / alpha**2)) for r in (exact, sequential.tuning(alpha))]
    assert at_end[1] == pytest.approx(at_end[0], rel=1e-3)
    assert sequential.multiplier(1.0) < min(sequential.multiplier(0.2), sequential.multiplier(5.0))
    assert sequential.multiplier(1.0) == pytest.approx(3.0, abs=0.05)


def test_few_degrees_of_freedom_make_it_wider_by_the_same_tail() -> None:
    assert sequential.widened(3.0, 1e7) == pytest.approx(3.0, rel=1e-4)
    wide = sequential.widened(3.0, 9.0)
    assert stats.t.sf(wide, 9) == pytest.approx(stats.norm.sf(3.0))
    low, high = sequential.interval(0.1, 0.02, 1.0, 9.0)
    assert (high - low) / 2 == pytest.approx(0.02 * sequential.widened(sequential.multiplier(1.0), 9.0))


def test_a_random_walk_stays_inside_at_all_times_together() -> None:
    random = np.random.default_rng(4)
    n = np.arange(1, 1001)
    walks = random.normal(size=(2000, 1000)).cumsum(axis=1) / n
    half = sequential.multiplier(n / 500) / np.sqrt(n)
    outside = (np.abs(walks) > half).any(axis=1).mean()
    assert 0.01 < outside <= 0.05  # neither broken nor needlessly wide
    once = (np.abs(walks) > 1.96 / np.sqrt(n)).any(axis=1).mean()
    assert once > 0.4  # what peeking with ordinary intervals would do


SETTINGS = [
    (encouragement, Setting(1000, weekly=20, weeks=20, base=0.4, effect=0.0)),
    (encouragement, Setting(1000, weekly=12, weeks=15, base=0.8, effect=0.0, share=0.3)),
    (by_week, Setting(1000, weekly=20, weeks=20, base=0.4, effect=0.0)),
    (by_class, Setting(1000, weekly=4, weeks=7, base=0.4, effect=0.0, classes=30)),
    (by_class, Setting(1000, weekly=8, weeks=7, base=0.4, effect=0.0, classes=10, icc=0.1)),
]
NAMES = ["encouragement", "few of them", "by week", "by class", "few classes"]


@pytest.mark.parametrize(("simulate", "setting"), SETTINGS, ids=NAMES)
def test_without_an_effect_few_trials_claim_one_however_often_one_looks(simulate, setting) -> None:  # type: ignore[no-untyped-def]
    found = simulate(setting, seed=1)
    assert found.taken.any(axis=1).mean() > 0.9  # they are looked at
    assert found.claimed() <= 0.05
    assert found.claimed_naively() > 0.06  # which shows that peeking is what is guarded against


@pytest.mark.parametrize(("simulate", "setting"), SETTINGS, ids=NAMES)
@pytest.mark.parametrize("effect", [0.08, -0.15])
def test_a_planted_effect_is_covered_at_every_look(simulate, setting, effect: float) -> None:  # type: ignore[no-untyped-def]
    found = simulate(setting._replace(effect=effect), seed=2)
    assert found.covered() >= 0.95
    assert abs(found.error()) < 0.015  # and the estimate is not off to one side


def test_an_effect_of_the_planned_size_is_found_as_often_as_the_plan_says() -> None:
    from liwa.care.trials.design import plan_students

    setting = Setting(1000, weekly=40, weeks=20, base=0.5, effect=0.0)
    plan = plan_students(800, 0.5, 0.5, explained=0.0)
    found = encouragement(setting._replace(effect=plan.always), seed=3)
    assert 0.75 < found.claimed() < 0.95
