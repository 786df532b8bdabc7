"""The demo: a whole campus from its files to its pages, by the same steps a real school takes."""

import json
import resource
import secrets
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db.models import Sum

from liwa.accounts.actions import add_account, set_password
from liwa.accounts.models import Account, Duty
from liwa.core import clock
from liwa.core.config import config, home
from liwa.core.errors import LiwaError
from liwa.digest.models import FeedDigest
from liwa.flows import setup
from liwa.flows.feeds import load_feeds
from liwa.flows.home import Home
from liwa.flows.invented_staff import write_staff
from liwa.flows.load import Consent, Progress
from liwa.flows.refresh import Run, refresh
from liwa.records.models import Enrollment, Klass, LineItem, Load, Result
from liwa.simulate import simulate

OULAD_AS_OF = "2014-11-26"  # week 8 of the presentations that began on 1 October 2014
OULAD_FEEDS = """\
[campus]
name = "Open University (OULAD)"
timezone = "Europe/London"
invented_names = true
as_of = {as_of}

[[feed]]
name = "oulad"
source = "oulad"
path = {archive}

[[feed]]
name = "staff"
source = "oneroster"
path = "staff"

[[feed]]
name = "advising"
source = "advising"
path = "advising.csv"
"""


@dataclass
class Report:
    """What a demo did, as `./liwa demo --json` prints it."""

    counts: dict[str, int] = field(default_factory=dict)
    loads: list[dict[str, Any]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    total: float = 0.0
    peak_memory_mb: float = 0.0
    evaluation: list[dict[str, Any]] = field(default_factory=list)
    signins: list[dict[str, str]] = field(default_factory=list)


def demo_home(kind: str) -> Path:
    """The demo's own folder below LIWA_HOME, so that it never touches a school's data."""
    return home() / "demo" / kind


def require_own_database() -> None:
    """Raise LiwaError where LIWA_DATABASE_URL could point at a school's database."""
    if config()["LIWA_DATABASE_URL"] and Load.objects.exclude(settings__campus__name__in=DEMO_NAMES).exists():
        raise LiwaError(
            "LIWA_DATABASE_URL names a database that holds other data than a demo's.",
            remedy="Unset it, or name an empty database.",
        )


DEMO_NAMES = ("Open University (OULAD)", "Simulated campus")
