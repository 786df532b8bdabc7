"""Template tags of the model's card."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from liwa.portal.templatetags.portal import number

register = template.Library()
WIDTH, MIDDLE, HEIGHT = 100.0, 50.0, 14.0


@register.simple_tag
def span(one: Mapping[str, Any], name: str, reach: float) -> SafeString:
    """A gap with its interval, as a dot on a line around zero that goes `reach` to either side.

    Marked as apart from zero where the whole interval is.
    """
    value, low, high = (one[f"{name}{end}"] for end in ("", "_low", "_high"))
    if value is None or low is None or high is None:
        return mark_safe("–")
    apart = low > 0 or high < 0
    label = _("%(value)s, 95%% interval %(low)s to %(high)s") % {
        "value": number(value, 3),
        "low": number(low, 3),
        "high": number(high, 3),
    }
    return format_html(
        '<svg class="liwa-span" viewBox="0 0 100 14" role="img" aria-label="{}"{}><title>{}</title>'
        '<line x1="50" y1="0" x2="50" y2="14"/><line class="liwa-reach" x1="{}" y1="7" x2="{}" y2="7"/>'
        '<circle cx="{}" cy="7" r="3.2"/></svg>',
        label,
        mark_safe(' data-apart="yes"') if apart else "",
        label,
        *(_place(part, reach) for part in (low, high, value)),
    )


def _place(value: float, reach: float) -> float:
    return round(min(max(MIDDLE + value / reach * MIDDLE, 0.0), WIDTH), 1)


@register.filter
def interval(one: Mapping[str, Any], name: str) -> str:
    """The interval of a figure, three digits; a dash where it is not known."""
    low, high = one.get(f"{name}_low"), one.get(f"{name}_high")
    return "–" if low is None or high is None else f"{number(low, 3)} – {number(high, 3)}"
