"""Makes the folder: every file of a make-believe campus, as exported in the night before a given day."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from liwa.core.errors import ConfigError, LiwaError, Unavailable
from liwa.core.feeds import read_feeds
from liwa.simulate import exports
from liwa.simulate.dirt import Planted, counted
from liwa.simulate.oneroster import write_sis
from liwa.simulate.signins import write_signins
from liwa.simulate.terms import AS_OF, TERMS, TIMEZONE, instant
from liwa.simulate.world import World, create

Progress = Callable[[str, int, int], None]

FEWEST, MOST = 50, 200_000
WRITERS: dict[str, Callable[[Path, World, int], exports.Written]] = {
    "advising.csv": exports.write_advising,
    "outcome.csv": exports.write_outcomes,
    "identity.csv": exports.write_identities,
    "lms.csv": exports.write_lms,
    "card.csv": exports.write_card,
    "library.csv": exports.write_library,
    "truth.csv": exports.write_truth,
}
FEEDS = """\
# A make-believe campus. Written by `liwa simulate`; nobody in it exists.

[campus]
name = "丽娃示范大学 Liwa Demo University"
timezone = "{timezone}"
simulated = true
as_of = {as_of}

[[feed]]
name = "sis"
source = "oneroster"
path = "sis.zip"
schedule = "daily 02:00"

[[feed]]
name = "identity"
source = "identity"
path = "identity.csv"
schedule = "daily 02:00"

[[feed]]
name = "advising"
source = "advising"
path = "advising.csv"
schedule = "daily 02:00"

[[feed]]
name = "outcome"
source = "outcome"
path = "outcome.csv"
schedule = "daily 02:00"

[[feed]]
name = "lms"
source = "activity"
path = "lms.csv"
schedule = "daily 03:00"
identity = "lms"
  [feed.columns]
  who = "account"
  when = "time"
  what = "action"
  object = "page"
  class = "course"
  amount = "count"
  [feed.fixed]
  object_type = "resource"
  unit = "click"
  [feed.verbs]
  view = "viewed"
  post = "posted"
  attempt = "attempted"
  [feed.time]
  format = "%Y-%m-%d %H:%M:%S"

[[feed]]
name = "card"
source = "activity"
path = "card.csv"
schedule = "daily 03:00"
identity = "card"
  [feed.columns]
  who = "card"
  when = "time"
  what = "action"
  object = "place"
  amount = "amount"
  unit = "unit"
  [feed.fixed]
  object_type = "building"
  [feed.verbs]
  entry = "entered"
  meal = "dined"
  [feed.time]
  format = "%Y-%m-%d %H:%M:%S"

[[feed]]
name = "library"
source = "activity"
path = "library.csv"
schedule = "daily 03:00"
identity = "library"
  [feed.columns]
  who = "reader"
  when = "time"
  what = "action"
  object = "item"
  object_type = "kind"
  [feed.fixed]
  unit = "item"
  [feed.verbs]
  enter = "entered"
  borrow = "borrowed"
  [feed.time]
  format = "%Y/%m/%d %H:%M"
"""


@dataclass(frozen=True)
class Summary:
    """What was written. `rows` counts lines below the heading; files of the archive are `sis.zip/<file>`."""

    seed: int
    as_of: date
    students: int
    teachers: int
    advisers: int
    courses: int
    classes: int
    enrollments: int
    rows: dict[str, int]
    planted_refusals: tuple[Planted, ...]

    @property
    def refused(self) -> int:
        """How many lines a load of all files must refuse."""
        return counted(self.planted_refusals)


def simulate(
    out: Path, *, students: int, seed: int, as_of: date | None = None, progress: Progress | None = None
) -> Summary:
    """Write a make-believe campus into the folder `out`: what its systems would export on the morning of `as_of`.

    The same arguments give the same bytes. An earlier `as_of` gives the same campus, known less far; it lies in
    the third term or after it (default: after its eighth week). `progress` is called with (what, done, of).
    Raises LiwaError for arguments out of range or a folder that holds a real campus, Unavailable if `out`
    cannot be written. Writes over an earlier simulated campus.
    """
    day = as_of or AS_OF
    _check(out, students, seed, day)
    tell = progress or _silent
    tell("people", 0, len(TERMS))
    world = create(seed, students, lambda done: tell("people", done, len(TERMS)))
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".simulate-", dir=out) as work:
            return _write(out, Path(work), world, day, tell)
    except OSError as error:
        raise Unavailable(f"{out} cannot be written: {error.strerror or error}.") from None


def _silent(what: str, done: int, of: int) -> None:
    """Nobody is listening."""


def _check(out: Path, students: int, seed: int, day: date) -> None:
    if not FEWEST <= students <= MOST:
        raise LiwaError(
            f"A campus of {students} students cannot be made.", remedy=f"Use {FEWEST} to {MOST:,}."
        )
    if seed < 0:
        raise LiwaError("The seed cannot be negative.", remedy="Use 0, 1, 2 …")
    if day <= TERMS[-1].starts_on:
        raise LiwaError(
            f"The simulated campus cannot be seen as of {day}.",
            remedy=f"Use a day after {TERMS[-1].starts_on}, when the third term begins.",
        )
    feeds = out / "feeds.toml"
    if feeds.exists() and not _is_simulated(feeds):
        raise LiwaError(f"{out} holds the feeds of a real campus.", remedy="Choose another folder.")


def _is_simulated(feeds: Path) -> bool:
    try:
        return read_feeds(feeds).campus.simulated
    except ConfigError:
        return False


def _write(out: Path, work: Path, world: World, day: date, tell: Progress) -> Summary:
    """All files into `work`, then each to its place; feeds.toml last, so that what it names is there."""
    now, steps = instant(day), len(WRITERS) + 1
    tell("files", 0, steps)
    export = write_sis(work / "sis.zip", world, now)
    rows, planted = dict(export.rows), list(export.planted)
    for done, (name, write) in enumerate(WRITERS.items(), start=1):
        tell("files", done, steps)
        rows[name], wrong = write(work / name, world, now)
        planted += wrong
    write_signins(work / "signins.json", world, now)
    feeds = FEEDS.format(timezone=TIMEZONE, as_of=day.isoformat())
    (work / "feeds.toml").write_text(feeds, encoding="utf-8")
    for name in ("sis.zip", *WRITERS, "signins.json", "feeds.toml"):
        os.replace(work / name, out / name)
    tell("files", steps, steps)
    return Summary(
        seed=world.seed,
        as_of=day,
        students=len(world.students),
        teachers=len(world.staff.teachers),
        advisers=len(world.staff.advisers),
        courses=world.courses.size,
        classes=rows["sis.zip/classes.csv"],
        enrollments=rows["truth.csv"],
        rows=rows,
        planted_refusals=tuple(planted),
    )
