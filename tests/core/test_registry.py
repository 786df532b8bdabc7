"""Things register themselves from their own files."""

import sys
from pathlib import Path

import pytest

from liwa.core.errors import LiwaError
from liwa.core.registry import Registry


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "pond"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from liwa.core.registry import Registry\nfish = Registry('fish', 'pond')\n"
    )
    (folder / "carp.py").write_text("from pond import fish\n@fish.register('carp')\ndef carp(): return 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "pond"]:
        del sys.modules[name]


def test_modules_are_found(package: Path) -> None:
    from pond import fish  # type: ignore[import-not-found]

    assert list(fish) == ["carp"]
    assert fish["carp"]() == 1
    assert "carp" in fish
    assert "pike" not in fish
    assert [name for name, _ in fish.items()] == ["carp"]
    with pytest.raises(LiwaError, match="no fish called 'pike'") as error:
        fish["pike"]
    assert error.value.remedy == "Known: carp."


def test_a_module_that_fails_fails_each_time(package: Path) -> None:
    (package / "pike.py").write_text("1 / 0\n")
    from pond import fish

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            list(fish)


def test_a_name_is_taken_once() -> None:
    registry: Registry[object] = Registry("thing", "liwa.core")
    first = registry.register("a")(object())
    assert registry.register("a")(first) is first
    with pytest.raises(RuntimeError, match="two things are called 'a'"):
        registry.register("a")(object())
