"""Whether the risk serves groups of students alike: gaps by gender, age band, disability, deprivation and region."""

from collections.abc import Sequence
from typing import Any

from liwa.insight.evaluation.measures import Record
from liwa.insight.evaluation.resampling import RESAMPLES
from liwa.insight.tables import Campus


def gaps(
    campus: Campus, tested: Any, weeks: Sequence[int] = (4,), *, resamples: int = RESAMPLES
) -> list[Record]:
    """See the module."""
    return []
