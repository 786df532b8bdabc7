"""A tiny line of the last weeks, drawn on the server."""

from collections.abc import Sequence

WIDTH, HEIGHT, MARGIN = 100.0, 28.0, 3.0

Point = tuple[float, float]


def points(values: Sequence[float | None]) -> list[list[Point]]:
    """The runs of known values as points of a WIDTH by HEIGHT picture; an unknown week breaks the line.

    The scale starts at zero, so that a quiet term looks quiet.
    """
    top = max((value for value in values if value is not None), default=0.0) or 1.0
    step = (WIDTH - 2 * MARGIN) / max(len(values) - 1, 1)
    runs: list[list[Point]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
            continue
        height = MARGIN + (HEIGHT - 2 * MARGIN) * (1 - value / top)
        runs[-1].append((round(MARGIN + place * step, 1), round(height, 1)))
    return [run for run in runs if run]
