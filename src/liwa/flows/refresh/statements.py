"""New statements to the lake, and whose they are."""

from liwa.db.retrying import retrying
from liwa.flows.refresh import Phase, Run, step
from liwa.flows.river import pump
from liwa.statements.people import match_emails


@step("statements", Phase.INFLOW)
def statements(run: Run) -> None:
    """Append what has come since, and match actors by what the records say now."""
    pump(run.home)
    retrying(match_emails)
