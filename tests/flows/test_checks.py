"""A model that fails its checks is not used; the last good one stays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from liwa.flows.refresh import drift, predict
from liwa.flows.refresh import evaluate as module
from liwa.insight.drift import UNCALIBRATED
from liwa.insight.risk import Model, save
from liwa.insight.risk.hazard import LEAVING_DAYS
from liwa.insight.tables import Campus
from tests.insight.campus import ZONE, made, tables
from tests.insight.conftest import AS_OF


@pytest.fixture(scope="module")
def campus() -> Campus:
    return Campus(tables(made(silent=("A-T0", "A-T1", "A-T2"))), ZONE)


@pytest.fixture(scope="module")
def model(campus: Campus) -> Model:
    from liwa.insight.risk import train

    return train(campus, AS_OF, ZONE)


def run_of(folder: Path, campus: Campus) -> Any:
    return SimpleNamespace(
        home=SimpleNamespace(models=folder),
        campus=SimpleNamespace(zone=ZONE),
        as_of=AS_OF,
        retrain=False,
        shared={"campus": campus},
    )


def renamed(model: Model, name: str, days: int) -> Model:
    about = msgspec.structs.replace(model.about, name=name, as_of=model.about.as_of - timedelta(days=days))
    return Model(about, model.parts)


def keep(folder: Path, model: Model, ece: float) -> None:
    """The model in the folder, with a card that says it misses by so much."""
    save(model, folder)
    records = [{"week": week, "n": 400, "auc": 0.7, "brier": 0.2, "ece": ece} for week in (2, 4)]
    card = {
        "name": model.about.name,
        "basis": "model",
        "calibration": {},
        "evaluation": records,
        "training": {"code_hash": model.about.code_hash},
    }
    account = {"card": card, "evaluation": records}
    (folder / model.about.name / "card.json").write_bytes(msgspec.json.encode(account))


def test_a_good_model_is_used(tmp_path: Path, campus: Campus, model: Model) -> None:
    keep(tmp_path, model, 0.02)
    run = run_of(tmp_path, campus)
    assert module.usable(run, campus, model) is model
    assert "refused" not in run.shared


def test_the_last_good_one_stays_and_the_card_says_so(tmp_path: Path, campus: Campus, model: Model) -> None:
    keep(tmp_path, model, 0.2)
    for name, days, ece in (("older", 60, 0.02), ("newer", 30, 0.03), ("bad", 10, 0.5)):
        keep(tmp_path, renamed(model, name, days), ece)
    run = run_of(tmp_path, campus)
    run.model = module.usable(run, campus, model)
    assert run.model.about.name == "newer"
    module.evaluate(run)
    assert run.card["name"] == "newer"
    assert run.card["refused"] == {"name": model.about.name, "reasons": [UNCALIBRATED]}
    assert [record["ece"] for record in run.evaluation] == [0.03, 0.03]


def test_without_a_good_one_the_rules_are_used(tmp_path: Path, campus: Campus, model: Model) -> None:
    keep(tmp_path, model, 0.2)
    later = renamed(model, "later", -400)
    assert later.about.as_of > datetime(2027, 1, 1, tzinfo=UTC)
    keep(tmp_path, later, 0.01)
    run = run_of(tmp_path, campus)
    found = module.usable(run, campus, model)
    assert found.about.basis == "rules"
    assert found.about.why == module.FELL_BACK


def test_a_model_of_other_features_is_not_gone_back_to(tmp_path: Path, campus: Campus, model: Model) -> None:
    keep(tmp_path, model, 0.2)
    parts = {name: replace(part, columns=part.columns[1:]) for name, part in model.parts.items()}
    keep(tmp_path, Model(msgspec.structs.replace(model.about, name="other"), parts), 0.02)
    assert module.usable(run_of(tmp_path, campus), campus, model).about.basis == "rules"


def test_a_new_model_is_measured_once_and_its_card_kept(
    tmp_path: Path, campus: Campus, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(model, tmp_path)
    monkeypatch.setattr(module, "advisers_lists", lambda _day: None)
    run = run_of(tmp_path, campus)
    run.model = module.usable(run, campus, model)
    assert run.model is model
    module.evaluate(run)
    card = run.card
    assert card["name"] == model.about.name
    assert card["checks"]["failed"] == []
    assert {"gaps", "courses", "reliability", "frozen"} <= card.keys()
    assert (tmp_path / model.about.name / "card.json").exists()
    monkeypatch.setattr(module, "measure", lambda *_, **__: pytest.fail("measured again"))
    again = run_of(tmp_path, campus)
    again.model = module.usable(again, campus, model)
    module.evaluate(again)
    assert again.card["name"] == card["name"]


def test_the_card_says_whether_those_foreseen_to_withdraw_did(
    tmp_path: Path, campus: Campus, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four weeks before the refresh, from what was known then, of the classes that were running."""
    monkeypatch.setattr(predict, "usable", lambda _run, _campus, found: found)
    # Hardly anybody withdraws in the made-up campus: another probability stands in for that of withdrawing.
    foresees = replace(model, leaving=model.parts)
    monkeypatch.setattr(predict, "model_for", lambda _run, _campus: foresees)
    run = run_of(tmp_path, campus)
    run.tables, run.card, run.predictions = campus.tables, {}, []
    predict.predictions(run)
    assert {row["cutoff"] for row in run.predictions} == {AS_OF}
    assert set(run.shared["earlier_rows"].table["cutoff"].to_pylist()) == {
        AS_OF - timedelta(days=LEAVING_DAYS)
    }
    drift.drift(run)
    found = run.card["drift"]["came_true"]
    earlier = run.shared["earlier_rows"].words("enrollment")
    gone = {
        event["object"]
        for event in campus.events.filter(campus.events.verb == "withdrew").to_pyarrow().to_pylist()
        if AS_OF - timedelta(days=LEAVING_DAYS) <= event["known_at"] < AS_OF
    }
    assert found["rows"] == len(earlier)
    assert found["happened"] == pytest.approx(len(gone & set(earlier)) / len(earlier))
    assert 0 < found["stated"] < 1
