"""Training: a model from the classes that had ended, or plain rules until there are enough of them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

import liwa
from liwa.core.clock import day_of
from liwa.insight.drift import profile
from liwa.insight.features import Feature, chosen
from liwa.insight.population import Moment, Run, runs, weekly
from liwa.insight.risk import boosting
from liwa.insight.risk.boosting import Floats, Part
from liwa.insight.risk.expected import History, history
from liwa.insight.risk.hazard import LEAVING, LEAVING_ROUNDS, leaving
from liwa.insight.risk.matrix import Rows, columns_of, matrix, rows_at, target, vocabulary
from liwa.insight.tables import Campus, Tables, campus_of

# A model is trained from this much on; below, rules are used.
MIN_CLASSES = 3
MIN_ENROLLMENTS = 300
MIN_OF_EACH = 50
# Weeks of each ended class that are learned from: dense at first, when help is most use.
WEEKS = (1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 22, 28, 35)
# Beyond this many rows, weeks of classes are left out evenly, so that training time stays bounded.
MAX_ROWS = 150_000

Basis = Literal["model", "rules"]


class About(msgspec.Struct, frozen=True):
    """What a model says of itself; kept with it as JSON."""

    name: str
    basis: Basis
    as_of: datetime
    why: str = ""
    classes: list[str] = []
    first_start: str = ""
    last_end: str = ""
    weeks: list[int] = []
    rows: int = 0
    rows_with_activity: int = 0
    outcomes: int = 0
    enrollments: int = 0
    students: int = 0
    failed_share: float = 0.0
    features: list[str] = []
    protected: bool = False
    parameters: dict[str, Any] = {}
    words: dict[str, list[str]] = {}
    profile: dict[str, Any] = {}  # how the features were distributed: `insight.drift.profile`
    versions: dict[str, str] = {}
    data_hash: str = ""
    code_hash: str = ""


@dataclass(frozen=True)
class Model:
    """What predicts. `parts` holds `plain` (no activity columns) and, where feeds allow, `activity`; rules have none.

    `leaving` holds the same for the hazard: withdrawing within the next LEAVING_DAYS. Empty where hardly anybody did.
    `history` says what to expect of each class, which is where `parts` begin.
    """

    about: About
    parts: dict[str, Part]
    leaving: dict[str, Part] = field(default_factory=dict)
    history: History = field(default_factory=lambda: History({}))

    @property
    def features(self) -> list[Feature]:
        return chosen(protected=self.about.protected)


def train(
    tables: Tables | Campus,
    as_of: datetime,
    zone: ZoneInfo,
    *,
    protected: bool = False,
    ended: Sequence[Run] | None = None,
) -> Model:
    """A model of the classes that ended before `as_of`, from what was known by then; rules where that is too little.

    `protected` lets it see protected attributes, for research only; `ended` are the classes to learn from where they
    are not to be all that ended. Same data, same model.
    """
    campus = campus_of(tables, zone)
    ended = ended_runs(campus, as_of) if ended is None else ended
    if len(ended) < MIN_CLASSES:
        return only_rules(as_of, f"{len(ended)} of at least {MIN_CLASSES} classes have ended")
    features = chosen(protected=protected)
    moments = thinned(weekly(ended, WEEKS, zone), students_by_class(campus))
    rows = rows_at(campus, moments, features)
    failed = target(campus, rows, as_of)
    rows, failed = rows.take(~np.isnan(failed)), failed[~np.isnan(failed)]
    enrollments = len(set(rows.words("enrollment")))
    both = min(_enrollments(rows, failed == 1), _enrollments(rows, failed == 0))
    if enrollments < MIN_ENROLLMENTS or both < MIN_OF_EACH:
        return only_rules(as_of, f"{enrollments} outcomes are known, {both} of the rarer kind")
    outcomes = _outcomes(campus, [run.klass for run in ended], as_of)
    left = leaving(campus, rows, as_of)
    past = history(campus, ended, as_of)
    return _trained(rows, failed, left, past, as_of, ended, outcomes, protected)


def only_rules(as_of: datetime, why: str) -> Model:
    """The rules, and why they are used."""
    return Model(About(f"rules-{code_hash()[:8]}", "rules", as_of, why, code_hash=code_hash()), {})


def ended_runs(campus: Campus, as_of: datetime) -> list[Run]:
    """Classes whose last day is past at `as_of` and of which some outcome was known by then."""
    outcome = campus.outcome.filter(campus.outcome.known_at < as_of, campus.outcome.success.notnull())
    rows = campus.enrollment.select("klass", "sourced_id").semi_join(outcome, "sourced_id")
    judged = set(rows.select("klass").distinct().to_pyarrow()["klass"].to_pylist())
    return [run for run in runs(campus) if run.ends_at <= as_of and run.klass in judged]


def thinned(moments: Sequence[Moment], students: dict[str, int], most: int = MAX_ROWS) -> list[Moment]:
    """As many moments as hold about `most` rows, whole class-weeks left out evenly in an arbitrary, fixed order."""
    ranked = sorted(moments, key=lambda one: hashlib.sha256(f"{one.run.klass}|{one.week}".encode()).digest())
    kept: list[Moment] = []
    total = 0
    for moment in ranked:
        total += students.get(moment.run.klass, 0)
        if kept and total > most:
            break
        kept.append(moment)
    return sorted(kept, key=lambda one: (one.run.klass, one.week))


def same_lesson(model: Model, campus: Campus, as_of: datetime) -> bool:
    """Whether training as of `as_of` would see what `model` saw: code, classes, outcomes; no protected attribute."""
    about = model.about
    return (
        bool(model.parts)
        and not about.protected
        and about.code_hash == code_hash()
        and about.classes == [run.klass for run in ended_runs(campus, as_of)]
        and about.outcomes == _outcomes(campus, about.classes, as_of)
    )


def _outcomes(campus: Campus, classes: Sequence[str], before: datetime) -> int:
    """How many outcomes of these classes' students were known before an instant."""
    rows = campus.enrollment.filter(campus.enrollment.klass.isin(classes)).select("sourced_id")
    outcome = campus.outcome.filter(campus.outcome.known_at < before, campus.outcome.success.notnull())
    return int(rows.semi_join(outcome, "sourced_id").count().to_pyarrow().as_py())


