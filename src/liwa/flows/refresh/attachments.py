"""Files that came in with statements and that no statement names: their request was refused, or broken off."""

from liwa.flows.refresh import Phase, Run, step
from liwa.statements.attachments import remove_unused
from liwa.statements.query import attachments_in_use


@step("attachments", Phase.UPKEEP)
def attachments(run: Run) -> None:
    """Remove those that have waited a day for their statement."""
    remove_unused(attachments_in_use)
