"""What the environment lends to libraries that expect more from the system than it has."""

from pathlib import Path

import pytest

from liwa.bootstrap import environment
from liwa.bootstrap.environment import OPENMP, Environment


@pytest.fixture
def carried(tmp_path: Path) -> Path:
    """The copy of OpenMP inside scikit-learn, in an environment at `tmp_path`/.venv."""
    library = tmp_path / ".venv/lib/python3.11/site-packages/scikit_learn.libs/libgomp-abc.so.1.0.0"
    library.parent.mkdir(parents=True)
    library.touch()
    return library


def test_openmp_is_lent_where_the_system_has_none(
    carried: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "has_library", lambda name: False)
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/lib")
    made = Environment(tmp_path)
    for _ in range(2):
        made.borrow_openmp()
    folder, theirs = made.settings()["LD_LIBRARY_PATH"].split(":")
    assert (Path(folder) / OPENMP).samefile(carried)
    assert theirs == "/opt/lib"


def test_nothing_is_lent_where_the_system_has_it(
    carried: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "has_library", lambda name: name == OPENMP)
    made = Environment(tmp_path)
    made.borrow_openmp()
    assert made.settings() == {}


def test_a_change_of_rules_installs_nothing(tmp_path: Path) -> None:
    settings = tmp_path / "pyproject.toml"
    settings.write_text("[project]\nname = 'liwa'\n")
    before = Environment(tmp_path).own_fingerprint()
    settings.write_text("[project]\nname = 'liwa'\n[tool.ruff]\nline-length = 80\n")
    assert Environment(tmp_path).own_fingerprint() == before
    settings.write_text("[project]\nname = 'liwa'\nversion = '2'\n")
    assert Environment(tmp_path).own_fingerprint() != before