def weights(rows: Rows) -> Floats:
    """Each class counts by its students, however many weeks it gives; within it early weeks count more."""
    week = np.maximum(rows.number("week"), 1.0)
    weight = 1.0 / np.sqrt(week)
    klass = rows.array("klass")
    _, place = np.unique(klass.astype(str), return_inverse=True)
    users = rows.array("enrollment").astype(str)
    total = np.bincount(place, weight)
    first = np.unique(users, return_index=True)[1]
    size = np.bincount(place[first], minlength=len(total))
    weight = weight * (size / total)[place]
    return weight / weight.mean()


def code_hash() -> str:
    """SHA-256 over the source of this package: tells one version of the features and models from another."""
    digest = hashlib.sha256()
    folder = Path(liwa.__file__).parent / "insight"
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def students_by_class(campus: Campus) -> dict[str, int]:
    """How many students were ever enrolled in each class."""
    rows = campus.enrollment.filter(campus.enrollment.role == "student")
    table = rows.group_by("klass").aggregate(n=rows.count()).to_pyarrow()
    return dict(zip(table["klass"].to_pylist(), table["n"].to_pylist(), strict=True))


def _enrollments(rows: Rows, where: Any) -> int:
    return len(set(rows.take(where).words("enrollment")))


def _trained(
    rows: Rows,
    failed: Floats,
    left: Floats,
    past: History,
    as_of: datetime,
    ended: Sequence[Run],
    outcomes: int,
    protected: bool,
) -> Model:
    weight = weights(rows)
    users = rows.words("user")
    everything = columns_of(rows.features, activity=True)
    words = vocabulary(rows, everything)
    full = matrix(rows, everything, words)
    plain = columns_of(rows.features, activity=False)
    places = [everything.index(column) for column in plain]
    seen = covered(rows)
    some = np.array(users, dtype=object)[seen].tolist()
    base = past.log_odds(rows)
    parts = {"plain": boosting.fit(full[:, places], failed, weight, users, plain, base=base)}
    if _enough(rows, failed, seen):
        parts["activity"] = boosting.fit(
            full[seen], failed[seen], weight[seen], some, everything, base=base[seen]
        )
    gone: dict[str, Part] = {}
    for name, here, columns in (
        ("plain", ~np.isnan(left), plain),
        ("activity", seen & ~np.isnan(left), everything),
    ):
        if name in parts and _both(rows, left, here):
            numbers = full[here][:, places] if name == "plain" else full[here]
            who = np.array(users, dtype=object)[here].tolist()
            gone[name] = boosting.fit(
                numbers, left[here], weight[here], who, columns, LEAVING, LEAVING_ROUNDS
            )
    lesson = [full.astype("<f4").tobytes(), *(one.astype("<f8").tobytes() for one in (base, failed, left))]
    data_hash = hashlib.sha256(b"".join(lesson)).hexdigest()
    about = About(
        name=f"risk-{day_of(as_of, ZoneInfo('UTC')).isoformat()}-{data_hash[:8]}",
        basis="model",
        as_of=as_of,
        classes=[run.klass for run in ended],
        first_start=min(run.starts_on for run in ended).isoformat(),
        last_end=max(run.ends_on for run in ended).isoformat(),
        weeks=sorted({int(week) for week in rows.number("week")}),
        rows=len(rows),
        rows_with_activity=int(seen.sum()),
        outcomes=outcomes,
        enrollments=len(set(rows.words("enrollment"))),
        students=len(set(users)),
        failed_share=float(np.average(failed, weights=weight)),
        features=[column.name for column in everything],
        protected=protected,
        parameters={**boosting.PARAMETERS, "rounds": boosting.ROUNDS, "folds": boosting.FOLDS},
        words=words,
        profile=profile(rows),
        versions={name: version(name) for name in ("lightgbm", "numpy", "ibis-framework", "duckdb")},
        data_hash=data_hash,
        code_hash=code_hash(),
    )
    return Model(about, parts, gone, past)


def covered(rows: Rows) -> Any:
    """Which rows an activity feed of the class covers."""
    return ~np.isnan(rows.number("active_days_7"))


def _both(rows: Rows, happened: Floats, where: Any) -> bool:
    """Whether there are MIN_OF_EACH enrollments of each outcome."""
    return min(_enrollments(rows, where & (happened == one)) for one in (0, 1)) >= MIN_OF_EACH


def _enough(rows: Rows, failed: Floats, seen: Any) -> bool:
    """Whether the covered rows alone are enough to learn from: classes, enrollments, both outcomes."""
    if not seen.any():
        return False
    some = rows.take(seen)
    return (
        len(set(some.words("klass"))) >= MIN_CLASSES
        and len(set(some.words("enrollment"))) >= MIN_ENROLLMENTS
        and _both(rows, failed, seen)
    )
