"""Attachments: kept once under their hash, never half, and removed only when nobody can need them."""

import hashlib
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from liwa.core.errors import Unavailable
from liwa.statements import attachments as module
from liwa.statements.errors import Malformed, NotFound, TooLarge
from liwa.statements.links import content_term
from liwa.statements.models import Link

LIMIT = 1000


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIWA_HOME", str(tmp_path))
    return tmp_path / "attachments"


def keep(content: bytes, declared: str = "") -> str:
    with module.Writer(LIMIT, declared) as writer:
        for start in range(0, len(content), 7):
            writer.write(content[start : start + 7])
        return writer.finish()


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.name != ".lock")


def content_of(sha2: str) -> bytes:
    with module.open_file(sha2) as stream:
        return stream.read()


def test_what_was_written_is_there_under_its_hash(folder: Path) -> None:
    sha2 = keep(b"the river" * 20)
    assert sha2 == hashlib.sha256(b"the river" * 20).hexdigest()
    assert content_of(sha2) == content_of(sha2.upper()) == b"the river" * 20
    assert module.size(sha2) == 180
    assert (folder / sha2[:2] / sha2).is_file()


def test_nothing_may_be_written_too(folder: Path) -> None:
    assert content_of(keep(b"")) == b""


def test_the_same_content_is_kept_once(folder: Path) -> None:
    assert keep(b"same") == keep(b"same")
    assert len(files(folder)) == 1


@pytest.mark.parametrize("kind", ["sha224", "sha256", "sha384", "sha512"])
def test_every_member_of_the_family(kind: str) -> None:
    declared = hashlib.new(kind, b"content").hexdigest()
    assert keep(b"content", declared.upper()) == declared
    assert content_of(declared) == b"content"


@pytest.mark.parametrize("declared", ["abc", "../../etc/passwd", "g" * 64, "a" * 65, "é" * 64])
def test_hashes_that_are_none(declared: str) -> None:
    with pytest.raises(Malformed):
        module.Writer(LIMIT, declared)
    with pytest.raises(NotFound):
        module.open_file(declared)
    assert module.exists([declared]) == set()


def test_content_that_is_not_as_declared_is_not_kept(folder: Path) -> None:
    with pytest.raises(Malformed, match="hash"):
        keep(b"other content", hashlib.sha256(b"content").hexdigest())
    assert files(folder) == []


def test_too_much_is_refused_before_it_is_written(folder: Path) -> None:
    assert keep(b"x" * LIMIT)
    with module.Writer(LIMIT) as writer:
        writer.write(b"y" * 999)
        with pytest.raises(TooLarge):
            writer.write(b"yy")
        (part,) = folder.glob(".[0-9a-f]*")
        assert part.stat().st_size <= LIMIT
    assert len(files(folder)) == 1


def test_what_is_not_finished_leaves_nothing(folder: Path) -> None:
    with pytest.raises(RuntimeError), module.Writer(LIMIT) as writer:
        writer.write(b"half")
        raise RuntimeError
    assert files(folder) == []


def test_it_is_synced_before_it_has_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(module.os, "fsync", lambda handle: order.append("sync") or sync(handle))
    monkeypatch.setattr(module.os, "replace", lambda a, b: order.append("name") or replace(a, b))
    keep(b"content")
    assert order == ["sync", "name", "sync", "sync"]


def test_a_full_disk_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(Unavailable, match="No space left"):
        keep(b"content")


def test_exists_answers_as_asked() -> None:
    sha2 = keep(b"content")
    assert module.exists([sha2.upper(), "0" * 64]) == {sha2.upper()}


def age(folder: Path, sha2: str, hours: float) -> None:
    at = time.time() - hours * 3600
    os.utime(folder / sha2[:2] / sha2, (at, at))


def test_only_old_files_that_nobody_names_are_removed(folder: Path) -> None:
    used, unused, young = keep(b"used"), keep(b"unused"), keep(b"young")
    for sha2 in (used, unused):
        age(folder, sha2, 25)
    asked: list[str] = []

    def in_use(hashes: list[str]) -> set[str]:
        asked.extend(hashes)
        return {used}

    assert module.remove_unused(in_use) == 1
    assert sorted(asked) == sorted([used, unused])
    assert module.exists([used, unused, young]) == {used, young}


def test_a_file_that_is_sent_again_meanwhile_stays(folder: Path) -> None:
    sha2 = keep(b"content")
    age(folder, sha2, 25)

    def in_use(hashes: list[str]) -> set[str]:
        keep(b"content")  # somebody's statement is on its way
        return set()

    assert module.remove_unused(in_use) == 0
    assert content_of(sha2) == b"content"


def test_many_files_are_asked_about_in_batches(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BATCH", 2)
    for number in range(5):
        age(folder, keep(b"%d" % number), 25)
    asked: list[int] = []
    assert module.remove_unused(lambda hashes: asked.append(len(hashes)) or set()) == 5
    assert asked == [2, 2, 1]


def test_what_a_killed_process_left_is_swept_up(folder: Path) -> None:
    keep(b"content")
    left = folder / ".0123456789abcdef"
    left.write_bytes(b"half")
    module.remove_unused(set)
    assert left.exists()
    os.utime(left, (0, 0))
    module.remove_unused(set, timedelta(hours=1))
    assert not left.exists()


def test_there_may_be_no_folder_yet() -> None:
    assert module.remove_unused(lambda hashes: set()) == 0


def test_what_is_only_looked_at_is_not_kept(folder: Path) -> None:
    sha2 = hashlib.sha384(b"content").hexdigest()
    module.check([b"con", b"tent"], LIMIT, sha2.upper())
    with pytest.raises(Malformed, match="hash"):
        module.check([b"other"], LIMIT, sha2)
    with pytest.raises(TooLarge):
        module.check([b"x" * LIMIT, b"x"], LIMIT, sha2)
    assert not folder.exists()


@pytest.mark.django_db
def test_with_whose_statements_files_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BATCH", 2)
    hashes = [hashlib.sha256(b"%d" % number).hexdigest() for number in range(5)]
    for seq, sha2 in enumerate(hashes[:4]):
        Link.objects.create(term=content_term(7, sha2), seq=seq)
        Link.objects.create(term=content_term(7, sha2), seq=seq + 10)
    assert module.brought(7, [hashes[4], *(sha2.upper() for sha2 in hashes[:3])]) == {
        sha2.upper() for sha2 in hashes[:3]
    }
    assert module.brought(8, hashes) == module.brought(7, []) == set()
