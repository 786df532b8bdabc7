"""What is said of one set of rows: each measure with its interval, and what lists of limited length find."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from liwa.insight import metrics
from liwa.insight.evaluation.resampling import Draws, Measure, plain
from liwa.insight.metrics import Floats

# Where nobody has said how many students an adviser can see: the length of a list, as a share of the students.
SHARES = (0.05, 0.10, 0.20)

Record = dict[str, Any]


def measured(failed: Floats, risk: Floats, users: Sequence[str], draws: Draws) -> Record:
    """Of one set of rows: {n, failed, risk (mean stated), auc, pr_auc, brier, ece, slope, gap (mean risk less the
    share who failed), each of these six with _low and _high, tops}.

    `tops`: for each share of SHARES {share, listed, precision, recall, these two with _low and _high}.
    """
    order = np.argsort(risk, kind="stable")
    failed, risk, users = failed[order], risk[order], [users[place] for place in order]

    slopes = metrics.sloping(failed, risk)

    def figures(weight: Floats) -> dict[str, Floats]:
        ranking = metrics.Ranking.of(failed, risk, weight)
        found = {
            "auc": ranking.auc(),
            "pr_auc": ranking.average_precision(),
            "brier": metrics.briers(failed, risk, weight),
            "ece": ranking.ece(),
            "slope": slopes(weight),
            "gap": weight @ (risk - failed) / weight.sum(axis=1),
        }
        for share in SHARES:
            found[f"precision {share}"], found[f"recall {share}"] = ranking.top(share)
        return found

    known = draws.figures(users, figures)
    record: Record = {"n": len(failed), "failed": float(failed.mean()), "risk": float(risk.mean())}
    record |= {name: value for name, value in known.items() if " " not in name}
    record["tops"] = [
        {
            "share": share,
            "listed": round(share * len(failed)),
            **{
                f"{kind}{end}": known[f"{kind} {share}{end}"]
                for kind in ("precision", "recall")
                for end in ("", "_low", "_high")
            },
        }
        for share in SHARES
    ]
    return record


def probability_figures(happened: Floats, stated: Floats) -> Measure:
    """AUC, Brier score and calibration error of probabilities of anything."""

    def figures(weight: Floats) -> dict[str, Floats]:
        ranking = metrics.Ranking.of(happened, stated, weight)
        return {
            "auc": ranking.auc(),
            "brier": metrics.briers(happened, stated, weight),
            "ece": ranking.ece(),
        }

    return figures


def auc_record(failed: Floats, score: Floats, users: Sequence[str], draws: Draws) -> Record:
    """{n, failed, auc, auc_low, auc_high}; the last three None where all ended alike."""
    record: Record = {"n": len(failed), "failed": float(failed.mean()) if len(failed) else None}
    if not len(failed) or not 0 < failed.mean() < 1:
        return record | dict.fromkeys(("auc", "auc_low", "auc_high"))
    return record | draws.figures(users, lambda weight: {"auc": metrics.aucs(failed, score, weight)})


def bins(failed: Floats, risk: Floats) -> list[Record]:
    """Ten bins of equally many rows by risk: {risk, failed, share}, for a picture of calibration."""
    ranking = metrics.Ranking.of(failed, risk, np.ones((1, len(failed))))
    mass, stated, happened = (one[0] for one in ranking.reliability())
    total = mass.sum()
    return [
        {"risk": plain(said / size), "failed": plain(true / size), "share": plain(size / total)}
        for size, said, true in zip(mass, stated, happened, strict=True)
    ]
