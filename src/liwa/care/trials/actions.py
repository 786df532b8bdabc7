"""Making, starting, looking at and ending trials; each in one transaction."""

from datetime import datetime
from typing import Any

from liwa.care import moment
from liwa.care.trials import design
from liwa.care.trials.judging import NOT_COMPARABLE, judge, shares, too_early
from liwa.care.trials.models import NAME_LENGTH, Assignment, Look, Trial
from liwa.care.trials.outcomes import observed
from liwa.care.trials.sequential import CLUSTERS
from liwa.care.trials.terms import CLASSES, LARGEST_SHARE, SMALLEST_SHARE, WEEKS, Terms
from liwa.core.clock import day_of, now, start_of
from liwa.core.errors import LiwaError
from liwa.db.retrying import retryable
from liwa.digest.models import StudentDigest
from liwa.records.campus import profile
from liwa.records.models import Klass

Row = dict[str, Any]


@retryable
def create(name: str, terms: Terms, by: str = "") -> Trial:
    """Lay a trial down: its terms and the hash that commits to them and to the seed. Raises LiwaError."""
    name = name.strip()
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise LiwaError(f"A trial needs a name of one line, at most {NAME_LENGTH} characters.")
    if Trial.objects.filter(name=name).exists():
        raise LiwaError(f"There is a trial {name} already.")
    terms.check()
    seed = design.new_seed()
    kept = terms.as_dict()
    return Trial.objects.create(
        name=name, terms=kept, seed=seed, commitment=design.commitment(seed, kept), created_by=by
    )


def share_of_capacity(threshold: float, ceiling: float) -> float:
    """Capacity of a week beside the students that would take part now: who cannot all be served is drawn for.

    Between 0.1 and 0.9. Raises LiwaError where no capacity is known or it is enough for everyone.
    """
    from django.db.models import Sum

    from liwa.care.models import Capacity

    places = Capacity.objects.aggregate(all=Sum("per_week"))["all"] or 0
    eligible = StudentDigest.objects.filter(need__gte=threshold, need__lt=ceiling).count()
    if not places or not eligible:
        raise LiwaError(
            "There are no capacities of advisers yet, or no students at risk, to reckon a share from.",
            remedy="Set capacities and refresh, or give the share: --share 0.5.",
        )
    if places >= eligible:
        raise LiwaError(
            f"There is a place for each of the {eligible} students who would take part: nobody need be held back.",
            remedy="Lower the risk from which students take part, or roll out in steps: --design weeks.",
        )
    return round(min(max(places / eligible, SMALLEST_SHARE), LARGEST_SHARE), 3)


@retryable
def start(name: str, by: str = "", as_of: datetime | None = None) -> Trial:
    """Begin with the campus day of `as_of` (now). One trial runs at a time. Raises LiwaError."""
    trial = _locked(name)
    if trial.state != Trial.State.PLANNED:
        raise LiwaError(f"The trial {name} has been started already.")
    other = Trial.objects.filter(running="running").first()
    if other is not None:
        raise LiwaError(
            f"The trial {other.name} is running.", remedy="One at a time; end it first: liwa trial stop."
        )
    campus = profile()
    trial.begins_at = start_of(day_of(as_of or moment.instant(campus), campus.zone), campus.zone)
    if trial.laid_down.design == CLASSES:
        trial.classes = running_classes(trial.begins_at)
        if len(trial.classes) < CLUSTERS:
            raise LiwaError(
                f"Only {len(trial.classes)} classes are running; a roll-out by class needs {CLUSTERS} at least.",
                remedy="Roll out by week instead: --design weeks.",
            )
    trial.state, trial.running, trial.started_by = Trial.State.RUNNING, "running", by
    trial.save()
    return trial


def running_classes(as_of: datetime) -> list[str]:
    """Ids of the classes that run on the campus day of `as_of` and have students."""
    day = day_of(as_of, profile().zone)
    found = Klass.objects.filter(status="active", starts_on__lte=day, ends_on__gte=day)
    found = found.filter(enrollments__status="active", enrollments__role="student")
    return sorted(found.values_list("pk", flat=True).distinct())


@retryable
def stop(name: str, why: str, by: str = "") -> Trial:
    """End a trial: nobody is held back any more, and the seed is shown so that the draw can be checked."""
    trial = _locked(name)
    if trial.state != Trial.State.RUNNING:
        raise LiwaError(f"The trial {name} is not running.")
    if not why.strip():
        raise LiwaError("Say why the trial is ended.", remedy="--why 'all outcomes are in'")
    trial.state, trial.running = Trial.State.ENDED, None
    trial.ended_at, trial.ended_by, trial.why_ended = now(), by, why.strip()
    trial.save()
    return trial


