"""Template tags of the data office's and the leadership's pages."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from liwa.digest.models import Band
from liwa.portal import sparkline as drawing
from liwa.portal.sentences import translated
from liwa.portal.templatetags.portal import icon, number, short_day
from liwa.portal.words import Look
from liwa.records.models import Load

register = template.Library()

LOAD_STATES = {
    "running": Look(_("Under way"), "azure", "clock"),
    "done": Look(_("Done"), "green", "good"),
    "held": Look(_("Waits for consent"), "orange", "pause"),
    "failed": Look(_("Failed"), "red", "alert"),
}

FEED_STATES = {
    "running": Look(_("Loading now"), "azure", "clock"),
    "held": Look(_("Waits for consent"), "orange", "pause"),
    "failed": Look(_("Last load failed"), "red", "alert"),
    "overdue": Look(_("Overdue"), "yellow", "clock"),
    "fresh": Look(_("Up to date"), "green", "good"),
    "unscheduled": Look(_("No schedule"), "secondary", "calendar"),
    "unloaded": Look(_("No load on record"), "secondary", "question"),
}

# What loads say of themselves in too few words.
MESSAGES = {
    "interrupted": _("The process that loaded it was interrupted. Nothing was changed."),
    "an error of Liwa's own": _("Something is broken on our side. Nothing was changed."),
    "the same file as the load before": _("The same file as the load before: nothing new in it."),
}

TABLES = {
    "org": _("Schools and groups"),
    "academicsession": _("Academic sessions"),
    "course": _("Courses"),
    "klass": _("Classes"),
    "user": _("Users"),
    "role": _("Roles"),
    "demographics": _("Demographics"),
    "enrollment": _("Enrollments"),
    "category": _("Categories of work"),
    "lineitem": _("Line items"),
    "result": _("Results"),
    "resource": _("Resources"),
    "advising": _("Advising"),
    "outcome": _("Outcomes"),
    "identity": _("Identities"),
}


def _badge(look: Look, state: str) -> SafeString:
    return format_html(
        '<span class="badge bg-{0}-lt liwa-band" data-state="{1}">{2} {3}</span>',
        look.colour,
        state,
        icon(look.icon),
        look.label,
    )


@register.simple_tag
def load_state(state: str) -> SafeString:
    """What became of a load, as word, colour and icon."""
    return _badge(LOAD_STATES[state], state)


@register.simple_tag
def feed_state(state: str) -> SafeString:
    """How a feed is, as word, colour and icon."""
    return _badge(FEED_STATES[state], state)


@register.filter
def moment(at: datetime | None) -> str:
    """An instant as campus day and time of day; a dash where there is none."""
    if at is None:
        return "–"
    local = localtime(at)
    return f"{short_day(local)} {local:%H:%M}"


@register.filter
def message(load: Load) -> str:
    """What a load says of itself, in the reader's language."""
    return str(MESSAGES.get(load.message) or translated(load.message))


@register.filter
def why(reason: str) -> str:
    """Why a row was refused, in the reader's language."""
    return translated(reason)


@register.filter
def table_name(name: str) -> str:
    """A table of the records in words."""
    return str(TABLES.get(name, name))


@register.filter
def schedule(text: str) -> str:
    """A feed's schedule in words."""
    if text.startswith("daily "):
        return gettext("every day at %(time)s") % {"time": text.removeprefix("daily ")}
    if text == "hourly":
        return gettext("every hour")
    if text.startswith("every "):
        minutes = int(text.split()[1])
        return ngettext("every %(n)d minute", "every %(n)d minutes", minutes) % {"n": minutes}
    return gettext("loaded by hand")


@register.simple_tag
def took(started: datetime, finished: datetime | None) -> str:
    """How long a load took; a dash while it is under way."""
    if finished is None:
        return "–"
    seconds = (finished - started) / timedelta(seconds=1)
    if seconds < 90:
        return gettext("%(seconds)s s") % {"seconds": number(seconds, 1)}
    return gettext("%(minutes)s min") % {"minutes": number(seconds / 60, 1)}


@register.simple_tag
def monthly(months: Sequence[dict[str, Any]]) -> SafeString:
    """Events by month as a small line; read aloud as the last month's figure."""
    if not months:
        return format_html('<span class="text-secondary">{}</span>', gettext("no events"))
    runs = drawing.points([month["events"] for month in months])
    lines = format_html_join(
        "",
        '<polyline points="{}"/>',
        ((" ".join(f"{x},{y}" for x, y in run),) for run in runs if len(run) > 1),
    )
    label = gettext("Events over %(months)d months; last month %(last)s") % {
        "months": len(months),
        "last": number(months[-1]["events"]),
    }
    last_x, last_y = runs[-1][-1]
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


@register.simple_tag
def parts(whole: int, high: int, medium: int, unknown: int = 0) -> SafeString:
    """Bands of a group as one bar; the figures stand beside it, so it says nothing to a screen reader."""
    at, pieces = 0.0, []
    low = max(0, whole - high - medium - unknown)
    for name, amount in (("high", high), ("medium", medium), ("low", low), ("unknown", unknown)):
        width = round(100 * amount / whole, 2) if whole else 0.0
        pieces.append((name, round(at, 2), width))
        at += width
    bars = format_html_join("", '<rect class="liwa-part-{}" x="{}" y="0" width="{}" height="8"/>', pieces)
    return format_html(
        '<svg class="liwa-parts" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        bars,
    )


@register.simple_tag
def parts_of(bands: Mapping[str, int]) -> SafeString:
    """The bands of the whole campus as one bar."""
    return parts(sum(bands.values()), bands.get("high", 0), bands.get("medium", 0), bands.get("unknown", 0))


@register.filter
def band_rows(bands: Mapping[str, int]) -> list[tuple[str, int, float | None]]:
    """(band, students, their share of all), in the bands' order."""
    whole = sum(bands.values())
    return [
        (band, bands[band], bands[band] / whole if whole else None) for band in Band.values if band in bands
    ]


@register.filter
def any_completed(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether of any of the groups the share that completed is known."""
    return any(row.get("completed") is not None for row in rows)
