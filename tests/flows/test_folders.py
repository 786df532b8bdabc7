"""Watched folders: one broken file stops no other, and what comes late ends as if it had come in its turn."""

import pytest

from liwa.core.errors import Held, LiwaError, SourceError, Unavailable
from liwa.flows.feeds import load_feeds
from liwa.flows.loading import Loading
from liwa.records.models import Identity, Load, RefusedRow, User
from tests.flows.school import School

HEAD = "userSourcedId,kind,value"


@pytest.fixture
def days(school: School) -> School:
    """The school with a folder of daily changes; the second day's file is broken."""
    school.load()
    school.feed("cards", "identity", "cards")
    school.file("cards/1.csv", HEAD, "u1,card,a", "u1,card,b", "u1,card,c")
    school.file("cards/2.csv", "user,what", "u2,b")
    school.file("cards/3.csv", HEAD, "u3,card,c")
    return school


def owners() -> dict[str, str]:
    return dict(Identity.objects.order_by("value").values_list("value", "user"))


def states() -> list[tuple[str, str]]:
    return list(Load.objects.filter(feed="cards").order_by("pk").values_list("file", "state"))


def broken(school: School, *names: str) -> LiwaError:
    with pytest.raises(SourceError, match=r"2\.csv has no column") as error:
        school.load("cards", *names)
    return error.value


def test_a_broken_file_fails_alone(days: School) -> None:
    broken(days)
    assert states() == [("1.csv", "done"), ("2.csv", "failed"), ("3.csv", "done")]
    assert "2.csv has no column" in Load.objects.get(file="2.csv").message
    assert owners() == {"a": "u1", "b": "u1", "c": "u3"}


def test_it_is_tried_again_each_time_and_the_others_are_not(days: School) -> None:
    broken(days)
    broken(days)
    assert states()[3:] == [("2.csv", "failed"), ("3.csv", "done")]
    assert Load.objects.latest("pk").message == "the same file as the load before"


def test_every_trouble_is_told_and_every_load(days: School) -> None:
    days.file("cards/0.csv", "nothing")
    days.feed("gone", "identity", "gone.csv")
    days.write()
    told: list[Load] = []
    with pytest.raises(SourceError) as error:
        load_feeds(days.home, ["cards", "gone"], finished=told.append)
    for name in ("0.csv", "2.csv", "gone.csv"):
        assert name in error.value.message
    assert [load.file for load in told] == ["1.csv", "3.csv"]


def test_a_mended_file_counts_as_if_it_had_come_in_its_turn(days: School) -> None:
    broken(days)
    days.file("cards/2.csv", HEAD, "u2,card,b", "u2,card,c")
    loads = days.load("cards")
    assert [load.file for load in loads] == ["2.csv", "3.csv"]
    assert owners() == {"a": "u1", "b": "u2", "c": "u3"}
    assert [load.file for load in days.load("cards")] == ["3.csv"]  # which is the same as before


def test_whoever_is_stopped_in_between_goes_on_from_there(
    days: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(days)
    days.file("cards/4.csv", HEAD, "u4,card,d")
    broken(days)
    days.file("cards/2.csv", HEAD, "u2,card,b", "u2,card,c")
    run = Loading.run

    def full(loading: Loading) -> None:
        if loading.load.file == "3.csv":
            raise Unavailable("The disk is full.")
        run(loading)

    with monkeypatch.context() as patch:
        patch.setattr(Loading, "run", full)
        with pytest.raises(Unavailable):
            days.load("cards")
    assert owners()["c"] == "u2"
    assert [load.file for load in days.load("cards")] == ["3.csv", "4.csv"]
    assert owners() == {"a": "u1", "b": "u2", "c": "u3", "d": "u4"}


def test_what_waits_for_a_skipped_file_is_refused_until_it_comes(school: School) -> None:
    """A change that names what the broken file would have brought."""
    school.feeds["sis"] |= {"path": "rosters", "options": {"mode": "delta"}}
    folder = school.home.root / "rosters"
    folder.mkdir()
    school.write_zip(folder / "1.zip")
    (folder / "2.zip").write_bytes(b"PK\x03\x04 and then nothing")
    school.rows = {"roles.csv": ["r-new,active,,new,primary,student,,,o1"]}
    school.write_zip(folder / "3.zip")
    with pytest.raises(SourceError, match=r"2\.zip"):
        school.load("sis")
    assert RefusedRow.objects.filter(resolved_by=None).count() == 1
    school.rows = {"users.csv": ["new,active,,true,new,Nell,New,student,o1,"]}
    school.write_zip(folder / "2.zip")
    school.load("sis")
    assert User.objects.filter(pk="new").exists()
    assert not RefusedRow.objects.filter(resolved_by=None).exists()


def test_files_after_one_that_waits_for_consent_wait_too(school: School) -> None:
    school.load()
    school.feed("cards", "identity", "cards", options={"mode": "bulk"})
    school.file("cards/0.csv", "nothing")
    school.file("cards/1.csv", HEAD, *(f"u{number},card,{number}" for number in range(1, 11)))
    with pytest.raises(SourceError):
        school.load("cards")
    school.file("cards/2.csv", HEAD, "u1,card,1")
    school.file("cards/3.csv", HEAD, "u1,card,3")
    with pytest.raises(Held, match=r"0\.csv has no column[^$]*9 of 10"):
        school.load("cards")
    assert Load.objects.latest("pk").state == Load.State.HELD
    assert Identity.objects.filter(status="active").count() == 10


def test_events_need_no_turn(school: School) -> None:
    school.load()
    for day in (2, 3, 4):
        school.clicks(f"u1,2026-09-0{day} 09:00,view,k1,{day}", name=f"clicks/{day}.csv")
    school.feeds["lms"]["path"] = "clicks"
    school.load("lms")
    school.clicks("u1,2026-09-01 09:00,view,k1,1", name="clicks/1.csv")
    school.feeds["lms"]["path"] = "clicks"
    assert [(load.file, load.stored) for load in school.load("lms")] == [("1.csv", 1), ("4.csv", 0)]


def test_equal_files_are_not_read_in_turns(school: School) -> None:
    school.load()
    school.feed("cards", "identity", "cards")
    for name, who in (("1", "u1"), ("2", "u2"), ("3", "u1"), ("4", "u4")):
        school.file(f"cards/{name}.csv", HEAD, f"{who},card,a")
    assert len(school.load("cards")) == 4
    assert [load.file for load in school.load("cards")] == ["4.csv"]
    assert owners() == {"a": "u4"}
