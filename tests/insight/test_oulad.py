"""On the published data: the risk is as good as promised on classes it has never seen."""

import pytest

from liwa.insight.evaluation import evaluate
from tests.insight.oulad import ARCHIVE, ZONE, oulad_tables

PROMISED = {2: 0.635, 4: 0.71, 6: 0.745, 8: 0.79, 10: 0.825}


@pytest.mark.real_data
@pytest.mark.slow
@pytest.mark.skipif(not ARCHIVE.exists(), reason="the OULAD archive is not beside the checkout")
def test_risk_on_the_last_presentation() -> None:
    (found,) = evaluate(oulad_tables(), ZONE, terms=["2014J"], baselines=False)
    assert len(found.model.about.classes) == 15
    assert not any(klass.endswith("2014J") for klass in found.model.about.classes)
    reached = {record["week"]: record["auc"] for record in found.records}
    assert reached.keys() == PROMISED.keys()
    assert {week: auc for week, auc in reached.items() if auc < PROMISED[week]} == {}
    assert all(record["ece"] < 0.08 for record in found.records)
