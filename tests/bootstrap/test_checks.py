"""`./liwa lint`, and the browser that a build machine is given."""

import os
import sys
from pathlib import Path

import pytest

from liwa.bootstrap import checks


def test_lint_runs_everything_and_names_what_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    steps = (
        ("first", ("-c", "print('one'); raise SystemExit(2)")),
        ("second", ("-c", "import os; print(os.path.isdir(os.environ['LIWA_HOME']))")),
        ("third", ("-c", "raise SystemExit(1)")),
    )
    monkeypatch.setattr(checks, "LINT", steps)
    assert checks.run_lint(Path(sys.executable), tmp_path) == 1
    out, err = capfd.readouterr()
    assert out.split() == ["one", "True"]
    assert "== second: ok" in err
    assert err.endswith("lint: first, third failed\n")

    monkeypatch.setattr(checks, "LINT", steps[1:2])
    assert checks.run_lint(Path(sys.executable), tmp_path) == 0
    assert capfd.readouterr().err.endswith("lint: all well\n")


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build machine whose apt-get only writes down what it is asked; gives the file."""
    asked = tmp_path / "asked"
    fake = tmp_path / "bin/apt-get"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\necho "$@" >> "{asked}"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(fake.parent))
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return asked


def test_a_build_machine_is_given_a_browser(apt: Path) -> None:
    checks.provide_browser()
    assert apt.read_text().splitlines() == [
        "-q update",
        "-q install -y --no-install-recommends chromium fonts-noto-cjk",
    ]


def test_elsewhere_nothing_is_installed(apt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as other:
        other.setenv("CI", "")
        checks.provide_browser()
    with monkeypatch.context() as other:
        other.setattr(os, "geteuid", lambda: 1000)
        checks.provide_browser()
    (apt.parent / "bin/chromium").symlink_to("/bin/true")
    checks.provide_browser()
    assert not apt.exists()


def test_a_browser_that_cannot_be_had_is_no_failure(apt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (apt.parent / "bin/apt-get").write_text("#!/bin/sh\nexit 100\n")
    checks.provide_browser()
    assert "will be skipped" in capsys.readouterr().err
