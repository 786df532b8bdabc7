"""Template tags of the learning record store's pages."""

from django import template
from django.utils.translation import gettext

from liwa.portal.templatetags.portal import number
from liwa.statements.meter import LIMITS

register = template.Library()


@register.filter
def milliseconds(seconds: float | None) -> str:
    """A duration as people read it; a dash where there is none."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return gettext("%(n)s ms") % {"n": number(seconds * 1000, 1 if seconds < 0.01 else 0)}
    return gettext("%(seconds)s s") % {"seconds": number(seconds, 1)}


@register.simple_tag
def within(limit: float | None, requests: int) -> str:
    """The bound below which requests were answered; a dash where there were none, words where it is the last."""
    if not requests:
        return "–"
    if limit is None:
        return gettext("over %(time)s") % {"time": milliseconds(LIMITS[-1])}
    return milliseconds(limit)
