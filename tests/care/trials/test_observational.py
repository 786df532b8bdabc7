"""A comparison without a draw: how far apart the groups are, what matching mends, and what it cannot."""

import numpy as np
import pytest

from liwa.care.trials import observational
from liwa.core.errors import LiwaError

NAMES = ["risk", "age"]


def campus(n: int = 3000, effect: float = 0.1, hidden: float = 0.0, seed: int = 1):  # type: ignore[no-untyped-def]
    """Students at risk get help more often; `hidden` makes a wish to stay bring both help and success."""
    random = np.random.default_rng(seed)
    risk, age, wish = random.random(n), random.normal(size=n), random.random(n)
    helped = (random.random(n) < 0.1 + 0.5 * risk + hidden * (wish - 0.5)).astype(float)
    chance = 0.8 - 0.5 * risk + effect * helped + hidden * (wish - 0.5)
    return helped, (random.random(n) < chance).astype(float), np.column_stack([risk, age])


def test_matching_mends_what_was_measured() -> None:
    helped, outcome, covariates = campus()
    naive = outcome[helped == 1].mean() - outcome[helped == 0].mean()
    found = observational.compare(helped, outcome, covariates, NAMES)
    assert naive < 0.03  # help looks useless, as it goes to those at risk
    assert found.low < 0.1 < found.high and found.low > 0
    before, after = found.balance["risk"]
    assert before > 0.4 and abs(after) < before / 5 and found.balanced
    assert sum(one for one, _other in found.overlap) == found.helped
    assert sum(other for _one, other in found.overlap) == found.others
    assert found.pairs <= found.kept[0]


def test_what_was_not_measured_still_deceives_and_the_figures_say_how_easily() -> None:
    helped, outcome, covariates = campus(effect=0.0, hidden=0.4)
    found = observational.compare(helped, outcome, covariates, NAMES)
    assert found.low > 0  # "help helps", though it does nothing
    assert 1 < found.e_value_limit < 2  # a weak cause of both would explain it
    assert "chance" in str(found.as_json()["warning"])


def test_coverage_of_matching_where_nothing_is_hidden() -> None:
    held = 0
    for seed in range(100):
        found = observational.compare(*campus(1000, seed=seed), NAMES)
        held += found.low <= 0.1 <= found.high
    assert held >= 88


def test_groups_that_do_not_overlap_are_not_compared() -> None:
    risk = np.linspace(0, 1, 400)
    with pytest.raises(LiwaError, match="counterpart"):
        observational.compare((risk > 0.5).astype(float), (risk < 0.3).astype(float), risk[:, None], ["risk"])


@pytest.mark.parametrize(
    ("ratio", "wanted"), [(3.9, 7.26), (1 / 3.9, 7.26), (1.0, 1.0), (2.0, 3.414), (0.0, float("inf"))]
)
def test_e_values_are_those_of_the_paper(ratio: float, wanted: float) -> None:
    """VanderWeele & Ding give 7.26 for a risk ratio of 3.9."""
    assert observational.e_value(ratio) == pytest.approx(wanted, abs=0.005)


def test_the_e_value_of_an_interval_around_no_difference_is_one() -> None:
    helped, outcome, covariates = campus(800, effect=0.0)
    found = observational.compare(helped, outcome, covariates, NAMES)
    assert found.ratio_low < 1 < found.ratio_high
    assert found.e_value_limit == 1.0


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda h, y, x: (h * 0.5, y, x), "0 or 1"),
        (lambda h, y, x: (h, y, x * np.nan), "numbers"),
        (lambda h, y, x: (h * 0, y, x), "too few"),
        (lambda h, y, x: (h, y, x[:, :0]), "matched"),
    ],
)
def test_what_cannot_be_compared_is_said(change, word: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(LiwaError, match=word):
        observational.compare(*change(*campus(200)), [])
