"""Courses never seen in training are never seen in training."""

import pytest

from liwa.insight.evaluation import unseen as module
from liwa.insight.risk import Model, only_rules
from liwa.insight.tables import Campus


def test_each_course_is_left_out_once(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    learned: list[set[str]] = []

    def train(_campus: Campus, as_of: object, _zone: object, *, ended: list) -> Model:  # type: ignore[type-arg]
        learned.append({run.klass for run in ended})
        return only_rules(as_of, "only looking")  # type: ignore[arg-type]

    monkeypatch.setattr(module, "train", train)
    assert module.unseen_courses(campus, "T2", (4,)) == []
    everything = {f"{course}-{term}" for course in "ABC" for term in ("T0", "T1")}
    assert learned == [{one for one in everything if one[0] != course} for course in "ABC"]
