"""Files that belong to statements, each kept once under its SHA-2 hash in LIWA_HOME/attachments."""

import fcntl
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import islice
from pathlib import Path
from time import time
from types import TracebackType
from typing import BinaryIO, Self
from uuid import uuid4

from django.db import connection

from liwa.core.config import home
from liwa.core.errors import Unavailable
from liwa.db.statements import Statements
from liwa.statements.errors import Malformed, NotFound, TooLarge
from liwa.statements.links import content_term

# The members of the SHA-2 family, by the number of hex digits.
_KINDS = {56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
_HEX = re.compile(r"[0-9a-f]+")
# A file that no statement names may be waiting for its statement to be committed.
WAITING = timedelta(days=1)
_sql = Statements(Path(__file__).parent / "sql" / "attachments.sql")
_BATCH = 500


def folder() -> Path:
    """Where attachments are kept."""
    return home() / "attachments"


def is_sha2(text: str) -> bool:
    """Whether this can be a SHA-2 hash in hex digits."""
    return len(text) in _KINDS and _HEX.fullmatch(text.lower()) is not None


class Writer:
    """Takes one file in piece by piece, without holding it in memory.

    with Writer(limit=10_000_000, declared=sha2) as writer:
        writer.write(b"…")
        sha2 = writer.finish()

    `declared` is the hash that the client gives (hex; the SHA-256 is worked out where it gives none), `limit` the
    most bytes taken. What is not finished leaves nothing behind.
    """

    def __init__(self, limit: int, declared: str = "") -> None:
        if declared and not is_sha2(declared):
            raise Malformed("the hash of an attachment is a SHA-2 in hex digits")
        self.limit = limit
        self.size = 0
        self.declared = declared.lower()
        self._hash = hashlib.new(_KINDS[len(declared) or 64])
        self._path = folder() / f".{uuid4().hex}"
        self._stream: BinaryIO | None = None

    def __enter__(self) -> Self:
        with _explained():
            folder().mkdir(parents=True, exist_ok=True)
            self._stream = self._path.open("xb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream:
            self._stream.close()
        self._path.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> None:
        """Take the next piece. Raises TooLarge."""
        self.size += len(chunk)
        if self.size > self.limit:
            raise _too_large(self.limit)
        self._hash.update(chunk)
        with _explained():
            self._open().write(chunk)

    def finish(self) -> str:
        """Keep the file and give its hash; it is on the disk then. Raises Malformed where it is not as declared."""
        sha2 = self._hash.hexdigest()
        if self.declared and self.declared != sha2:
            raise _other_content()
        place = _place(sha2)
        stream = self._open()
        with _explained():
            stream.flush()
            os.fsync(stream.fileno())
            stream.close()
            place.parent.mkdir(exist_ok=True)
            with _locked(fcntl.LOCK_SH):
                os.replace(self._path, place)  # also where it is there: from now on it is young again
            for path in (place.parent, folder()):
                _sync(path)
        return sha2

    def _open(self) -> BinaryIO:
        if self._stream is None:
            raise RuntimeError("a Writer is used in a with statement")
        return self._stream


def open_file(sha2: str) -> BinaryIO:
    """The attachment with this hash, to be read and closed. Raises NotFound."""
    if not is_sha2(sha2):
        raise NotFound("there is no such attachment")
    try:
        return _place(sha2.lower()).open("rb")
    except FileNotFoundError:
        raise NotFound("the content of this attachment is not here") from None


def size(sha2: str) -> int:
    """Bytes of the attachment. Raises NotFound."""
    with open_file(sha2) as stream:
        return os.fstat(stream.fileno()).st_size


def exists(hashes: Iterable[str]) -> set[str]:
    """Those of the hashes whose content is here, written as given."""
    return {sha2 for sha2 in hashes if is_sha2(sha2) and _place(sha2.lower()).is_file()}


def brought(authority: int, hashes: Iterable[str]) -> set[str]:
    """Those of the hashes whose content came with a statement of this authority (its term), written as given.

    Naming a hash is not having the file: who may read their own statements alone gets no more than what they sent.
    """
    by_term = {content_term(authority, sha2): sha2 for sha2 in hashes}
    found: set[str] = set()
    terms = iter(by_term)
    with connection.cursor() as cursor:
        while some := list(islice(terms, _BATCH)):
            cursor.execute(_sql("brought", {"values": ", ".join(["(%s)"] * len(some))}), some)
            found.update(by_term[term] for (term,) in cursor.fetchall())
    return found


def check(content: Iterable[bytes], limit: int, sha2: str) -> None:
    """Raise Malformed unless this is the content of the hash, TooLarge beyond `limit` bytes; keeps nothing."""
    digest, size = hashlib.new(_KINDS[len(sha2)]), 0
    for piece in content:
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        digest.update(piece)
    if digest.hexdigest() != sha2.lower():
        raise _other_content()


def remove_unused(in_use: Callable[[list[str]], set[str]], waiting: timedelta = WAITING) -> int:
    """Remove files that no statement names and that did not come in just now; gives how many.

    `in_use` is given hashes (at most 500 at a time) and gives those that statements name.
    """
    removed = 0
    old = time() - waiting / timedelta(seconds=1)
    for batch in _batches(_all_older(old)):
        used = in_use([path.name for path in batch])
        removed += sum(_remove(path, old) for path in batch if path.name not in used)
    _remove_broken_off(old)
    return removed


def _remove(path: Path, old: float) -> bool:
    """Remove the file unless it was sent again meanwhile."""
    with _locked(fcntl.LOCK_EX), suppress(FileNotFoundError):
        if path.stat().st_mtime <= old:
            path.unlink()
            return True
    return False


def _remove_broken_off(old: float) -> None:
    """What a process left behind that was killed while it wrote."""
    for path in folder().glob(".*"):
        if path.name != _LOCK and path.stat().st_mtime <= old:
            path.unlink(missing_ok=True)


def _all_older(old: float) -> Iterator[Path]:
    for path in folder().glob("[0-9a-f][0-9a-f]/*"):
        if is_sha2(path.name) and path.stat().st_mtime <= old:
            yield path


def _batches(paths: Iterator[Path]) -> Iterator[list[Path]]:
    batch: list[Path] = []
    for path in paths:
        batch.append(path)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _place(sha2: str) -> Path:
    return folder() / sha2[:2] / sha2


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"an attachment has at most {limit} bytes here")


def _other_content() -> Malformed:
    return Malformed("the content of an attachment does not have the hash that is given for it")


_LOCK = ".lock"


@contextmanager
def _locked(how: int) -> Iterator[None]:
    """Within: nobody removes what is being put in its place, and the other way round."""
    handle = os.open(folder() / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _explained() -> Iterator[None]:
    """Within: what the disk says becomes an error a person understands."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"An attachment cannot be kept: {error.strerror}.",
            remedy="See that LIWA_HOME can be written and has room.",
        ) from error
