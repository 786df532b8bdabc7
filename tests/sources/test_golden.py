"""Raw files in, expected rows out; a missing expectation is a failure."""

import json
from pathlib import Path

import pytest

from liwa.sources import sources
from tests.sources.golden import CASES, FIXTURES, as_text, expected_file, understood


@pytest.mark.parametrize("case", CASES)
def test_file_is_understood_as_expected(case: str, tmp_path: Path) -> None:
    assert expected_file(case).exists(), f"{expected_file(case)} is missing: python -m tests.sources.golden"
    found = understood(case)
    actual = tmp_path / "actual.json"
    actual.write_text(as_text(found), encoding="utf-8")
    assert found == json.loads(expected_file(case).read_text(encoding="utf-8")), f"compare {actual}"


def test_every_source_has_a_raw_file() -> None:
    names = {case.split("-")[0] for case in CASES}
    assert names == set(sources)


def test_every_expectation_has_a_raw_file() -> None:
    assert {path.stem for path in (FIXTURES / "expected").glob("*.json")} == set(CASES)


def test_every_source_is_documented() -> None:
    docs = Path(__file__).parents[2] / "docs" / "sources"
    assert {name for name in sources if not (docs / f"{name}.md").exists()} == set()
