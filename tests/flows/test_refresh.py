"""Refreshing: as of a moment, whole or not at all, and only as much as has changed."""

from datetime import UTC, datetime

import pytest

from liwa.core.errors import Busy, LiwaError
from liwa.digest.models import ClassDigest, EnrollmentDigest, FeedDigest, Refresh, StudentDigest
from liwa.flows import refresh as flow
from liwa.flows.lakes import state
from liwa.flows.refresh import Phase, step, steps
from tests.flows.pages import AS_OF, enrollment, figure, run, timeline
from tests.flows.school import School, seven_weeks
from tests.flows.state import database


@pytest.fixture
def full(school: School) -> School:
    """The school after seven weeks, loaded."""
    seven_weeks(school).load()
    return school


def test_changed_reasons_are_those_new_in_a_week(full: School) -> None:
    after, before = datetime(2026, 10, 3, 16, tzinfo=UTC), datetime(2026, 9, 26, 16, tzinfo=UTC)
    run(full, before)
    shown = {row.pk: row for row in EnrollmentDigest.objects.all()}
    earlier = {key: {reason["key"] for reason in row.reasons} for key, row in shown.items()}
    for _ in range(2):  # whatever was shown before
        run(full, after)
        rows = list(EnrollmentDigest.objects.all())
        for row in rows:
            expected = [one["key"] for one in row.reasons if one["key"] not in earlier[row.pk]]
            assert row.changed == expected
            then = shown[row.pk]
            assert row.before == {"risk": then.risk, "band": then.band, "reasons": then.reasons}
        assert any(row.changed for row in rows)


def test_what_hardly_anyone_hands_in_is_not_missing(full: School) -> None:
    full.rows["lineItems.csv"].append("l3,active,,Quiz for those who like,,2026-10-01,k1,")
    full.rows["results.csv"].append("x-l3-u1,active,,l3,u1,fully graded,5,2026-09-30,2026-09-25T02:00:00Z")
    full.load("sis")
    run(full)
    quiz = ClassDigest.objects.get(pk="k1").items[1]
    assert (quiz["line_item"], quiz["handed_in"], quiz["missing"], quiz["is_due"]) == ("l3", 1, 0, True)
    assert enrollment("e-k1-u20").missing == 2
    assert len([kind for _, kind, _ in timeline("u20") if kind == "missed"]) == 2


def test_a_mark_without_a_hand_in_is_no_gap(full: School) -> None:
    full.rows["results.csv"].append("x-l2-u20,active,,l2,u20,fully graded,55,2026-10-20,")
    full.load("sis")
    run(full)
    assert enrollment("e-k1-u20").missing == 1
    assert ClassDigest.objects.get(pk="k1").items[1]["missing"] == 8


def test_waived_work_is_not_missing(full: School) -> None:
    full.rows["results.csv"].append("x-l2-u20,active,,l2,u20,exempt,,2026-10-20,")
    full.load("sis")
    run(full)
    assert enrollment("e-k1-u20").missing == 1
    assert ClassDigest.objects.get(pk="k1").items[1]["missing"] == 8


def test_classes_without_days_or_still_to_come_have_no_row(full: School) -> None:
    full.rows["academicSessions.csv"].append("t2,active,,Spring,term,2027-02-20,2027-07-01,,2026")
    full.rows["classes.csv"] += ["k8,active,,Later,c1,,o1,t2", "k9,active,,Undated,c1,,o1,"]
    full.load("sis")
    run(full)
    assert set(ClassDigest.objects.values_list("pk", flat=True)) == {"k0", "k1", "k2"}


def test_small_groups_are_left_out(full: School) -> None:
    full.rows["roles.csv"] = [row.replace(",o1", ",o2") for row in full.rows["roles.csv"][:9]]
    full.file("outcome.csv", "enrollmentSourcedId,value,success,knownAt", "e-k0-u1,fail,false,2026-01-20")
    full.load("sis", removals=True)
    run(full)
    assert figure("by_org") == []


def test_nothing_later_than_the_moment_is_shown(full: School) -> None:
    run(full, datetime(2026, 9, 27, 16, tzinfo=UTC))  # Monday 28 September
    row = enrollment("e-k1-u20")
    assert (row.week, row.due, row.missing) == (3, 1, 1)
    assert enrollment("e-k1-u19").week == 3  # who leaves in October is there
    klass = ClassDigest.objects.get(pk="k1")
    assert (klass.students, klass.withdrawn) == (20, 0)
    assert [item["is_due"] for item in klass.items] == [True, False]
    assert klass.items[1]["handed_in"] == 0
    assert klass.items[0]["mean"] is None  # marks came on the 30th
    assert figure("counts")["events"] == 37 + 18 + 22


def test_before_any_class_there_is_nothing_to_say(full: School) -> None:
    with pytest.raises(LiwaError, match="No class had begun by 1800-01-01"):
        flow.refresh(full.home, as_of=datetime(1800, 1, 1, 12, tzinfo=UTC))


def test_by_default_it_is_the_day_the_files_speak_of(full: School) -> None:
    assert flow.refresh(full.home).as_of == AS_OF
    assert flow.default_as_of(full.home.feeds().campus) == AS_OF


