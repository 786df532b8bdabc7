"""One load: its files, whose figures add up, and what to do where it did not go through."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from liwa.accounts.models import Duty
from liwa.portal.pages import PageRequest, answer, page
from liwa.portal.questions import intake as ask
from liwa.records.models import Load

FIGURES = ("in", "stored", "unchanged", "refused")


@page("load", "load/<int:load>/", roles={Duty.DATA_OFFICE})
def load(request: PageRequest, load: int) -> HttpResponse:
    """Who loaded what, when, and what became of each row."""
    found = get_object_or_404(ask.loads(request.scope), pk=load)
    waiting, mended = ask.refused_by_load(request.scope, found)
    shown: dict[str, Any] = {
        "load": found,
        "files": [(file["file"], [file[name] for name in FIGURES]) for file in found.files],
        "total": [found.lines_in, found.stored, found.unchanged, found.refused],
        "adds_up": adds_up(found),
        "waiting": waiting,
        "mended": mended,
    }
    return answer(request, "load", shown)


def adds_up(load: Load) -> bool:
    """Whether every file's rows are stored, unchanged or refused, and the files make up the load."""
    files = all(file["in"] == file["stored"] + file["unchanged"] + file["refused"] for file in load.files)
    return (
        files
        and sum(file["in"] for file in load.files) == load.lines_in
        and load.lines_in == load.stored + load.unchanged + load.refused
    )
