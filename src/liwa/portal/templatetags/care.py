"""Template tags of the pages about cases."""

from datetime import date

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from liwa.care.models import Case, CaseEvent, CaseOutcome, Contact
from liwa.portal.questions.care import Done
from liwa.portal.templatetags.portal import icon, percent, short_day
from liwa.portal.words import Look

register = template.Library()

# The words are those of the tables; colours and icons are the pages'.
STATES = {
    Case.State.OPEN: ("orange", "inbox"),
    Case.State.CONTACTED: ("azure", "speech"),
    Case.State.IN_SUPPORT: ("green", "hands"),
    Case.State.CLOSED: ("secondary", "check"),
}
CONTACTS = {
    Contact.Kind.MET: Look(Contact.Kind.MET.label, "green", "users"),
    Contact.Kind.CALLED: Look(Contact.Kind.CALLED.label, "azure", "phone"),
    Contact.Kind.WROTE: Look(Contact.Kind.WROTE.label, "azure", "mail"),
    Contact.Kind.NO_ANSWER: Look(Contact.Kind.NO_ANSWER.label, "yellow", "pause"),
    Contact.Kind.NOTE: Look(Contact.Kind.NOTE.label, "secondary", "pencil"),
}
EVENTS = {
    CaseEvent.Kind.OPENED: ("azure", "join"),
    CaseEvent.Kind.RAISED: ("azure", "speech"),
    CaseEvent.Kind.ASKED: ("azure", "hands"),
    CaseEvent.Kind.ASSIGNED: ("azure", "user"),
    CaseEvent.Kind.SUPPORT: ("green", "hands"),
    CaseEvent.Kind.HANDED_OVER: ("azure", "hand-over"),
    CaseEvent.Kind.JOINED: ("azure", "users"),
    CaseEvent.Kind.LEFT: ("secondary", "leave"),
    CaseEvent.Kind.SNOOZED: ("secondary", "moon"),
    CaseEvent.Kind.WOKEN: ("azure", "sun"),
    CaseEvent.Kind.ESCALATED: ("red", "alert"),
    CaseEvent.Kind.CLOSED: ("secondary", "check"),
    CaseEvent.Kind.REOPENED: ("azure", "join"),
}


@register.simple_tag
def case_state(state: str) -> SafeString:
    """Where a case stands, as word, colour and icon."""
    colour, drawn = STATES[Case.State(state)]
    return format_html(
        '<span class="badge bg-{0}-lt liwa-band" data-state="{1}">{2} {3}</span>',
        colour,
        state,
        icon(drawn),
        Case.State(state).label,
    )


@register.filter
def look(done: Done) -> Look:
    """How a line of a case's history looks; an event of another version has its name for a word."""
    if done.is_contact:
        return CONTACTS[Contact.Kind(done.kind)]
    if done.kind not in CaseEvent.Kind.values:
        return Look(done.kind, "secondary", "info")
    kind = CaseEvent.Kind(done.kind)
    return Look(kind.label, *EVENTS.get(kind, ("secondary", "info")))


@register.filter
def told(done: Done) -> str:
    """What else an event says: to whom, until when, how it ended."""
    if done.person:
        return done.person
    if done.details.get("until"):
        return short_day(date.fromisoformat(done.details["until"]))
    if done.details.get("outcome"):
        return outcome(done.details["outcome"])
    return ""


@register.filter
def outcome(key: str) -> str:
    """How a case ended, in words."""
    return str(CaseOutcome(key).label) if key in CaseOutcome.values else key


@register.filter
def origin(key: str) -> str:
    """Who opened a case, in words."""
    return str(Case.Origin(key).label) if key in Case.Origin.values else key


@register.simple_tag
def due(on: date, day: date) -> SafeString:
    """When somebody should have been in touch, and how far off that is."""
    days = (on - day).days
    if days < 0:
        colour, words = "red", ngettext("overdue by %(days)d day", "overdue by %(days)d days", -days)
    elif days == 0:
        colour, words = "orange", gettext("due today")
    else:
        colour, words = "secondary", ngettext("due in %(days)d day", "due in %(days)d days", days)
    return format_html(
        '<span class="liwa-band text-{}">{} {}</span> <time class="small text-secondary" datetime="{}">{}</time>',
        colour,
        icon("alert" if days < 0 else "calendar"),
        words % {"days": abs(days)},
        on.isoformat(),
        short_day(on),
    )


@register.simple_tag
def risk(case: Case) -> str:
    """The risk with its interval; words where there is no figure."""
    if case.risk is None:
        return gettext("no figure")
    if case.risk_low is None or case.risk_high is None:
        return percent(case.risk)
    return gettext("%(risk)s (%(low)s to %(high)s)") % {
        "risk": percent(case.risk),
        "low": percent(case.risk_low),
        "high": percent(case.risk_high),
    }
