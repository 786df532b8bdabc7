"""Words that several pages share."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from liwa.digest.models import Band


class BandLook(NamedTuple):
    """How a band is shown: in words, by a colour of the style sheet, and by an icon."""

    label: str | Promise
    colour: str
    icon: str


BANDS = {
    Band.HIGH: BandLook(_("Needs help now"), "red", "alert"),
    Band.MEDIUM: BandLook(_("Worth a word"), "yellow", "speech"),
    Band.LOW: BandLook(_("On track"), "green", "good"),
    Band.UNKNOWN: BandLook(_("Too little known"), "secondary", "question"),
}
