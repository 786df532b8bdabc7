"""The database: sizes of tables and indexes, the slowest statements, what has moved to the lake."""

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from liwa.accounts.models import Duty
from liwa.portal.pages import Menu, PageRequest, answer, page
from liwa.portal.questions import database as ask


@page("database", "database/", roles={Duty.DATA_OFFICE}, menu=Menu(_("The database"), "pulse", order=55))
def database(request: PageRequest) -> HttpResponse:
    """What it takes, and what takes it long."""
    shown = {
        "sizes": ask.database(request.scope),
        "slow": ask.slow(request.scope),
        "moved": ask.moved(request.scope),
    }
    return answer(request, "database", shown)
