"""Each refresh looks at the running trial: looking is free, and so its story over the weeks is kept."""

import logging

from liwa.care.trials import actions
from liwa.care.trials.models import Trial
from liwa.core.errors import LiwaError
from liwa.flows.refresh import Phase, Run, step


@step("trials", Phase.SERVE, after=("cases",))
def trials(run: Run) -> None:
    """A look as of the cut-off, once; none where the replay is before the trial's beginning."""
    for trial in Trial.objects.filter(running="running", begins_at__lt=run.as_of):
        try:
            actions.look(trial.name, run.as_of)
        except LiwaError as error:  # a trial that was tampered with must not keep the school from its refresh
            logging.getLogger(__name__).warning("%s", error)
