"""Zips and folders that cannot be trusted."""

import struct
import zipfile
from pathlib import Path

import pytest

from liwa.core.errors import SourceError
from liwa.sources import files
from liwa.sources.files import Bundle, open_file


def make_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def content(bundle: Bundle, name: str) -> bytes:
    member = bundle.find(name)
    assert member is not None
    return b"".join(member.chunks())


@pytest.mark.parametrize(
    "name", ["users.csv", "USERS.CSV", "Export 2026/users.csv", "./users.csv", "us_ers.csv"]
)
def test_member_is_found_whatever_its_case_and_top_folder(tmp_path: Path, name: str) -> None:
    path = make_zip(tmp_path / "sis.zip", {name: b"a", "__MACOSX/._users.csv": b"junk"})
    assert content(Bundle.open(path), "users") == b"a"


def test_folder_with_one_folder_inside(tmp_path: Path) -> None:
    (tmp_path / "sis" / "export").mkdir(parents=True)
    (tmp_path / "sis" / "export" / "Users.csv").write_bytes(b"a")
    assert content(Bundle.open(tmp_path / "sis"), "users") == b"a"


def test_files_at_the_top_hide_folders(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sis.zip", {"users.csv": b"new", "old/users.csv": b"old"})
    assert content(Bundle.open(path), "users") == b"new"


def test_two_files_for_one_are_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sis.zip", {"Users.csv": b"a", "users.csv": b"b"})
    with pytest.raises(SourceError, match="several files"):
        Bundle.open(path).find("users")


def test_names_that_lead_outside_are_only_names(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sis.zip", {"../../users.csv": b"a"})
    assert Bundle.open(path).find("users") is None
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("data", [b"", b"sourcedId\n1\n", b"PK\x03\x04 but no zip", b"PK\x05\x06"])
def test_what_is_no_zip(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "sis.zip"
    path.write_bytes(data)
    with pytest.raises(SourceError):
        Bundle.open(path)


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no file"):
        Bundle.open(tmp_path / "sis.zip")
    with pytest.raises(SourceError, match="no file"):
        open_file(tmp_path / "lms.csv")


def test_damaged_member(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sis.zip", {"users.csv": b"sourcedId\n" + b"abc\n" * 1000})
    data = bytearray(path.read_bytes())
    data[45] ^= 0xFF
    path.write_bytes(data)
    member = Bundle.open(path).find("users")
    assert member is not None
    with pytest.raises(SourceError, match="damaged"):
        b"".join(member.chunks())


def test_encrypted_member(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sis.zip", {"users.csv": b"sourcedId\n1\n"})
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", data, data.index(mark) + offset, 1)
    path.write_bytes(data)
    member = Bundle.open(path).find("users")
    assert member is not None
    with pytest.raises(SourceError, match="password"):
        member.open()


def test_zip_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "SMALL", 1 << 16)
    path = make_zip(tmp_path / "sis.zip", {"users.csv": b"0" * (1 << 20)})
    member = Bundle.open(path).find("users")
    assert member is not None
    with pytest.raises(SourceError, match="unpack to 1,048,576 bytes"):
        member.open()


def test_one_file_alone_in_a_zip(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "lms.zip", {"export/lms.csv": b"a", "export/readme.pdf": b"b"})
    assert b"".join(open_file(path).chunks()) == b"a"
    with pytest.raises(SourceError, match="holds 2 CSV files"):
        open_file(make_zip(tmp_path / "two.zip", {"a.csv": b"", "b.csv": b""}))
    with pytest.raises(SourceError, match="is a folder"):
        open_file(tmp_path)
