"""What a simulated campus planted: compared by the demo, read by nothing else."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import liwa
from liwa.flows import planted
from liwa.flows.home import Home
from liwa.insight.evaluation import Evaluation

TRUTH = """\
enrollment,term,true_risk,true_risk_w2,true_risk_w4
a,T,0.2,0.1,0.2
b,T,0.7,0.7,0.6
c,T,0.4,0.3,
d,T,0.9,0.9,0.9
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "truth.csv").write_text(TRUTH, encoding="utf-8")
    return Home(tmp_path)


def _run(**shared: Any) -> Any:
    model = SimpleNamespace(about=SimpleNamespace(name="risk-1", code_hash="abc"))
    records = [{"term": "T", "week": week, "n": 4, "auc": 0.5} for week in (2, 4, 6)]
    return SimpleNamespace(model=model, evaluation=records, shared=shared)


def _tested(risks: dict[int, dict[str, float]]) -> list[Evaluation]:
    return [Evaluation("T", None, [], [], risks)]  # type: ignore[arg-type]


def test_each_week_is_compared_with_its_own_true_risk(home: Home) -> None:
    risks = {2: {"a": 0.2, "b": 0.8, "c": 0.4, "d": 0.95}, 4: {"a": 0.9, "b": 0.5, "c": 0.1, "d": 0.3}}
    found = planted.against_truth(home, _run(evaluations=_tested(risks)))
    assert [record["auc"] for record in found] == [0.5, 0.5, 0.5]
    assert found[0]["truth_auc"] == found[0]["truth_rank_correlation"] == pytest.approx(1.0)
    assert found[0]["truth_ece"] == pytest.approx(0.0875)
    # In week 4 c had left: a, with the lowest true risk of the three, was put first.
    assert found[1]["truth_auc"] == 0.0
    assert found[1]["truth_rank_correlation"] == pytest.approx(-1.0)
    # No true risk is planted for week 6.
    assert found[2]["truth_auc"] is None


def test_a_refresh_that_measured_nothing_anew_shows_the_same(home: Home) -> None:
    risks = {2: {"a": 0.2, "b": 0.8, "c": 0.4, "d": 0.95}}
    first = planted.against_truth(home, _run(evaluations=_tested(risks)))
    assert planted.against_truth(home, _run()) == first


def test_what_was_kept_of_another_model_is_not_shown(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    planted.against_truth(home, _run(evaluations=_tested({2: {"a": 0.2, "b": 0.8}})))
    monkeypatch.setattr(planted, "evaluate", lambda *_, **__: _tested({2: {"a": 0.8, "b": 0.2}}))
    other = _run()
    other.model.about.code_hash = "def"
    assert planted.against_truth(home, other)[0]["truth_auc"] == 0.0


def test_nothing_but_the_demo_reads_the_truth() -> None:
    source = Path(liwa.__file__).parent
    speaking = re.compile(r"truth\.csv|true_risk|flows\.planted|import planted")
    found = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if speaking.search(path.read_text(encoding="utf-8"))
    }
    assert {path for path in found if not path.startswith("simulate/")} == {
        "flows/demo.py",
        "flows/planted.py",
    }
