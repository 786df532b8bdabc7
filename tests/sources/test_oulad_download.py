"""The download against a server that breaks off, cannot resume, changes its file or sends something else."""

import io
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from liwa.core.errors import SourceError, Unavailable
from liwa.sources import oulad_download
from liwa.sources.oulad import FILES
from liwa.sources.oulad_download import download, fetch


def archive(names: tuple[str, ...] = tuple(FILES)) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(f"{name}.csv", ",".join(FILES[name]) + "\n" + "," * 2000 + "\n")
    return out.getvalue()


@dataclass
class Site:
    """What the server sends, and what it was asked. `breaks` are the sizes after which it hangs up, in turn."""

    data: bytes = field(default_factory=archive)
    tag: str = '"v1"'
    ranges: bool = True
    status: int = 200
    breaks: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    url: str = ""


def handler_of(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            site.asked.append(wanted)
            start = 0
            if site.status != 200:
                self.send_response(site.status)
            elif wanted and site.ranges and self.headers.get("If-Range") == site.tag:
                start = int(wanted.removeprefix("bytes=").rstrip("-"))
                if start >= len(site.data):
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{len(site.data)}")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{len(site.data) - 1}/{len(site.data)}")
            else:
                self.send_response(200)
            body = site.data[start:]
            self.send_header("Content-Length", str(len(body)))
            if site.tag:
                self.send_header("ETag", site.tag)
            self.end_headers()
            self.wfile.write(body[: site.breaks.pop(0)] if site.breaks else body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(made))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/data.zip"
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def get(site: Site, tmp_path: Path) -> Callable[[], bytes]:
    def run() -> bytes:
        target = tmp_path / "new folder" / "oulad.zip"
        download(site.url, target, wait=0)
        assert [path.name for path in target.parent.iterdir()] == ["oulad.zip"]
        return target.read_bytes()

    return run


def test_whole(site: Site, get: Callable[[], bytes]) -> None:
    assert get() == site.data
    assert site.asked == [""]


def test_progress(site: Site, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    site.breaks = [5000]
    download(site.url, tmp_path / "oulad.zip", lambda done, total: seen.append((done, total)), wait=0)
    assert seen[0] == (5000, len(site.data))
    assert seen[-1] == (len(site.data), len(site.data))


def test_broken_transfer_goes_on_where_it_stopped(site: Site, get: Callable[[], bytes]) -> None:
    site.breaks = [3000, 4000]
    assert get() == site.data
    assert site.asked == ["", "bytes=3000-", "bytes=7000-"]


def test_server_that_cannot_resume(site: Site, get: Callable[[], bytes]) -> None:
    site.ranges = False
    site.breaks = [3000]
    assert get() == site.data


def test_server_that_names_no_version_is_asked_for_everything(site: Site, get: Callable[[], bytes]) -> None:
    site.tag = ""
    site.breaks = [3000]
    assert get() == site.data
    assert site.asked == ["", ""]


def test_the_next_call_goes_on(site: Site, tmp_path: Path) -> None:
    target = tmp_path / "oulad.zip"
    site.breaks = [1000] * oulad_download.TRIES
    with pytest.raises(Unavailable, match="keeps breaking off"):
        download(site.url, target, wait=0)
    assert not target.exists()
    download(site.url, target, wait=0)
    assert site.asked[-1] == f"bytes={1000 * oulad_download.TRIES}-"
    assert target.read_bytes() == site.data


def test_all_had_come_already(site: Site, get: Callable[[], bytes], tmp_path: Path) -> None:
    folder = tmp_path / "new folder"
    folder.mkdir()
    (folder / "oulad.zip.part").write_bytes(site.data)
    (folder / "oulad.zip.part.version").write_text(site.tag)
    assert get() == site.data


def test_file_that_changed_meanwhile_starts_anew(
    site: Site, get: Callable[[], bytes], tmp_path: Path
) -> None:
    folder = tmp_path / "new folder"
    folder.mkdir()
    (folder / "oulad.zip.part").write_bytes(b"of an older file")
    (folder / "oulad.zip.part.version").write_text('"v0"')
    assert get() == site.data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<html>moved</html>", "not a zip"),
        (archive(("courses", "vle")), "lacks assessments.csv"),
        (b"", "not a zip"),
    ],
)
def test_something_else_than_the_data_set(site: Site, tmp_path: Path, data: bytes, reason: str) -> None:
    target = tmp_path / "oulad.zip"
    target.write_bytes(b"an earlier archive")
    site.data = data
    with pytest.raises(SourceError, match=reason):
        download(site.url, target, wait=0)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "oulad.zip": b"an earlier archive"
    }


def test_page_that_is_gone(site: Site, tmp_path: Path) -> None:
    site.status = 404
    with pytest.raises(SourceError, match="404"):
        download(site.url, tmp_path / "oulad.zip", wait=0)
    assert site.asked == [""]


def test_server_in_trouble_is_asked_again(site: Site, tmp_path: Path) -> None:
    site.status = 503
    with pytest.raises(Unavailable, match="503"):
        download(site.url, tmp_path / "oulad.zip", wait=0)
    assert len(site.asked) == oulad_download.TRIES


def test_no_server(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        download("http://127.0.0.1:9/data.zip", tmp_path / "oulad.zip", wait=0)
    with pytest.raises(SourceError, match="not a web address"):
        download("file:///etc/passwd", tmp_path / "oulad.zip", wait=0)


def test_the_second_address_where_the_first_fails(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oulad_download, "ADDRESSES", ("file:///nowhere", site.url))
    assert fetch(tmp_path / "oulad.zip") == site.url
    assert (tmp_path / "oulad.zip").read_bytes() == site.data
