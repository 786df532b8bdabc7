"""Published settings and what activity brings: their parts on a make-believe campus, all of it on OULAD."""

import numpy as np
import pytest

from liwa.core.errors import LiwaError
from liwa.insight.evaluation import published
from liwa.insight.evaluation.activity import activity_gain, with_clicks
from liwa.insight.evaluation.learning import everyone_at, on_day
from liwa.insight.evaluation.published import best_threshold
from liwa.insight.features import chosen
from liwa.insight.population import runs, weekly
from liwa.insight.risk.matrix import rows_at
from liwa.insight.tables import Campus
from tests.insight.campus import ZONE, Rows, event, tables
from tests.insight.oulad import ARCHIVE, oulad_tables
from tests.insight.oulad import ZONE as LONDON


def test_without_oulad_it_says_so(campus: Campus) -> None:
    with pytest.raises(LiwaError, match="not in this lake"):
        published(campus)
    with pytest.raises(LiwaError, match="not in this lake"):
        with_clicks(runs(campus))


def test_who_has_withdrawn_is_left_in(campus: Campus, rows: Rows) -> None:
    moments = [one for one in weekly(runs(campus), (4,), ZONE) if one.run.klass == "A-T2"]
    gone = event("withdrew", "u2-0", moments[0].run.starts_at, object="A-T2-u2-0", klass="A-T2")
    left = Campus(tables({**rows, "events": [*rows["events"], gone]}), ZONE)
    there, everyone = rows_at(left, moments, chosen()), everyone_at(left, moments, chosen())
    assert len(everyone) == len(there) + 1 == 80
    assert set(everyone.words("enrollment")) - set(there.words("enrollment")) == {"A-T2-u2-0"}


def test_a_day_of_a_class_is_over_when_the_next_begins(campus: Campus) -> None:
    run = next(one for one in runs(campus) if one.klass == "A-T2")
    moment = on_day(run, 28, campus)
    assert (moment.cutoff - run.starts_at).days == 29
    assert moment.week == 4


def test_the_best_threshold_is_that_of_all() -> None:
    rng = np.random.default_rng(5)
    risk = np.round(rng.uniform(size=300), 2)
    failed = (rng.uniform(size=300) < risk).astype(float)

    def f1(threshold: float) -> float:
        flag = risk >= threshold
        return float(2 * (flag * failed).sum() / (flag.sum() + failed.sum()))

    assert f1(best_threshold(failed, risk)) == pytest.approx(max(f1(one) for one in risk))


def test_activity_is_weighed_on_the_same_rows(campus: Campus) -> None:
    run = {one.klass: one for one in runs(campus)}
    learn = [run[name] for name in ("B-T0", "C-T0", "B-T1", "C-T1", "B-T2")]
    found = activity_gain(campus, learn, [run["B-T2"], run["C-T2"]], (4,))
    assert [one["classes"] for one in found] == ["B-T2", "C-T2", "B-T2 + C-T2"]
    assert [one["n"] for one in found] == [80, 80, 160]
    for one in found:
        assert one["gain"] == pytest.approx(one["auc_with"] - one["auc_without"])
        assert one["gain_low"] <= one["gain"] <= one["gain_high"]
    # Of the first term nothing had ended before.
    assert activity_gain(campus, learn, [run["B-T0"]], (4,)) == []


@pytest.mark.real_data
@pytest.mark.slow
@pytest.mark.skipif(not ARCHIVE.exists(), reason="the OULAD archive is not beside the checkout")
def test_published_settings_on_oulad() -> None:
    later, quarter, everyone = published(Campus(oulad_tables(), LONDON))
    assert later.ours[0]["auc"] > 0.65
    assert quarter.ours[0]["n"] == pytest.approx(8746, abs=10)
    assert quarter.ours[0]["pr_auc"] > 0.74
    own = [one["auc"] for one in everyone.ours if one["row"] == "Liwa"]
    assert [value > least for value, least in zip(own, (0.65, 0.77, 0.80, 0.84), strict=True)] == [True] * 4
