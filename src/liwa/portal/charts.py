"""Charts as data: the page's own small script (`static/portal/charts.js`) draws them with ECharts.

A chart is one kind (`lines` or `bars`) of named series over one axis. The same data fill the table that stands
beside the chart for those who cannot see it.
"""

from dataclasses import dataclass, field
from typing import Any

Values = list[float | None]


@dataclass(frozen=True)
class Series:
    """One named row of values, as many as the axis has places.

    `role` chooses its look: `main`, `peer` (others, to compare with), `faint` (earlier runs), or `high`, `medium`,
    `low`, `unknown` in the bands' colours. `low` and `high` edges of a shaded range go in `Chart.band`.
    """

    name: str
    values: Values
    role: str = "main"


@dataclass(frozen=True)
class Chart:
    """What to draw. `unit` is "" or "percent" (values are shares between 0 and 1)."""

    title: str
    axis_name: str
    axis: list[str]
    series: list[Series]
    kind: str = "lines"
    unit: str = ""
    stacked: bool = False
    digits: int = 0
    range_name: str = ""
    range_low: Values = field(default_factory=list)
    range_high: Values = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For `json_script`."""
        return {
            "kind": self.kind,
            "unit": self.unit,
            "stacked": self.stacked,
            "axis": self.axis,
            "axisName": self.axis_name,
            "series": [{"name": one.name, "values": one.values, "role": one.role} for one in self.series],
            "range": {"name": self.range_name, "low": self.range_low, "high": self.range_high},
        }

    def rows(self) -> list[tuple[str, Values]]:
        """The table's rows: a place on the axis, and each series' value there."""
        return [(place, [one.values[at] for one in self.series]) for at, place in enumerate(self.axis)]
