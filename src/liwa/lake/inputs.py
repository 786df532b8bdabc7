"""Every file that was ever loaded, kept under its hash, so that the lake and the records can be remade."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import uuid4

from liwa.core.errors import LiwaError, SourceError, Unavailable
from liwa.lake.disk import sync

LISTING = "sha256 of a folder, version 1\n"


def keep(path: Path, inputs: Path, files: Sequence[Path] | None = None) -> str:
    """Keep a file, or of a folder these `files` (all by default), below `inputs`; gives its SHA-256 (64 hex digits).

    A folder's hash is that of a listing of its files' paths and hashes, so equal contents are kept once however
    they are dated. Raises SourceError where `path` cannot be read or is still being written, Unavailable where
    `inputs` cannot be written.
    """
    try:
        digest = digest_of(path, files)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.") from error
    place = _place(digest, inputs)
    if place.exists():
        return digest
    try:
        complete = _copy(path, place, digest, files)
    except OSError as error:
        raise Unavailable(
            f"{path.name} cannot be kept in {inputs}: {error.strerror}.",
            remedy="Free some space and try again.",
        ) from error
    if not complete:
        raise SourceError(
            f"{path.name} changed while it was read.", remedy="Load it again when it is complete."
        )
    return digest


def kept(sha256: str, inputs: Path) -> Path:
    """Where the input with this hash is, under the name it first came by.

    Raises LiwaError where it is not kept (any more).
    """
    place = _place(sha256, inputs)
    if not place.exists():
        raise LiwaError(f"The input {sha256[:12]}… is not kept.", remedy="Load the file again.")
    (path,) = place.iterdir()
    return path


def sweep(inputs: Path) -> None:
    """Remove what copies that were broken off have left. Only while nobody else writes."""
    for left in inputs.glob("*/.*"):
        shutil.rmtree(left)


def digest_of(path: Path, files: Sequence[Path] | None = None) -> str:
    """SHA-256 of a file's bytes, or of the listing of a folder's files: these, or all."""
    if path.is_dir():
        listing = (f"{_hash(file)} {file.relative_to(path).as_posix()}\n" for file in files or _files(path))
        return hashlib.sha256((LISTING + "".join(listing)).encode()).hexdigest()
    return _hash(path)


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    """Files in the folder and below, in the order of their paths; hidden ones are nobody's data."""
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).parts):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden:
            yield path


def _place(digest: str, inputs: Path) -> Path:
    return inputs / digest[:2] / digest


def _copy(path: Path, place: Path, digest: str, files: Sequence[Path] | None) -> bool:
    """Copy beside the place first, so that what has its final name is complete; gives whether it was as before."""
    place.parent.mkdir(parents=True, exist_ok=True)
    for left in place.parent.glob(f".{place.name}.*"):
        shutil.rmtree(left)
    beside = place.with_name(f".{place.name}.{uuid4().hex}")
    beside.mkdir()
    copy = beside / (path.name or "folder")
    if path.is_dir():
        _copy_folder(path, copy, files)
    else:
        shutil.copyfile(path, copy)
    if digest_of(copy) != digest:
        shutil.rmtree(beside)
        return False
    sync(_files(beside))
    os.rename(beside, place)
    sync([place])
    return True


def _copy_folder(folder: Path, copy: Path, files: Sequence[Path] | None) -> None:
    copy.mkdir()
    for file in files or _files(folder):
        target = copy / file.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
