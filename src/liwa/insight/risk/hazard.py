"""The hazard of withdrawing: of those still in the class at a cut-off, who leaves within the next four weeks.

A discrete-time hazard: one row for each student and week at risk, the elapsed time among its columns.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from liwa.insight.risk.matrix import Floats, Rows
from liwa.insight.tables import DAY, Campus, kept, seconds

LEAVING_DAYS = 28
# Leaving is rarer than failing: fewer, smaller trees.
LEAVING: Mapping[str, Any] = {"num_leaves": 10}
LEAVING_ROUNDS = 60


def leaving(campus: Campus, rows: Rows, before: datetime | None = None) -> Floats:
    """1 where the student withdraws within LEAVING_DAYS of the cut-off, 0 where not, by when it was known.

    NaN where the days had not passed by `before`. Leaving on the class's last day is not a withdrawal.
    """
    cutoff = rows.table["cutoff"].cast(pa.int64()).to_numpy() // 1_000_000
    at = rows.table.select(["enrollment", "klass"]).append_column("row", pa.array(np.arange(len(rows))))
    at = kept(ibis.memtable(at.append_column("at", pa.array(cutoff))), campus)
    gone = campus.memberships.filter(campus.memberships.verb == "withdrew")
    gone = gone.select(
        "enrollment", occurred=seconds(gone.occurred_at), noticed=seconds(gone.known_at), day=gone.occurred_at
    )
    klass = campus.klass.select("ends_on", klass=campus.klass.sourced_id)
    seen = at.inner_join(klass, "klass").inner_join(gone, "enrollment")
    when = ibis.greatest(seen.occurred, seen.noticed)
    last = (seen.ends_on.epoch_days().cast("int64")) * DAY
    seen = seen.filter(
        when >= seen["at"], when < seen["at"] + LEAVING_DAYS * DAY, campus.local(seen.occurred) < last
    )
    left = np.zeros(len(rows))
    left[seen.select("row").distinct().to_pyarrow()["row"].to_numpy()] = 1.0
    if before is not None:
        left[cutoff + LEAVING_DAYS * DAY > int(before.timestamp())] = np.nan
    return left
