"""Template tags of the portal's pages."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.template.loader import get_template
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from liwa.digest.models import Band, EnrollmentDigest
from liwa.portal import reasons
from liwa.portal import sparkline as drawing
from liwa.portal.charts import Chart
from liwa.portal.icons import ICONS
from liwa.portal.words import BANDS, HAPPENED, OUTCOMES, WORK, Look
from liwa.records.models import Outcome

register = template.Library()


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """An icon that says nothing to a screen reader: the words beside it do."""
    drawn = mark_safe(ICONS[name])  # noqa: S308  our own drawing, no input
    return format_html(
        '<svg class="icon {}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75"'
        ' stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">{}</svg>',
        extra,
        drawn,
    )


@register.simple_tag(takes_context=True)
def band(context: Mapping[str, Any], name: str) -> SafeString:
    """A band as word, colour and icon: a link to the card of the model that says so."""
    look = BANDS[Band(name)]
    shown = format_html(
        '<span class="badge bg-{0}-lt liwa-band" data-band="{1}">{2} {3}</span>',
        look.colour,
        name,
        icon(look.icon),
        look.label,
    )
    refresh = context.get("refresh")
    if not refresh or not refresh.card:
        return shown
    return format_html(
        '<a class="liwa-to-card" href="{}" title="{}">{}</a>',
        reverse("card", args=[refresh.card]),
        _("How the risk is worked out"),
        shown,
    )


@register.simple_tag
def work_state(name: str) -> SafeString:
    """What became of a piece of work, as word, colour and icon."""
    look = WORK[name]
    return format_html(
        '<span class="text-{} liwa-band">{} {}</span>', look.colour, icon(look.icon), look.label
    )


@register.filter
def own_words(text: str) -> str:
    """A sentence that Liwa itself wrote in English (a card's, a figure's source) in the reader's language."""
    return _(text) if text else ""


@register.filter
def ended(one: Outcome) -> str:
    """How an enrollment ended: the source's word, or else whether it was completed."""
    if one.value:
        return str(OUTCOMES.get(one.value.lower(), one.value))
    if one.success is None:
        return "–"
    return _("completed") if one.success else _("not completed")


@register.filter
def happened(kind: str) -> Look:
    """How an entry of a timeline looks."""
    return HAPPENED.get(kind, Look(kind, "secondary", "info"))


@register.simple_tag
def reason(one: Mapping[str, Any], klass: str = "", student: str = "") -> str:
    """One reason in the reader's language; with a class and a student it leads to what it rests on."""
    words = reasons.in_words(one)
    if not (klass and student):
        return words
    return format_html(
        '<a class="liwa-shown-by" href="{}">{}</a>', reasons.evidence(one, klass, student), words
    )


@register.filter
def change(digest: EnrollmentDigest) -> reasons.Change:
    """What changed since the week before."""
    return reasons.change(digest)


@register.filter
def anchor(klass: str, part: str) -> str:
    """The id of a part of a class's card, to which reasons lead."""
    return reasons.anchor(part, klass)


@register.simple_tag
def sparkline(weeks: Sequence[Mapping[str, Any]]) -> SafeString:
    """The weeks' `amount` as a small line; read aloud as the last week's figure."""
    amounts = [week.get("amount") for week in weeks]
    if all(amount is None for amount in amounts):
        return format_html('<span class="text-secondary">{}</span>', _("no data"))
    runs = drawing.points(amounts)
    lines = format_html_join(
        "",
        '<polyline points="{}"/>',
        ((" ".join(f"{x},{y}" for x, y in run),) for run in runs if len(run) > 1),
    )
    last_x, last_y = runs[-1][-1]
    label = _("Activity over %(weeks)d weeks; last week %(last)s, most %(most)s") % {
        "weeks": len(amounts),
        "last": number(amounts[-1]),
        "most": number(max(amount for amount in amounts if amount is not None)),
    }
    return format_html(
        '<svg class="liwa-sparkline" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>{}'
        '<circle cx="{}" cy="{}" r="2.2"/></svg>',
        int(drawing.WIDTH),
        int(drawing.HEIGHT),
        label,
        label,
        lines,
        last_x,
        last_y,
    )


@register.filter(name="day")
def short_day(then: date | datetime | None) -> str:
    """A day, short and in an order that cannot be mistaken; a dash where there is none."""
    if then is None:
        return "–"
    on_campus = localtime(then) if isinstance(then, datetime) else then
    return date_format(on_campus, pgettext("format of a short day", "j M Y"))


@register.simple_tag
def ago(then: date | None, day: date) -> str:
    """How long before `day` something was: in days, or as a date where that is more than four weeks."""
    if then is None:
        return _("never")
    days = (day - then).days
    if days <= 0:
        return _("today")
    if days > 28:
        return short_day(then)
    return ngettext("%(days)d day ago", "%(days)d days ago", days) % {"days": days}


@register.simple_tag
def ahead(then: date, day: date) -> str:
    """How long after `day` something will be."""
    days = (then - day).days
    if days == 0:
        return _("today")
    if days == 1:
        return _("tomorrow")
    return ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days}


@register.simple_tag
def chart(data: Chart, name: str) -> str:
    """The chart `data` under the id `name`, with its table for those who do not see charts."""
    return get_template("portal/chart.html").render({"chart": data, "name": name})


@register.filter
def percent(share: float | None, digits: int = 0) -> str:
    """A share between 0 and 1 as percent; a dash where it is not known."""
    return "–" if share is None else in_percent(share * 100, digits)


@register.filter
def in_percent(value: float | None, digits: int = 0) -> str:
    """A number that is a percentage already; a dash where it is not known."""
    return "–" if value is None else f"{number(value, digits)}%"


@register.filter
def number(value: float | None, digits: int = 0) -> str:
    """A number as the reader's language writes it; a dash where it is not known."""
    if value is None:
        return "–"
    return number_format(round(value, digits), digits, force_grouping=True)  # number_format itself cuts off
