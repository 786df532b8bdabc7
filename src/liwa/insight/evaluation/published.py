"""Settings that others published results for, reproduced as closely as the data allow."""

from liwa.insight.evaluation.measures import Record
from liwa.insight.tables import Campus


def published(campus: Campus) -> list[Record]:
    """See the module."""
    return []
