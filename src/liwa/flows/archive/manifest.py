"""What an archive says of itself; it is the last thing in it, so that one that was broken off says nothing."""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import msgspec

from liwa.core.errors import LiwaError, Unavailable

NAME = "manifest.json"
FORMAT = 1
TABLES, FILES = "tables/", "files/"
PIECE = 1 << 20


class TableEntry(msgspec.Struct):
    """A table: its columns in their order, its rows and their hash, the highest number ever given to one."""

    columns: list[str]
    rows: int
    digest: str
    last_number: int = 0


class FileEntry(msgspec.Struct):
    """A file: its size in bytes and SHA-256 (hex)."""

    size: int
    sha256: str


class Manifest(msgspec.Struct):
    """All that is in an archive. `moment` is when all of it was so; `engine` the database that wrote the rows.

    `migrations` are those that the tables had seen, `lake` the rows of the lake's tables, `key` tells whether another
    secret key is the same.
    """

    format: int
    liwa: str
    moment: str
    engine: str
    key: str
    migrations: list[tuple[str, str]]
    tables: dict[str, TableEntry]
    files: dict[str, FileEntry]
    lake: dict[str, int]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables.values())

    @property
    def id(self) -> str:
        """A hash of all that it says."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


def key_hash(secret: str) -> str:
    """What tells a secret key from others, and does not tell it."""
    return hashlib.sha256(f"liwa backup {secret}".encode()).hexdigest()[:16]


def open_archive(path: Path) -> zipfile.ZipFile:
    """The archive, to be closed. Raises LiwaError where the file is none."""
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError):
        raise LiwaError(f"{path} is no backup, or a damaged one.", remedy="Take another one.") from None
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}.") from None


def manifest_of(archive: zipfile.ZipFile) -> Manifest:
    """What the archive says of itself. Raises LiwaError where that cannot be understood."""
    try:
        plain: Any = json.loads(archive.read(NAME))
        if plain["format"] == FORMAT:
            return msgspec.convert(plain, Manifest)
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile):
        raise LiwaError(
            f"{archive.filename} is no backup, or a damaged one.", remedy="Take another one."
        ) from None
    raise LiwaError(f"{archive.filename} was made by another version of Liwa ({plain['liwa']}).")
