"""This week's cases: opened, updated, passed on and escalated on the digest just published."""

from liwa.care.weekly import open_cases
from liwa.flows.refresh import Phase, Run, step


@step("cases", Phase.SERVE)
def cases(run: Run) -> None:
    """As `care.weekly` says; the figures are in `run.shared["cases"]`."""
    card = run.card["name"] if run.card else ""
    run.shared["cases"] = open_cases(run.as_of, run.campus, card)
