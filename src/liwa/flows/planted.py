"""How well the risk finds what a simulated campus planted.

The demo alone comes here: loads, refreshes and evaluations never read the truth behind simulated files.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.csv

from liwa.flows.evaluate import Figures, evaluate
from liwa.flows.home import Home
from liwa.flows.refresh import Run
from liwa.insight.evaluation import WEEKS, Evaluation, evaluate_against_truth

TRUTH = "truth.csv"
NOTE = "planted.json"
NAMES = {"auc": "truth_auc", "ece": "truth_ece", "correlation": "truth_rank_correlation"}


def against_truth(home: Home, run: Run) -> Figures:
    """The run's evaluation, each record with what NAMES adds: None where it cannot be computed.

    What was tested is known only to the refresh that tested it, so the comparison is kept beside the campus.
    """
    if run.model is None or not run.evaluation:
        return run.evaluation
    note = home.root / NOTE
    model = [run.model.about.name, run.model.about.code_hash]
    tested: Sequence[Evaluation] | None = run.shared.get("evaluations")
    if tested is None and (known := _noted(note, model)) is not None:
        compared = known
    else:
        compared = _compared(home.root / TRUTH, evaluate(home, weeks=WEEKS) if tested is None else tested)
        note.write_text(json.dumps({"model": model, "compared": compared}), encoding="utf-8")
    nothing = dict.fromkeys(NAMES.values())
    found = {(one["term"], one["week"]): one["figures"] for one in compared}
    return [record | found.get((record["term"], record["week"]), nothing) for record in run.evaluation]


def _noted(note: Path, model: list[str]) -> Figures | None:
    """What was kept of this very model."""
    if not note.exists():
        return None
    kept: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
    return kept["compared"] if kept["model"] == model else None


def _compared(truth: Path, tested: Sequence[Evaluation]) -> Figures:
    planted = pyarrow.csv.read_csv(truth)
    compared = []
    for evaluation in tested:
        for week, risks in evaluation.risks.items():
            column = f"true_risk_w{week}"
            if column not in planted.column_names:
                continue
            known = planted.select(["enrollment", column]).filter(pc.is_valid(planted[column]))
            true = dict(zip(known["enrollment"].to_pylist(), known[column].to_pylist(), strict=True))
            found = evaluate_against_truth(risks, true)
            figures = {name: found[short] for short, name in NAMES.items()}
            compared.append({"term": evaluation.term, "week": week, "figures": figures})
    return compared
