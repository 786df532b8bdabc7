"""Trials: does offering help help? Designs, what they can show, and what each look told."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from liwa.accounts.models import Duty
from liwa.care.trials import words
from liwa.care.trials.actions import verify
from liwa.care.trials.models import Look, Trial
from liwa.care.trials.terms import CLASSES, ENCOURAGEMENT
from liwa.portal.charts import Chart, Series
from liwa.portal.pages import Menu, PageRequest, answer, page
from liwa.portal.questions import trials as ask

COLOURS = {Trial.State.PLANNED: "azure", Trial.State.RUNNING: "green", Trial.State.ENDED: "secondary"}


@page(
    "trials",
    "trials/",
    roles={Duty.LEADERSHIP, Duty.DATA_OFFICE},
    menu=Menu(gettext_lazy("Trials"), "flask", order=45),
)
def trials(request: PageRequest) -> HttpResponse:
    """Every trial in a sentence."""
    return answer(request, "trials", {"trials": [_outline(one) for one in ask.trials(request.scope)]})


@page("trial", "trials/<int:trial>/", roles={Duty.LEADERSHIP, Duty.DATA_OFFICE})
def trial(request: PageRequest, trial: int) -> HttpResponse:
    """One trial: its design, what it can show, and its looks; never one student's arm."""
    one = get_object_or_404(ask.trials(request.scope), pk=trial)
    looks: list[Look] = one.seen  # type: ignore[attr-defined]
    shown: dict[str, Any] = {
        **_outline(one),
        "terms": design(one),
        "plan": words.plan(one),
        "looks": list(reversed(looks)),
        "chart": chart(looks),
        "problems": verify(one),
    }
    return answer(request, "trial", shown)


def design(one: Trial) -> list[tuple[str, str]]:
    """(what, as laid down), in the reader's language."""
    terms = one.laid_down
    said = [(_("Design"), str(words.DESIGNS[terms.design])), (_("Outcome"), words.outcome(one))]
    if terms.design == ENCOURAGEMENT:
        said.append(
            (
                _("Offered a case"),
                _("%(share)s%% of those who take part") % {"share": round(terms.share * 100)},
            )
        )
    else:
        steps = {"steps": terms.steps, "weeks": terms.step_weeks}
        said.append((_("Steps"), _("%(steps)s, %(weeks)s weeks each") % steps))
    if terms.design == CLASSES and one.classes:
        said.append((_("Classes"), str(len(one.classes))))
    if terms.threshold > 0:
        said.append(
            (_("Takes part"), _("from a risk of %(risk)s%% on") % {"risk": round(terms.threshold * 100)})
        )
    if terms.ceiling <= 1:
        said.append(
            (_("Never held back"), _("from a risk of %(risk)s%% on") % {"risk": round(terms.ceiling * 100)})
        )
    if terms.hold_days:
        said.append((_("Held back"), _("for %(days)s days at most") % {"days": terms.hold_days}))
    said.append((_("Students planned"), str(terms.students)))
    return said


def chart(looks: list[Look]) -> Chart | None:
    """The effect over time with its always-valid interval; None before the first that could be told."""
    told = [one for one in looks if one.effect is not None]
    if not told:
        return None
    short_day = pgettext("format of a day of the year", "M j")
    return Chart(
        title=_("Difference between those offered contact and the others, at each look"),
        axis_name=_("Look"),
        axis=[date_format(localtime(one.as_of), short_day) for one in told],
        series=[
            Series(_("Difference"), [one.effect for one in told]),
            Series(_("Lowest that fits"), [one.low for one in told], role="peer"),
            Series(_("Highest that fits"), [one.high for one in told], role="peer"),
        ],
        unit="percent",
        range_name=_("What fits, at all looks together"),
        range_low=[one.low for one in told],
        range_high=[one.high for one in told],
    )


def _outline(one: Trial) -> dict[str, Any]:
    looks: list[Look] = one.seen  # type: ignore[attr-defined]
    return {
        "trial": one,
        "state": words.STATES[one.state],
        "colour": COLOURS[Trial.State(one.state)],
        "design": words.DESIGNS[one.laid_down.design],
        "outcome": words.outcome(one),
        "sentence": words.sentence(one, looks[-1] if looks else None),
    }
