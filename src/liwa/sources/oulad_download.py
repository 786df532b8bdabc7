"""Fetching the OULAD archive: resumed where it broke off, checked before it takes its name."""

import http.client
import os
import shutil
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from liwa.core.errors import SourceError, Unavailable
from liwa.sources.oulad import open_tables

# The Open University's own page, then the copy it deposited with the UCI repository (doi 10.24432/C5KK69).
ADDRESSES = (
    "https://analyse.kmi.open.ac.uk/open_dataset/download",
    "https://archive.ics.uci.edu/static/public/349/open+university+learning+analytics+dataset.zip",
)
CHUNK = 1 << 18
TRIES = 5
TIMEOUT = 30.0  # seconds without a byte

Progress = Callable[[int, int | None], None]  # bytes so far, bytes in all if known


class _BrokenError(Exception):
    """The transfer ended early; what has come is kept and the rest can be asked for."""


@dataclass(frozen=True)
class _Partial:
    """What has come so far, and the server's word for the version it belongs to."""

    data: Path
    version: Path

    @classmethod
    def of(cls, target: Path) -> "_Partial":
        return cls(target.with_name(target.name + ".part"), target.with_name(target.name + ".part.version"))

    @property
    def size(self) -> int:
        return self.data.stat().st_size if self.data.exists() else 0

    @property
    def said(self) -> str:
        return self.version.read_text(encoding="utf-8").strip() if self.version.exists() else ""

    def remove(self) -> None:
        self.data.unlink(missing_ok=True)
        self.version.unlink(missing_ok=True)


def fetch(target: Path, progress: Progress | None = None) -> str:
    """The official archive to `target`, from the first address that has it; gives that address.

    Raises what the last address raised.
    """
    for address in ADDRESSES[:-1]:
        try:
            download(address, target, progress)
        except (SourceError, Unavailable):
            continue
        return address
    download(ADDRESSES[-1], target, progress)
    return ADDRESSES[-1]


def download(url: str, target: Path, progress: Progress | None = None, *, wait: float = 1.0) -> None:
    """`url` to the file `target`, which appears only once it is whole and is the OULAD.

    A broken transfer is taken up where it stopped, by this call (five times, `wait` seconds and more between
    them) or the next, if the server says which version of the file it sends; otherwise it starts anew.
    Raises Unavailable where the server cannot be reached or keeps breaking off, SourceError where it answers with
    something else than the data set.
    """
    if not url.startswith(("http://", "https://")):
        raise SourceError(f"{url} is not a web address.")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = _Partial.of(target)
    for attempt in range(1, TRIES + 1):
        try:
            _transfer(url, partial, progress)
            break
        except _BrokenError as error:
            if attempt == TRIES:
                raise Unavailable(
                    f"The download from {url} keeps breaking off: {error}.",
                    remedy="What has come is kept; the same command continues it.",
                ) from None
            time.sleep(wait * attempt)
    _check(partial)
    os.replace(partial.data, target)
    partial.remove()


def _check(partial: _Partial) -> None:
    try:
        open_tables(partial.data)
    except SourceError:
        partial.remove()
        raise


def _transfer(url: str, partial: _Partial, progress: Progress | None) -> None:
    request = urllib.request.Request(url, headers={"Accept-Encoding": "identity", "User-Agent": "liwa"})
    have = partial.size
    if have and partial.said:
        request.add_header("Range", f"bytes={have}-")
        request.add_header("If-Range", partial.said)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            _receive(response, partial, have, progress)
    except urllib.error.HTTPError as error:
        _answer(error, url, partial, have)
    except urllib.error.URLError as error:
        raise _BrokenError(str(error.reason)) from None
    except (http.client.HTTPException, TimeoutError, ConnectionError, ssl.SSLError) as error:
        raise _BrokenError(str(error) or type(error).__name__) from None
    except OSError as error:
        raise Unavailable(f"{partial.data} cannot be written: {error.strerror or error}.") from None


def _answer(error: urllib.error.HTTPError, url: str, partial: _Partial, have: int) -> None:
    """What an error status means for the transfer; returns where it means that all has come."""
    if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        if error.headers.get("Content-Range", "") == f"bytes */{have}":
            return
        partial.remove()
        raise _BrokenError("the file has changed")
    if error.code >= http.HTTPStatus.INTERNAL_SERVER_ERROR or error.code == http.HTTPStatus.TOO_MANY_REQUESTS:
        raise _BrokenError(f"the server answers {error.code}")
    raise SourceError(
        f"{url} answers {error.code} {error.reason}.",
        remedy="Download anonymisedData.zip by hand and name it with --oulad.",
    )


def _receive(
    response: http.client.HTTPResponse, partial: _Partial, have: int, progress: Progress | None
) -> None:
    resumed = response.status == http.HTTPStatus.PARTIAL_CONTENT
    if resumed and not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
        partial.remove()
        raise _BrokenError("the server sent another part than was asked for")
    done = have if resumed else 0
    length = response.headers.get("Content-Length")
    total = done + int(length) if length and length.isdigit() else None
    if not resumed:
        partial.version.write_text(_version(response), encoding="utf-8")
    _check_room(partial, total, done)
    with partial.data.open("ab" if resumed else "wb") as out:
        while chunk := response.read(CHUNK):
            out.write(chunk)
            done += len(chunk)
            if progress:
                progress(done, total)
        out.flush()
        os.fsync(out.fileno())
    if total is not None and done < total:
        raise _BrokenError(f"{done:,} of {total:,} bytes came")


def _version(response: http.client.HTTPResponse) -> str:
    """A strong ETag, else the date of the last change: what If-Range may name."""
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")


def _check_room(partial: _Partial, total: int | None, done: int) -> None:
    free = shutil.disk_usage(partial.data.parent).free
    if total is not None and total - done > free:
        raise Unavailable(
            f"The archive needs {total - done:,} bytes and {partial.data.parent} has {free:,} free.",
            remedy="Make room, or choose another place.",
        )
