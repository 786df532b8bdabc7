"""What cannot be made is refused with a sentence, before anything is written."""

from datetime import date
from pathlib import Path

import pytest

from liwa.core.errors import LiwaError, Unavailable
from liwa.simulate.campus import simulate


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"students": 10}, "10 students"),
        ({"students": 10**7}, "10000000 students"),
        ({"seed": -1}, "negative"),
        ({"as_of": date(2026, 9, 7)}, "2026-09-07"),
    ],
)
def test_arguments_out_of_range(tmp_path: Path, wrong: dict[str, object], said: str) -> None:
    arguments: dict[str, object] = {"students": 60, "seed": 1} | wrong
    with pytest.raises(LiwaError, match=said) as error:
        simulate(tmp_path / "out", **arguments)  # type: ignore[arg-type]
    assert error.value.remedy or "negative" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ['[campus]\nname = "A real school"\n', "not toml at all ["])
def test_a_real_campus_is_never_written_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "feeds.toml").write_text(text)
    with pytest.raises(LiwaError, match="real campus"):
        simulate(tmp_path, students=60, seed=1)
    assert [path.name for path in tmp_path.iterdir()] == ["feeds.toml"]


def test_a_simulated_campus_is_written_over(tmp_path: Path) -> None:
    simulate(tmp_path, students=60, seed=1)
    before = (tmp_path / "lms.csv").read_bytes()
    simulate(tmp_path, students=60, seed=2)
    assert (tmp_path / "lms.csv").read_bytes() != before
    assert not list(tmp_path.glob(".simulate-*"))


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unavailable, match="cannot be written"):
        simulate(tmp_path / "file" / "out", students=60, seed=1)
