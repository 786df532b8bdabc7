"""Training, prediction, rules, and models on disk."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from liwa.core.errors import LiwaError
from liwa.insight.features import chosen
from liwa.insight.population import running, runs, weekly
from liwa.insight.reasons import MOST, TEMPLATES, english
from liwa.insight.risk import Model, latest, load, predict, save, train
from liwa.insight.risk.boosting import FOLDS, fold_of
from liwa.insight.risk.matrix import columns_of, matrix, rows_at
from liwa.insight.risk.model import ended_runs, same_lesson, thinned
from liwa.insight.risk.predict import HIGH, MEDIUM, band, judged, predict_at
from liwa.insight.risk.rules import judge
from liwa.insight.tables import Campus
from tests.insight.campus import ZONE, Rows, at, made, tables, without


def test_training_uses_ended_classes_only(model: Model, campus: Campus, as_of: datetime) -> None:
    ended = [f"{course}-{term}" for course in "ABC" for term in ("T0", "T1")]
    assert model.about.classes == ended == [run.klass for run in ended_runs(campus, as_of)]
    assert model.about.basis == "model"
    assert model.about.enrollments == model.about.outcomes == 480


def test_what_comes_after_makes_no_difference_to_a_model(rows: Rows, model: Model, as_of: datetime) -> None:
    past = without(rows, lambda name, row: name in ("events", "outcome") and row["known_at"] >= as_of)
    again = train(tables(past), as_of, ZONE)
    assert again.about == model.about


def test_the_same_data_make_the_same_model(rows: Rows, model: Model, as_of: datetime) -> None:
    again = train(tables({name: some[::-1] for name, some in rows.items()}), as_of, ZONE)
    assert again.about.data_hash == model.about.data_hash
    texts = [[one.model_to_string() for one in made.parts["plain"].boosters] for made in (model, again)]
    assert texts[0] == texts[1]


def test_the_last_bits_of_sums_say_nothing(model: Model, campus: Campus, as_of: datetime) -> None:
    """Threads add up in another order each time: what is shown is the same all the same."""
    found = rows_at(campus, running(runs(campus), as_of, ZONE), model.features)
    place = found.table.schema.get_field_index("score_mean")
    # 72.25 on the dot: an average that lies where rounding turns.
    table = found.table.set_column(place, "score_mean", pa.array(np.full(len(found), 0.7225)))
    said = judged(model, replace(found, table=table))
    assert {one.mean_score for one in said} == {72.2}
    for noise in (-1e-15, 1e-15):
        assert judged(model, replace(found, table=_blurred(table, noise))) == said


def _blurred(table: pa.Table, noise: float) -> pa.Table:
    for place, column in enumerate(table.schema):
        if pa.types.is_floating(column.type):
            table = table.set_column(place, column.name, pa.array(table[place].to_numpy() + noise))
    return table


def test_predictions_find_who_fails(rows: Rows, model: Model, campus: Campus, as_of: datetime) -> None:
    failed = {row["sourced_id"]: not row["success"] for row in rows["outcome"]}
    found = predict(model, campus, as_of, ZONE)
    assert {one.klass for one in found} == {"A-T2", "B-T2", "C-T2"}
    risk = np.array([one.risk for one in found], dtype=float)
    actual = np.array([failed[one.enrollment] for one in found])
    assert risk[actual].mean() > risk[~actual].mean() + 0.3
    assert abs(risk.mean() - actual.mean()) < 0.1
    assert {one.basis for one in found} == {"model"}
    assert {one.week for one in found} == {6}
    assert {one.cutoff for one in found} == {as_of}


def test_reasons_and_bands(model: Model, campus: Campus, as_of: datetime) -> None:
    found = predict(model, campus, as_of, ZONE)
    assert {one.band for one in found} >= {"high", "medium", "low"}
    for one in found:
        assert one.risk is not None and one.low is not None and one.high is not None
        assert one.band == band(one.risk, one.high - one.low)
        assert one.need == one.risk
        assert len(one.reasons) <= MOST
        assert one.band not in ("low", "unknown") or not one.reasons
        assert len({reason["key"] for reason in one.reasons}) == len(one.reasons)
        assert all(english(reason) for reason in one.reasons)
    said = Counter(reason["key"] for one in found for reason in one.reasons)
    assert said.keys() <= TEMPLATES.keys()
    assert len(said) >= 4
    high = [bool(one.reasons) for one in found if one.band == "high"]
    assert sum(high) / len(high) > 0.8


def test_bands_begin_where_the_card_says() -> None:
    assert [band(risk) for risk in (MEDIUM - 1e-9, MEDIUM, HIGH - 1e-9, HIGH)] == [
        "low",
        "medium",
        "medium",
        "high",
    ]


def test_contributions_add_up_to_the_log_odds(model: Model, campus: Campus) -> None:
    rows = rows_at(campus, weekly(runs(campus), [5], ZONE), model.features)
    part = model.parts["plain"]
    numbers = matrix(rows, columns_of(model.features, activity=False), {})
    base = model.history.log_odds(rows)
    log_odds = part.calibration.slope * part.raw(numbers, base)
    rest = log_odds - part.contributions(numbers).sum(axis=1) - part.calibration.slope * base
    assert np.ptp(rest) < 1e-9


def test_a_class_no_feed_covers_is_judged_without_activity(
    model: Model, campus: Campus, as_of: datetime
) -> None:
    assert set(model.parts) == {"plain", "activity"}
    assert not any(name.startswith(("active", "campus")) for name in model.parts["plain"].columns)
    found = predict(model, campus, as_of, ZONE)
    assert {one.days_since_active is None for one in found if one.klass == "A-T2"} == {True}
    assert {one.days_since_active is None for one in found if one.klass == "B-T2"} == {False}
    activity = {"inactive", "less_active", "never_active", "falling_activity"}
    assert not activity & {reason["key"] for one in found if one.klass == "A-T2" for reason in one.reasons}


def test_more_missing_work_never_lowers_the_risk(model: Model, campus: Campus) -> None:
    rows = rows_at(campus, weekly(runs(campus), [9], ZONE), model.features)
    columns = columns_of(model.features, activity=False)
    names = [column.name for column in columns]
    numbers = matrix(rows, columns, {})
    worse = numbers.copy()
    for name in ("missing_count", "missing_weight", "missing_recent"):
        worse[:, names.index(name)] += 3
    raw = model.parts["plain"].raw
    assert (raw(worse) >= raw(numbers) - 1e-12).all()
    assert (raw(worse) > raw(numbers)).any()


def test_protected_attributes_only_for_research(model: Model, campus: Campus, as_of: datetime) -> None:
    protected = {"sex", "age_band", "disability", "deprivation", "region"}
    assert not protected & set(model.about.features)
    research = train(campus, as_of, ZONE, protected=True)
    assert protected <= set(research.about.features)
    assert research.about.words["age_band"] == ["18-22"]
    assert not same_lesson(research, campus, as_of)
    assert len(predict(research, campus, as_of, ZONE)) == 240


def test_a_student_is_in_one_fold_only() -> None:
    users = [f"u{number % 50}" for number in range(500)]
    fold = fold_of(users)
    assert len({(user, part) for user, part in zip(users, fold, strict=True)}) == 50
    assert set(fold) == set(range(FOLDS))


def test_thinning_leaves_whole_class_weeks(campus: Campus) -> None:
    moments = weekly(runs(campus), range(1, 11), ZONE)
    sizes = dict.fromkeys((run.klass for run in runs(campus)), 70)
    kept = thinned(moments, sizes, 2000)
    assert len(kept) == 28
    assert kept == thinned(moments[::-1], sizes, 2000)
    assert thinned(moments, sizes) == moments
    assert len(thinned(moments, sizes, 10)) == 1


# Rules


def test_rules_until_enough_classes_ended(rows: Rows) -> None:
    early = at(date(2025, 10, 13))
    two = without(rows, lambda name, row: name == "klass" and row["sourced_id"] == "C-T0")
    rules = train(tables(two), early, ZONE)
    assert rules.about.basis == "rules"
    assert rules.about.why == "2 of at least 3 classes have ended"
    found = predict(rules, tables(two), early, ZONE)
    assert len(found) == 240
    assert {(one.risk, one.basis) for one in found} == {(None, "rules")}
    assert {one.band for one in found} >= {"high", "low"}
    assert all(bool(one.reasons) == (one.need > 0) for one in found)


def test_rules_where_outcomes_are_few() -> None:
    few = made(students=20)
    rules = train(tables(few), at(date(2026, 3, 30)), ZONE)
    assert rules.about.why.startswith("120 outcomes are known")


def test_rules_know_nothing_of_a_student_without_evidence() -> None:
    unknown = float("nan")
    assert judge({"due_count": 0.0, "days_since_active": unknown, "score_mean": unknown}) == (
        0.0,
        "unknown",
        [],
    )


@pytest.mark.parametrize(
    ("values", "need", "expected", "keys"),
    [
        ({"due_count": 2.0}, 0.0, "low", []),
        ({"due_count": 2.0, "missing_count": 1.0, "handed_in": 1.0}, 2.0, "medium", ["missing_some"]),
        ({"due_count": 3.0, "missing_count": 3.0, "missing_last": 1.0}, 5.0, "high", ["nothing_handed_in"]),
        (
            {"due_count": 3.0, "score_mean": 0.3, "days_since_active": 15.0},
            4.0,
            "high",
            ["low_marks", "inactive"],
        ),
        ({"days_since_active": 8.0, "late_count": 1.0}, 1.5, "low", ["inactive", "late_assignments"]),
    ],
)
def test_points(values: dict[str, float], need: float, expected: str, keys: list[str]) -> None:
    found, word, reasons = judge(values)
    assert (found, word) == (need, expected)
    assert [reason["key"] for reason in reasons] == keys


# On disk


def test_a_model_comes_back_as_it_was_saved(
    model: Model, campus: Campus, as_of: datetime, tmp_path: Path
) -> None:
    folder = save(model, tmp_path)
    again = load(folder)
    assert again.about == model.about
    moments = running(runs(campus), as_of, ZONE)
    assert predict_at(again, campus, moments) == predict_at(model, campus, moments)
    files = sorted(path.name for path in folder.iterdir())
    names = [*model.parts, *(f"leaving-{name}" for name in model.leaving)]
    assert files == sorted(["model.json", *(f"{name}-{n}.txt" for name in names for n in range(FOLDS))])
    assert json.loads((folder / "model.json").read_text(encoding="utf-8"))["about"]["basis"] == "model"


def test_the_latest_model_is_never_one_from_the_future(model: Model, tmp_path: Path, as_of: datetime) -> None:
    assert latest(tmp_path, as_of) is None
    save(model, tmp_path)
    assert latest(tmp_path, as_of - timedelta(seconds=1)) is None
    found = latest(tmp_path, as_of)
    assert found is not None
    assert found.about.name == model.about.name


@pytest.mark.parametrize("damage", ["cut", "gone", "trees"])
def test_a_damaged_model_is_said_plainly(model: Model, tmp_path: Path, damage: str) -> None:
    folder = save(model, tmp_path)
    file = folder / ("plain-1.txt" if damage == "trees" else "model.json")
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(LiwaError, match="cannot be read"):
        load(folder)


def test_an_interrupted_save_leaves_no_model(model: Model, tmp_path: Path, monkeypatch: Any) -> None:
    def stop(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises(OSError, match="No space"):
        save(model, tmp_path)
    assert latest(tmp_path, model.about.as_of) is None


def test_every_feature_has_a_name_of_its_own() -> None:
    names = [column.name for one in chosen(protected=True) for column in one.columns]
    assert len(names) == len(set(names))
