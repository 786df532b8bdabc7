"""A trial on the small campus, long over: five students by lot, looked at twice."""

from datetime import UTC, datetime, timedelta

from liwa.care.trials import design
from liwa.care.trials.enrol import Enrolment
from liwa.care.trials.models import Look, Trial
from liwa.care.trials.terms import Terms

TRIAL = 7001
NAME = "Spring calls"
BEGAN = datetime(2026, 9, 27, 16, tzinfo=UTC)
TERMS = Terms("encouragement", "stayed", students=400, horizon=28, threshold=0.1)


def build() -> None:
    trial = planned(NAME, TERMS, pk=TRIAL)
    trial.begins_at = BEGAN
    trial.state, trial.ended_at, trial.why_ended = (
        Trial.State.ENDED,
        BEGAN + timedelta(weeks=6),
        "The term was over",
    )
    trial.save()
    Enrolment(trial, BEGAN).run(["st1", "st2", "st3", "st4", "st5"])
    look(trial, 4, why="students")
    look(trial, 5, share_offered=0.9, share_others=0.85, effect=0.04, se=0.04, low=-0.09, high=0.17)
    look(trial, 6, share_offered=0.9, share_others=0.81, effect=0.09, se=0.02, low=0.024, high=0.156)


def planned(name: str, terms: Terms, pk: int) -> Trial:
    """A trial as `actions.create` makes it, under a number of its own."""
    seed = design.new_seed()
    kept = terms.as_dict()
    return Trial.objects.create(
        pk=pk, name=name, terms=kept, seed=seed, commitment=design.commitment(seed, kept)
    )


def look(trial: Trial, weeks: int, **found: object) -> Look:
    """A look so many weeks after the beginning, with made-up figures."""
    last = trial.assignments.order_by("-number").first()
    figures = {"offered": 210, "others": 190, "missing": 2, "contacted_offered": 0.8, "contacted_others": 0.1}
    return Look.objects.create(
        trial=trial,
        as_of=BEGAN + timedelta(weeks=weeks),
        assigned=last.number if last else 0,
        link=last.link if last else trial.first_link,
        **{**figures, **found},
    )
