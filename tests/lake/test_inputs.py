import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liwa.core.errors import LiwaError, SourceError, Unavailable
from liwa.lake import inputs
from liwa.lake.inputs import digest_of, keep, kept, sweep


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "export 导出.csv"
    path.write_bytes(b"a,b\r\n1,2\r\n")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "oulad"
    (path / "more").mkdir(parents=True)
    (path / "b.csv").write_bytes(b"2")
    (path / "a.csv").write_bytes(b"1")
    (path / "more" / "c.csv").write_bytes(b"3")
    (path / ".DS_Store").write_bytes(b"x")
    return path


def test_a_file_is_kept_under_its_hash_and_name(file: Path, tmp_path: Path) -> None:
    digest = keep(file, tmp_path / "inputs")
    assert digest == hashlib.sha256(file.read_bytes()).hexdigest()
    found = kept(digest, tmp_path / "inputs")
    assert (found.name, found.read_bytes()) == (file.name, file.read_bytes())
    assert found.parent.parent.name == digest[:2]


def test_keeping_again_changes_nothing(file: Path, tmp_path: Path) -> None:
    keep(file, tmp_path / "inputs")
    before = kept(digest_of(file), tmp_path / "inputs").stat()
    copy = file.rename(file.with_name("other name.csv"))
    assert kept(keep(copy, tmp_path / "inputs"), tmp_path / "inputs").stat() == before


def test_what_is_kept_does_not_change_with_the_file(file: Path, tmp_path: Path) -> None:
    digest = keep(file, tmp_path / "inputs")
    with file.open("ab") as stream:
        stream.write(b"3,4\r\n")
    assert kept(digest, tmp_path / "inputs").read_bytes() == b"a,b\r\n1,2\r\n"


def test_a_folder_is_kept_whole_but_for_hidden_files(folder: Path, tmp_path: Path) -> None:
    found = kept(keep(folder, tmp_path / "inputs"), tmp_path / "inputs")
    names = sorted(path.relative_to(found).as_posix() for path in found.rglob("*") if path.is_file())
    assert names == ["a.csv", "b.csv", "more/c.csv"]


def test_of_a_folder_only_what_is_named_is_kept(folder: Path, tmp_path: Path) -> None:
    digest = keep(folder, tmp_path / "inputs", [folder / "a.csv"])
    found = kept(digest, tmp_path / "inputs")
    assert [path.name for path in found.rglob("*") if path.is_file()] == ["a.csv"]
    assert digest == digest_of(folder, [folder / "a.csv"]) == digest_of(found) != digest_of(folder)


def test_what_broken_copies_left_is_swept_and_what_is_kept_stays(folder: Path, tmp_path: Path) -> None:
    inputs = tmp_path / "inputs"
    digest = keep(folder, inputs)
    left = inputs / digest[:2] / f".{'0' * 64}.half"
    left.mkdir()
    (left / "half").write_bytes(b"half")
    sweep(inputs)
    assert not left.exists()
    assert kept(digest, inputs).is_dir()


def test_the_hash_of_a_folder_is_of_names_and_bytes_not_dates(folder: Path) -> None:
    before = digest_of(folder)
    os.utime(folder / "a.csv", (0, 0))
    assert digest_of(folder) == before
    (folder / "a.csv").rename(folder / "d.csv")
    assert digest_of(folder) != before


@given(st.dictionaries(st.sampled_from(["a", "b", "c/d"]), st.binary(max_size=4)), st.data())
def test_any_change_changes_the_hash(
    tmp_path_factory: pytest.TempPathFactory, contents: dict[str, bytes], data: st.DataObject
) -> None:
    other = data.draw(st.dictionaries(st.sampled_from(["a", "b", "c/d"]), st.binary(max_size=4)))
    digests = []
    for files in (contents, other):
        folder = tmp_path_factory.mktemp("folder")
        for name, content in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
        digests.append(digest_of(folder))
    assert (digests[0] == digests[1]) == (contents == other)


def test_a_copy_that_was_broken_off_is_no_hindrance(file: Path, tmp_path: Path) -> None:
    digest = digest_of(file)
    left = tmp_path / "inputs" / digest[:2] / f".{digest}.0123"
    left.mkdir(parents=True)
    (left / file.name).write_bytes(b"a,")
    with pytest.raises(LiwaError):
        kept(digest, tmp_path / "inputs")
    assert keep(file, tmp_path / "inputs") == digest
    assert not left.exists()


def test_a_file_that_is_still_written_is_refused(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs.shutil, "copyfile", lambda source, target: target.write_bytes(b"more"))
    with pytest.raises(SourceError, match="changed while"):
        keep(file, tmp_path / "inputs")
    assert not list((tmp_path / "inputs").rglob("*.csv"))


def test_what_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        keep(tmp_path / "nothing.csv", tmp_path / "inputs")
    with pytest.raises(LiwaError, match="not kept"):
        kept("0" * 64, tmp_path / "inputs")


def test_a_place_that_cannot_be_written_is_said_plainly(file: Path, tmp_path: Path) -> None:
    (tmp_path / "inputs").write_bytes(b"a file")
    with pytest.raises(Unavailable, match="cannot be kept"):
        keep(file, tmp_path / "inputs")
