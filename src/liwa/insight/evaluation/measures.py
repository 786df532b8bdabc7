"""What is said of one set of rows: each measure with its interval, and what lists of limited length find."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from liwa.insight import metrics
from liwa.insight.evaluation.resampling import Draws, interval, plain, with_interval
from liwa.insight.metrics import Floats

# Where nobody has said how many students an adviser can see: the length of a list, as a share of the students.
SHARES = (0.05, 0.10, 0.20)

Record = dict[str, Any]


def measured(failed: Floats, risk: Floats, users: Sequence[str], draws: Draws) -> Record:
    """Of one set of rows: {n, failed, auc, pr_auc, brier, ece, slope, each with _low and _high, tops}.

    `tops`: for each share of SHARES {share, precision, recall, each with _low and _high}.
    """
    ones = np.ones((1, len(failed)))
    kinds = {
        "auc": metrics.aucs,
        "pr_auc": metrics.average_precisions,
        "brier": metrics.briers,
        "ece": metrics.eces,
        "slope": metrics.slopes,
    }
    around = draws.intervals(
        users,
        {name: lambda weight, kind=kind: kind(failed, risk, weight) for name, kind in kinds.items()},  # type: ignore[misc]
    )
    record: Record = {"n": len(failed), "failed": float(failed.mean())}
    for name, kind in kinds.items():
        record |= with_interval(name, float(kind(failed, risk, ones)[0]), around[name])
    record["tops"] = [top(failed, risk, users, draws, share) for share in SHARES]
    return record


def top(failed: Floats, score: Floats, users: Sequence[str], draws: Draws, share: float) -> Record:
    """What the `share` highest scores find: {share, listed, precision, recall, each with _low and _high}."""
    ones = np.ones((1, len(failed)))
    precision, recall = (float(one[0]) for one in metrics.found_in_top(failed, score, ones, share))
    values = draws.values(
        users, {"both": lambda weight: np.stack(metrics.found_in_top(failed, score, weight, share), axis=1)}
    )["both"]
    return {
        "share": share,
        "listed": round(share * len(failed)),
        **with_interval("precision", precision, interval(values[:, 0])),
        **with_interval("recall", recall, interval(values[:, 1])),
    }


def auc_record(failed: Floats, score: Floats, users: Sequence[str], draws: Draws) -> Record:
    """{n, failed, auc, auc_low, auc_high}; the last three None where all ended alike."""
    record: Record = {"n": len(failed), "failed": float(failed.mean()) if len(failed) else None}
    if not len(failed) or not 0 < failed.mean() < 1:
        return record | dict.fromkeys(("auc", "auc_low", "auc_high"))
    around = draws.intervals(users, {"auc": lambda weight: metrics.aucs(failed, score, weight)})["auc"]
    return record | with_interval("auc", metrics.auc(failed, score), around)


def bins(failed: Floats, risk: Floats) -> list[Record]:
    """Ten bins of equally many rows by risk: {risk, failed, share}, for a picture of calibration."""
    ones = np.ones((1, len(failed)))
    mass, stated, happened = (one[0] for one in metrics.reliability(failed, risk, ones))
    total = mass.sum()
    return [
        {"risk": plain(said / size), "failed": plain(true / size), "share": plain(size / total)}
        for size, said, true in zip(mass, stated, happened, strict=True)
    ]
