"""Who is worth signing in as: picked by what the files show, not by the truth behind them."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from liwa.simulate.exports import missing_by
from liwa.simulate.people import POOL
from liwa.simulate.terms import Bools, Ints
from liwa.simulate.world import World


def write_signins(path: Path, world: World, as_of: int) -> None:
    """One adviser, teacher and student who belong together, their head, and the officers: role, sourcedId, name."""
    people, season = world.students, world.seasons[-1]
    roster = season.roster
    active = season.withdrawn_at >= as_of
    missing = missing_by(season, as_of) * active
    by_student = np.bincount(roster.student, missing, minlength=len(people)).astype(np.int64)
    adviser = _busiest(world.advisers, by_student >= 2, len(world.staff.advisers) - POOL)
    student = int(np.argmax(np.where(world.advisers == adviser, by_student, -1)))
    own = np.flatnonzero((roster.student == student) & active)
    klass = roster.klass[own[np.argmax(missing[own])]]
    teacher = world.staff.teachers[int(season.teachers[klass])]
    head = world.staff.heads[world.staff.advisers[adviser][2]]
    found = [
        _entry("adviser", world.staff.advisers[adviser][0], world.staff.advisers[adviser][1].shown),
        _entry("teacher", teacher[0], teacher[1].shown),
        _entry("student", people.ids[student], people.names[student].shown),
        _entry("head", head[0], head[1].shown),
        *(_entry(duty, sourced_id, name.shown) for sourced_id, name, _, duty in world.staff.officers),
    ]
    text = json.dumps(found, ensure_ascii=False, indent=2)
    path.write_text(f"{text}\n", encoding="utf-8")


def _busiest(advisers: Ints, troubled: Bools, count: int) -> int:
    """The adviser of named students with the most of them in trouble."""
    tally = np.bincount(advisers[troubled], minlength=count)
    return int(np.argmax(tally[:count]))


def _entry(role: str, sourced_id: str, name: str) -> Mapping[str, str]:
    return {"role": role, "userSourcedId": sourced_id, "displayName": name}


def demo_accounts(out: Path) -> list[dict[str, str]]:
    """The sign-ins of a simulated campus: role, userSourcedId and displayName of each."""
    found: list[dict[str, str]] = json.loads((out / "signins.json").read_text(encoding="utf-8"))
    return found
