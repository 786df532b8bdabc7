"""What is stored: rows by table and feed, the lake's version, the last refresh."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from liwa.accounts.models import Duty
from liwa.portal.pages import Menu, PageRequest, answer, page
from liwa.portal.questions import stored as ask


@page("stored", "stored/", roles={Duty.DATA_OFFICE}, menu=Menu(_("What is stored"), "database", order=54))
def stored(request: PageRequest) -> HttpResponse:
    """Row counts, and how database, lake and digest stand to one another."""
    tables = ask.tables(request.scope)
    shown: dict[str, Any] = {
        "tables": tables,
        "total": sum(table.rows for table in tables),
        "lake": ask.lake(request.scope),
        "events": ask.events(request.scope),
    }
    return answer(request, "stored", shown)