def test_weeks_begin_at_midnight_whatever_the_clocks_do(school: School) -> None:
    """Clocks went forward on 29 March: the Monday after begins at 23:00 UTC."""
    school.campus |= {"timezone": "Europe/London", "as_of": "2026-04-06"}
    school.rows["academicSessions.csv"] = ["t1,active,,Spring,term,2026-03-16,2026-07-01,,2026"]
    school.rows["enrollments.csv"] = [
        row.replace("2026-09", "2026-03") for row in school.rows["enrollments.csv"]
    ]
    for name in ("lineItems.csv", "results.csv"):
        del school.rows[name]
    school.clicks("u1,2026-03-30T00:30:00+01:00,view,k1,1", "u1,2026-03-29T23:59:00+01:00,view,k1,10")
    school.load()
    flow.refresh(school.home)
    assert [week["amount"] for week in enrollment("e-k1-u1").weeks] == [0.0, 10.0, 1.0]
    weeks = {one["week_of"]: one["amount"] for one in StudentDigest.objects.get(pk="u1").weeks}
    assert (weeks["2026-03-23"], weeks["2026-03-30"]) == (1, 1)


def test_events_of_nobody_are_matched_by_the_next_roster(school: School) -> None:
    school.clicks("ada,2026-09-08 09:00,view,k1,1", "bea,2026-09-08 09:00,view,k1,1", identity="lms")
    (_, load) = school.load()
    assert load.stored == 2
    run(school)
    assert FeedDigest.objects.get(pk="lms").unmatched == 2
    school.feed("identity", "identity", "identity.csv")
    school.file("identity.csv", "userSourcedId,kind,value", "u1,lms,ada")
    school.load("identity")
    run(school)
    lms = FeedDigest.objects.get(pk="lms")
    assert (lms.events, lms.unmatched) == (2, 1)
    assert enrollment("e-k1-u1").weeks[0]["amount"] == 1.0


def test_feeds_are_shown_with_their_schedules_and_before_they_are_loaded(school: School) -> None:
    school.feeds["sis"]["schedule"] = "daily 02:00"
    school.load("sis")
    school.feed("gate", "activity", "gate.csv", schedule="hourly")
    school.write()
    run(school)
    found = {row.feed: (row.source, row.schedule, row.events > 0) for row in FeedDigest.objects.all()}
    assert found == {"sis": ("oneroster", "daily 02:00", True), "gate": ("activity", "hourly", False)}
    del school.feeds["sis"]["schedule"], school.feeds["gate"]
    school.write()
    run(school)
    found = {row.feed: (row.source, row.schedule, row.events > 0) for row in FeedDigest.objects.all()}
    assert found == {"sis": ("oneroster", "", True)}


def test_a_feed_no_longer_configured_keeps_its_events(full: School) -> None:
    del full.feeds["lms"]
    full.write()
    run(full)
    lms = FeedDigest.objects.get(pk="lms")
    assert (lms.source, lms.schedule, lms.events) == ("", "", 23)


def test_refreshing_again_changes_nothing(full: School) -> None:
    run(full)
    before, versions = database(), state().mirror_versions
    run(full)
    assert database() == before
    assert state().mirror_versions == versions


def test_only_changed_tables_are_mirrored_again(full: School) -> None:
    run(full)
    before = state().mirror_versions
    full.rows["results.csv"][0] = full.rows["results.csv"][0].replace(",80,", ",85,")
    full.load("sis")
    run(full)
    after = state().mirror_versions
    assert [table for table in after if after[table] != before[table]] == ["result"]


def test_what_fails_on_the_way_leaves_the_pages_as_they_were(
    full: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(full)
    before = database()
    full.rows["enrollments.csv"].append("e-k2-u9,active,,k2,u9,student,,2026-09-01,")
    full.load("sis")
    real = Refresh.objects.update_or_create
    monkeypatch.setattr(Refresh.objects, "update_or_create", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(full)
    now = database()
    assert {name: one for name, one in now.items() if name.startswith("digest")} == {
        name: one for name, one in before.items() if name.startswith("digest")
    }
    monkeypatch.setattr(Refresh.objects, "update_or_create", real)
    run(full)
    assert EnrollmentDigest.objects.filter(pk="e-k2-u9").exists()


def test_rows_that_are_gone_leave_the_pages(full: School) -> None:
    run(full)
    full.rows["enrollments.csv"] = [row for row in full.rows["enrollments.csv"] if not row.startswith("e-k2")]
    full.load("sis", removals=True)
    run(full)
    assert not EnrollmentDigest.objects.filter(klass="k2").exists()
    assert ClassDigest.objects.get(pk="k2").students == 0


def test_an_empty_campus(school: School) -> None:
    done = run(school)
    assert done.predictions == []
    assert figure("counts")["students"] == 0
    assert figure("by_org") == figure("weekly") == []


def test_steps_run_phase_by_phase() -> None:
    names = [name for name, _ in steps()]
    assert names[:2] == ["statements", "mirror"]
    assert (
        names.index("predict") < names.index("enrollments") < names.index("students") < names.index("totals")
    )
    assert names[-5:] == ["publish", "cases", "trials", "attachments", "upkeep"]
    assert len(names) == len(set(names))


def test_steps_register_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "_steps", dict(flow._steps))
    step("later", Phase.SERVE, after=("sooner",))(lambda run: None)
    step("sooner", Phase.SERVE)(lambda run: None)
    names = [name for name, _ in steps()]
    assert names[-2:] == ["attachments", "upkeep"]
    assert [name for name in names[names.index("publish") :] if name in ("later", "sooner")] == [
        "sooner",
        "later",
    ]
    with pytest.raises(RuntimeError, match="two steps are called 'later'"):
        step("later", Phase.MIRROR)(lambda run: None)
    step("lost", Phase.SERVE, after=("nowhere",))(lambda run: None)
    with pytest.raises(RuntimeError, match="'lost' comes after 'nowhere'"):
        steps()


def test_one_refresh_at_a_time(school: School) -> None:
    with school.home.writing(), pytest.raises(Busy):
        run(school)
