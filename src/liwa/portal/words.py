"""Words that several pages share."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from liwa.digest.models import Band


class Look(NamedTuple):
    """Something shown in words, by a colour of the style sheet, and by an icon."""

    label: str | Promise
    colour: str
    icon: str


BANDS = {
    Band.HIGH: Look(_("Needs help now"), "red", "alert"),
    Band.MEDIUM: Look(_("Worth a word"), "yellow", "speech"),
    Band.LOW: Look(_("On track"), "green", "good"),
    Band.UNKNOWN: Look(_("Too little known"), "secondary", "question"),
}

WORK = {
    "handed_in": Look(_("Handed in"), "green", "check"),
    "late": Look(_("Handed in late"), "yellow", "clock"),
    "missing": Look(_("Not handed in"), "red", "alert"),
    "exempt": Look(_("Exempt"), "secondary", "check"),
    "open": Look(_("Not due yet"), "secondary", "calendar"),
    "undated": Look(_("No due day"), "secondary", "calendar"),
}

HAPPENED = {
    "submitted": Look(_("Handed in"), "green", "check"),
    "late": Look(_("Handed in late"), "yellow", "clock"),
    "scored": Look(_("Marked"), "azure", "star"),
    "missed": Look(_("Not handed in"), "red", "alert"),
    "registered": Look(_("Joined the class"), "azure", "join"),
    "withdrew": Look(_("Left the class"), "secondary", "leave"),
    "quiet": Look(_("No activity since"), "yellow", "pause"),
}

# How a class ended, in the words of common sources; others are shown as the source gives them.
OUTCOMES = {
    "pass": _("Passed"),
    "passed": _("Passed"),
    "fail": _("Not passed"),
    "failed": _("Not passed"),
    "withdrawn": _("Withdrawn"),
    "distinction": _("Passed with distinction"),
}
