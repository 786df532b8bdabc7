"""Outside files: a zip or a folder of CSV files, or one CSV file, opened without trusting them.

Nothing is ever extracted under a name the archive chose, so paths inside an archive cannot lead anywhere.
"""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from liwa.core.errors import SourceError

MAX_BYTES = 16 << 30  # of one file, unpacked
MAX_RATIO = 300  # unpacked to packed; quoted, repetitive CSV reaches about 30
SMALL = 64 << 20  # below this the ratio does not matter
CHUNK = 1 << 20

_UNREADABLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, struct.error, OSError, ValueError)


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Turns every way in which reading a damaged or forbidden file can fail into a SourceError about `what`."""
    try:
        yield
    except (RuntimeError, NotImplementedError) as error:  # zipfile's way to say encrypted or unknown method
        raise SourceError(
            f"{what} cannot be opened: {error}.", remedy="Export it without a password."
        ) from None
    except PermissionError:
        raise SourceError(f"{what} may not be read.", remedy="Give Liwa permission to read it.") from None
    except _UNREADABLE as error:
        raise SourceError(f"{what} is damaged: {error}.", remedy="Export or copy it again.") from None


@dataclass(frozen=True)
class Member:
    """One file: on its own, in a folder, or in a zip. `open()` gives its bytes from the start, each time anew."""

    name: str
    size: int
    _open: Callable[[], IO[bytes]]
    path: Path | None = None

    def open(self) -> IO[bytes]:
        with readable(self.name):
            return self._open()

    def chunks(self) -> Iterator[bytes]:
        """The bytes, a piece at a time. Raises SourceError where the file is damaged."""
        with readable(self.name), self._open() as stream:
            while chunk := stream.read(CHUNK):
                yield chunk

    def copy_to(self, target: Path) -> None:
        with target.open("wb") as out:
            for chunk in self.chunks():
                out.write(chunk)


def open_file(path: Path) -> Member:
    """The one CSV file at `path`, or the only one inside the zip at `path`."""
    if not path.exists():
        raise SourceError(f"There is no file {path}.")
    if path.is_dir():
        raise SourceError(f"{path} is a folder, not a file.", remedy="Name one CSV file.")
    if not _is_zip(path):
        return _plain(path)
    members = [
        member for member in Bundle.open(path) if member.name.lower().endswith((".csv", ".txt", ".tsv"))
    ]
    if len(members) != 1:
        raise SourceError(
            f"{path} holds {len(members)} CSV files where one is expected.",
            remedy="Give one CSV file, plain or alone in a zip; save spreadsheets as CSV.",
        )
    return members[0]


class Bundle:
    """The CSV files of a zip or a folder, found by name whatever its case.

    Files at the top count; where there are none, those inside one single top folder do.
    """

    def __init__(self, path: Path, members: list[Member]) -> None:
        self.path = path
        self._by_name: dict[str, list[Member]] = {}
        for member in members:
            self._by_name.setdefault(squeezed(member.name), []).append(member)

    @classmethod
    def open(cls, path: Path) -> "Bundle":
        """Raises SourceError if `path` is missing, or neither a folder nor a sound zip."""
        if path.is_dir():
            return cls(path, _folder_members(path))
        if not path.exists():
            raise SourceError(f"There is no file or folder {path}.")
        if not _is_zip(path):
            raise SourceError(
                f"{path} is not a zip file.", remedy="Give a zip of CSV files, or a folder of them."
            )
        return cls(path, _zip_members(path))

    def __iter__(self) -> Iterator[Member]:
        return iter([member for members in self._by_name.values() for member in members])

    def find(self, *names: str) -> Member | None:
        """The CSV file that goes by one of `names`, if there is one; case, '_', '-' and spaces do not matter.

        Raises SourceError when there are several: choosing one could lose rows.
        """
        wanted = {f"{squeezed(name)}.csv" for name in names}
        found = [member for name in sorted(wanted) for member in self._by_name.get(name, [])]
        if len(found) > 1:
            listed = ", ".join(member.name for member in found)
            raise SourceError(
                f"{self.path} holds several files for one: {listed}.", remedy="Keep only one of them."
            )
        return found[0] if found else None


def squeezed(name: str) -> str:
    """A file's name without what its writers vary: case, spaces, `_` and `-`."""
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")


def _is_zip(path: Path) -> bool:
    with readable(str(path)), path.open("rb") as stream:
        return stream.read(4) in (b"PK\x03\x04", b"PK\x05\x06") or zipfile.is_zipfile(path)


def _plain(path: Path) -> Member:
    def opened() -> IO[bytes]:
        return path.open("rb")

    return Member(path.name, path.stat().st_size, opened, path)


def _folder_members(path: Path) -> list[Member]:
    with readable(str(path)):
        files = [
            child for child in sorted(path.iterdir()) if child.is_file() and not child.name.startswith(".")
        ]
        folders = [
            child for child in sorted(path.iterdir()) if child.is_dir() and not child.name.startswith(".")
        ]
        if not any(child.suffix.lower() == ".csv" for child in files) and len(folders) == 1:
            files = [child for child in sorted(folders[0].iterdir()) if child.is_file()]
        return [_plain(child) for child in files]


def _zip_members(path: Path) -> list[Member]:
    with readable(str(path)), zipfile.ZipFile(path) as archive:
        entries = [(info, _parts(info.filename)) for info in archive.infolist() if not info.is_dir()]
    entries = [(info, parts) for info, parts in entries if parts and not _is_junk(parts)]
    top = [(info, parts) for info, parts in entries if len(parts) == 1]
    if not any(parts[0].lower().endswith(".csv") for _, parts in top):
        folders = {parts[0] for _, parts in entries if len(parts) > 1}
        if len(folders) == 1:
            top = [(info, parts) for info, parts in entries if len(parts) == 2]
    return [_zip_member(path, info, parts[-1]) for info, parts in top]


def _parts(name: str) -> list[str]:
    return [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]


def _is_junk(parts: list[str]) -> bool:
    """What macOS adds to archives."""
    return parts[0] == "__MACOSX" or parts[-1].startswith(".")


def _zip_member(path: Path, info: zipfile.ZipInfo, name: str) -> Member:
    def opened() -> IO[bytes]:
        _check_size(info, name)
        archive = zipfile.ZipFile(path)
        try:
            return io.BufferedReader(cast(io.RawIOBase, _Entry(archive, archive.open(info))), CHUNK)
        except BaseException:
            archive.close()
            raise

    return Member(name, info.file_size, opened)


def _check_size(info: zipfile.ZipInfo, name: str) -> None:
    """No more bytes than the directory of the zip declares are ever unpacked, so what it declares is checked."""
    ratio = info.file_size / max(info.compress_size, 1)
    if info.file_size > MAX_BYTES or (info.file_size > SMALL and ratio > MAX_RATIO):
        raise SourceError(
            f"{name} would unpack to {info.file_size:,} bytes from {info.compress_size:,}: no roster looks so.",
            remedy="If the file is right, unpack it and give Liwa the folder.",
        )


class _Entry(io.RawIOBase):
    """A zip entry that closes its archive with itself."""

    def __init__(self, archive: zipfile.ZipFile, entry: IO[bytes]) -> None:
        self._archive = archive
        self._entry = entry

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._entry.read(size)

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        data = self._entry.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._entry.close()
            self._archive.close()
        super().close()
