"""The temporal evaluation: what it trains on, what it reports, how it compares with a planted truth."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from liwa.core.errors import LiwaError
from liwa.insight import metrics
from liwa.insight.card import card
from liwa.insight.evaluation import by_term, evaluate, evaluate_against_truth
from liwa.insight.evaluation import rolling as module
from liwa.insight.risk import Model, only_rules, train
from liwa.insight.tables import Campus
from tests.insight.campus import ZONE, Rows, tables

MEASURES = ("auc", "pr_auc", "brier", "ece", "slope", "gap")
RECORD = {"term", "week", "n", "failed", "risk", "tops", "advisers", "too_wide"} | {
    name + end for name in MEASURES for end in ("", "_low", "_high")
}


def test_records(campus: Campus, rows: Rows) -> None:
    (found,) = evaluate(campus, ZONE, weeks=(2, 6))
    assert found.term == "T2"
    assert [record["week"] for record in found.records] == [2, 6]
    for record in found.records:
        assert record.keys() == RECORD
        assert record["n"] == 240
        assert record["auc_low"] < record["auc"] < record["auc_high"]
        risks = found.risks[record["week"]]
        failed = {row["sourced_id"]: 1.0 - row["success"] for row in rows["outcome"]}
        assert metrics.auc(
            np.array([failed[key] for key in risks]), np.array(list(risks.values()))
        ) == pytest.approx(record["auc"])
        assert 0 <= record["too_wide"] <= 1
    assert found.records[1]["auc"] > 0.75
    names = {record["name"] for record in found.baselines}
    assert names == {"no visit for 7 days", "failing average", "logistic regression"}
    covered = [one for one in found.baselines if one["name"] == "no visit for 7 days"]
    assert [one["n"] for one in covered] == [160, 160]


def test_each_term_is_predicted_from_what_had_ended(campus: Campus) -> None:
    found = evaluate(campus, ZONE, weeks=(4,), last=5, baselines=False)
    assert [one.term for one in found] == ["T2"]
    assert [one.model.about.classes[0] for one in found] == ["A-T0"]
    assert all(not klass.endswith("T2") for klass in found[0].model.about.classes)


def test_a_fitting_model_is_not_trained_again(
    campus: Campus, model: Model, as_of: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "train", lambda *_: pytest.fail("trained again"))
    (found,) = evaluate(campus, ZONE, weeks=(2,), baselines=False, model=model)
    assert found.model is model


def test_a_model_that_knew_more_is_not_used(campus: Campus, rows: Rows) -> None:
    last = max(row["known_at"] for row in rows["outcome"])
    wise = train(campus, last + timedelta(days=1), ZONE)
    (found,) = evaluate(campus, ZONE, weeks=(2,), baselines=False, model=wise)
    assert found.model is not wise
    assert len(found.model.about.classes) == 6


def test_nothing_to_test_and_unknown_terms(campus: Campus, rows: Rows) -> None:
    assert evaluate(campus, ZONE, terms=["T0"]) == []
    assert evaluate(tables({**rows, "outcome": []}), ZONE) == []
    with pytest.raises(LiwaError, match="There is no term T9"):
        evaluate(campus, ZONE, terms=["T9"])


def test_classes_of_a_semester_belong_together_and_a_school_year_does_not_join() -> None:
    from datetime import date

    sessions = [("Y", "schoolYear", None), ("S", "semester", "Y"), ("a", "term", "S"), ("b", "term", "S")]
    rows: Rows = {
        "academic_session": [
            {"sourced_id": key, "type": kind, "parent": above} for key, kind, above in sessions
        ],
        "klass": [
            {
                "sourced_id": key,
                "course": key,
                "terms": terms,
                "starts_on": date(2026, 3, 2),
                "ends_on": date(2026, 7, 1),
            }
            for key, terms in (("A", '["a"]'), ("B", '["b"]'), ("C", "[]"))
        ],
    }
    found = by_term(Campus(tables(rows), ZONE))
    assert {term: [run.klass for run in some] for term, some in found.items()} == {
        "S": ["A", "B"],
        "2026-03-02": ["C"],
    }


def test_against_a_planted_truth() -> None:
    truth = {"a": 0.1, "b": 0.3, "c": 0.7, "d": 0.9}
    assert evaluate_against_truth(truth, truth) == pytest.approx(
        {"n": 4, "correlation": 1.0, "auc": 1.0, "ece": 0.0}
    )
    wrong = {key: -risk for key, risk in truth.items()} | {"else": 1.0}
    assert evaluate_against_truth(wrong, truth, probable=False) == pytest.approx(
        {"n": 4, "correlation": -1.0, "auc": 0.0, "ece": None}
    )
    higher = {key: risk + 0.05 for key, risk in truth.items()}
    assert evaluate_against_truth(higher, truth)["ece"] == pytest.approx(0.05)
    assert evaluate_against_truth({}, truth) == {"n": 0, "correlation": None, "auc": None, "ece": None}


def test_the_card_says_what_it_must(campus: Campus, model: Model, as_of: datetime) -> None:
    import json

    content = card(model, evaluate(campus, ZONE, weeks=(2,), model=model))
    assert json.loads(json.dumps(content)) == content
    assert content["name"] == model.about.name
    assert content["training"]["data_hash"] and content["training"]["code_hash"]
    assert content["bands"] == {"of": "probability", "high": 0.6, "medium": 0.35, "width": 0.25}
    assert content["evaluation"][0]["week"] == 2
    assert not any(one["protected"] for one in content["features"])
    assert any("93 of its withdrawals" in text for text in content["assumptions"])
    assert any("no begin date" in text for text in content["assumptions"])
    rules = card(only_rules(as_of, "1 of at least 3 classes have ended"))
    assert rules["bands"]["of"] == "points"
    assert rules["training"]["why"] == "1 of at least 3 classes have ended"