@retryable
def look(name: str, as_of: datetime) -> Look:
    """What can be told at `as_of`, kept for good; a second look at the same instant is the first one's.

    May be taken as often as one likes, also after the end. Raises LiwaError where the trial has not begun, or where
    what was drawn is no longer what is kept.
    """
    trial = _locked(name)
    if trial.begins_at is None:
        raise LiwaError(f"The trial {name} has not been started.", remedy=f"liwa trial start {name}")
    if not trial.begins_at <= as_of <= moment.instant(profile()):
        raise LiwaError(
            f"A look is kept for good, and so is taken at no other time than from the beginning of {name} to now."
        )
    before: Look | None = trial.looks.filter(as_of=as_of).first()
    if before is not None:
        return before
    problems = verify(trial)
    if problems:
        raise LiwaError(
            f"The trial {name} was tampered with: {problems[0]}", remedy="Its result cannot be trusted."
        )
    return Look.objects.create(trial=trial, as_of=as_of, **_found(trial, as_of))


def verify(trial: Trial) -> list[str]:
    """What speaks against the trial's having been kept as it was drawn; empty where nothing does."""
    problems = []
    if not trial.is_as_committed:
        problems.append("seed or terms are not those that were committed to.")
    steps = _steps(trial)
    links = [trial.first_link]
    for place, one in enumerate(trial.assignments.order_by("number").select_related("enrollment"), start=1):
        if one.number != place:
            problems.append(f"assignment {place} is gone.")
            break
        if one.link != one.linked_to(links[-1]):
            problems.append(f"assignment {place} was changed.")
        if one.offered != _drawn(trial, one, steps):
            problems.append(f"the arm of assignment {place} is not the one drawn.")
        links.append(one.link)
    for seen in trial.looks.all():
        if seen.assigned >= len(links) or links[seen.assigned] != seen.link:
            problems.append(f"assignments seen at the look of {seen.as_of:%Y-%m-%d} are gone or others.")
    return problems


def export(trial: Trial) -> list[Row]:
    """Each student's arm, after the end; `code` is what the seed makes of the id. Raises LiwaError before."""
    if trial.state != Trial.State.ENDED:
        raise LiwaError(
            f"The trial {trial.name} has not ended: nobody sees who was drawn for what until then.",
            remedy=f"liwa trial stop {trial.name} --why …",
        )
    rows = trial.assignments.order_by("number").select_related("enrollment")
    return [
        {
            "number": one.number,
            "code": design.code(trial.seed, one.student_id),
            "student": one.student_id,
            "klass": one.enrollment.klass_id,
            "cutoff": one.cutoff,
            "period": one.period,
            "risk": one.risk,
            "probability": one.probability,
            "offered": int(one.offered),
            "link": one.link,
        }
        for one in rows
    ]


def named(name: str) -> Trial:
    """The trial of that name. Raises LiwaError."""
    trial: Trial | None = Trial.objects.filter(name=name).first()
    if trial is None:
        raise LiwaError(f"There is no trial {name}.", remedy="`liwa trial list` shows all of them.")
    return trial


def _locked(name: str) -> Trial:
    trial: Trial = Trial.objects.select_for_update().get(pk=named(name).pk)
    return trial


def _found(trial: Trial, as_of: datetime) -> Row:
    data = observed(trial, as_of, profile().zone)
    terms = trial.laid_down
    last = trial.assignments.order_by("-number").first()
    row: Row = {
        "assigned": last.number if last else 0,
        "link": last.link if last else trial.first_link,
        "missing": data.missing,
        **shares(data),
    }
    early = too_early(data, terms.design)
    if early:
        return {**row, "why": early}
    steps = _steps(trial)
    verdict = judge(data, terms, [steps[klass] for klass in trial.classes])
    return {**row, **verdict._asdict()} if verdict else {**row, "why": NOT_COMPARABLE}


def _steps(trial: Trial) -> dict[str, int]:
    return design.steps_of_classes(trial.seed, trial.classes, trial.laid_down.steps) if trial.classes else {}


def _drawn(trial: Trial, one: Assignment, steps: dict[str, int]) -> bool:
    terms = trial.laid_down
    if terms.design == CLASSES:
        return one.period >= steps.get(one.enrollment.klass_id, terms.steps + 1)
    if terms.design == WEEKS:
        return one.period >= design.step_of_student(trial.seed, one.student_id, terms.steps)
    return design.is_offered(trial.seed, one.student_id, terms.share)
