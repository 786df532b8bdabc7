"""What a backup holds is one state that there was, and comes back as it was."""

import json
import random
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from liwa.core.errors import Busy, Held, LiwaError, Unavailable
from liwa.flows import backup as module
from liwa.flows import refresh
from liwa.flows import restore as restoring
from liwa.flows.archive import files as archived
from liwa.flows.archive.manifest import NAME, TABLES
from liwa.flows.backup import backup
from liwa.flows.home import Home
from liwa.flows.restore import restore, verify
from liwa.flows.tables import filling
from liwa.flows.tables.places import database
from liwa.lake.reader import open_lake
from liwa.records.models import LakeState
from liwa.statements import attachments
from liwa.statements.models import Counter, Link, Pump, Statement
from tests.flows.everything import everything, some_of_everything
from tests.flows.school import School, seven_weeks
from tests.statements.made import send, statement

QUIET = {"progress": lambda name, done, total: None}
AS_OF = datetime(2026, 10, 25, 16, tzinfo=UTC)


@pytest.fixture
def school(other_databases: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> School:
    """The small school after seven weeks, loaded and refreshed, with statements, accounts and an attachment."""
    school = School(tmp_path / "home")
    monkeypatch.setattr(attachments, "home", lambda: school.home.root)
    seven_weeks(school)
    school.load()
    some_of_everything()
    send(statement("ann", attachments=[attached(b"an essay")]))
    attached(b"a file that no statement names")
    refresh.refresh(school.home, as_of=AS_OF)
    return school


def attached(content: bytes) -> dict[str, Any]:
    """Keep a file; what a statement says of it."""
    with attachments.Writer(limit=1000) as writer:
        writer.write(content)
        sha2 = writer.finish()
    return {
        "usageType": "https://example.org/essay",
        "display": {"en": "Essay"},
        "contentType": "text/plain",
        "length": len(content),
        "sha2": sha2,
    }


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "backup.zip"


@contextmanager
def brought_back(path: Path, url: str, folder: Path) -> Iterator[tuple[Home, BaseDatabaseWrapper]]:
    """A backup in a place of its own."""
    home = Home(folder)
    home.make()
    with database(url, home.root, "there", "it") as there:
        restore(home, path, target=there, **QUIET)
        yield home, there


def lake(home: Home, alias: str = "default") -> dict[str, list[Any]]:
    """All rows of the lake that a database names."""
    known = LakeState.objects.using(alias).get()
    versions = {"events_version": known.events_version, "mirror_versions": known.mirror_versions}
    with open_lake(home.lake(known.root), **versions) as tables:
        names = ["raw_events", *known.mirror_versions]
        return {name: sorted(getattr(tables, name).to_pyarrow().to_pylist(), key=repr) for name in names}


def test_everything_comes_back(school: School, place: Path, database_url: str, tmp_path: Path) -> None:
    done = backup(school.home, place, **QUIET)
    assert place.stat().st_mode & 0o777 == 0o600
    assert done.rows == sum(map(len, everything().values()))
    with brought_back(place, database_url, tmp_path / "new") as (home, _):
        assert everything("there") == everything()
        assert lake(home, "there") == lake(school.home)
        assert home.feeds_file.read_bytes() == school.home.feeds_file.read_bytes()
        kept = [path.name for path in (home.root / "attachments").glob("*/*")]
        assert kept == [sha256(b"an essay").hexdigest()]
        inputs = {path.relative_to(home.inputs) for path in home.inputs.rglob("*")}
        assert inputs == {path.relative_to(school.home.inputs) for path in school.home.inputs.rglob("*")}


def test_it_comes_back_on_another_engine(school: School, place: Path, tmp_path: Path) -> None:
    backup(school.home, place, **QUIET)
    with brought_back(place, "sqlite:///other.sqlite3", tmp_path / "new"):
        assert everything("there") == everything()


def test_a_trial_leaves_nothing(school: School, place: Path) -> None:
    done = backup(school.home, place, **QUIET)
    before = {path.name for path in place.parent.iterdir()}
    assert verify(place, **QUIET).id == done.id
    assert {path.name for path in place.parent.iterdir()} == before


BATCH, WRITERS, BACKUPS = 5, 3, 3


class Busyness:
    """Statements come in, change the campus's name together with the newest batch, and flow into the lake."""

    def __init__(self, school: School) -> None:
        self.school = school
        self.stop = Event()
        self.errors: list[BaseException] = []
        works: list[Callable[[], None]] = [self.refresh, *(self.writer(number) for number in range(WRITERS))]
        self.threads = [Thread(target=self.run, args=(work,)) for work in works]

    def __enter__(self) -> "Busyness":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()
        assert not self.errors

    def run(self, work: Callable[[], None]) -> None:
        try:
            while not self.stop.is_set():
                work()
        except BaseException as error:
            self.errors.append(error)
        finally:
            connection.close()

    def writer(self, number: int) -> Callable[[], None]:
        """Batches of statements, each of them one transaction; the last of each has an attachment."""
        batches = iter(range(1_000_000))

        def write() -> None:
            batch = next(batches)
            some = [statement(f"w{number}", result={"score": {"raw": batch}}) for _ in range(BATCH)]
            some[-1]["attachments"] = [attached(f"{number} {batch}".encode())]
            send(*some)

        return write

    def refresh(self) -> None:
        refresh.refresh(self.school.home, as_of=AS_OF)


@pytest.mark.slow
def test_of_a_busy_server(school: School, tmp_path: Path, database_url: str) -> None:
    sizes = []
    with Busyness(school):
        for number in range(BACKUPS):
            backup(school.home, tmp_path / f"{number}.zip", **QUIET)
            sizes.append(Statement.objects.count())
    assert sizes == sorted(set(sizes)), "nobody was busy"
    urls = [database_url, *(f"sqlite:///{tmp_path}/{number}.sqlite3" for number in range(1, BACKUPS))]
    counts = []
    for number, url in enumerate(urls):
        with brought_back(tmp_path / f"{number}.zip", url, tmp_path / f"new-{number}") as (home, _):
            counts.append(check_a_state(home))
    assert counts == sorted(counts)
    assert all(restored <= then for restored, then in zip(counts, sizes, strict=True))


def check_a_state(home: Home) -> int:
    """What was restored is a state in which the installation was at one moment; gives its statements."""
    rows = Statement.objects.using("there").order_by("seq").values_list("seq", "id", "payload")
    stored = [(seq, pk, json.loads(payload)) for seq, pk, payload in rows]
    batches: dict[str, list[int]] = defaultdict(list)
    for _, _, one in stored:
        if one["actor"]["mbox"].startswith("mailto:w"):
            batches[one["actor"]["mbox"]].append(one["result"]["score"]["raw"])
    for found in batches.values():  # all of every batch up to one, and nothing of later ones
        assert found == [batch for batch in range(len(found) // BATCH) for _ in range(BATCH)]
    assert Counter.objects.using("there").get().last == stored[-1][0]
    seqs = {seq for seq, _, _ in stored}
    assert seqs == set(Link.objects.using("there").values_list("seq", flat=True))
    named = {file["sha2"] for _, _, one in stored for file in one.get("attachments", [])}
    kept = {path.name for path in (home.root / "attachments").glob("*/*")}
    assert kept == named
    assert all(
        sha256(path.read_bytes()).hexdigest() == path.name for path in home.root.glob("attachments/*/*")
    )
    # The lake has the statements up to the one that the database names, and none after it.
    flowed = Pump.objects.using("there").get()
    events = [one for one in lake(home, "there")["raw_events"] if one["source"] not in ("lms", "sis")]
    assert len(events) == sum(known["events"] for known in flowed.feeds.values())
    assert len(events) == sum(seq <= flowed.position for seq in seqs)
    return len(stored)


# When something is in the way


def test_files_that_went_between_the_moment_and_the_link(
    school: School, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh that tidies up, just then: there is a new moment."""
    real = module.files_of
    left = iter(range(2))

    def files_of(home: Home, known: LakeState, seen: set[Path]) -> Iterator[Path]:
        found = list(real(home, known, seen))
        yield from found
        if next(left, None) is not None:
            yield home.root / "lake" / "gone.parquet"

    monkeypatch.setattr(module, "files_of", files_of)
    backup(school.home, place, **QUIET)
    verify(place, **QUIET)
    assert list((school.home.root / module.WORK).iterdir()) == []


def test_a_lake_without_its_files(school: School, place: Path) -> None:
    next(school.home.root.glob("lake/events/source=*/*/*.parquet")).unlink()
    with pytest.raises(LiwaError, match="does not have the files"):
        backup(school.home, place, **QUIET)
    assert not place.exists()


def test_a_file_that_is_there_is_kept(school: School, place: Path) -> None:
    place.write_text("mine")
    with pytest.raises(LiwaError, match="is there already"):
        backup(school.home, place, **QUIET)
    assert place.read_text() == "mine"


def test_broken_off_nothing_is_there(school: School, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_files", full)
    with pytest.raises(Unavailable, match="No space left"):
        backup(school.home, place, **QUIET)
    assert {path.name for path in place.parent.iterdir()} == {"home"}


def test_one_at_a_time(school: School, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = module._files

    def files(*arguments: Any) -> None:
        with pytest.raises(Busy):
            backup(school.home, place.with_name("second.zip"), **QUIET)
        real(*arguments)

    monkeypatch.setattr(module, "_files", files)
    backup(school.home, place, **QUIET)


@pytest.fixture(scope="module")
def archives() -> list[bytes]:
    """The backup that all tests of this file begin with that spoil one, once it is made."""
    return []


@pytest.fixture
def sound(archives: list[bytes], place: Path, other_databases: None, request: pytest.FixtureRequest) -> bytes:
    """A backup of some school, at its place."""
    if not archives:
        backup(request.getfixturevalue("school").home, place, **QUIET)
        archives.append(place.read_bytes())
    place.write_bytes(archives[0])
    return archives[0]


def test_damage_is_seen(sound: bytes, place: Path) -> None:
    """A byte changed, or the end missing, anywhere."""
    chance = random.Random(5)
    for _ in range(4):
        at = chance.randrange(len(sound))
        place.write_bytes(sound[:at] + bytes([sound[at] ^ 0xFF]) + sound[at + 1 :])
        try:
            verify(place, **QUIET)
        except LiwaError:
            continue
        # Not every byte says something: of times and attributes of members nothing depends.
        with zipfile.ZipFile(place) as archive:
            assert archive.testzip() is None
    for at in (0, len(sound) // 2):
        place.write_bytes(sound[:at])
        with pytest.raises(LiwaError, match="damaged"):
            verify(place, **QUIET)


def rewritten(place: Path, changes: dict[str, Callable[[bytes], bytes]]) -> None:
    """The archive with other content in some members."""
    with zipfile.ZipFile(place) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(place, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, changes.get(name, bytes)(content))


@pytest.mark.parametrize("member", ["tables/records_user", "tables/statements_link", "files/feeds.toml"])
def test_content_that_is_not_what_the_archive_says(sound: bytes, place: Path, member: str) -> None:
    rewritten(place, {member: lambda content: content[: content.rindex(b"\n", 0, -1) + 1]})
    with pytest.raises(LiwaError, match=r"damaged|refers to one that is not there"):
        verify(place, **QUIET)


@pytest.mark.parametrize("name", ["../up", "/up", "secret.key", "liwa.sqlite3-wal", ".", "a/../../up"])
def test_files_that_would_lie_where_none_belongs(
    sound: bytes, place: Path, tmp_path: Path, database_url: str, name: str
) -> None:
    def elsewhere(content: bytes) -> bytes:
        told = json.loads(content)
        told["files"][name] = told["files"]["feeds.toml"]
        return json.dumps(told).encode()

    rewritten(place, {NAME: elsewhere})
    home = Home(tmp_path / "new")
    home.make()
    with (
        database(database_url, home.root, "there", "it") as there,
        pytest.raises(LiwaError, match="damaged"),
    ):
        restore(home, place, target=there, **QUIET)
    assert not (tmp_path / "up").exists()
    assert not (home.root / "secret.key").exists()


def test_what_comes_back_is_its_owners_alone(
    sound: bytes, place: Path, database_url: str, tmp_path: Path
) -> None:
    with brought_back(place, database_url, tmp_path / "new") as (home, _):
        names = json.loads(zipfile.ZipFile(place).read(NAME))["files"]
        assert names
        assert {(home.root / name).stat().st_mode & 0o077 for name in names} == {0}


def test_an_attachment_that_went_before_it_was_looked_for(
    school: School, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moment knows it still, so there must be another one."""
    real = module.attachments
    tried = iter(range(2))

    def seen(home: Home) -> set[Path]:
        gone = {home.root / "attachments" / "ab" / ("ab" * 32)}
        return real(home) | (gone if next(tried, None) is not None else set())

    monkeypatch.setattr(module, "attachments", seen)
    monkeypatch.setattr(archived, "attachments_in_use", set)
    backup(school.home, place, **QUIET)
    assert next(tried, None) is None
    verify(place, **QUIET)


def test_a_file_that_is_no_backup(place: Path, tmp_path: Path) -> None:
    place.write_text("nothing")
    with pytest.raises(LiwaError, match="is no backup"):
        verify(place, **QUIET)
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("other", "")
    with pytest.raises(LiwaError, match="is no backup"):
        verify(place, **QUIET)
    with pytest.raises(Unavailable, match="cannot be read"):
        verify(tmp_path / "missing.zip", **QUIET)


NEW = ("risk_low", "risk_high", "withdraw")


def test_of_an_older_version(sound: bytes, place: Path) -> None:
    """Tables come back as they were, and are brought up to date."""

    def older(content: bytes) -> bytes:
        told = json.loads(content)
        told["migrations"].remove(["digest", "0004_risk_intervals"])
        for name in ("digest_enrollment", "digest_student"):
            table = told["tables"][name]
            table["columns"] = [one for one in table["columns"] if one not in NEW]
            table["rows"], table["digest"] = 0, ""
        return json.dumps(told).encode()

    emptied = {f"{TABLES}{name}": lambda content: b"" for name in ("digest_enrollment", "digest_student")}
    rewritten(place, {NAME: older, **emptied})
    verify(place, **QUIET)


def test_of_a_newer_version(sound: bytes, place: Path) -> None:
    def newer(content: bytes) -> bytes:
        told = json.loads(content)
        told["migrations"].append(["records", "9999_future"])
        return json.dumps(told).encode()

    rewritten(place, {NAME: newer})
    with pytest.raises(LiwaError, match=r"newer Liwa .* records.9999_future"):
        verify(place, **QUIET)


def test_only_into_an_empty_place(sound: bytes, place: Path, school: School, tmp_path: Path) -> None:
    with pytest.raises(Held, match="database is not empty"):
        restore(Home(tmp_path / "new"), place, **QUIET)
    with (
        database("sqlite:///x.sqlite3", tmp_path, "there", "it") as there,
        pytest.raises(Held, match="home is not"),
    ):
        restore(school.home, place, target=there, **QUIET)


def test_broken_off_it_is_brought_back_all_the_same(
    school: School, place: Path, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(school.home, place, **QUIET)
    home = Home(tmp_path / "new")
    home.make()
    left = iter(range(12))
    real = filling.write

    def write(*arguments: Any, **options: Any) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        real(*arguments, **options)

    with database(database_url, home.root, "there", "it") as there:
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(filling, "write", write)
            restore(home, place, target=there, **QUIET)
        assert not restore(home, place, target=there, **QUIET).other_key
        assert everything("there") == everything()
        with pytest.raises(Held, match="not empty"):
            restore(home, place, target=there, **QUIET)


def test_another_secret_key_is_told(
    sound: bytes, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring.settings, "SECRET_KEY", "another")
    home = Home(tmp_path / "new")
    home.make()
    with database("sqlite:///x.sqlite3", home.root, "there", "it") as there:
        assert restore(home, place, target=there, **QUIET).other_key
